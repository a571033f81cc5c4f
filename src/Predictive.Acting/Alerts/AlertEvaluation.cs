using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.WorkTasks;

namespace Predictive.Acting.Alerts;

/// <summary>What came of evaluating a rule.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Severity">Its severity.</param>
/// <param name="Result">What the look found and did.</param>
public sealed record RuleOutcome(string Rule, AlertSeverity Severity, LookResult Result);

/// <summary>
/// Evaluates the rules of a scored base. Conditions are evaluated by the code of own segments, so that a rule and a segment of the same
/// conditions never differ. Each rule is one change of the store: who dies between two rules evaluates the rest the next time.
/// </summary>
public sealed class AlertEvaluation(StoreDatabase store)
{
    private const string Base = "the whole base";

    /// <summary>Evaluates.</summary>
    /// <param name="alerts">The rules.</param>
    /// <param name="scores">The base, scored.</param>
    /// <param name="settings">What segments.json says: own scores and combined models.</param>
    /// <param name="only">Customers to look at, such as those of whom an event came; null = everybody. Rules of the base are then left
    /// out.</param>
    /// <param name="cancellation">Ends early, between rules.</param>
    /// <exception cref="StoreException">The store fails; the rules before are done.</exception>
    public IReadOnlyList<RuleOutcome> Evaluate(
        AlertSettings alerts, ScoreTable scores, RuleOptions settings, IReadOnlySet<string>? only = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(alerts);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(settings);
        if (alerts.Rules.Count == 0)
        {
            return [];
        }

        SegmentTable table = ScoredSegments.Build(scores, WithRules(scores.Bundle.Rules, alerts, settings), cancellation);
        return Evaluate(alerts, table, row => scores.PredictedTier[row] - scores.Tier[row], only, cancellation);
    }

    /// <summary>A rule book whose own segments are the conditions of the rules.</summary>
    internal static RuleBook WithRules(RuleBook book, AlertSettings alerts, RuleOptions settings) => book with
    {
        Options = book.Options with
        {
            Scores = settings.Scores, Combined = settings.Combined,
            Segments =
            [
                .. alerts.Rules.Where(r => !r.IsOfBase).SelectMany(r => new[]
                {
                    new OwnSegment(Name(r)) { All = [.. r.All.Where(c => c.Field != AlertSettings.TierChange)], Any = r.Any },
                    new OwnSegment(NameOfWas(r)) { All = r.Was },
                }).Where(s => s.All.Count + s.Any.Count > 0),
            ],
        },
    };

    /// <summary>Evaluates rules whose conditions are own segments of a table.</summary>
    internal IReadOnlyList<RuleOutcome> Evaluate(
        AlertSettings alerts, SegmentTable table, Func<int, int> tierChange, IReadOnlySet<string>? only,
        CancellationToken cancellation = default)
    {
        var book = new AlertBook(store);
        var rows = new Lazy<Dictionary<string, int>>(() => Enumerable.Range(0, table.Count).ToDictionary(table.CustomerId));
        var day = DateOnly.FromDateTime(table.AsOf.ToDateTime());
        var outcomes = new List<RuleOutcome>();
        foreach (AlertRule rule in alerts.Rules.Where(r => only is null || !r.IsOfBase))
        {
            cancellation.ThrowIfCancellationRequested();
            Func<string, Func<string, string>> words;
            IReadOnlyCollection<string> holding;
            IReadOnlyCollection<string>? was = null;
            if (rule.IsOfBase)
            {
                Dictionary<string, double?> metrics = BaseOf(table);
                holding = rule.Base.All(c => c.Holds(metrics[c.Field] ?? double.NaN, null)) ? [Base] : [];
                words = _ => text => AlertText.Of(text, metrics);
            }
            else
            {
                FieldCondition[] tiers = [.. rule.All.Where(c => c.Field == AlertSettings.TierChange)];
                holding = Who(table, Name(rule), row => Array.TrueForAll(tiers, c => c.Holds(tierChange(row), null)), only);
                was = rule.Was.Count > 0 ? Who(table, NameOfWas(rule), _ => true, only) : null;
                words = subject => text => AlertText.Of(text, table, rows.Value[subject]);
            }

            var look = new RuleLook(rule.Name, Hash(rule), table.AsOf.Micros, day, holding)
            {
                Was = was, Only = only, TellsAtFirst = rule.AtFirst == AtFirst.Tell, QuietDays = rule.QuietDays,
            };
            outcomes.Add(new RuleOutcome(
                rule.Name, rule.Severity, book.Apply(look, (subject, key) => Fire(rule, subject, key, day, words(subject)))));
        }

        return outcomes;
    }

    private static Firing Fire(AlertRule rule, string subject, string key, DateOnly day, Func<string, string> words) => new(
        Enum.GetName(rule.Severity)!.ToLowerInvariant(), rule.Owner, words(rule.Text), rule.Play,
        [
            .. rule.Actions.Index().Where(a => a.Item.Do is AlertAction.Task or AlertAction.Calendar).Select(a => new NewWorkTask(
                $"{key}|{a.Index}", a.Item.Do == AlertAction.Task ? WorkTaskBook.Task : WorkTaskBook.Calendar, subject, words(a.Item.Title),
                a.Item.Role, day.AddDays(a.Item.DueDays))
            {
                Priority = a.Item.Priority, Repeats = a.Item.Repeats ?? "", Channel = a.Item.Channel ?? "",
                EscalateTo = a.Item.EscalateTo ?? "", Play = rule.Play, Source = $"rule {rule.Name}",
            }),
        ],
        [.. rule.Actions.Where(a => a.Do == AlertAction.Pool).Select(a => a.Pool!)],
        [.. rule.Actions.Where(a => a.Do == AlertAction.Tell).Select(a => a.Role)]);

    private static List<string> Who(SegmentTable table, string segment, Func<int, bool> also, IReadOnlySet<string>? only)
    {
        // Rules of tier_change alone have no segment.
        bool[]? members = table.OwnSegments.FirstOrDefault(s => s.Name == segment).Members;
        var found = new List<string>();
        for (int row = 0; row < table.Count; row++)
        {
            if (members?[row] != false && also(row) && only?.Contains(table.CustomerId(row)) != false)
            {
                found.Add(table.CustomerId(row));
            }
        }

        return found;
    }

    private static Dictionary<string, double?> BaseOf(SegmentTable table)
    {
        var columns = new BaseColumns(
            table.Count, table.History.Tables?.Prospects?.Count, n => table.Columns.FirstOrDefault(c => c.Metric.Name == n)?.Numbers,
            n => table.Columns.FirstOrDefault(c => c.Metric.Name == n)?.Texts);
        return BaseMetrics.All.ToDictionary(m => m.Name, m => m.Value(columns));
    }

    private static string Name(AlertRule rule) => "rule " + rule.Name;

    private static string NameOfWas(AlertRule rule) => "before rule " + rule.Name;

    private static string Hash(AlertRule rule) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(
        JsonSerializer.Serialize(new { rule.All, rule.Any, rule.Was, rule.Base }, SegmentsFile.Json))));
}
