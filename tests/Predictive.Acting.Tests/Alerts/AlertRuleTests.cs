using Predictive.Acting.Alerts;
using Predictive.Acting.Tests.Campaigns;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.Outbox;
using Predictive.Store.Tests;
using Predictive.Store.WorkTasks;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Alerts;

/// <summary>alerts.json: what ships, what it refuses, and that rules find whom they speak of.</summary>
public sealed class AlertRuleTests(PostgresServer postgres, ScoredShop shop) : StoreTest(postgres)
{
    private static readonly RuleOptions s_settings = new();

    [Fact]
    public void The_three_rules_of_the_practice_ship_with_their_actions()
    {
        AlertSettings standard = AlertSettings.Parse(AlertSettings.Standard, s_settings);
        AlertRule silent = standard.Rules[0], potential = standard.Rules[1], star = standard.Rules[2];

        // A cash cow without a purchase for 30 days: warn the sales director, a task of high priority.
        Assert.Equal(["cash cow"], silent.All[0].In!);
        Assert.Equal(30, silent.All[1].AtLeast);
        Assert.Equal((AlertAction.Tell, "sales director"), (silent.Actions[0].Do, silent.Actions[0].Role));
        Assert.Equal((AlertAction.Task, "high"), (silent.Actions[1].Do, silent.Actions[1].Priority));

        // A potential score above a line: into the pool, the development team is told.
        Assert.Equal((AlertAction.Pool, "high potential"), (potential.Actions[0].Do, potential.Actions[0].Pool));
        Assert.Equal((AlertAction.Tell, "development team"), (potential.Actions[1].Do, potential.Actions[1].Role));

        // A customer becomes a star: a ticket for the senior account manager, a quarterly visit in the chief executive's calendar.
        Assert.Equal((AlertAction.Task, "senior account manager"), (star.Actions[0].Do, star.Actions[0].Role));
        Assert.Equal((AlertAction.Calendar, "chief executive", "quarterly"), (star.Actions[1].Do, star.Actions[1].Role, star.Actions[
            1].Repeats));
        Assert.Equal(AtFirst.Remember, star.AtFirst);
    }

    [Fact]
    public void They_find_whom_they_speak_of_and_only_who_crosses_later()
    {
        StoreDatabase store = Open(Database.Sqlite);
        AlertSettings standard = AlertSettings.Parse(AlertSettings.Standard, s_settings);
        ScoreTable scores = shop.Scores, later = shop.Scorer.ScoreAll(shop.History, shop.AsOf.AddDays(45));
        IReadOnlyList<RuleOutcome> first = new AlertEvaluation(store).Evaluate(standard, scores, s_settings);
        string[] silent = [.. Who(scores, i => scores.CellName(i) == "cash cow" && scores.RecencyDays[i] >= 30)];
        Assert.Equal(silent, new AlertBook(store).List(10_000).Select(a => a.Subject).Order(StringComparer.Ordinal));
        Assert.Equal([silent.Length, 0, 0, 0], first.Select(r => r.Result.Fired));
        Assert.Equal(Who(scores, i => scores.PredictedTier[i] < scores.Tier[i]).Count(), first[3].Result.Holding);
        WorkTask task = new WorkTaskBook(store).List()[0];
        Assert.Equal(("account manager", "high", new DateOnly(2025, 7, 4), "call"),
            (task.Asked.Owner, task.Asked.Priority, task.Due, task.Asked.Channel));
        Alert alert = new AlertBook(store).List(1)[0];
        int row = Enumerable.Range(0, scores.Count).Single(i => scores.CustomerId(i) == alert.Subject);
        Assert.StartsWith(
            $"{alert.Subject}, a cash cow, has bought nothing for {scores.RecencyDays[row]} days", alert.Text, StringComparison.Ordinal);

        IReadOnlyList<RuleOutcome> again = new AlertEvaluation(store).Evaluate(standard, scores, s_settings),
            next = new AlertEvaluation(store).Evaluate(standard, later, s_settings);
        Assert.All(again, r => Assert.Equal(0, r.Result.Fired));
        HashSet<string> stars = [.. Who(scores, i => scores.CellName(i) == "star")];
        string[] became = [.. Who(later, i => later.CellName(i) == "star").Where(c => !stars.Contains(c))];
        Assert.NotEmpty(became);
        Assert.Equal(became.Length, next[2].Result.Fired);
        Assert.Equal(
            became, new WorkTaskBook(store).List("chief executive").Select(t => t.Asked.CustomerId).Order(StringComparer.Ordinal));
        Assert.All(new WorkTaskBook(store).List("chief executive"), t => Assert.Equal("quarterly", t.Asked.Repeats));
        Assert.Equal(next[1].Result.Fired, new AlertBook(store).Pool("high potential").Count);
        OutboxEvent told = new OutboxBook(store).Waiting(10_000).Last(e => e.Body.GetProperty("rule").GetString() == "becomes a star");
        Assert.Equal("senior account manager", told.Body.GetProperty("owner").GetString());
        Assert.Equal(2, told.Body.GetProperty("tasks").GetArrayLength());

        // An event about one customer looks at that one only; an evaluation as of an earlier day does nothing.
        string one = later.CustomerId(0);
        Assert.All(
            new AlertEvaluation(store).Evaluate(standard, later, s_settings, new HashSet<string> { one }), r => Assert.Equal(0,
                r.Result.Fired));
        Assert.All(new AlertEvaluation(store).Evaluate(standard, scores, s_settings), r => Assert.True(r.Result.IsLate));
    }

