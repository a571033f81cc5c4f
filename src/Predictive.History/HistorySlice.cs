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

    /// <summary>A slice.</summary>
    /// <param name="number">0 … <paramref name="count"/> − 1.</param>
    /// <param name="count">How many there are.</param>
    public HistorySlice(int number, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Most);
        ArgumentOutOfRangeException.ThrowIfNegative(number);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(number, count);
        (Number, Count) = (number, count);
    }

    /// <summary>Everybody.</summary>
    public static HistorySlice Whole { get; } = new(0, 1);

    /// <summary>Which one, from 0.</summary>
    public int Number { get; }

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>Whether everybody is in it.</summary>
    public bool IsWhole => Count == 1;

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
    public bool Holds(ReadOnlySpan<byte> id) => IsWhole || CityHash.Hash64(id) % (ulong)Count == (ulong)Number;

    /// <summary>Whether a customer is in it.</summary>
    public bool Holds(string id) => IsWhole || Holds(Encoding.UTF8.GetBytes(id));

    /// <summary><c>k/N</c>, k from 1.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Number + 1}/{Count}");
}
