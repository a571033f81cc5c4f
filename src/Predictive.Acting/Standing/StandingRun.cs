using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Predictive.Store.Standing;

namespace Predictive.Acting.Standing;

/// <summary>What came of a round of a standing campaign.</summary>
/// <param name="Name">Which.</param>
/// <param name="Refusal">Why there was none; null = there was.</param>
/// <param name="Report">What it found and did; null = there was none.</param>
public sealed record StandingOutcome(string Name, string? Refusal, StandingReport? Report)
{
    /// <summary>The same as one line.</summary>
    public string Words => Refusal is not null ? $"standing campaign '{Name}': {Refusal}" : $"standing campaign '{Name}': {Report!.Line}";
}

/// <summary>
/// Runs the standing campaigns of a scored base, each as one change of the store. A round is a day of the data: without newer data nothing
/// more is sent, for nobody knows who has bought.
/// </summary>
public sealed class StandingRun(StoreDatabase store)
{
    /// <summary>Runs all.</summary>
    /// <param name="settings">What standing.json says.</param>
    /// <param name="scores">The base.</param>
    /// <param name="options">What segments.json says.</param>
    /// <param name="contacts">What contacts.json says.</param>
    /// <param name="actor">Who runs them.</param>
    /// <param name="cancellation">Ends early, between campaigns.</param>
    /// <exception cref="DatasetException">A column that is named is not there.</exception>
    /// <exception cref="StoreException">The store fails; the campaigns before are done.</exception>
    public IReadOnlyList<StandingOutcome> Run(
        StandingSettings settings, ScoreTable scores, RuleOptions options, ContactSettings contacts, string actor,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(contacts);
        if (settings.Campaigns.Count == 0)
        {
            return [];
        }

        var outcomes = new List<StandingOutcome>();
        var conditions = new Lazy<SegmentTable>(() => ScoredSegments.Build(
            scores, scores.Bundle.Rules with { Options = Conditions(settings, scores, options) }, cancellation));
        var habits = new OwnHabits(scores);
        foreach (StandingCampaign campaign in settings.Campaigns)
        {
            cancellation.ThrowIfCancellationRequested();
            outcomes.Add(Refusal(campaign, scores.History) is { } refusal
                ? new StandingOutcome(campaign.Name, refusal, null)
                : One(campaign, scores, conditions.Value, habits, contacts, actor));
        }

        return outcomes;
    }

    /// <summary>Why a campaign cannot run with some data; null = it can.</summary>
    /// <param name="campaign">Which.</param>
    /// <param name="history">The base.</param>
    public string? Refusal(StandingCampaign campaign, TransactionHistory history)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        ArgumentNullException.ThrowIfNull(history);
        if (StandingTriggers.Missing(campaign.Trigger, history) is { } missing)
        {
            return $"the trigger {campaign.Trigger.On} needs what the data lack: {missing}";
        }

        if (campaign.Steps.Any(s => s.Hour is null) && !Array.Exists(history.Columns.OrderedAt, t => LocalTime.OfDay(t) != 0))
        {
            return "a step names no hour, and the data have days without times: when customers order is not known; name an hour";
        }

        // Once it runs, its own holdout tells.
        if (campaign.Proved is not { } name || new StandingBook(store).Find(campaign.Name) is not null)
        {
            return null;
        }

        return new CampaignBook(store).Find(name) is not { } proof
            ? $"it is to go on with the campaign '{name}', and there is none of that name"
            : CampaignResults.ReportOf(store, proof) is not { Stage: ReportStage.Final } report
                ? $"the campaign '{name}' is not over, or its outcomes are not known: nothing is proved yet"
                : report.Profit.Low > 0 ? null
                : $"the campaign '{name}' did not prove that it pays (profit {report.Profit.Low:N0} to {report.Profit.High:N0}); "
                    + "expected one that did, or unproved: true, to begin on trial";
    }

    private StandingOutcome One(
        StandingCampaign campaign, ScoreTable scores, SegmentTable table, OwnHabits habits, ContactSettings contacts, string actor)
    {
        var day = DateOnly.FromDateTime(scores.AsOf.ToDateTime());
        bool[]? where = Members(table, Where(campaign)), when = Members(table, When(campaign)), stop = Members(table, Stop(campaign));
        Dictionary<int, string> holding = when is null ? StandingTriggers.Holding(campaign.Trigger, scores)
            : Enumerable.Range(0, scores.Count).Where(r => when[r] && !scores.Returns[r].KeptNothing).ToDictionary(r => r, _ => "");
        var look = new StandingLook(
            campaign.Name, Hash(campaign), scores.AsOf.Micros, day,
            holding.Where(h => where?[h.Key] != false).ToDictionary(h => scores.CustomerId(h.Key), h => h.Value))
        {
            TakesAtFirst = campaign.AtFirst, AgainDays = campaign.Again == 0 ? 1_000_000 : campaign.Again,
            ContactsFrom = ContactGate.ContactsFrom(contacts, day), To = day.AddDays(campaign.Window - 1),
        };
        StandingReport? report = null;
        bool done = new StandingBook(store).Round(
            look,
            memory =>
            {
                var round = new StandingRound(campaign, scores, table, stop, habits, contacts, memory, day);
                StandingChange change = round.Decide();
                report = (StandingReport)change.Report;
                return change;
            },
            actor) is not null;
        return done ? new StandingOutcome(campaign.Name, null, report)
            : new StandingOutcome(campaign.Name, "there was a round as of a later time already: nothing was done", null);
    }

    private static RuleOptions Conditions(StandingSettings settings, ScoreTable scores, RuleOptions options) =>
        scores.Bundle.Rules.Options with
        {
            Scores = options.Scores, Combined = options.Combined,
            Segments =
            [
                .. settings.Campaigns.SelectMany(c => new[]
                {
                    (Name: Where(c), Text: c.Where), (Name: When(c), Text: c.Trigger.On == StandingTrigger.Score ? c.Trigger.When : null),
                    (Name: Stop(c), Text: c.Stop.When),
                }).Where(c => c.Text is not null).Select(c => AudienceFilter.Read(c.Name, c.Text!, options)),
            ],
        };

    private static string Where(StandingCampaign c) => "standing where " + c.Name;

    private static string When(StandingCampaign c) => "standing when " + c.Name;

    private static string Stop(StandingCampaign c) => "standing stop " + c.Name;

    private static bool[]? Members(SegmentTable table, string name) => table.OwnSegments.FirstOrDefault(s => s.Name == name).Members;

    private static string Hash(StandingCampaign c) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new { c.Trigger, c.Where }, SegmentsFile.Json))));
}
