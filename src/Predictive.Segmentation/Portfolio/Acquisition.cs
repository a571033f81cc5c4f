using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>What customers of one channel cost and bring; null = no data.</summary>
/// <param name="Channel">The channel; <c>all</c> sums up.</param>
/// <param name="Month">Month of the first purchase; null = all months.</param>
/// <param name="Customers">New customers.</param>
/// <param name="Spend">Spent on winning them; null where segments.json has no cost of it.</param>
/// <param name="Cac">Spend over customers.</param>
/// <param name="LifetimeValue">Mean lifetime value, or without a model mean net value so far.</param>
/// <param name="Ratio">Lifetime value over CAC; from 3 is the rule of thumb for healthy.</param>
public sealed record AcquisitionRow(
    string Channel, string? Month, int Customers, double? Spend, double? Cac, double LifetimeValue, double? Ratio);

/// <summary>CAC : LTV per channel and cohort.</summary>
public static class Acquisition
{
    /// <summary>Rows of all channels and months with a cost, and one per channel; without costs, the channels alone.</summary>
    public static IReadOnlyList<AcquisitionRow> Compute(SegmentTable table)
    {
        ArgumentNullException.ThrowIfNull(table);
        AcquisitionOptions options = table.Book.Options.Portfolio.Acquisition;
        AttributeColumn? attribute = KnownAttributes.Find(table.History.Tables, options.ChannelAttribute);
        string[]? channels = table.History.Columns.Channels;
        if (attribute is null && table.History.Columns.Channel is null)
        {
            return [];
        }

        double[] value = table.Numbers(table.Has("lifetime_value") ? "lifetime_value" : "net_value");
        string?[] first = table.Texts("first_purchase");
        var customers = Enumerable.Range(0, table.Count).Select(i => (Channel: ChannelOf(i), Month: first[i]![..7], Value: value[i]))
            .Where(c => c.Channel is not null).ToArray();
        var rows = new List<AcquisitionRow>();
        string[] months = [.. options.Costs.Select(c => c.Month).Distinct().Order(StringComparer.Ordinal)];
        foreach (var channel in customers.GroupBy(c => c.Channel!, StringComparer.Ordinal).OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            // Costs of some months tell the CAC of those months' customers only.
            var costed = options.Costs.Where(c => c.Channel.Equals(channel.Key, StringComparison.OrdinalIgnoreCase)).ToArray();
            var own = costed.Length == 0 ? [.. channel] : channel.Where(c => costed.Any(k => k.Month == c.Month)).ToArray();
            rows.Add(Row(channel.Key, null, [.. own.Select(c => c.Value)], costed.Length == 0 ? null : costed.Sum(c => c.Spend)));
            rows.AddRange(months.Where(m => costed.Any(c => c.Month == m)).Select(m => Row(
                channel.Key, m, [.. channel.Where(c => c.Month == m).Select(c => c.Value)],
                costed.Where(c => c.Month == m).Sum(c => c.Spend))));
        }

        return rows;

        string? ChannelOf(int row)
        {
            if (attribute is not null)
            {
                return KnownAttributes.Text(attribute, table.Customers[row]);
            }

            CustomerLines lines = table.History.Lines(table.Customers[row]).Before(table.AsOf);
            for (int i = 0; i < lines.Count; i++)
            {
                if (lines.Amount[i] > 0)
                {
                    return lines.Channel[i] < 0 ? null : channels![lines.Channel[i]];
                }
            }

            return null;
        }
    }

    private static AcquisitionRow Row(string channel, string? month, double[] values, double? spend)
    {
        double mean = values.Length == 0 ? 0 : values.Average();
        double? cac = spend is { } s && values.Length > 0 ? s / values.Length : null;
        return new AcquisitionRow(
            channel, month, values.Length, spend, cac is { } c ? Cents.Of(c) : null, Cents.Of(mean), cac > 0 ? mean / cac : null);
    }
}
