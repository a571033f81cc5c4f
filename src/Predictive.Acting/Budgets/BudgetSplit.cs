using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Acting.Budgets;

/// <summary>What is known of the effect of a contact, better than an assumption.</summary>
/// <param name="Source">In words, such as <c>measured by 2 campaigns: +3.1 points (1.0 to 5.2)</c>.</param>
/// <param name="Points">
/// Effect on who buys within the windows of the campaigns, of everybody contacted, as a share; taken as that within the model's horizon.
/// Null = per customer.
/// </param>
/// <param name="Gains">Per row of the score table, spend a contact brings within the model's horizon, before margin and cost; null = by
/// points.</param>
public sealed record MeasuredEffect(string Source, double? Points, double[]? Gains);

/// <summary>A line of a split.</summary>
/// <param name="Side"><c>keep</c> or <c>win</c>.</param>
/// <param name="Group">Of customers; of winning: new customers.</param>
/// <param name="Customers">There are; of winning: capacity.</param>
/// <param name="Contacts">Bought: contacts, or customers won.</param>
/// <param name="Spent">Money.</param>
/// <param name="Brings">Margin on what they bring.</param>
/// <param name="Profit">Brings less spent.</param>
/// <param name="LastReturn">What the last unit of money brought; null = none was spent.</param>
/// <param name="Effect">Where the effect comes from, in words.</param>
/// <param name="IsAssumed">Whether it is assumed.</param>
public sealed record BudgetLine(
    string Side, string Group, int Customers, int Contacts, double Spent, double Brings, double Profit, double? LastReturn, string Effect,
    bool IsAssumed);

