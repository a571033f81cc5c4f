using System.Numerics;
using Predictive.History;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// What the rules of <see cref="CategoryThreshold"/> are made of, of a part of a base: by measure and value, how many customers have it,
/// how many of them had bought from a category, how many did so for the first time. Parts add up to the whole base.
/// </summary>
/// <remarks>
/// Spend, which hardly two customers have alike, is counted in the steps of <see cref="ValueSketch"/>, each with the smallest value in it:
/// its thresholds are those between two steps. A part looks at its 64 categories with most first purchases, the whole base at 20 of all.
/// </remarks>
internal sealed class CategoryThresholdCounts
{
    private readonly Dictionary<string, int> _firsts = new(StringComparer.Ordinal), _index = new(StringComparer.Ordinal);
    private readonly HashSet<string> _uncounted = new(StringComparer.Ordinal);
    private readonly List<string> _categories = [];
    private readonly SortedDictionary<double, Step>[] _axes =
        [.. Enumerable.Range(0, CategoryThreshold.Measures).Select(_ => new SortedDictionary<double, Step>())];

    // Of all customers, with or without a measure.
    private readonly Step _all = new();

    /// <summary>Counts the customers of a history.</summary>
    public static CategoryThresholdCounts Of(TransactionHistory marked, LocalTime asOf)
    {
        var made = new CategoryThresholdCounts();
        if (marked.Columns.Category is null || marked.Columns.Categories is not { } names)
        {
            return made;
        }

        var reading = new CategoryThreshold.Reading(marked, asOf, CategoryThreshold.WindowDays, names.Length);
        int[] looked =
        [
            .. Enumerable.Range(0, names.Length).OrderByDescending(c => reading.Firsts[c]).ThenBy(c => names[c], StringComparer.Ordinal)
                .Take(CategoryThreshold.MostCategories),
        ];
        Array.ForEach(looked, c => made.IndexOf(names[c]));
        for (int c = 0; c < names.Length; c++)
        {
            made._firsts[names[c]] = reading.Firsts[c];
            if (!made._index.ContainsKey(names[c]))
            {
                made._uncounted.Add(names[c]);
            }
        }

        (ulong Open, ulong Bought)[] marks = reading.Marks(looked);
        ulong all = looked.Length == 64 ? ulong.MaxValue : (1UL << looked.Length) - 1;
        foreach ((ulong open, ulong bought) in marks)
        {
            made._all.Note(0, all & ~open, open & bought);
        }

        Parallel.For(0, CategoryThreshold.Measures, m =>
        {
            double[] values = reading.Measured[m];
            for (int i = 0; i < values.Length; i++)
            {
                if (!double.IsNaN(values[i]))
                {
                    made.At(m, m == CategoryThreshold.Spend ? StepOf(values[i]) : values[i])
                        .Note(values[i], all & ~marks[i].Open, marks[i].Open & marks[i].Bought);
                }
            }
        });
        return made;
    }

    /// <summary>Adds another part.</summary>
    public void Add(CategoryThresholdCounts other)
    {
        int[] place = [.. other._categories.Select(IndexOf)];
        foreach ((string category, int firsts) in other._firsts)
        {
            _firsts[category] = _firsts.GetValueOrDefault(category) + firsts;
        }

        _uncounted.UnionWith(other._uncounted);
        _all.Add(other._all, place);
        for (int m = 0; m < _axes.Length; m++)
        {
            foreach ((double key, Step step) in other._axes[m])
            {
                At(m, key).Add(step, place);
            }
        }
    }

    /// <summary>The rules of the parts added.</summary>
    /// <returns>The rules, and categories looked at that some part did not count.</returns>
    public (IReadOnlyList<CategoryThresholdRule> Rules, int CutShort) Result()
    {
        string[] looked =
        [
            .. _firsts.Where(f => _firsts.Count > 1 && f.Value >= CategoryThreshold.Minimum).OrderByDescending(f => f.Value)
                .ThenBy(f => f.Key, StringComparer.Ordinal).Take(CategoryThreshold.Looked).Select(f => f.Key),
        ];
        return (
            [
                .. looked.Where(_index.ContainsKey).Select(c => CategoryThreshold.RuleOf(
                    c, [.. _axes.Select(axis => Best(axis, _index[c]))], CategoryThreshold.WindowDays)).OfType<CategoryThresholdRule>(),
            ],
            looked.Count(_uncounted.Contains));
    }

