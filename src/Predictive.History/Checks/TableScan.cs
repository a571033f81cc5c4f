using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Checks;

/// <summary>
/// Loads a transactions table as training does, range by range where it does not fit the memory, into a <see cref="TableProfile"/>.
/// </summary>
internal sealed class TableScan
{
    private readonly HistoryGrouping _lines;
    private Scatter? _names;

    /// <param name="source">The table, all of whose columns have been looked at.</param>
    /// <param name="options">The limits.</param>
    /// <param name="progress">Share of the rows read.</param>
    /// <param name="cancellation">Ends early.</param>
    public TableScan(TransactionSource source, CheckOptions options, IProgress<double>? progress, CancellationToken cancellation)
    {
        Rows = source.Rows;
        OrderColumn = source.OrderColumn?.Name;
        Redelivered = source.Redelivered?.Lines ?? 0;
        Profile = new TableProfile(options.Examples);
        const HistoryColumns read = HistoryColumns.Order | HistoryColumns.Product | HistoryColumns.Quantity;
        source.Keep(read);
        var load = new LoadOptions { Columns = read, Threads = options.Threads };
        _lines = new HistoryGrouping(source, load, progress is null ? null : new RowProgress(progress), cancellation, isCheck: true);
        foreach (LinesToCheck lines in _lines.RunInParts(options.MemoryBytes ?? long.MaxValue, options.TemporaryFolder, Grouped))
        {
            Profile.Add(lines, options.Threads, cancellation);
        }
    }

    /// <summary>What the usable lines hold.</summary>
    public TableProfile Profile { get; }

    /// <summary>Lines that cannot be used, by pass and row group.</summary>
    public IReadOnlyList<LineFaults> Faults => _lines.Told;

    /// <summary>The column with the order ids; null = none.</summary>
    public string? OrderColumn { get; }

    /// <summary>Lines that an earlier file already brought.</summary>
    public long Redelivered { get; }

    /// <summary>Lines left out, of customers who were erased.</summary>
    public long Erased => _lines.ErasedLines;

    /// <summary>Rows read.</summary>
    public long Rows { get; }

    /// <summary>Lines by currency, where a column names it, most frequent first.</summary>
    public IReadOnlyList<(string Currency, long Lines)> Currencies =>
        [
            .. _lines.Currencies.Where(c => c.Value > 0).OrderByDescending(c => c.Value).ThenBy(c => c.Key, StringComparer.Ordinal)
                .Select(c => (c.Key, c.Value)),
        ];

    /// <summary>
    /// Products of one price in a tenth of all orders or more: postage, a fee, a bag. None where there are fewer than five products.
    /// </summary>
    public IReadOnlyList<(string Product, long Lines, double Price)> NoProducts(double share) =>
        Profile.Products.Count(p => p.Lines > 0) < 5 || Profile.ProductDays < 100
        ? []
        : [.. Profile.Products.Index().Where(p => p.Item.HasOnePrice && p.Item.Lines > 0 && p.Item.Lines >= share * Profile.ProductDays)
            .Select(p => (_names!.Name(HistoryColumns.Product, p.Index), p.Item.Lines, p.Item.Price)).OrderByDescending(p => p.Lines)
                .ThenBy(p => p.Item1, StringComparer.Ordinal)];

    /// <summary>Ids of the customers met.</summary>
    public IReadOnlySet<string> CustomerSet() => Profile.Everybody.Select(Profile.CustomerId).ToHashSet(StringComparer.Ordinal);

    private LinesToCheck Grouped(Scatter columns, HistoryGrouping.Census census, int first, int end, int[] offsets)
    {
        _names = columns;
        return new LinesToCheck
        {
            Offsets = offsets,
            OrderedAt = columns.OrderedAt,
            Amount = columns.Amount,
            Quantity = columns.Values(HistoryColumns.Quantity),
            Product = columns.Codes(HistoryColumns.Product),
            OrderHashes = columns.OrderHashes,
            Hashes = columns.LineHashes,
            CustomerId = customer => census.Name(first + customer),
        };
    }

    private sealed class RowProgress(IProgress<double> progress) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) => progress.Report((double)value.Rows / value.Total);
    }
}
