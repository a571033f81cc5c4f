using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Sources;

/// <summary>
/// Hashes lines over every flat column of a table, so that equal lines have equal hashes however their files store them. Not thread-safe.
/// </summary>
/// <param name="columns">The columns.</param>
/// <param name="order">The column with the order id; null = none.</param>
/// <param name="zone">Whose clock the times are given on.</param>
internal sealed class LineHasher(IReadOnlyList<TableColumn> columns, TableColumn? order, TimeZoneInfo zone)
{
    private readonly ColumnHasher _hasher = new(zone);
    private readonly List<ColumnBatches> _open = [];
    private ulong[] _hashes = [];
    private bool[] _flags = [];

    /// <summary>Starts a row group.</summary>
    public void Open(PartReader rows)
    {
        _open.Clear();
        _open.AddRange(columns.Select(rows.Column));
    }

    /// <summary>Hashes the next rows.</summary>
    /// <param name="lines">One per row.</param>
    /// <param name="ordered">One per row: whether it has an order id.</param>
    public void Read(Span<UInt128> lines, Span<bool> ordered)
    {
        if (_hashes.Length < lines.Length)
        {
            (_hashes, _flags) = (new ulong[lines.Length], new bool[lines.Length]);
        }

        lines.Clear();
        ordered.Clear();
        Span<ulong> hashes = _hashes.AsSpan(0, lines.Length);
        Span<bool> missing = _flags.AsSpan(0, lines.Length);
        for (int c = 0; c < columns.Count; c++)
        {
            _hasher.Read(_open[c], columns[c], hashes, missing);
            for (int i = 0; i < lines.Length; i++)
            {
                lines[i] = RowHash.Mix(lines[i], missing[i] ? UInt128.MaxValue : hashes[i]);
            }

            if (columns[c].Name == order?.Name)
            {
                for (int i = 0; i < lines.Length; i++)
                {
                    ordered[i] = !missing[i];
                }
            }
        }
    }
}