    [Fact]
    public void A_rule_of_the_base_fires_about_the_base()
    {
        StoreDatabase store = Open(Database.Sqlite);
        AlertSettings alerts = AlertSettings.Parse(
            """
            {"rules": [{"name": "few hold all", "owner": "board", "text": "the best tenth brings {top_decile_revenue_share} of {customers}",
              "base": [{"field": "top_decile_revenue_share", "above": 0.1}],
              "actions": [{"do": "Task", "role": "board", "title": "look into it"}]}]}
            """,
            s_settings);
        Assert.Equal(1, new AlertEvaluation(store).Evaluate(alerts, shop.Scores, s_settings)[0].Result.Fired);
        Assert.Equal(0, new AlertEvaluation(store).Evaluate(alerts, shop.Scores, s_settings)[0].Result.Fired);
        Alert alert = Assert.Single(new AlertBook(store).List());
        Assert.Contains($"of {shop.Scores.Count:N0}", alert.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"severity\": \"loud\"", "expected Info, Warning, Critical")]
    [InlineData("\"text\": \"{recency}\"", "there is no field 'recency'")]
    [InlineData("\"quietDays\": -1", "expected 0 or more")]
    [InlineData("\"any\": [{\"field\": \"recency\", \"above\": 3}]", "there is no field 'recency'")]
    [InlineData("\"any\": [{\"field\": \"tier_change\", \"above\": 3}]", "stands under all")]
    [InlineData("\"base\": [{\"field\": \"customers\", \"above\": 3}]", "of the base and of customers at once")]
    [InlineData("\"actions\": [{\"do\": \"Task\", \"role\": \"x\"}]", "expected a title")]
    [InlineData("\"actions\": [{\"do\": \"Task\", \"title\": \"x\"}]", "expected the role")]
    [InlineData("\"actions\": [{\"do\": \"Pool\"}]", "expected the name of a pool")]
    [InlineData("\"actions\": [{\"do\": \"Tell\", \"role\": \"x\", \"priority\": \"asap\"}]", "expected low, normal or high")]
    [InlineData("\"actions\": [{\"do\": \"Calendar\", \"role\": \"x\", \"title\": \"t\", \"repeats\": \"daily\"}]", "is no repetition")]
    [InlineData("\"owner\": \"\"", "nobody is told")]
    public void Faults_are_told_with_their_lines(string part, string told)
    {
        string owner = part.StartsWith("\"owner", StringComparison.Ordinal) ? "" : "\"owner\": \"x\",";
        string json = $"{{\"rules\": [\n\n{{\"name\": \"r\", {owner} \"all\": [{{\"field\": \"orders\", \"above\": 1}}],\n{part}}}]}}";
        DatasetException refused = Assert.Throws<DatasetException>(() => AlertSettings.Parse(json, s_settings));
        Assert.Matches("alerts.json, line [34]: ", refused.Message);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<string> Who(ScoreTable scores, Func<int, bool> holds) =>
        Enumerable.Range(0, scores.Count).Where(holds).Select(scores.CustomerId).Order(StringComparer.Ordinal);
}
