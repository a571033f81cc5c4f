using System.Globalization;
using Predictive.Parquet;

namespace Predictive.Segmentation.History.Loading;

/// <summary>
/// Interns the text of one column over all row groups: each distinct value of a row group is looked up once, rows carry codes.
/// Codes are provisional (they depend on which thread came first) until <see cref="Finish"/> ranks them by value.
/// </summary>
internal sealed class KeyTable
{
    private readonly Dictionary<string, int> _texts = new(StringComparer.Ordinal);
    private readonly Dictionary<long, int> _numbers = [];
    private readonly bool _numeric;
    private int _count;

    /// <param name="numeric">The values are integers.</param>
    public KeyTable(bool numeric) => _numeric = numeric;

    /// <summary>Distinct values so far.</summary>
    public int Count => _count;

    /// <summary>Opens a row group's dictionary: call <see cref="Mapping.Map"/> for each batch of its codes.</summary>
    public Mapping Open() => new(this);

    /// <summary>The provisional code of a constant (a hive partition's value).</summary>
    public int Intern(string value)
    {
        lock (_texts)
        {
            return InternText(value);
        }
    }

    /// <summary>Sorts the values in use (numbers by value, text ordinally) and gives the rank of each provisional code.</summary>
    /// <param name="used">By provisional code: whether a row kept has it (a dictionary can hold values no row uses).</param>
    /// <returns>Ranks by provisional code, −1 = unused; the values by rank, as text; the numbers by rank where the column holds integers.</returns>
    public (int[] Ranks, string[] Names, long[]? Numbers) Finish(ReadOnlySpan<bool> used)
    {
        var ranks = new int[_count];
        Array.Fill(ranks, -1);
        if (_numeric)
        {
            long[] numbers = Sort(_numbers, used, ranks, Comparer<long>.Default);
            return (ranks, Array.ConvertAll(numbers, n => n.ToString(CultureInfo.InvariantCulture)), numbers);
        }

        return (ranks, Sort(_texts, used, ranks, StringComparer.Ordinal), null);
    }

    private static T[] Sort<T>(Dictionary<T, int> table, ReadOnlySpan<bool> used, int[] ranks, IComparer<T> order)
        where T : notnull
    {
        var keys = new List<T>(table.Count);
        var codes = new List<int>(table.Count);
        foreach (var (key, code) in table)
        {
            if (used[code])
            {
                keys.Add(key);
                codes.Add(code);
            }
        }

        T[] sorted = [.. keys];
        int[] sortedCodes = [.. codes];
        Array.Sort(sorted, sortedCodes, order);
        for (int rank = 0; rank < sortedCodes.Length; rank++)
        {
            ranks[sortedCodes[rank]] = rank;
        }

        return sorted;
    }

    private int InternText(string value)
    {
        if (!_texts.TryGetValue(value, out int code))
        {
            _texts.Add(value, code = _count++);
        }

        return code;
    }

    /// <summary>Codes of one row group → provisional codes of the table. One thread at a time.</summary>
    internal sealed class Mapping(KeyTable table)
    {
        private int[] _codes = [];
        private int _known;

        /// <summary>Replaces a batch of the row group's codes (−1 = null stays) by the table's.</summary>
        public void Map(ColumnReader reader, Span<int> codes)
        {
            int size = table._numeric ? reader.Int64Dictionary.Length : reader.StringDictionary.Length;
            if (size > _known)
            {
                if (size > _codes.Length)
                {
                    Array.Resize(ref _codes, Math.Max(size, _codes.Length * 2));
                }

                lock (table._texts)
                {
                    Learn(reader, size);
                }

                _known = size;
            }

            foreach (ref int code in codes)
            {
                if (code >= 0)
                {
                    code = _codes[code];
                }
            }
        }

        private void Learn(ColumnReader reader, int size)
        {
            if (table._numeric)
            {
                ReadOnlySpan<long> numbers = reader.Int64Dictionary;
                for (int i = _known; i < size; i++)
                {
                    if (!table._numbers.TryGetValue(numbers[i], out int code))
                    {
                        table._numbers.Add(numbers[i], code = table._count++);
                    }

                    _codes[i] = code;
                }

                return;
            }

            ReadOnlySpan<string> texts = reader.StringDictionary;
            for (int i = _known; i < size; i++)
            {
                _codes[i] = table.InternText(texts[i]);
            }
        }
    }
}
