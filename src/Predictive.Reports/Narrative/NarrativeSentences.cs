using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;

namespace Predictive.Reports.Narrative;

/// <summary>
/// Sentences of a report, each from the figures it tells and nothing else. What is said is judged on the figures as they are shown: a
/// change that cannot be seen in them is none.
/// </summary>
/// <param name="words">The language.</param>
/// <param name="currency">Of the money; null = not known.</param>
/// <param name="shop">What dataset.json calls the columns of the customers table; null = nothing.</param>
public sealed class NarrativeSentences(
    ReportWords words, string? currency, IReadOnlyDictionary<string, AttributeNames>? shop = null)
{
    // From here on a change is told by its ends alone: "rose by 1,250.0 %" says nothing.
    private const double MostPercent = 10;

    /// <summary>What a figure did since the period before.</summary>
    public string Change(NarrativeFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        string name = ReportWords.Capital(words.Metric(figure.Name));
        if (figure.Value is not { } now)
        {
            return words.Say("change.none", name);
        }

        if (figure.Before is not { } before)
        {
            return words.Say("change.only", name, Shown(now, figure.Unit));
        }

        (string shown, string shownBefore) = Pair(now, before, figure.Unit);
        if (shown == shownBefore)
        {
            return words.Say("change.same", name, shown);
        }

        string way = now > before ? "change.rose" : "change.fell";
        return By(now, before, figure.Unit) is { } by
            ? words.Say(way, name, by, shownBefore, shown)
            : words.Say(way + ".plain", name, shownBefore, shown);
    }

    /// <summary>The figure against a year before; null = the data do not hold that.</summary>
    public string? Year(NarrativeFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        if (figure is not { Value: { } now, YearAgo: { } then })
        {
            return null;
        }

        (string shown, string shownThen) = Pair(now, then, figure.Unit);
        if (shown == shownThen)
        {
            return words.Say("year.same", shownThen);
        }

        string way = now > then ? "year.more" : "year.less";
        return By(now, then, figure.Unit) is { } by ? words.Say(way, by, shownThen) : words.Say(way + ".plain", shownThen);
    }

    /// <summary>Whether the change is more than chance.</summary>
    public string Chance(ComparisonAnswer answer)
    {
        ArgumentNullException.ThrowIfNull(answer);
        return words.Say(
            answer.IsSure ? "chance.sure" : "chance.unsure", words.Change(answer.Low, currency), words.Change(answer.High, currency));
    }

    /// <summary>What a part of the revenue did to it.</summary>
    public string Driver(NarrativeDriver driver)
    {
        ArgumentNullException.ThrowIfNull(driver);
        string name = ReportWords.Capital(words.Metric(driver.Metric.Split('/')[0]));
        (string after, string before) = Pair(driver.After, driver.Before, driver.Unit);
        string effect = words.Change(driver.Effect, currency);
        return before == after ? words.Say("driver.same", name, after, effect)
            : words.Say(driver.After > driver.Before ? "driver.rose" : "driver.fell", name, before, after, effect);
    }

    /// <summary>How many are expected to leave.</summary>
    public string Leaving(NarrativeFigure figure, int customers, int days, string from)
    {
        ArgumentNullException.ThrowIfNull(figure);
        double expected = Math.Round(figure.Value ?? 0);
        return words.Count(
            "next.leave", expected, words.Whole(customers), words.Whole(days), words.Day(from), words.Whole(figure.Low ?? expected),
            words.Whole(figure.High ?? expected));
    }

    /// <summary>What customers are expected to spend.</summary>
    public string Spending(NarrativeFigure figure)
    {
        ArgumentNullException.ThrowIfNull(figure);
        string expected = words.Money(figure.Value ?? 0, currency);
        return figure is { Low: { } low, High: { } high }
            ? words.Say("next.spend", expected, words.Money(low, currency), words.Money(high, currency))
            : words.Say("next.spend.plain", expected);
    }

    /// <summary>What a campaign brought: who was in it, what it kept, what it earned.</summary>
    public string Campaign(CampaignFigures campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        CampaignFigures c = campaign;
        string head = words.Say(
            "done.head", c.Name, c.Channel, words.Day(c.From), words.Day(c.To), words.Whole(c.Contacted), words.Whole(c.HeldOut));
        if (c.Stage is CampaignStage.NoOutcomes or CampaignStage.TooEarly)
        {
            return Join(head, words[c.Stage == CampaignStage.NoOutcomes ? "done.nothing" : "done.early"]);
        }

        string low = words.Whole(c.KeptLow), high = words.Whole(c.KeptHigh);
        string kept = c.KeptLow > 0 ? words.Count("done.kept", Math.Round(c.Kept), low, high)
            : c.KeptHigh < 0 ? words.Say("done.harm", words.Whole(c.Kept), low, high)
            : words.Say("done.unsure", low, high);
        string money = words.Say(
            c.Profit < 0 ? "done.loss" : "done.gain", words.Money(Math.Abs(c.Profit), currency), words.Change(c.ProfitLow, currency),
            words.Change(c.ProfitHigh, currency));
        return c.Stage == CampaignStage.Running ? Join(head, words["done.sofar"], kept, money) : Join(head, kept, money);
    }

    /// <summary>Something to do.</summary>
    public string Todo(Advice advice)
    {
        ArgumentNullException.ThrowIfNull(advice);
        string key = "todo." + advice.Kind;
        string share = words.Percent(advice.Share ?? 0);
        switch (advice.Kind)
        {
            case "call":
                return words.Count(key, advice.Number ?? 0, share, words.Money(advice.Money ?? 0, currency));
            case "win":
                return words.Count(key, advice.Number ?? 0, share);
            case "group":
                string[] parts = advice.Subject!.Split('|', 2);
                return words.Say(
                    key, words.DimensionName(parts[0], shop), words.Named(parts[1]), words.Change(advice.Money ?? 0, currency));
            case "stop":
                return words.Say(key, advice.Subject, words.Money(Math.Abs(advice.Money ?? 0), currency));
            default:
                return words.Say(key, share);
        }
    }

    /// <summary>Sentences one after the other, as the language parts them.</summary>
    public string Join(params string?[] sentences) =>
        string.Join(words == ReportWords.Chinese ? "" : " ", sentences.Where(s => !string.IsNullOrEmpty(s)));

    /// <summary>A figure as the report shows it.</summary>
    public string Shown(double value, string unit) => words.Figure(value, unit, currency);

    // Two that are held against each other have as many decimals: those of the smaller one, where money is small.
    private (string One, string Other) Pair(double one, double other, string unit)
    {
        bool fine = unit == "money" && Math.Min(Math.Abs(one), Math.Abs(other)) < 100 && Math.Max(Math.Abs(one), Math.Abs(other)) < 1000;
        return fine
            ? (words.Money(one, currency, fine: true), words.Money(other, currency, fine: true))
            : (Shown(one, unit), Shown(other, unit));
    }

    // By how much, always above 0: points of a share from what is shown, percent of the rest; null = no percent can be said.
    private string? By(double now, double before, string unit)
    {
        if (unit == "share")
        {
            string text = Math.Abs(Tenths(now) - Tenths(before)).ToString("0.0", CultureInfo.InvariantCulture);
            return words.Say(text == "1.0" && words.Keys.Contains("points.one") ? "points.one" : "points", text);
        }

        if (before <= 0 || now < 0)
        {
            return null;
        }

        double share = Math.Abs(now - before) / before;
        return share >= MostPercent || Tenths(share) == 0 ? null : words.Percent(share);
    }

    // Percent as it is written, so that a difference is that of the figures the reader sees.
    private static decimal Tenths(double share) =>
        decimal.Parse((100 * share).ToString("F1", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
