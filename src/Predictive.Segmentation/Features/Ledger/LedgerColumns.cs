using Predictive.History.Parquet;
using Predictive.History;

namespace Predictive.Segmentation.Features.Ledger;

/// <summary>
/// The accountant's view of a customer: every line counts, whatever its sign, and days are days with any line. (The features of the
/// <see cref="FeatureCatalogue"/> count purchases and orders instead.) One array per output, reused from row group to row group.
/// </summary>
/// <remarks>
/// Ages d are whole local days from the line's day to the as-of day. <c>recency</c>, <c>tenure</c>: least and greatest d. <c>n_tx</c>,
/// <c>net</c>, <c>gross</c>, <c>avg_amount</c>, <c>max_amount</c>, <c>std_amount</c> (sample): over all lines. <c>ret_count</c>,
/// <c>ret_amount</c>: lines below 0. <c>first_amount</c>, <c>last_amount</c>: first line of the first day, first line of the last day.
/// <c>tx_w</c>, <c>net_w</c>: lines with d ≤ w. <c>n_days</c>, <c>gap_mean</c>, <c>gap_std</c> (sample), <c>gap_max</c>: distinct days and
/// the gaps between them, null where there is none.
/// </remarks>
internal sealed class LedgerColumns
{
    private static readonly int[] Windows = [365, 180, 90, 30];
    private readonly string[] _texts;
    private readonly long[] _numbers;
    private readonly int[][] _ints;
    private readonly double[][] _doubles;

    private enum I
    {
        Recency, Tenure, Lines, Refunds, Days, Tx365, Tx180, Tx90, Tx30,
    }

    private enum D
    {
        Net, Gross, Mean, Max, Sd, RefundAmount, First, Last, Net365, Net180, Net90, Net30, GapMean, GapSd, GapMax,
    }

    public LedgerColumns(int capacity, bool numericIds)
    {
        _numbers = numericIds ? new long[capacity] : [];
        _texts = numericIds ? [] : new string[capacity];
        _ints = [.. Enum.GetValues<I>().Select(_ => new int[capacity])];
        _doubles = [.. Enum.GetValues<D>().Select(_ => new double[capacity])];
        Kept = new bool[capacity];
    }

    /// <summary>Whether a row's customer has a line before as-of.</summary>
    public bool[] Kept { get; }

    public static ParquetField[] Fields(bool numericIds) =>
    [
        numericIds ? ParquetField.Int64("customer_id") : ParquetField.String("customer_id"),
        ParquetField.Int32("recency"), ParquetField.Int32("tenure"), ParquetField.Int32("n_tx"), ParquetField.Double("net"),
        ParquetField.Double("gross"),
        ParquetField.Double("avg_amount"), ParquetField.Double("max_amount"), ParquetField.Double("std_amount", nullable: true),
        ParquetField.Int32("ret_count"),
        ParquetField.Double("ret_amount"), ParquetField.Double("first_amount"), ParquetField.Double("last_amount"),
        ParquetField.Int32("tx_30"), ParquetField.Double("net_30"), ParquetField.Int32("tx_90"), ParquetField.Double("net_90"),
        ParquetField.Int32("tx_180"), ParquetField.Double("net_180"), ParquetField.Int32("tx_365"), ParquetField.Double("net_365"),
        ParquetField.Int32("n_days"), ParquetField.Double("gap_mean", nullable: true), ParquetField.Double("gap_std", nullable: true),
        ParquetField.Double("gap_max", nullable: true),
    ];

    public ColumnValues[] Values(int rows, bool numericIds)
    {
        ColumnValues Int(I i) => ColumnValues.From(_ints[(int)i].AsMemory(0, rows));
        ColumnValues Double(D d) => ColumnValues.From(_doubles[(int)d].AsMemory(0, rows));
        ColumnValues Nullable(D d) => ColumnValues.FromNaN(_doubles[(int)d].AsMemory(0, rows));
        return
        [
            numericIds ? ColumnValues.From(_numbers.AsMemory(0, rows)) : ColumnValues.From(_texts.AsMemory(0, rows)!),
            Int(I.Recency), Int(I.Tenure), Int(I.Lines), Double(D.Net), Double(D.Gross), Double(D.Mean), Double(D.Max), Nullable(D.Sd),
            Int(I.Refunds),
            Double(D.RefundAmount), Double(D.First), Double(D.Last), Int(I.Tx30), Double(D.Net30), Int(I.Tx90), Double(D.Net90),
            Int(I.Tx180), Double(D.Net180),
            Int(I.Tx365), Double(D.Net365), Int(I.Days), Nullable(D.GapMean), Nullable(D.GapSd), Nullable(D.GapMax),
        ];
    }

    /// <summary>Adds the rows to the totals of an export, in order.</summary>
    public LedgerTotals Add(LedgerTotals totals, int rows)
    {
        for (int i = 0; i < rows; i++)
        {
            double gap = _doubles[(int)D.GapMean][i];
            totals = new LedgerTotals(
                totals.Customers + 1, totals.Net + _doubles[(int)D.Net][i], totals.GapMeanSum + (double.IsNaN(gap) ? 0 : gap),
                totals.Lines90 + _ints[(int)I.Tx90][i]);
        }

        return totals;
    }

