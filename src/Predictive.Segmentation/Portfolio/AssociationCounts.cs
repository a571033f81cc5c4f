using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// What the rules of <see cref="Association"/> are made of, of a part of a base: a customer's orders lie in one part, so counts add up to
/// those of the whole base, and thresholds are applied to the sums. Items go by name: parts number them each its own way.
/// </summary>
/// <remarks>
/// The whole base looks at its <see cref="AssociationOptions.MaximumItems"/> best-selling items. Which those are is known only in the end,
/// so a part counts half as many more of its own; a part with yet more items may lack pairs of an item that made it in the end:
/// <see cref="Result"/> says of how many. Days in between are kept of as many pairs as make four million cells, those that most customers
/// have: by a part, and by what parts are added to, however many there are.
/// </remarks>
internal sealed class AssociationCounts
{
    private const int UsualLagCells = 1 << 22;

    private readonly Dictionary<string, long> _support = new(StringComparer.Ordinal), _uncounted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _index = new(StringComparer.Ordinal);
    private readonly List<string> _items = [];
    private readonly Dictionary<(int A, int B), int[]> _lags = [];
    private PairCounts _counts = new(0);
    private string? _kind;
    private long _orders;

    /// <summary>Pairs times days that are kept of the days in between; twice as many for a moment.</summary>
    public int MostLagCells { get; init; } = UsualLagCells;

    /// <summary>Pairs of which the days in between are kept.</summary>
    public int LagPairs => _lags.Count;

    /// <summary>Counts the customers of a history.</summary>
    /// <param name="marked">Returns are marked as of the same time.</param>
    /// <param name="asOf">Lines strictly before it count.</param>
    /// <param name="options">Of the base.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <param name="mostLagCells">Pairs times days that are kept of the days in between.</param>
    public static AssociationCounts Of(
        TransactionHistory marked, LocalTime asOf, AssociationOptions options, CancellationToken cancellation,
        int mostLagCells = UsualLagCells)
    {
        var made = new AssociationCounts { MostLagCells = mostLagCells };
        var reading = new Association.Reading(marked, asOf, options.WithinDays, cancellation);
        if (reading.Names is not { } names)
        {
            return made;
        }

        (int[] support, int orders) = reading.Supports();
        (made._kind, made._orders) = (reading.Kind, orders);
        int[] kept =
        [
            .. Enumerable.Range(0, names.Length).Where(i => support[i] > 0).OrderByDescending(i => support[i])
                .ThenBy(i => names[i], StringComparer.Ordinal).Take(options.MaximumItems + (options.MaximumItems / 2)),
        ];
        Array.ForEach(kept, i => made.IndexOf(names[i]));
        made._counts = reading.Pairs(kept);
        for (int i = 0; i < names.Length; i++)
        {
            made._support[names[i]] = support[i];
            if (support[i] > 0 && !made._index.ContainsKey(names[i]))
            {
                made._uncounted[names[i]] = support[i];
            }
        }

        (int A, int B)[] pairs = made.Followed(mostLagCells / (options.WithinDays + 1));
        int[,] days = reading.LagDays(pairs, kept);
        for (int p = 0; p < pairs.Length; p++)
        {
            made._lags[pairs[p]] = [.. Enumerable.Range(0, options.WithinDays + 1).Select(d => days[p, d])];
        }

        return made;
    }

    /// <summary>Adds another part, counted under the same options.</summary>
    public void Add(AssociationCounts other)
    {
        _kind ??= other._kind;
        _orders += other._orders;
        int[] place = [.. other._items.Select(IndexOf)];
        if (_items.Count > _counts.Items)
        {
            // Twice as many at once: the table is copied as often as its size has doubled.
            _counts = _counts.Grown(Math.Max(_items.Count, Math.Min(2 * _counts.Items, 6_000)));
        }

        _counts.Add(other._counts, place);
        foreach ((string item, long orders) in other._support)
        {
            _support[item] = _support.GetValueOrDefault(item) + orders;
        }

        foreach ((string item, long orders) in other._uncounted)
        {
            _uncounted[item] = _uncounted.GetValueOrDefault(item) + orders;
        }

        foreach (((int a, int b), int[] days) in other._lags)
        {
            (int, int) pair = (place[a], place[b]);
            if (_lags.TryGetValue(pair, out int[]? own))
            {
                Association.Add(own, days);
            }
            else
            {
                _lags[pair] = [.. days];
            }
        }

        int most = MostLagCells / Math.Max(1, _lags.Values.FirstOrDefault()?.Length ?? 1);
        if (_lags.Count > 2 * most)
        {
            // Of shops with thousands of products every part brings pairs of its own.
            foreach ((int, int) pair in _lags.Keys.OrderByDescending(p => _counts.Then[(p.A * _counts.Items) + p.B]).ThenBy(p => p)
                .Skip(most).ToArray())
            {
                _lags.Remove(pair);
            }
        }
    }

