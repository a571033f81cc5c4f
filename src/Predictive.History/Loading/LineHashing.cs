using Predictive.History.Parquet;
using Predictive.History.Sources;
using Predictive.History.Text;

namespace Predictive.History.Loading;

/// <summary>
/// What the check wants to know of a line beyond the columns of a history: a hash over every column, by which equal lines of one customer
/// are found, and its currency.
/// </summary>
/// <remarks>
/// Columns that are loaded anyway enter by their values, codes and hashes (<see cref="Scatter"/>), all others are read once, for the hash
/// alone. 64 bits do: only lines of one customer are compared.
/// </remarks>
internal sealed class LineHashing
{
    private readonly IReadOnlyList<TableColumn> _columns;
    private readonly TimeZoneInfo _zone;
    private readonly TableColumn? _currency;
    private readonly Lock _lock = new();

    /// <param name="source">The table.</param>
    /// <param name="zone">Whose clock the times are given on.</param>
    public LineHashing(TransactionSource source, TimeZoneInfo zone)
    {
        string?[] loaded =
            [source.Customer.Column?.Name, source.Time.Name, source.Amount?.Name, .. source.Texts.Select(t => t.Column.Column?.Name),
            .. source.Numbers.Select(n => n.Column.Name)];
        _zone = zone;
        _columns = [.. source.Columns.Where(c => !loaded.Contains(c.Name))];
        _currency = _columns.FirstOrDefault(c => c is { Name: "currency", IsText: true });
    }

    /// <summary>Lines with a customer, by currency; empty where no column names one.</summary>
    public Dictionary<string, long> Currencies { get; } = new(StringComparer.Ordinal);

    /// <summary>A reader for one thread.</summary>
    public Reader Open() => new(this);

    /// <summary>Hashes the columns that nobody else reads, row group after row group.</summary>
    internal sealed class Reader(LineHashing hashing)
    {
        private readonly ColumnHasher _hasher = new(hashing._zone);
        private readonly ColumnBatches[] _open = new ColumnBatches[hashing._columns.Count];
        private readonly TextPool _currencies = new();
        private long[] _lines = [];
        private ulong[] _hashes = [];
        private bool[] _missing = [];
        private int[] _codes = [];

        /// <summary>Starts a row group.</summary>
        public void Open(PartReader rows)
        {
            for (int c = 0; c < _open.Length; c++)
            {
                _open[c] = rows.Column(hashing._columns[c]);
            }
        }

        /// <summary>Takes the next rows of the columns into their hashes.</summary>
        /// <param name="hashes">So far; one per row.</param>
        /// <param name="positions">Negative = the line is not wanted, and its currency not counted.</param>
        public void Take(Span<ulong> hashes, ReadOnlySpan<int> positions)
        {
            int n = hashes.Length;
            if (_hashes.Length < n)
            {
                (_hashes, _missing, _codes) = (new ulong[n], new bool[n], new int[n]);
            }

            Span<ulong> own = _hashes.AsSpan(0, n);
            Span<bool> missing = _missing.AsSpan(0, n);
            for (int c = 0; c < _open.Length; c++)
            {
                TableColumn column = hashing._columns[c];
                if (column.Name == hashing._currency?.Name)
                {
                    _open[c].ReadCodes(_codes.AsSpan(0, n), _currencies);
                    TakeCurrencies(hashes, positions);
                    continue;
                }

                _hasher.Read(_open[c], column, own, missing);
                for (int i = 0; i < n; i++)
                {
                    hashes[i] = RowHash.Mix(hashes[i], missing[i] ? 0 : own[i]);
                }
            }

            for (int i = 0; i < n; i++)
            {
                hashes[i] = Math.Max(1, hashes[i]);
            }
        }

        /// <summary>Adds what this reader has counted to the whole.</summary>
        public void Close()
        {
            lock (hashing._lock)
            {
                for (int code = 0; code < _currencies.Count; code++)
                {
                    string name = _currencies.Text(code);
                    hashing.Currencies[name] = hashing.Currencies.GetValueOrDefault(name) + (code < _lines.Length ? _lines[code] : 0);
                }
            }
        }

        private void TakeCurrencies(Span<ulong> hashes, ReadOnlySpan<int> positions)
        {
            if (_lines.Length < _currencies.Count)
            {
                Array.Resize(ref _lines, Math.Max(16, _currencies.Count * 2));
            }

            for (int i = 0; i < hashes.Length; i++)
            {
                int code = _codes[i];
                if (code >= 0)
                {
                    _lines[code] += positions[i] >= 0 ? 1 : 0;
                    hashes[i] = RowHash.Mix(hashes[i], RowHash.Of(_currencies.Bytes(code)));
                }
            }
        }
    }
}