/// <summary>A budget over groups of customers, and over keeping against winning.</summary>
/// <param name="Budget">Money there is.</param>
/// <param name="Preset">How it is to be shared: an assumption.</param>
/// <param name="By">Field of the groups.</param>
/// <param name="Margin">Assumed.</param>
/// <param name="ValueDays">Days whose spend counts.</param>
/// <param name="Lines">Keeping first.</param>
/// <param name="Spent">In all.</param>
/// <param name="Profit">In all.</param>
/// <param name="KeepShare">Keeping's share of what is spent; 0 where nothing is.</param>
/// <param name="ShadowPrice">What one more of the currency would bring; 0 = more money would bring nothing.</param>
/// <param name="ShadowOfKeeping">What one more for keeping would bring that the preset withholds; 0 = nothing.</param>
/// <param name="ShadowOfWinning">The same of winning.</param>
public sealed record BudgetSplit(
    double Budget, BudgetPreset Preset, string By, double Margin, int ValueDays, IReadOnlyList<BudgetLine> Lines, double Spent,
    double Profit, double KeepShare, double ShadowPrice, double ShadowOfKeeping, double ShadowOfWinning)
{
    private const string Keep = "keep", Win = "win";

    /// <summary>Days after the beginning of the data from which somebody seen first counts as new.</summary>
    private const int NewAfterDays = 180;

    /// <summary>New customers that their value is measured on, at least.</summary>
    private const int FewestNew = 20;

    /// <summary>Splits.</summary>
    /// <param name="budget">Above 0.</param>
    /// <param name="scores">The base.</param>
    /// <param name="settings">What is assumed.</param>
    /// <param name="preset">Name of one of its presets; null = the one in force.</param>
    /// <param name="measured">What campaigns measured; null = nothing.</param>
    /// <param name="capacity">Contacts at most over all groups together, highest return first; null = no limit.</param>
    /// <exception cref="CampaignException">There is no such preset or field, or a group has no line.</exception>
    public static BudgetSplit Of(
        double budget, ScoreTable scores, BudgetSettings settings, string? preset = null, MeasuredEffect? measured = null,
        int? capacity = null)
    {
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(settings);
        BudgetPreset shares = settings.Presets.FirstOrDefault(p => p.Name == (preset ?? settings.Preset))
            ?? throw new CampaignException(
                $"There is no preset '{preset}' in {BudgetSettings.FileName}; expected "
                    + $"{string.Join(", ", settings.Presets.Select(p => p.Name))}.");
        string?[] groups = Groups(scores, settings.By);
        KeepLine[] lines = [.. settings.Keep];
        int[] lineOf = [.. groups.Select(g => LineOf(lines, g ?? "", settings.By))];
        int win = lines.Length;
        List<BudgetItem> items = [.. Keeping(scores, settings, lines, lineOf, measured)];

        (double newValue, string valueSource) = settings.Win is null ? (0, "") : NewCustomer(scores, settings);
        for (int k = 0; settings.Win is { } w && k < w.Capacity; k++)
        {
            items.Add(new BudgetItem(win, w.Cost * (1 + (w.CostRises * k / Math.Max(1, w.Capacity - 1))), settings.Margin * newValue));
        }

        int count = lines.Length + (settings.Win is null ? 0 : 1);
        BudgetAllocation found = BudgetAllocation.Of(
            items, count, [.. Enumerable.Range(0, count).Select(l => l < win ? 0 : 1)],
            [.. Enumerable.Range(0, count).Select(l => l < win ? lines[l].Capacity : settings.Win!.Capacity)], budget,
            [shares.KeepTo * budget, (1 - shares.KeepFrom) * budget], capacity);
        List<BudgetLine> told =
        [
            .. Enumerable.Range(0, count).Select(l => new BudgetLine(
                l < win ? Keep : Win, l < win ? lines[l].Group : "new customers",
                l < win ? lineOf.Count(x => x == l) : settings.Win!.Capacity, found.Taken[l], Cents.Of(found.Spent[l]),
                Cents.Of(found.Gained[l]), Cents.Of(found.Gained[l] - found.Spent[l]),
                double.IsNaN(found.LastReturn[l]) ? null : Math.Round(found.LastReturn[l], 4),
                l == win ? valueSource : measured?.Source ?? Assumed(lines[l]), l == win || measured is null))
                .Where(l => l.Customers > 0 || l.Group != BudgetSettings.Others),
        ];
        double spent = told.Sum(l => l.Spent);
        return new BudgetSplit(
            budget, shares, settings.By, settings.Margin, settings.ValueDays, told, Cents.Of(spent), Cents.Of(told.Sum(l => l.Profit)),
            spent > 0 ? told.Where(l => l.Side == Keep).Sum(l => l.Spent) / spent : 0, Math.Round(found.Shadow, 4),
            Math.Round(found.ShadowOfSides[0], 4), Math.Round(found.ShadowOfSides[1], 4));
    }

    private static IEnumerable<BudgetItem> Keeping(
        ScoreTable scores, BudgetSettings settings, KeepLine[] lines, int[] lineOf, MeasuredEffect? measured)
    {
        double perYear = settings.ValueDays / (double)scores.Bundle.Manifest.HorizonDays;
        for (int i = 0; i < scores.Count; i++)
        {
            if (scores.Returns[i].KeptNothing)
            {
                continue;
            }

            double risk = scores.ChurnProbability[i], stays = AtRisk.SpendIfStays(risk, scores.ClvExpected[i]);
            double kept = measured?.Gains?[i] ?? (stays * (measured?.Points is { } points
                // Nobody is kept more often than they leave.
                ? Math.Clamp(points, 0, risk)
                : lines[lineOf[i]].Effect * risk));
            yield return new BudgetItem(lineOf[i], lines[lineOf[i]].Cost, settings.Margin * perYear * kept);
        }
    }

    // What those who came, after the first half year of the data, within the last two spans, and whose first span is over, spent in it.
    private static (double Value, string Source) NewCustomer(ScoreTable scores, BudgetSettings settings)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        if (settings.Win!.Value is { } given)
        {
            return (given, string.Create(c, $"assumed: a new customer spends {given:N0} in {settings.ValueDays} days"));
        }

        double sum = 0;
        int count = 0;
        LocalTime newest = scores.AsOf.AddDays(-settings.ValueDays), oldest = newest.AddDays(-settings.ValueDays);
        // Who is seen first where the data begin may have come long before.
        LocalTime known = new LocalTime(scores.History.FirstMicros).AddDays(NewAfterDays);
        oldest = oldest < known ? known : oldest;
        foreach (int customer in scores.Customers)
        {
            CustomerLines lines = scores.History.Lines(customer).Before(scores.AsOf);
            if (lines.Count == 0 || new LocalTime(lines.OrderedAt[0]) is var first && (first < oldest || !(first < newest)))
            {
                continue;
            }

            count++;
            foreach (double amount in lines.Between(first, first.AddDays(settings.ValueDays)).Amount)
            {
                sum += amount;
            }
        }

        if (count < FewestNew)
        {
            // Nothing is bought on a guess: the user says it, or time does.
            return (0, string.Create(
                c,
                $"left out: {count} came early enough to know what they spend in {settings.ValueDays} days, and later than {NewAfterDays} "
                    + $"days after the data begin; {FewestNew} are needed, or win.value in {BudgetSettings.FileName}"));
        }

        return (sum / count, string.Create(
            c, $"cost assumed; {sum / count:N0} in their first {settings.ValueDays} days, measured on {count:N0} who came"));
    }

    private static string?[] Groups(ScoreTable scores, string by)
    {
        SegmentTable table = ScoredSegments.Of(scores);
        SegmentColumn? column = table.Columns.FirstOrDefault(x => x.Metric.Name == by);
        return column?.Texts ?? throw new CampaignException(
            $"{BudgetSettings.FileName} splits by '{by}', which is no field with groups; expected one of "
                + $"{string.Join(", ", SegmentGroups.Models.Where(table.Has))}.");
    }

    private static int LineOf(KeepLine[] lines, string group, string by)
    {
        int own = Array.FindIndex(lines, l => l.Group.Equals(group, StringComparison.OrdinalIgnoreCase));
        int others = own >= 0 ? own : Array.FindIndex(lines, l => l.Group == BudgetSettings.Others);
        return others >= 0 ? others : throw new CampaignException(
            $"There are customers of the {by} '{group}', and no line for them in {BudgetSettings.FileName}; expected one, or one for "
                + $"\"{BudgetSettings.Others}\".");
    }

    private static string Assumed(KeepLine line) =>
        string.Create(CultureInfo.InvariantCulture, $"assumed: keeps {line.Effect:P0} of those who would leave");
}
