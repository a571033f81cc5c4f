using System.Diagnostics;
using Predictive.Acting.Alerts;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Alerts;

namespace Predictive.Api.Tests.Events;

/// <summary>An event that makes a rule's conditions hold of its customer is told of at once, and by the next round not again.</summary>
[Collection(TrainedHost.Collection)]
public class EventAlertTests(TrainedHost host)
{
    private const string Rules = """
        {"rules": [{"name": "big spender", "owner": "sales", "text": "{customer} spent {spend_365d}", "atFirst": "Remember",
          "all": [{"field": "spend_365d", "atLeast": 1000000}], "actions": [{"do": "Tell", "role": "sales"}]}]}
        """;

    [Fact]
    public async Task An_event_that_crosses_a_line_alerts_at_once_and_once()
    {
        await using var own = new EventHost(host, prepare: data => File.WriteAllText(Path.Combine(data, AlertSettings.FileName), Rules));
        var settings = new RuleOptions();
        AlertSettings rules = AlertSettings.Parse(Rules, settings);
        ScoreTable scores = own.Keeper.Current!.Scores!;
        new AlertEvaluation(own.Store).Evaluate(rules, scores, settings);
        string who = scores.CustomerId(0);
        for (int sent = 0; sent < 2; sent++)
        {
            await own.Send(new
            {
                eventId = $"big {sent}", customerId = who, orderedAt = new LocalTime(scores.AsOf.Micros - 3_600_000_000).ToString(),
                amount = 2_000_000,
            });
        }

        var book = new AlertBook(own.Store);
        Stopwatch waited = Stopwatch.StartNew();
        while (book.List().Count == 0 && waited.Elapsed < TimeSpan.FromSeconds(60))
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Alert alert = Assert.Single(book.List());
        Assert.Equal((who, "big spender"), (alert.Subject, alert.Rule));
        // The round, whose data do not hold the event yet, neither tells of it again nor forgets it.
        RuleOutcome round = Assert.Single(new AlertEvaluation(own.Store).Evaluate(rules, scores, settings));
        Assert.Equal((0, 0), (round.Result.Fired, round.Result.Rearmed));
        Assert.Single(book.List(all: true));
    }
}
