using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;

namespace Predictive.Training.Lookalikes;

/// <summary>
/// Customers as they looked at the end of their first days: one row each, the catalogue's own definitions computed as of midnight
/// <c>first days</c> after the day of the first purchase.
/// </summary>
/// <remarks>
/// Only definitions that read nothing but the customer's lines are learned from: the base's profile of a later day would be a leak.
/// </remarks>
internal sealed class EarlyDays
{
    /// <summary>What is learned from.</summary>
    public static readonly IReadOnlyList<string> Learned =
    [
        "recency_days", "gap_mean", "gap_sd", "gap_max", "purchase_days", "orders", "net_total", "order_value_mean", "order_value_max",
        "order_value_cv",
        "order_value_first", "order_value_last", "refund_share", "refund_lines", "lines_per_order", "units_per_order", "products",
        "product_variety",
        "categories", "top_category_share",
    ];

    private EarlyDays(
        int[] customers, LocalTime[] ends, FeatureMatrix features) => (Customers, Ends, Features) = (customers, ends, features);

    /// <summary>Indices into the history, by the end of the first days, then by index.</summary>
    public int[] Customers { get; }

    /// <summary>The local time each was looked at.</summary>
    public LocalTime[] Ends { get; }

    /// <summary>The whole catalogue, one row per customer.</summary>
    public FeatureMatrix Features { get; }

    /// <summary>Customers with a purchase, and the end of their first days; ordered by it.</summary>
    public static (int Customer, LocalTime FirstDay, LocalTime End)[] Starts(TransactionHistory history, LocalTime asOf, int firstDays)
    {
        var starts = new List<(int Customer, LocalTime FirstDay, LocalTime End)>();
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines lines = history.Lines(c).Before(asOf);
            for (int i = 0; i < lines.Count; i++)
            {
                if (lines.Amount[i] > 0)
                {
                    LocalTime day = LocalTime.MidnightAfter(lines.OrderedAt[i]).AddDays(-1);
                    starts.Add((c, day, day.AddDays(firstDays)));
                    break;
                }
            }
        }

        return [.. starts.OrderBy(s => s.End).ThenBy(s => s.Customer)];
    }

    /// <summary>Their features.</summary>
    public static EarlyDays Of(
        TransactionHistory history, ReadOnlySpan<(int Customer, LocalTime FirstDay, LocalTime End)> starts, BaseProfile profile,
        int horizonDays)
    {
        int width = FeatureCatalogue.All.Count;
        var columns = new float[width][];
        for (int j = 0; j < width; j++)
        {
            columns[j] = new float[starts.Length];
        }

        Span<float> values = stackalloc float[width];
        FeatureRow? row = null;
        for (int i = 0; i < starts.Length; i++)
        {
            if (i == 0 || starts[i].End != starts[i - 1].End)
            {
                row = new FeatureRow(starts[i].End, horizonDays, profile, FeatureCatalogue.All);
            }

            row!.Fill(history.Lines(starts[i].Customer), values);
            for (int j = 0; j < width; j++)
            {
                columns[j][i] = values[j];
            }
        }

        return new EarlyDays(
            [.. starts.ToArray().Select(s => s.Customer)], [.. starts.ToArray().Select(s => s.End)],
            new FeatureMatrix(FeatureCatalogue.Names, columns, starts.Length));
    }

    /// <summary>The learned features of some rows, on the scale of their transform.</summary>
    public FeatureMatrix Scaled(IReadOnlyList<int> rows)
    {
        var columns = new float[Learned.Count][];
        for (int j = 0; j < columns.Length; j++)
        {
            FeatureDefinition definition = FeatureCatalogue.Get(Learned[j]);
            ReadOnlySpan<float> source = Features.Column(FeatureCatalogue.IndexOf(Learned[j]));
            columns[j] = new float[rows.Count];
            for (int i = 0; i < rows.Count; i++)
            {
                columns[j][i] = (float)definition.Apply(source[rows[i]]);
            }
        }

        return new FeatureMatrix(Learned, columns, rows.Count);
    }
}
