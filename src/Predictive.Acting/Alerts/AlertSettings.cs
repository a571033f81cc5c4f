using System.Text;
using Predictive.Acting.Settings;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Store.WorkTasks;

namespace Predictive.Acting.Alerts;

/// <summary>How much an alert weighs.</summary>
public enum AlertSeverity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>Something is to be done.</summary>
    Warning,

    /// <summary>Something is to be done now.</summary>
    Critical,
}

/// <summary>What the first look at a rule does about customers it holds for already.</summary>
public enum AtFirst
{
    /// <summary>Tells of them: it may have held for long.</summary>
    Tell,

    /// <summary>Remembers them: only who crosses from now on is told of.</summary>
    Remember,
}

/// <summary>What a rule does.</summary>
public enum AlertAction
{
    /// <summary>Tells a role, by an event (a webhook, a mail).</summary>
    Tell,

    /// <summary>Makes a task.</summary>
    Task,

    /// <summary>Puts an appointment into a calendar.</summary>
    Calendar,

    /// <summary>Puts the customer into a pool, which a campaign can take: <c>--audience pool:NAME</c>.</summary>
    Pool,
}

/// <summary>One action of a rule.</summary>
/// <param name="Do">What.</param>
public sealed record RuleAction(AlertAction Do)
{
    /// <summary>Whose it is: a role or a person; of a pool nobody's.</summary>
    public string Role { get; init; } = "";

    /// <summary>What is to be done; the same words in braces as in the rule's text.</summary>
    public string Title { get; init; } = "";

    /// <summary>low, normal or high.</summary>
    public string Priority { get; init; } = "normal";

    /// <summary>Days from the as-of to the due day. Default 3.</summary>
    public int DueDays { get; init; } = 3;

    /// <summary>weekly, monthly, quarterly or yearly; null = once.</summary>
    public string? Repeats { get; init; }

    /// <summary>By which way the customer is to be contacted: what is done is then noted as a contact; null = no contact.</summary>
    public string? Channel { get; init; }

    /// <summary>Who is told when the task is overdue; null = nobody.</summary>
    public string? EscalateTo { get; init; }

    /// <summary>Of a pool: its name.</summary>
    public string? Pool { get; init; }
}

/// <summary>A rule: when its conditions begin to hold of a customer, once, its actions are done.</summary>
/// <param name="Name">Unique.</param>
public sealed record AlertRule(string Name)
{
    /// <summary>info, warning or critical.</summary>
    public AlertSeverity Severity { get; init; } = AlertSeverity.Warning;

    /// <summary>Who is told.</summary>
    public string Owner { get; init; } = "";

    /// <summary>What is said; <c>{customer}</c> and fields in braces, such as <c>{recency_days}</c>.</summary>
    public string Text { get; init; } = "";

    /// <summary>What to do, in words.</summary>
    public string Play { get; init; } = "";

    /// <summary>All must hold.</summary>
    public IReadOnlyList<FieldCondition> All { get; init; } = [];

    /// <summary>At least one must hold, where there are any.</summary>
    public IReadOnlyList<FieldCondition> Any { get; init; } = [];

    /// <summary>What must have held at the look before: a change from one thing to another.</summary>
    public IReadOnlyList<FieldCondition> Was { get; init; } = [];

    /// <summary>Instead of the above: conditions over the metrics of the whole base.</summary>
    public IReadOnlyList<FieldCondition> Base { get; init; } = [];

    /// <summary>Whether the first look tells of everybody it holds for.</summary>
    public AtFirst AtFirst { get; init; } = AtFirst.Tell;

    /// <summary>Days after an alert about a customer in which there is no other. Default 0.</summary>
    public int QuietDays { get; init; }

    /// <summary>What is done.</summary>
    public IReadOnlyList<RuleAction> Actions { get; init; } = [];

    /// <summary>Whether it is about the base, not about customers.</summary>
    internal bool IsOfBase => Base.Count > 0;
}

/// <summary><c>alerts.json</c>: the rules.</summary>
public sealed partial record AlertSettings
{
    /// <summary>Name of the file in a dataset's folder.</summary>
    public const string FileName = "alerts.json";

    /// <summary>Levels between the tier now and the predicted one: −1 = falls by one. A field of rules only.</summary>
    public const string TierChange = "tier_change";

    /// <summary>The rules.</summary>
    public IReadOnlyList<AlertRule> Rules { get; init; } = [];

