using System.Globalization;
using System.Text;

namespace Predictive.History;

/// <summary>
/// One of N disjoint parts of the customers of a base: those whose <c>cityHash64(id) % N</c> is its number, the id as text. The same hash
/// here and in ClickHouse, so it does not matter who cuts.
/// </summary>
public sealed record HistorySlice
{
    /// <summary>More would leave workers with nobody.</summary>
    public const int Most = 10_000;

    /// <summary>
    /// Parts that a sample is made of (<see cref="Sample"/>), and that a table of a warehouse is ordered by. 2⁶·3·5: most numbers of
    /// slices that anyone asks for divide it, or nearly.
    /// </summary>
    public const int Buckets = 960;

    /// <summary>A slice.</summary>
    /// <param name="number">0 … <paramref name="count"/> − 1.</param>
    /// <param name="count">How many there are.</param>
    public HistorySlice(int number, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Most);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, count);
        (Number, Count, Width) = (number, count, 1);
    }

    private HistorySlice(int width) => (Number, Count, Width) = (0, Buckets, width);

    /// <summary>Everybody.</summary>
    public static HistorySlice Whole { get; } = new(0, 1);

    /// <summary>
    /// A sample: the customers of the first so many of <see cref="Buckets"/> buckets. The same ones in every run, and of two samples of a
    /// base the smaller one is part of the larger.
    /// </summary>
    /// <param name="buckets">1 … <see cref="Buckets"/>; all of them are everybody.</param>
    public static HistorySlice Sample(int buckets)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(buckets);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(buckets, Buckets);
        return new HistorySlice(buckets);
    }

    /// <summary>Buckets of a sample that is to hold about so many customers.</summary>
    /// <param name="wanted">At least 1.</param>
    /// <param name="customers">Of the base.</param>
    /// <returns>Null where the base has no more than that: it is taken whole.</returns>
    public static int? BucketsFor(int wanted, long customers)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(wanted);
        return customers <= wanted ? null : (int)((((long)wanted * Buckets) + customers - 1) / customers);
    }

    /// <summary>Which one, from 0.</summary>
    public int Number { get; }

    /// <summary>How many parts from <see cref="Number"/> on are in it: 1, but for a sample.</summary>
    public int Width { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Whether everybody is in it.</summary>
    public bool IsWhole => Width == Count;

    /// <summary>Reads <c>k/N</c>, k from 1.</summary>
    public static bool TryRead(string text, out HistorySlice? slice)
    {
        ArgumentNullException.ThrowIfNull(text);
        slice = text.Split('/') is [var first, var second]
            && int.TryParse(first, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            && int.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count is > 0 and <= Most && number >= 1 && number <= count
                ? new HistorySlice(number - 1, count)
                : null;
        return slice is not null;
    }

    /// <summary>Whether a customer is in it.</summary>
    /// <param name="id">UTF-8.</param>
    public bool Holds(ReadOnlySpan<byte> id) =>
        IsWhole || CityHash.Hash64(id) % (ulong)Count is var part && part >= (ulong)Number && part < (ulong)(Number + Width);

    /// <summary>Whether a customer is in it.</summary>
    public bool Holds(string id) => IsWhole || Holds(Encoding.UTF8.GetBytes(id));

    /// <summary><c>k/N</c>, k from 1; of a sample <c>1-k/N</c>.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"{Number + 1}{(Width == 1 ? "" : $"-{Number + Width}")}/{Count}");
}
