using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>
/// Lines that cannot be used, by what is wrong with them, with the first rows of each kind. One per row group; loader and check count
/// alike.
/// </summary>
internal sealed class LineFaults(int examples = 5)
{
    /// <summary>The largest amount, of either sign, that is taken for money.</summary>
    public const double LargestAmount = 1e13;

    /// <summary>Lines without a customer.</summary>
    public Tally NoCustomer { get; } = new(examples);

    /// <summary>Lines without a time.</summary>
    public Tally NoTime { get; } = new(examples);

    /// <summary>Lines at a time that no calendar knows.</summary>
    public Tally ImpossibleTime { get; } = new(examples);

    /// <summary>Lines without an amount.</summary>
    public Tally NoAmount { get; } = new(examples);

    /// <summary>Lines whose amount is NaN, infinite or beyond <see cref="LargestAmount"/>.</summary>
    public Tally ImpossibleAmount { get; } = new(examples);

    /// <summary>Counts the faults of a line.</summary>
    /// <returns>Whether there is none.</returns>
    public bool Accepts(TablePart part, int row, int customer, long time, double amount, bool amountMissing)
    {
        if (customer >= 0 && time is not (ColumnBatches.MissingTime or ColumnBatches.ImpossibleTime) && Math.Abs(amount) <= LargestAmount)
        {
            return true;
        }

        Tally fault = customer < 0 ? NoCustomer
            : time == ColumnBatches.MissingTime ? NoTime
            : time == ColumnBatches.ImpossibleTime ? ImpossibleTime
            : amountMissing ? NoAmount
            : ImpossibleAmount;
        fault.Add((part, row), static at => at.part.Where(at.row));
        return false;
    }

    /// <summary>The findings, in the words of loader and check alike.</summary>
    /// <param name="faults">By row group, in source order.</param>
    /// <param name="source">The table.</param>
    public static IEnumerable<Finding> Findings(IReadOnlyList<LineFaults> faults, TransactionSource source)
    {
        string table = Path.GetFileName(source.Table);
        Finding? Of(Func<LineFaults, Tally> kind, Func<long, IReadOnlyList<string>, Finding> finding)
        {
            long count = faults.Sum(f => kind(f).Count);
            return count == 0 ? null : finding(count, [.. faults.SelectMany(f => kind(f).Examples).Take(5)]);
        }

        string amount = source.Amount?.Name ?? "amount";
        Finding?[] findings =
        [
            Of(
                f => f.NoCustomer,
                (n, rows) => DatasetFaults.MissingInLines(table, source.Customer.Name, "customer id", n, source.Rows, rows)),
            Of(f => f.NoTime, (n, rows) => DatasetFaults.MissingInLines(table, source.Time.Name, "time", n, source.Rows, rows)),
            Of(f => f.ImpossibleTime, (n, rows) => DatasetFaults.ImpossibleTime(table, source.Time.Name, n, source.Rows, rows)),
            Of(f => f.NoAmount, (n, rows) => DatasetFaults.MissingInLines(table, amount, "amount", n, source.Rows, rows)),
            Of(f => f.ImpossibleAmount, (n, rows) => DatasetFaults.ImpossibleAmount(table, amount, LargestAmount, n, source.Rows, rows)),
        ];
        return findings.OfType<Finding>();
    }
}
