using Predictive.History;
using Predictive.Segmentation.Metrics;
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
        return Rows(Count(table), table.Book.Options.Portfolio.Acquisition);
    }

    /// <summary>The rows of a whole base.</summary>
    internal static IReadOnlyList<AcquisitionRow> Rows(IReadOnlyList<WonCustomers> won, AcquisitionOptions options)
    {
        var rows = new List<AcquisitionRow>();
        string[] months = [.. options.Costs.Select(c => c.Month).Distinct().Order(StringComparer.Ordinal)];
        foreach (var channel in won.GroupBy(c => c.Channel, StringComparer.Ordinal).OrderByDescending(g => g.Sum(c => c.Customers))
            .ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            // Costs of some months tell the CAC of those months' customers only.
            var costed = options.Costs.Where(c => c.Channel.Equals(channel.Key, StringComparison.OrdinalIgnoreCase)).ToArray();
            var own = costed.Length == 0 ? [.. channel] : channel.Where(c => costed.Any(k => k.Month == c.Month)).ToArray();
            rows.Add(Row(channel.Key, null, own, costed.Length == 0 ? null : costed.Sum(c => c.Spend)));
            rows.AddRange(months.Where(m => costed.Any(c => c.Month == m)).Select(m => Row(
                channel.Key, m, [.. channel.Where(c => c.Month == m)], costed.Where(c => c.Month == m).Sum(c => c.Spend))));
        }

        return rows;
    }

    /// <summary>What the rows are made of: those of parts of a base add up to those of the whole.</summary>
    internal static IReadOnlyList<WonCustomers> Count(SegmentTable table)
    {
        AttributeColumn? attribute =
            KnownAttributes.Find(table.History.Tables, table.Book.Options.Portfolio.Acquisition.ChannelAttribute);
        string[]? channels = table.History.Columns.Channels;
        if (attribute is null && table.History.Columns.Channel is null)
        {
            return [];
        }

        double[] value = table.Numbers(table.Has("lifetime_value") ? "lifetime_value" : "net_value");
        string?[] first = table.Texts("first_purchase");
        return Added(Enumerable.Range(0, table.Count).Select(i => (Channel: ChannelOf(i), Row: i)).Where(c => c.Channel is not null)
            .Select(c => new WonCustomers(c.Channel!, first[c.Row]![..7], 1, ExactSum.Of([value[c.Row]]))));

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

    /// <summary>One entry for each channel and month.</summary>
    internal static IReadOnlyList<WonCustomers> Added(IEnumerable<WonCustomers> parts)
    {
        var sums = new Dictionary<(string Channel, string Month), (int Customers, ExactSum Value)>();
        foreach (WonCustomers part in parts)
        {
            var (customers, value) = sums.GetValueOrDefault((part.Channel, part.Month), (0, new ExactSum()));
            value.Add(part.Value);
            sums[(part.Channel, part.Month)] = (customers + part.Customers, value);
        }

        return [.. sums.Select(s => new WonCustomers(s.Key.Channel, s.Key.Month, s.Value.Customers, s.Value.Value))];
    }

    private static AcquisitionRow Row(string channel, string? month, WonCustomers[] won, double? spend)
    {
        int customers = won.Sum(w => w.Customers);
        var value = new ExactSum();
        Array.ForEach(won, w => value.Add(w.Value));
        double mean = customers == 0 ? 0 : value.Value / customers;
        double? cac = spend is { } s && customers > 0 ? s / customers : null;
        return new AcquisitionRow(
            channel, month, customers, spend, cac is { } c ? Cents.Of(c) : null, Cents.Of(mean), cac > 0 ? mean / cac : null);
    }
}

/// <summary>Customers first won by one channel in one month.</summary>
/// <param name="Channel">The channel.</param>
/// <param name="Month">Month of the first purchase, <c>yyyy-MM</c>.</param>
/// <param name="Customers">How many.</param>
/// <param name="Value">Sum of their lifetime value, or without a model of their net value so far.</param>
internal sealed record WonCustomers(string Channel, string Month, int Customers, ExactSum Value);
