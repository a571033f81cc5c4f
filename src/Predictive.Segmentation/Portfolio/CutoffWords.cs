using System.Globalization;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>The cut-offs of a rule book as a person reads them: nothing that decides is hidden.</summary>
public static class CutoffWords
{
    /// <summary>One line per rule.</summary>
    public static IReadOnlyList<string> Of(RuleBook book)
    {
        ArgumentNullException.ThrowIfNull(book);
        RuleOptions o = book.Options;
        var lines = new List<string>
        {
            $"taken from {(book.SampledFrom is null ? "the base" : "a sample of the base")} as of {book.AsOf} "
                + $"({Number(book.Rfm.Customers)}{(book.SampledFrom is { } all ? $" of {Number(all)}" : "")} customers), unless "
                + "segments.json says otherwise",
            $"RFM recency: 5 up to {Number(book.Rfm.RecencyDays[0])} days, 4 up to {Number(book.Rfm.RecencyDays[1])}, 3 up to "
                + $"{Number(book.Rfm.RecencyDays[2])}, 2 up to {Number(book.Rfm.RecencyDays[3])}, then 1",
            $"RFM frequency: 1 up to {Number(book.Rfm.Frequency[0])} orders, 2 up to {Number(book.Rfm.Frequency[1])}, 3 up to "
                + $"{Number(book.Rfm.Frequency[2])}, 4 up to {Number(book.Rfm.Frequency[3])}, then 5",
            $"RFM monetary: 1 up to {Number(book.Rfm.Monetary[0])}, 2 up to {Number(book.Rfm.Monetary[1])}, 3 up to "
                + $"{Number(book.Rfm.Monetary[2])}, 4 up to {Number(book.Rfm.Monetary[3])}, then 5",
            $"value ({o.Value.Measure.ToString().ToLowerInvariant()}, "
                + $"{(o.Value.WindowDays is { } days ? $"last {days} days" : "whole history")}): A above {Number(book.Value.ThresholdA)}, "
                + $"B from {Number(book.Value.ThresholdB)}, C below",
            $"lifecycle: declining after {Number(o.Lifecycle.DecliningCadences)} own cadences of silence, left after "
                + $"{Number(o.Lifecycle.LeftCadences)}; with fewer than {o.Lifecycle.MinimumPurchaseDays} purchase days after "
                + $"{book.Lifecycle.DecliningDays} and {book.Lifecycle.LeftDays} days",
            $"loyalty: medium from {Number(o.Loyalty.MediumFrom)}, high from {Number(o.Loyalty.HighFrom)} of 100",
            $"order frequency × value: frequent from {Number(book.Quadrants.Frequency)} orders, large from "
                + $"{Number(book.Quadrants.OrderValue)} an order, new for {o.Quadrants.NewDays} days",
            $"tiers (last {o.Tiers.WindowDays} days, kept down to {Percent(o.Tiers.KeepShare)}): "
                + string.Join(", ", book.Tiers.Tiers.Select(t =>
                    t.MinimumSpend > 0 || t.MinimumOrders > 0
                        ? $"{t.Name} from {Number(t.MinimumSpend)} and {t.MinimumOrders} orders"
                        : t.Name)),
            $"churn risk: medium from {Percent(o.ChurnBands.MediumFrom)}, high from {Percent(o.ChurnBands.HighFrom)}",
        };
        if (book.ValueMatrix is { } matrix)
        {
            lines.Add(
                $"value matrix: high value from {Number(matrix.HighValue)} in {o.ValueMatrix.WindowDays} days; "
                    + (o.ValueMatrix.Potential.CrossSellWeight == 0 && o.ValueMatrix.Potential.Attributes.Count == 0
                        ? $"potential where {Number(matrix.MinimumExpected)} or more is expected and that is {Number(matrix.GrowthRatio)} "
                            + "times the present pace"
                        : $"potential from {Number(matrix.PotentialFrom)} of 100"));
        }

        if (book.LifetimeValue is { } lifetime)
        {
            lines.Add(
                $"lifetime value ({Number(o.LifetimeValue.LimitYears)} years ahead at {Percent(o.LifetimeValue.DiscountRate)} a year): "
                    + $"middle "
                    + $"from {Number(lifetime.MiddleFrom)}, high from {Number(lifetime.HighFrom)}");
        }

        return lines;
    }

    private static string Number(double value) =>
        value.ToString(value == Math.Floor(value) ? "N0" : Math.Abs(value) < 10 ? "0.##" : "N2", CultureInfo.InvariantCulture);

    private static string Percent(double share) => (100 * share).ToString("0.#", CultureInfo.InvariantCulture) + " %";
}