    /// <summary>Moves the kept rows to the front, in order.</summary>
    /// <returns>How many.</returns>
    public int Compact(int rows)
    {
        int to = 0;
        for (int from = 0; from < rows; from++)
        {
            if (!Kept[from])
            {
                continue;
            }

            if (to != from)
            {
                Move(from, to);
            }

            to++;
        }

        return to;
    }

    /// <summary>Computes one row in one pass over the lines (and one over the amounts, for the deviation).</summary>
    public void Fill(int row, TransactionHistory history, int customer, AsOf asOf)
    {
        CustomerLines lines = history.Lines(customer).Before(asOf);
        ReadOnlySpan<long> times = lines.OrderedAt;
        ReadOnlySpan<double> amounts = lines.Amount;
        Kept[row] = times.Length > 0;
        if (times.Length == 0)
        {
            return;
        }

        if (_numbers.Length > 0)
        {
            _numbers[row] = history.Columns.NumericIds![customer];
        }
        else
        {
            _texts[row] = history.CustomerId(customer);
        }

        // Segments as in CustomerSummary: older than all windows, then inside 365, 180, 90, 30.
        Span<int> count = stackalloc int[5];
        Span<double> sum = stackalloc double[5];
        count.Clear();
        sum.Clear();
        int asOfDay = asOf.Day, segment = 0, day = 0, firstDay = 0, lastDayLine = 0, days = 0, gapMax = 0, refunds = 0;
        long dayEnd = long.MinValue, gapSquares = 0;
        double gross = 0, refunded = 0, max = double.NegativeInfinity, segmentSum = 0;
        int segmentStart = 0;
        for (int i = 0; i < times.Length; i++)
        {
            if (times[i] >= dayEnd)
            {
                int next = AsOf.DayOf(times[i]);
                dayEnd = (next + 1L) * AsOf.MicrosPerDay;
                if (days++ == 0)
                {
                    firstDay = next;
                }
                else
                {
                    long gap = next - day;
                    gapSquares += gap * gap;
                    gapMax = Math.Max(gapMax, (int)gap);
                }

                (day, lastDayLine) = (next, i);
                int age = asOfDay - next;
                if (segment < 4 && age <= Windows[segment])
                {
                    (count[segment], sum[segment]) = (i - segmentStart, segmentSum);
                    (segmentStart, segmentSum) = (i, 0);
                    do
                    {
                        segment++;
                    }
                    while (segment < 4 && age <= Windows[segment]);
                }
            }

            double amount = amounts[i];
            segmentSum += amount;
            gross += amount > 0 ? amount : 0;
            refunded += amount < 0 ? amount : 0;
            refunds += amount < 0 ? 1 : 0;
            max = Math.Max(max, amount);
        }

        (count[segment], sum[segment]) = (times.Length - segmentStart, segmentSum);
        Windowed(row, count, sum, times.Length);
        double mean = _doubles[(int)D.Net][row] / times.Length;
        Set(I.Recency, row, asOfDay - day);
        Set(I.Tenure, row, asOfDay - firstDay);
        Set(I.Lines, row, times.Length);
        Set(I.Refunds, row, refunds);
        Set(I.Days, row, days);
        Set(D.Gross, row, gross);
        Set(D.RefundAmount, row, refunded);
        Set(D.Max, row, max);
        Set(D.Mean, row, mean);
        Set(D.Sd, row, Deviation(amounts, mean));
        Set(D.First, row, amounts[0]);
        Set(D.Last, row, amounts[lastDayLine]);
        int gaps = days - 1, span = day - firstDay;
        Set(D.GapMean, row, gaps > 0 ? span / (double)gaps : double.NaN);
        Set(D.GapMax, row, gaps > 0 ? gapMax : double.NaN);

        // (n Σg² − (Σg)²)/(n (n − 1)): whole numbers until the division, so nothing cancels.
        Set(D.GapSd, row, gaps > 1 ? Math.Sqrt(((gaps * gapSquares) - ((long)span * span)) / ((double)gaps * (gaps - 1))) : double.NaN);
    }

    private void Windowed(int row, ReadOnlySpan<int> count, ReadOnlySpan<double> sum, int lines)
    {
        int inside = 0;
        double net = 0;
        for (int s = 4; s >= 1; s--)
        {
            inside += count[s];
            net += sum[s];
            Set(I.Tx365 + (s - 1), row, inside);
            Set(D.Net365 + (s - 1), row, net);
        }

        Set(D.Net, row, net + sum[0]);
        System.Diagnostics.Debug.Assert(inside + count[0] == lines, "every line is in one segment");
    }

    private static double Deviation(ReadOnlySpan<double> amounts, double mean)
    {
        double squares = 0;
        foreach (double amount in amounts)
        {
            squares += (amount - mean) * (amount - mean);
        }

        return amounts.Length > 1 ? Math.Sqrt(squares / (amounts.Length - 1)) : double.NaN;
    }

    private void Set(I column, int row, int value) => _ints[(int)column][row] = value;

    private void Set(D column, int row, double value) => _doubles[(int)column][row] = value;

    private void Move(int from, int to)
    {
        foreach (int[] column in _ints)
        {
            column[to] = column[from];
        }

        foreach (double[] column in _doubles)
        {
            column[to] = column[from];
        }

        if (_numbers.Length > 0)
        {
            _numbers[to] = _numbers[from];
        }
        else
        {
            _texts[to] = _texts[from];
        }
    }
}
