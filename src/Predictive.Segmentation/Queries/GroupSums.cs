using System.Runtime.InteropServices;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>What one customer brought to one group of one part of the base.</summary>
/// <param name="Customer">Index into the history.</param>
/// <param name="Key">The group.</param>
/// <param name="Part">The metric's part.</param>
/// <param name="Over">What it is divided by; 0 where it is a sum.</param>
internal readonly record struct CustomerShare(int Customer, long Key, double Part, double Over);

/// <summary>What a scan keeps beside the sums.</summary>
/// <param name="Metric">Whose noise and concentration are followed.</param>
/// <param name="PerCustomer">Whether each customer's share of each group is kept, to draw customers anew.</param>
/// <param name="MostGroups">More groups are refused.</param>
internal sealed record SumOptions(PeriodMetric Metric, bool PerCustomer, int MostGroups);

/// <summary>
/// Sums by group, filled customer by customer. Group −1 is the total. Merged in a fixed order, so threads change no bit.
/// </summary>
internal sealed class GroupSums(SumOptions options)
{
    /// <summary>Key of the total.</summary>
    public const long Total = -1;

    private readonly Dictionary<long, int> _cells = new() { [Total] = 0 };
    private readonly List<Cell> _sums = [new Cell()];

    /// <summary>Each customer's share, in the order of the customers; empty unless asked for.</summary>
    public List<CustomerShare> Shares { get; } = [];

    /// <summary>Keys there are, ascending; the total first.</summary>
    public IEnumerable<long> Keys => _cells.Keys.Order();

    /// <summary>Groups beside the total.</summary>
    public int Count => _sums.Count - 1;

    /// <summary>The sums of a group; all 0 where there is no such group.</summary>
    public Cell Of(long key) => _cells.TryGetValue(key, out int cell) ? _sums[cell] : new Cell();

    /// <summary>The cell of a key; made where it is new.</summary>
    public int CellOf(long key)
    {
        ref int cell = ref CollectionsMarshal.GetValueRefOrAddDefault(_cells, key, out bool known);
        if (!known)
        {
            cell = _sums.Count;
            if (cell > options.MostGroups)
            {
                throw TooMany(options.MostGroups);
            }

            _sums.Add(new Cell());
        }

        return cell;
    }

    /// <summary>Adds what a customer brought to a cell.</summary>
    public void Add(int cell, long key, int customer, ReadOnlySpan<double> parts)
    {
        Cell sums = _sums[cell];
        for (int p = 0; p < parts.Length; p++)
        {
            sums.Parts[p] += parts[p];
        }

        PeriodMetric metric = options.Metric;
        double a = parts[(int)metric.Part], b = metric.Over is { } over ? parts[(int)over] : 0;
        if (metric.Over is not null && (a != 0 || b != 0))
        {
            sums.Customers++;
            sums.PartSquares += a * a;
            sums.Products += a * b;
            sums.OverSquares += b * b;
        }

        if (metric.IsConcentration && parts[(int)PeriodPart.Buyers] > 0)
        {
            (sums.Spread ??= []).Add(a);
        }

        if (options.PerCustomer && (a != 0 || b != 0))
        {
            Shares.Add(new CustomerShare(customer, key, a, b));
        }
    }

    /// <summary>Adds the sums of the customers that follow.</summary>
    public void Merge(GroupSums next)
    {
        foreach (var (key, from) in next._cells)
        {
            _sums[CellOf(key)].Add(next._sums[from]);
        }

        Shares.AddRange(next.Shares);
    }

    /// <summary>What is said where there are too many groups.</summary>
    internal static QueryRefusedException TooMany(long most) => new(FormattableString.Invariant(
        $"The query makes more than {most:N0} groups; ask by fewer or coarser dimensions, or with a filter or a shorter period."));

    /// <summary>The sums of one group.</summary>
    internal sealed class Cell
    {
        /// <summary>By <see cref="PeriodPart"/>.</summary>
        public double[] Parts { get; } = new double[PeriodMetrics.PartCount];

        /// <summary>Customers with a share.</summary>
        public int Customers { get; set; }

        /// <summary>Σ part², over customers.</summary>
        public double PartSquares { get; set; }

        /// <summary>Σ part × over.</summary>
        public double Products { get; set; }

        /// <summary>Σ over².</summary>
        public double OverSquares { get; set; }

        /// <summary>Part of each buyer; null = not followed.</summary>
        public List<double>? Spread { get; set; }

        /// <summary>Adds another's.</summary>
        public void Add(Cell other)
        {
            for (int p = 0; p < Parts.Length; p++)
            {
                Parts[p] += other.Parts[p];
            }

            Customers += other.Customers;
            PartSquares += other.PartSquares;
            Products += other.Products;
            OverSquares += other.OverSquares;
            if (other.Spread is { } spread)
            {
                (Spread ??= []).AddRange(spread);
            }
        }
    }
}
