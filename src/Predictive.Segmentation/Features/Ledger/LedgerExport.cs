using Predictive.History.Parquet;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Segmentation.Features.Ledger;

/// <summary>Sums over an export, in row order, to check it by.</summary>
/// <param name="Customers">Rows.</param>
/// <param name="Net">Sum of <c>net</c>.</param>
/// <param name="GapMeanSum">Sum of <c>gap_mean</c>, none = 0.</param>
/// <param name="Lines90">Sum of <c>tx_90</c>.</param>
public readonly record struct LedgerTotals(long Customers, double Net, double GapMeanSum, long Lines90);

/// <summary>
/// Writes the ledger features of a dataset (customer_id and 24 columns, see the README of this folder) to a Parquet file, within a memory
/// budget.
/// </summary>
public static class LedgerExport
{
    private const int RowGroup = 131_072;
    private const int Chunk = 2_048;

    /// <summary>Reads, computes and writes; the file appears under its name only when it is whole.</summary>
    /// <param name="pathOrFolder">The dataset.</param>
    /// <param name="output">The Parquet file to write.</param>
    /// <param name="asOf">Only lines strictly before it count.</param>
    /// <param name="options">Threads, memory budget, temporary folder; optional columns are not read.</param>
    /// <param name="cancellation">Ends early; no file then.</param>
    /// <exception cref="DatasetException">The dataset cannot be used.</exception>
    public static LedgerTotals Run(
        string pathOrFolder, string output, AsOf asOf, LoadOptions? options = null, CancellationToken cancellation = default)
    {
        options = (options ?? new LoadOptions()) with { Columns = HistoryColumns.None, Tables = false };
        ParquetWriter? writer = null;
        LedgerColumns? columns = null;
        LedgerTotals totals = default;
        try
        {
            foreach (TransactionHistory history in DatasetLoader.LoadInParts(pathOrFolder, options, cancellation: cancellation))
            {
                bool numeric = history.Columns.NumericIds is not null;
                writer ??= ParquetWriter.Create(output, LedgerColumns.Fields(numeric), useDictionary: false);
                columns ??= new LedgerColumns(RowGroup, numeric);
                for (int first = 0; first < history.CustomerCount; first += RowGroup)
                {
                    int rows = Compute(
                        history, columns, first, Math.Min(RowGroup, history.CustomerCount - first), asOf, options.Threads, cancellation);
                    totals = columns.Add(totals, rows);
                    writer.WriteRowGroup(columns.Values(rows, numeric));
                }
            }

            writer?.Complete();
            return totals;
        }
        finally
        {
            writer?.Dispose();
        }
    }

    private static int Compute(
        TransactionHistory history, LedgerColumns columns, int first, int count, AsOf asOf, int threads, CancellationToken cancellation)
    {
        Parallel.For(
            0,
            (count + Chunk - 1) / Chunk,
            new ParallelOptions
            {
                MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount, CancellationToken = cancellation,
            },
            chunk =>
            {
                for (int row = chunk * Chunk; row < Math.Min(count, (chunk + 1) * Chunk); row++)
                {
                    columns.Fill(row, history, first + row, asOf);
                }
            });
        return columns.Compact(count);
    }
}