    /// <summary>The rules of the parts added.</summary>
    /// <param name="options">Those they were counted under.</param>
    /// <returns>
    /// The rules; items of theirs whose pairs some part did not count; of the strongest sequences, which are shown, those whose days in
    /// between some part did not count. Where both are 0 the rules are those of the whole base.
    /// </returns>
    public (AssociationResult Rules, int ItemsCutShort, int LagsCutShort) Result(AssociationOptions options)
    {
        if (_kind is null || _support.Count < 2)
        {
            return (Association.None(options), 0, 0);
        }

        (string Name, long Orders)[] kept =
        [
            .. _support.Where(s => s.Value >= options.MinimumSupport).OrderByDescending(s => s.Value)
                .ThenBy(s => s.Key, StringComparer.Ordinal).Take(options.MaximumItems).Select(s => (s.Key, s.Value)),
        ];
        string[] shown = [.. kept.Select(k => k.Name)];
        int[] place = [.. shown.Select(name => _index.GetValueOrDefault(name, -1))];
        PairCounts totals = _counts.Taken(place).Closed();
        var sequences = Association.Sequences(totals, shown, options);
        int cut = 0;
        SequenceRule[] rules =
        [
            .. sequences.Select((s, i) =>
            {
                int[] days = _lags.GetValueOrDefault((place[s.A], place[s.B])) ?? new int[options.WithinDays + 1];
                cut += i >= PortfolioBuilder.MostRules || days.Sum() == s.Support ? 0 : 1;
                return new SequenceRule(shown[s.A], shown[s.B], s.Support, s.Confidence, s.Lift, Association.Median(days));
            }),
        ];
        return (
            new AssociationResult(
                _kind, kept.Length, _orders, options.WithinDays,
                Association.Pairs(totals, shown, [.. kept.Select(k => k.Orders)], _orders, options), rules),
            shown.Count(_uncounted.ContainsKey), cut);
    }

    /// <summary>Writes it, small: most cells of the tables are empty.</summary>
    public void Write(BinaryWriter to)
    {
        to.Write(_kind ?? "");
        to.Write(_orders);
        to.Write(_counts.Days);
        Write(_support);
        Write(_uncounted);
        to.Write7BitEncodedInt(_items.Count);
        for (int i = 0; i < _items.Count; i++)
        {
            to.Write(_items[i]);
            to.Write7BitEncodedInt(_counts.Watched[i]);
            to.Write7BitEncodedInt(_counts.FirstLater[i]);
            to.Write(_counts.DaysWithout[i]);
            foreach (int[] table in _counts.Tables)
            {
                Sparse.Write(to, table.AsSpan(i * _counts.Items, _items.Count));
            }
        }

        to.Write7BitEncodedInt(_lags.Count);
        foreach (((int a, int b), int[] days) in _lags.OrderBy(l => l.Key))
        {
            to.Write7BitEncodedInt(a);
            to.Write7BitEncodedInt(b);
            to.Write7BitEncodedInt(days.Length);
            Sparse.Write(to, days);
        }

        void Write(Dictionary<string, long> counts)
        {
            to.Write7BitEncodedInt(counts.Count);
            foreach ((string item, long orders) in counts.OrderBy(c => c.Key, StringComparer.Ordinal))
            {
                to.Write(item);
                to.Write7BitEncodedInt64(orders);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    public static AssociationCounts Read(BinaryReader from)
    {
        var made = new AssociationCounts();
        string kind = from.ReadString();
        (made._kind, made._orders) = (kind.Length == 0 ? null : kind, from.ReadInt64());
        long days = from.ReadInt64();
        Read(made._support);
        Read(made._uncounted);
        int items = from.Read7BitEncodedInt();
        made._counts = new PairCounts(items) { Days = days };
        for (int i = 0; i < items; i++)
        {
            made.IndexOf(from.ReadString());
            made._counts.Watched[i] = from.Read7BitEncodedInt();
            made._counts.FirstLater[i] = from.Read7BitEncodedInt();
            made._counts.DaysWithout[i] = from.ReadInt64();
            foreach (int[] table in made._counts.Tables)
            {
                Sparse.Read(from, table.AsSpan(i * items, items));
            }
        }

        int lags = from.Read7BitEncodedInt();
        for (int l = 0; l < lags; l++)
        {
            (int, int) pair = (from.Read7BitEncodedInt(), from.Read7BitEncodedInt());
            int[] own = new int[from.Read7BitEncodedInt()];
            Sparse.Read(from, own);
            made._lags[pair] = own;
        }

        return made;

        void Read(Dictionary<string, long> counts)
        {
            int count = from.Read7BitEncodedInt();
            for (int i = 0; i < count; i++)
            {
                counts[from.ReadString()] = from.Read7BitEncodedInt64();
            }
        }
    }

    // All pairs that follow one another, or, where those are too many, those that most customers of the part have.
    private (int A, int B)[] Followed(int most)
    {
        int n = _items.Count;
        return
        [
            .. Enumerable.Range(0, n * n).Where(cell => _counts.Then[cell] > 0).OrderByDescending(cell => _counts.Then[cell])
                .ThenBy(cell => cell).Take(most).Select(cell => (cell / n, cell % n)),
        ];
    }

    private int IndexOf(string item)
    {
        if (!_index.TryGetValue(item, out int index))
        {
            _index[item] = index = _items.Count;
            _items.Add(item);
        }

        return index;
    }
}
