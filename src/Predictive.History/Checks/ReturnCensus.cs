using Predictive.History.Returns;

namespace Predictive.History.Checks;

/// <summary>Counts what customers gave back, as the features see it (<see cref="ReturnMatching"/>). One per thread.</summary>
internal sealed class ReturnCensus
{
    private readonly ReturnMatching _matching = new();
    private readonly Dictionary<ulong, int> _codes = [];
    private TransactionColumns _columns = Columns(64);
    private int[] _lines = new int[64];

    /// <summary>Orders given back whole, and returns that answer to no purchase.</summary>
    /// <param name="lines">Grouped by customer.</param>
    /// <param name="usable">The customer's lines that have a time and an amount, in any order; it is sorted.</param>
    public ReturnCounts Count(LinesToCheck lines, List<int> usable)
    {
        int n = usable.Count;
        if (_lines.Length < n)
        {
            (_lines, _columns) = (new int[n * 2], Columns(n * 2));
        }

        Span<int> sorted = _lines.AsSpan(0, n);
        usable.CopyTo(sorted);

        // As the lines of a history are, but for the names of products, which do not matter where all else is equal.
        sorted.Sort((a, b) =>
            lines.OrderedAt[a] != lines.OrderedAt[b] ? lines.OrderedAt[a].CompareTo(lines.OrderedAt[b])
            : lines.Amount[a] != lines.Amount[b] ? lines.Amount[a].CompareTo(lines.Amount[b])
            : lines.Quantity is { } units && !units[a].Equals(units[b]) ? units[a].CompareTo(units[b])
            : OrderOf(lines, a) is var first && OrderOf(lines, b) is var second && first != second ? first.CompareTo(second)
            : lines.Product is { } product ? product[a].CompareTo(product[b]) : 0);
        _codes.Clear();
        for (int i = 0; i < n; i++)
        {
            int line = sorted[i];
            ulong order = OrderOf(lines, line);
            _columns.OrderedAt[i] = lines.OrderedAt[line];
            _columns.Amount[i] = lines.Amount[line];
            _columns.Quantity![i] = lines.Quantity?[line] ?? float.NaN;
            _columns.Product![i] = lines.Product?[line] ?? -1;
            _columns.Order![i] = order == 0 ? -1 : _codes.TryGetValue(order, out int code) ? code : _codes[order] = _codes.Count;
        }

        _matching.Mark(new CustomerLines(_columns, 0, n), out ReturnCounts counts);
        return counts;
    }

    // 0 = none.
    private static ulong OrderOf(LinesToCheck lines, int line) =>
        lines.OrderHashes is { } hashes ? hashes[line] : lines.Order is { } codes ? (ulong)(codes[line] + 1) : 0;

    private static TransactionColumns Columns(int lines) => new()
    {
        CustomerIds = [""], Offsets = [0, lines], OrderedAt = new long[lines], Amount = new double[lines], Order = new int[lines],
        Product = new int[lines], Quantity = new float[lines],
    };
}