    /// <summary>Whether a dataset has the file: without one nothing is evaluated.</summary>
    public static bool IsThere(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>The rules of a dataset; the standard ones where it has no file.</summary>
    /// <param name="pathOrFolder">The dataset.</param>
    /// <param name="options">Own scores and combined models that rules may name.</param>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line.</exception>
    public static AlertSettings For(string pathOrFolder, RuleOptions options) =>
        SettingsFile.For<AlertSettings>(pathOrFolder, FileName, Standard, s => Check(s, options));

    /// <summary>Reads rules.</summary>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static AlertSettings Parse(string json, RuleOptions options) =>
        SettingsFile.Parse<AlertSettings>(Encoding.UTF8.GetBytes(json), FileName, s => Check(s, options));

    private static IEnumerable<Fault> Check(AlertSettings settings, RuleOptions options)
    {
        var faults = new List<Fault>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < settings.Rules.Count; i++)
        {
            AlertRule rule = settings.Rules[i];
            string at = $"rules[{i}]";
            if (string.IsNullOrWhiteSpace(rule.Name) || rule.Name.Contains('|') || !names.Add(rule.Name))
            {
                faults.Add(new($"{at}.name", $"the name is '{rule.Name}'; expected words without |, of its own"));
            }

            if (rule.Owner.Length == 0)
            {
                faults.Add(new(at, "nobody is told: expected an owner"));
            }

            if (rule.QuietDays < 0)
            {
                faults.Add(new($"{at}.quietDays", $"{rule.QuietDays} days; expected 0 or more"));
            }

            if (rule.IsOfBase ? rule.All.Count + rule.Any.Count + rule.Was.Count > 0 : rule.All.Count + rule.Any.Count == 0)
            {
                faults.Add(new(at, rule.IsOfBase
                    ? "it asks of the base and of customers at once; expected base, or all, any and was"
                    : "it has no condition; expected all, any or base"));
            }

            foreach (var (list, conditions) in new[] { ("all", rule.All), ("any", rule.Any), ("was", rule.Was) })
            {
                faults.AddRange(Conditions(conditions, list, at, options));
            }

            for (int c = 0; c < rule.Base.Count; c++)
            {
                if (BaseMetrics.All.All(m => m.Name != rule.Base[c].Field) || !rule.Base[c].IsOfNumber || rule.Base[c].IsOfText)
                {
                    faults.Add(new(
                        $"{at}.base[{c}]", $"'{rule.Base[c].Field}' is no number of the base to compare; expected "
                            + $"{string.Join(", ", BaseMetrics.All.Select(m => m.Name))} with atLeast, above, atMost or below"));
                }
            }

            faults.AddRange(AlertText.Unknown(rule.Text, rule).Select(
                f => new Fault($"{at}.text", $"there is no field '{f}'; expected customer, a field of GET /v1/metrics, or for the base "
                    + $"one of it")));
            for (int a = 0; a < rule.Actions.Count; a++)
            {
                faults.AddRange(Action(rule, rule.Actions[a], $"{at}.actions[{a}]"));
            }
        }

        return faults;
    }

    private static IEnumerable<Fault> Conditions(
        IReadOnlyList<FieldCondition> conditions, string list, string at, RuleOptions options)
    {
        for (int c = 0; c < conditions.Count; c++)
        {
            string place = $"{at}.{list}[{c}]";
            if (conditions[c].Field == TierChange)
            {
                if (list != "all" || !conditions[c].IsOfNumber || conditions[c].IsOfText)
                {
                    yield return new(place, $"{TierChange} is a number that stands under all; expected atLeast, above, atMost or below");
                }

                continue;
            }

            var alone = new OwnSegment("rule") { All = [conditions[c]] };
            foreach (OwnModelFault fault in OwnModelReader.Faults(options with { Segments = [alone] }))
            {
                yield return new(fault.Place.Replace("segments[0].all[0]", place, StringComparison.Ordinal), fault.Text);
            }
        }
    }

    private static IEnumerable<Fault> Action(AlertRule rule, RuleAction action, string at)
    {
        if (action.Priority is not ("low" or "normal" or "high"))
        {
            yield return new($"{at}.priority", $"the priority is '{action.Priority}'; expected low, normal or high");
        }

        if (action.Repeats is { } repeats && !WorkTaskBook.Repetitions.Contains(repeats))
        {
            yield return new($"{at}.repeats", $"'{repeats}' is no repetition; expected {string.Join(", ", WorkTaskBook.Repetitions)}");
        }

        if (action.DueDays is < 0 or > 3650)
        {
            yield return new($"{at}.dueDays", $"{action.DueDays} days; expected 0 to 3650");
        }

        if (action.Do == AlertAction.Pool ? string.IsNullOrWhiteSpace(action.Pool) : action.Role.Length == 0)
        {
            yield return new(at, action.Do == AlertAction.Pool ? "expected the name of a pool" : "expected the role whose it is");
        }

        if (action.Do is AlertAction.Task or AlertAction.Calendar && action.Title.Length == 0)
        {
            yield return new(at, "expected a title: what is to be done");
        }

        if (rule.IsOfBase && action.Do == AlertAction.Pool)
        {
            yield return new(at, "the base is no customer: it comes into no pool");
        }

        foreach (string field in AlertText.Unknown(action.Title, rule))
        {
            yield return new($"{at}.title", $"there is no field '{field}'");
        }
    }
}
