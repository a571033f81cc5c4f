using System.Runtime.InteropServices;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// The <see cref="AssociationCounts"/> of all parts of a base, read twice: what is sold first (<see cref="AddItems"/>), from which it is
/// known whose pairs the rules look at, then the pairs of those alone (<see cref="AddPairs"/>). So it is as large as the rules' own
/// tables, whatever the parts are, and however many.
/// </summary>
/// <param name="options">Those the parts were counted under.</param>
internal sealed class AssociationTotals(AssociationOptions options)
{
    private readonly Dictionary<string, long> _support = new(StringComparer.Ordinal), _uncounted = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _place = new(StringComparer.Ordinal);
    private readonly Dictionary<(int A, int B), int[]> _lags = [];
    private readonly List<(int At, int Count)> _read = [];
    private (string Name, long Orders)[]? _shown;
    private PairCounts _counts = new(0);
    private string? _kind;
    private long _orders;

    /// <summary>Pairs times days that are kept of the days in between; twice as many for a moment.</summary>
    public int MostLagCells { get; init; } = AssociationCounts.UsualLagCells;

    /// <summary>Pairs of which the days in between are kept.</summary>
    public int LagPairs => _lags.Count;

    /// <summary>Adds what a part sold.</summary>
    public void AddItems(BinaryReader from)
    {
        string kind = from.ReadString();
        _kind ??= kind.Length == 0 ? null : kind;
        _orders += from.ReadInt64();
        int counted = from.Read7BitEncodedInt(), sold = from.Read7BitEncodedInt();
        for (int i = 0; i < sold; i++)
        {
            string item = from.ReadString();
            int orders = from.Read7BitEncodedInt();
            _support[item] = _support.GetValueOrDefault(item) + orders;
            if (i >= counted)
            {
                _uncounted[item] = _uncounted.GetValueOrDefault(item) + orders;
            }
        }
    }

    /// <summary>Adds a part's pairs, once what all parts sold has been added.</summary>
    public void AddPairs(BinaryReader from)
    {
        Choose();
        _counts.Days += from.ReadInt64();
        int items = Count(from);
        int[] place = new int[items];
        for (int i = 0; i < items; i++)
        {
            place[i] = _place.GetValueOrDefault(from.ReadString(), -1);
        }

        int[][] directed = [_counts.Then, _counts.Before];
        for (int i = 0; i < items; i++)
        {
            int own = place[i], n = _counts.Items;
            int watched = from.Read7BitEncodedInt(), firstLater = from.Read7BitEncodedInt();
            long daysWithout = from.ReadInt64();
            if (own >= 0)
            {
                _counts.Watched[own] += watched;
                _counts.FirstLater[own] += firstLater;
                _counts.DaysWithout[own] += daysWithout;
            }

            // Together knows no order: the cell is the one with the smaller place first.
            foreach ((int other, int count) in Read(from, items, own, place))
            {
                _counts.Together[(Math.Min(own, other) * n) + Math.Max(own, other)] += count;
            }

            foreach (int[] table in directed)
            {
                foreach ((int other, int count) in Read(from, items, own, place))
                {
                    table[(own * n) + other] += count;
                }
            }
        }

        AddLags(from, place);
    }

    /// <summary>The rules of the parts added.</summary>
    /// <returns>
    /// The rules; items of theirs whose pairs some part did not count; of the strongest sequences, which are shown, those whose days in
    /// between some part did not count. Where both are 0 the rules are those of the whole base.
    /// </returns>
    public (AssociationResult Rules, int ItemsCutShort, int LagsCutShort) Result()
    {
        if (_kind is null || _support.Count < 2)
        {
            return (Association.None(options), 0, 0);
        }

        (string Name, long Orders)[] kept = Choose();
        string[] shown = [.. kept.Select(k => k.Name)];
        PairCounts totals = _counts.Closed();
        var sequences = Association.Sequences(totals, shown, options);
        int cut = 0;
        SequenceRule[] rules =
        [
            .. sequences.Select((s, i) =>
            {
                int[] days = _lags.GetValueOrDefault((s.A, s.B)) ?? new int[options.WithinDays + 1];
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

    // A row of a part's table: whose items are looked at, by their places here.
    private ReadOnlySpan<(int Other, int Count)> Read(BinaryReader from, int items, int own, int[] place)
    {
        Sparse.Read(from, items, _read);
        int kept = 0;
        Span<(int At, int Count)> row = CollectionsMarshal.AsSpan(_read);
        for (int i = 0; own >= 0 && i < row.Length; i++)
        {
            if (place[row[i].At] is >= 0 and var other)
            {
                row[kept++] = (other, row[i].Count);
            }
        }

        return row[..kept];
    }

    // Of things that take a byte each at least: no more than there are bytes.
    private static int Count(BinaryReader from) => from.Read7BitEncodedInt() is >= 0 and var count && count <= from.BaseStream.Length
        ? count
        : throw new InvalidDataException($"more items are told than {from.BaseStream.Length} bytes hold");

    private void AddLags(BinaryReader from, int[] place)
    {
        int length = from.Read7BitEncodedInt(), pairs = from.Read7BitEncodedInt();
        if (pairs > 0 && length != options.WithinDays + 1)
        {
            throw new InvalidDataException($"{length} days in between; expected {options.WithinDays + 1}");
        }

        for (int p = 0; p < pairs; p++)
        {
            (int a, int b) = (place[from.Read7BitEncodedInt()], place[from.Read7BitEncodedInt()]);
            int[]? own = null;
            if (a >= 0 && b >= 0 && !_lags.TryGetValue((a, b), out own))
            {
                _lags[(a, b)] = own = new int[length];
            }

            Sparse.Read(from, length, _read);
            if (own is not null)
            {
                _read.ForEach(r => own[r.At] += r.Count);
            }
        }

        int most = MostLagCells / Math.Max(1, length);
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

    private (string Name, long Orders)[] Choose()
    {
        if (_shown is null)
        {
            _shown =
            [
                .. _support.Where(s => s.Value >= options.MinimumSupport).OrderByDescending(s => s.Value)
                    .ThenBy(s => s.Key, StringComparer.Ordinal).Take(options.MaximumItems).Select(s => (s.Key, s.Value)),
            ];
            for (int i = 0; i < _shown.Length; i++)
            {
                _place[_shown[i].Name] = i;
            }

            _counts = new PairCounts(_shown.Length) { Days = _counts.Days };
        }

        return _shown;
    }
}
