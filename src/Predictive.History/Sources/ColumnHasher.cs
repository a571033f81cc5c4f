using Predictive.History.Parquet;

namespace Predictive.History.Sources;

/// <summary>
/// Hashes the values of a column, so that equal values have equal hashes however their files store them. Not thread-safe.
/// </summary>
/// <param name="zone">Whose clock the times are given on.</param>
internal sealed class ColumnHasher(TimeZoneInfo zone)
{
    private readonly LocalClock _clock = new(zone);
    private long[] _longs = [];
    private double[] _doubles = [];

    /// <summary>Hashes the next rows of a column.</summary>
    /// <param name="column">Open.</param>
    /// <param name="type">What it holds.</param>
    /// <param name="hashes">One per row.</param>
    /// <param name="missing">One per row: whether it has no value.</param>
    public void Read(ColumnBatches column, TableColumn type, Span<ulong> hashes, Span<bool> missing)
    {
        if (_longs.Length < hashes.Length)
        {
            (_longs, _doubles) = (new long[hashes.Length], new double[hashes.Length]);
        }

        Span<long> longs = _longs.AsSpan(0, hashes.Length);
        Span<double> doubles = _doubles.AsSpan(0, hashes.Length);
        if (type.IsTime)
        {
            column.ReadTimes(longs, _clock);
            Bits(longs, hashes);
            for (int i = 0; i < longs.Length; i++)
            {
                missing[i] = longs[i] == ColumnBatches.MissingTime;
            }
        }
        else if (type.IsInteger)
        {
            column.ReadIntegers(longs, missing);
            Bits(longs, hashes);
        }
        else if (type.IsFlag || (type.IsNumber && type.HasFraction))
        {
            column.ReadNumbers(doubles, missing);
            Bits(doubles, hashes);
        }
        else
        {
            column.ReadHashes(hashes);
            for (int i = 0; i < hashes.Length; i++)
            {
                missing[i] = hashes[i] == 0;
            }
        }
    }

    private static void Bits(
        ReadOnlySpan<long> values, Span<ulong> hashes) =>
            System.Runtime.InteropServices.MemoryMarshal.Cast<long, ulong>(values).CopyTo(hashes);

    private static void Bits(
        ReadOnlySpan<double> values, Span<ulong> hashes) =>
            System.Runtime.InteropServices.MemoryMarshal.Cast<double, ulong>(values).CopyTo(hashes);
}