    /// <summary>Writes it.</summary>
    public void Write(BinaryWriter to)
    {
        to.Write7BitEncodedInt(_firsts.Count);
        foreach ((string category, int firsts) in _firsts.OrderBy(f => f.Key, StringComparer.Ordinal))
        {
            to.Write(category);
            to.Write7BitEncodedInt(firsts);
            to.Write(_uncounted.Contains(category));
        }

        to.Write7BitEncodedInt(_categories.Count);
        _categories.ForEach(to.Write);
        _all.Write(to, _categories.Count);
        foreach (SortedDictionary<double, Step> axis in _axes)
        {
            to.Write7BitEncodedInt(axis.Count);
            foreach ((double key, Step step) in axis)
            {
                to.Write(key);
                step.Write(to, _categories.Count);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static CategoryThresholdCounts Read(BinaryReader from)
    {
        var made = new CategoryThresholdCounts();
        for (int left = from.Read7BitEncodedInt(); left > 0; left--)
        {
            string category = from.ReadString();
            made._firsts[category] = from.Read7BitEncodedInt();
            if (from.ReadBoolean())
            {
                made._uncounted.Add(category);
            }
        }

        var read = new List<(int At, int Count)>();
        int categories = from.Read7BitEncodedInt();
        if (categories is < 0 or > CategoryThreshold.MostCategories)
        {
            throw new InvalidDataException($"{categories} categories; expected at most {CategoryThreshold.MostCategories}");
        }

        for (int c = 0; c < categories; c++)
        {
            made.IndexOf(from.ReadString());
        }

        made._all.Read(from, categories, read);
        foreach (SortedDictionary<double, Step> axis in made._axes)
        {
            for (int left = from.Read7BitEncodedInt(); left > 0; left--)
            {
                double key = from.ReadDouble();
                (axis[key] = new Step()).Read(from, categories, read);
            }
        }

        return made;
    }

    /// <summary>Where a spend is counted: the end nearer to 0 of its step.</summary>
    internal static double StepOf(double value) => value < 0 ? -StepOf(-value)
        : ValueSketch.LeastOf(ValueSketch.KeyOf(value));

    private CategoryThreshold.Split? Best(SortedDictionary<double, Step> axis, int category)
    {
        int all = _all.Customers - _all.OwnersOf(category), hits = _all.FirstsOf(category), below = 0, hitsBelow = 0;
        CategoryThreshold.Split? best = null;
        foreach (Step step in axis.Values)
        {
            int open = step.Customers - step.OwnersOf(category);
            if (open > 0)
            {
                best = CategoryThreshold.Better(best, step.Least, all, hits, below, hitsBelow, CategoryThreshold.Minimum);
                below += open;
                hitsBelow += step.FirstsOf(category);
            }
        }

        return best;
    }

    private Step At(int measure, double key) => _axes[measure].TryGetValue(key, out Step? own) ? own : _axes[measure][key] = new Step();

    private int IndexOf(string category)
    {
        if (!_index.TryGetValue(category, out int index))
        {
            _index[category] = index = _categories.Count;
            _categories.Add(category);
        }

        return index;
    }

    /// <summary>The customers with one value of a measure.</summary>
    private sealed class Step
    {
        private int[] _owners = [], _firsts = [];

        public int Customers { get; private set; }

        /// <summary>The smallest value.</summary>
        public double Least { get; private set; } = double.PositiveInfinity;

        /// <summary>Of them, those who had bought from a category before the window.</summary>
        public int OwnersOf(int category) => category < _owners.Length ? _owners[category] : 0;

        /// <summary>Of them, those who had not, and did within it.</summary>
        public int FirstsOf(int category) => category < _firsts.Length ? _firsts[category] : 0;

        public void Note(double value, ulong owned, ulong bought)
        {
            Customers++;
            Least = Math.Min(Least, value);
            Count(ref _owners, owned);
            Count(ref _firsts, bought);

            static void Count(ref int[] counts, ulong marks)
            {
                if (marks != 0 && counts.Length <= BitOperations.Log2(marks))
                {
                    Array.Resize(ref counts, BitOperations.Log2(marks) + 1);
                }

                for (ulong left = marks; left != 0; left &= left - 1)
                {
                    counts[BitOperations.TrailingZeroCount(left)]++;
                }
            }
        }

        public void Add(Step other, int[] place)
        {
            Customers += other.Customers;
            Least = Math.Min(Least, other.Least);
            Add(ref _owners, other._owners);
            Add(ref _firsts, other._firsts);

            void Add(ref int[] to, int[] from)
            {
                for (int c = 0; c < from.Length; c++)
                {
                    if (to.Length <= place[c])
                    {
                        Array.Resize(ref to, place[c] + 1);
                    }

                    to[place[c]] += from[c];
                }
            }
        }

        public void Write(BinaryWriter to, int categories)
        {
            to.Write7BitEncodedInt(Customers);
            to.Write(Least);
            foreach (int[] counts in new[] { _owners, _firsts })
            {
                Sparse.Write(to, counts.AsSpan(0, Math.Min(counts.Length, categories)));
            }
        }

        public void Read(BinaryReader from, int categories, List<(int At, int Count)> read)
        {
            Customers = from.Read7BitEncodedInt();
            Least = from.ReadDouble();
            (_owners, _firsts) = (new int[categories], new int[categories]);
            Read(_owners);
            Read(_firsts);

            void Read(int[] counts)
            {
                Sparse.Read(from, categories, read);
                read.ForEach(r => counts[r.At] = r.Count);
            }
        }
    }
}
