using System.Text.RegularExpressions;
using Predictive.Acting.Alerts;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Settings;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Acting.Standing;

/// <summary><c>standing.json</c>: campaigns that are always on.</summary>
public sealed partial record StandingSettings
{
    /// <summary>Name of the file in a dataset's folder.</summary>
    public const string FileName = "standing.json";

    /// <summary>Days of a window, or between entries, at most.</summary>
    private const int MostDays = 730;

    /// <summary>Words in braces a step may use beside fields of GET /v1/metrics.</summary>
    public static IReadOnlyList<string> Words { get; } = ["customer", "about", "category"];

    /// <summary>Whole days without data that are borne, beside the present one; after them the worker sends nothing. Default 3.</summary>
    public int FreshDays { get; init; } = 3;

    /// <summary>Hour of the day, on the dataset's clock, from which the worker runs the day's round. Default 6.</summary>
    public int RoundFrom { get; init; } = 6;

    /// <summary>The campaigns.</summary>
    public IReadOnlyList<StandingCampaign> Campaigns { get; init; } = [];

    /// <summary>Whether a folder has such a file.</summary>
    public static bool IsThere(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>The settings of a dataset: those of its file, else none.</summary>
    /// <param name="pathOrFolder">The dataset.</param>
    /// <param name="options">Own scores and combined models that conditions may name.</param>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line.</exception>
    public static StandingSettings For(string pathOrFolder, RuleOptions options) =>
        SettingsFile.For<StandingSettings>(pathOrFolder, FileName, Standard, s => Check(s, options));

    /// <summary>Reads settings.</summary>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static StandingSettings Parse(byte[] json, RuleOptions options) =>
        SettingsFile.Parse<StandingSettings>(json, FileName, s => Check(s, options));

    private static IEnumerable<Fault> Check(StandingSettings s, RuleOptions options)
    {
        if (s.FreshDays is < 0 or > 365)
        {
            yield return new("freshDays", $"{s.FreshDays} days; expected 0 to 365");
        }

        if (s.RoundFrom is < 0 or > 23)
        {
            yield return new("roundFrom", $"{s.RoundFrom}; expected an hour, 0 to 23");
        }

        for (int i = 0; i < s.Campaigns.Count; i++)
        {
            StandingCampaign c = s.Campaigns[i];
            string at = $"campaigns[{i}]";
            if (c.Name.Trim().Length is 0 or > 180 || c.Name.Contains('|') || s.Campaigns.Take(i).Any(o => o.Name == c.Name))
            {
                yield return new($"{at}.name", $"the name is '{c.Name}'; expected 1 to 180 characters of its own without |");
            }

            if (c.Proved is null != c.Unproved)
            {
                yield return new(at, "expected either proved, the campaign whose report says that it paid, or unproved: true, to begin on "
                    + "trial");
            }

            foreach (Fault fault in Numbers(c, at).Concat(Trigger(c.Trigger, $"{at}.trigger")).Concat(Steps(c, at)))
            {
                yield return fault;
            }

            foreach ((string place, string? conditions) in new[]
            {
                ($"{at}.where", c.Where), ($"{at}.trigger.when", c.Trigger.When), ($"{at}.stop.when", c.Stop.When),
            })
            {
                if (conditions is not null && Conditions(conditions, options) is { } wrong)
                {
                    yield return new(place, wrong);
                }
            }
        }
    }

    private static IEnumerable<Fault> Numbers(StandingCampaign c, string at)
    {
        (string Place, bool Holds, string Text)[] checks =
        [
            ("again", c.Again == 0 || c.Again >= c.Window && c.Again <= 10 * MostDays,
                $"{c.Again} days; expected 0 (never again), or at least the window of {c.Window}: each entry is judged on its own"),
            ("patience", c.Patience is >= 0 and <= 90, $"{c.Patience} days; expected 0 to 90"),
            ("holdout", c.Holdout is >= .02 and <= .9, $"the holdout is {c.Holdout}; expected .02 to .9: without one nothing is measured"),
            ("window", c.Window is >= 1 and <= MostDays, $"{c.Window} days; expected 1 to {MostDays}"),
            ("margin", c.Margin is > 0 and <= 1, $"the margin is {c.Margin}; expected a share above 0, up to 1"),
            ("people", c.People is >= 100 and <= 10_000_000, $"{c.People} people; expected 100 to 10000000"),
            ("caps.perDay", c.Caps.PerDay >= 1, $"{c.Caps.PerDay} contacts a day; expected 1 or more"),
            ("caps.perMonth", c.Caps.PerMonth >= 1, $"{c.Caps.PerMonth} contacts a month; expected 1 or more"),
            ("caps.spendPerDay", c.Caps.SpendPerDay >= 0, $"{c.Caps.SpendPerDay} a day; expected money, 0 or more"),
            ("caps.spendPerMonth", c.Caps.SpendPerMonth >= 0, $"{c.Caps.SpendPerMonth} a month; expected money, 0 or more"),
        ];
        return checks.Where(k => !k.Holds).Select(k => new Fault($"{at}.{k.Place}", k.Text));
    }

    private static IEnumerable<Fault> Trigger(TriggerSettings t, string at)
    {
        if (t.Days is < 1 or > 365)
        {
            yield return new($"{at}.days", $"{t.Days} days; expected 1 to 365");
        }

        if (!(t.Drop is > 0 and < 1))
        {
            yield return new($"{at}.drop", $"the drop is {t.Drop}; expected a share above 0 and below 1");
        }

        (StandingTrigger On, string Member, string? Value)[] needs =
        [
            (StandingTrigger.Birthday, "column", t.Column), (StandingTrigger.PriceDrop, "kind", t.Kind),
            (StandingTrigger.Voucher, "kind", t.Kind), (StandingTrigger.Score, "when", t.When),
        ];
        foreach ((StandingTrigger on, string member, _) in needs.Where(n => n.On == t.On && string.IsNullOrWhiteSpace(n.Value)))
        {
            yield return new(at, $"{on} needs a {member}");
        }
    }

    private static IEnumerable<Fault> Steps(StandingCampaign c, string at)
    {
        if (c.Steps.Count == 0)
        {
            yield return new($"{at}.steps", "there is none; expected one or more");
        }

        for (int k = 0; k < c.Steps.Count; k++)
        {
            StandingStep step = c.Steps[k];
            string place = $"{at}.steps[{k}]";
            if (k == 0 ? step.After != 0 : step.After is < 1 or > 365)
            {
                yield return new($"{place}.after", k == 0 ? $"{step.After} days; the first step is sent on entering: expected 0"
                    : $"{step.After} days; expected 1 to 365 after the step before");
            }

            foreach (string channel in step.Own.Select(o => o.Channel).Prepend(step.Channel)
                .Where(n => string.IsNullOrWhiteSpace(n) || n.Contains('*') || n.Length > 200))
            {
                yield return new(place, $"the channel is '{channel}'; expected one such as email");
            }

            if (!(step.Cost >= 0 && double.IsFinite(step.Cost)) || step.Cost > Math.Min(c.Caps.SpendPerDay, c.Caps.SpendPerMonth))
            {
                yield return new($"{place}.cost", $"it costs {step.Cost}; expected 0 or more, and no more than may be spent a day");
            }

            if (step.Hour is < 0 or > 23)
            {
                yield return new($"{place}.hour", $"{step.Hour}; expected an hour, 0 to 23");
            }

            if (step.Owner is { Length: 0 or > 200 })
            {
                yield return new($"{place}.owner", "expected 1 to 200 characters");
            }

            if (step.Content.Length is 0 or > 2000)
            {
                yield return new($"{place}.content", "it is empty or too long; expected 1 to 2000 characters");
            }

            foreach (string field in AlertText.Fields(step.Content)
                .Where(f => !Words.Contains(f) && CustomerMetrics.Find(f) is null))
            {
                yield return new(
                    $"{place}.content", $"there is no field '{field}'; expected {string.Join(", ", Words)}, or a field of GET /v1/metrics");
            }
        }
    }

    private static string? Conditions(string text, RuleOptions options)
    {
        try
        {
            AudienceFilter.Read("conditions", text, options);
            return null;
        }
        catch (CampaignException e)
        {
            return e.Message.TrimEnd('.');
        }
    }
}
