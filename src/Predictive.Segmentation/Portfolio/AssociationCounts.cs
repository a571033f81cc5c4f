using System.Runtime.InteropServices;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// What the rules of <see cref="Association"/> are made of, of a part of a base: a customer's orders lie in one part, so counts add up
/// (<see cref="AssociationTotals"/>) to those of the whole base. Items go by name: parts number them each its own way.
/// </summary>
/// <remarks>
/// The whole base looks at its <see cref="AssociationOptions.MaximumItems"/> best-selling items. Which those are is known only in the end,
/// so a part counts half as many more of its own; a part with yet more items may lack pairs of an item that made it in the end. Days in
/// between are kept of as many pairs as make four million cells, those that most customers of the part have.
/// </remarks>
internal sealed class AssociationCounts
{
    /// <summary>Pairs times days that are kept of the days in between.</summary>
    public const int UsualLagCells = 1 << 22;

    private readonly string? _kind;
    private readonly long _orders;
    private readonly (string Name, int Orders)[] _sold = [];
    private readonly string[] _items = [];
    private readonly PairCounts _counts = new(0);
    private readonly (int A, int B)[] _lagged = [];
    private readonly int[,] _days = new int[0, 0];

    /// <summary>Counts the customers of a history.</summary>
    /// <param name="marked">Returns are marked as of the same time.</param>
    /// <param name="asOf">Lines strictly before it count.</param>
    /// <param name="options">Of the base.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <param name="mostLagCells">Pairs times days that are kept of the days in between.</param>
    public AssociationCounts(
        TransactionHistory marked, LocalTime asOf, AssociationOptions options, CancellationToken cancellation,
        int mostLagCells = UsualLagCells)
    {
        var reading = new Association.Reading(marked, asOf, options.WithinDays, cancellation);
        if (reading.Names is not { } names)
        {
            return;
        }

        (int[] support, int orders) = reading.Supports();
        (_kind, _orders) = (reading.Kind, orders);
        int[] sold =
        [
            .. Enumerable.Range(0, names.Length).Where(i => support[i] > 0).OrderByDescending(i => support[i])
                .ThenBy(i => names[i], StringComparer.Ordinal),
        ];
        int[] kept = sold[..Math.Min(sold.Length, options.MaximumItems + (options.MaximumItems / 2))];
        _sold = Array.ConvertAll(sold, i => (names[i], support[i]));
        _items = Array.ConvertAll(kept, i => names[i]);
        _counts = reading.Pairs(kept);
        _lagged = Followed(mostLagCells / (options.WithinDays + 1));
        _days = reading.LagDays(_lagged, kept);
    }

    /// <summary>Writes what is sold, most first, and of how many of them pairs are counted.</summary>
    public void WriteItems(BinaryWriter to)
    {
        to.Write(_kind ?? "");
        to.Write(_orders);
        to.Write7BitEncodedInt(_items.Length);
        to.Write7BitEncodedInt(_sold.Length);
        foreach ((string name, int orders) in _sold)
        {
            to.Write(name);
            to.Write7BitEncodedInt(orders);
        }
    }

    /// <summary>Writes the counts over pairs, small: most cells of the tables are empty.</summary>
    public void WritePairs(BinaryWriter to)
    {
        to.Write(_counts.Days);
        to.Write7BitEncodedInt(_items.Length);
        Array.ForEach(_items, to.Write);
        for (int i = 0; i < _items.Length; i++)
        {
            to.Write7BitEncodedInt(_counts.Watched[i]);
            to.Write7BitEncodedInt(_counts.FirstLater[i]);
            to.Write(_counts.DaysWithout[i]);
            foreach (int[] table in _counts.Tables)
            {
                Sparse.Write(to, table.AsSpan(i * _items.Length, _items.Length));
            }
        }

        int days = _days.GetLength(1);
        to.Write7BitEncodedInt(days);
        to.Write7BitEncodedInt(_lagged.Length);
        for (int p = 0; p < _lagged.Length; p++)
        {
            to.Write7BitEncodedInt(_lagged[p].A);
            to.Write7BitEncodedInt(_lagged[p].B);
            Sparse.Write(to, MemoryMarshal.CreateReadOnlySpan(ref _days[p, 0], days));
        }
    }

    // All pairs that follow one another, or, where those are too many, those that most customers of the part have.
    private (int A, int B)[] Followed(int most)
    {
        int n = _items.Length;
        return
        [
            .. Enumerable.Range(0, n * n).Where(cell => _counts.Then[cell] > 0).OrderByDescending(cell => _counts.Then[cell])
                .ThenBy(cell => cell).Take(most).Select(cell => (cell / n, cell % n)),
        ];
    }
}
