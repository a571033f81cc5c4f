using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>Sums over the customers of a group.</summary>
internal sealed class GroupSums
{
    public int Customers { get; set; }

    public ExactSum Spend365 { get; init; } = new();

    public ExactSum NetValue { get; init; } = new();

    public static Dictionary<string, GroupSums> Of(SegmentTable table, IEnumerable<(string Group, int Row)> members)
    {
        double[] year = table.Numbers("spend_365d"), net = table.Numbers("net_value");
        var groups = new Dictionary<string, GroupSums>(StringComparer.Ordinal);
        foreach ((string group, int row) in members)
        {
            if (!groups.TryGetValue(group, out GroupSums? sums))
            {
                groups[group] = sums = new GroupSums();
            }

            sums.Customers++;
            sums.Spend365.Add(year[row]);
            sums.NetValue.Add(net[row]);
        }

        return groups;
    }

    public void Add(GroupSums other)
    {
        Customers += other.Customers;
        Spend365.Add(other.Spend365);
        NetValue.Add(other.NetValue);
    }
}
