using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Predictive.Parquet;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>scan FILE.parquet [--sum COLUMN] [--distinct COLUMN] [--threads 2] [--json]</c>: sum of one double column and distinct count of one integer column;
/// by default the first of each. <c>seconds</c> is from opening the file to both answers. The same question to DuckDB: peers/scan_duckdb.mjs.
/// </summary>
internal static class ScanBench
{
    private const int Batch = 8192;
    private const long LargestBitmap = 1L << 28;

    public static int Run(string[] args)
    {
        if (args.Length == 0)
        {
            Console.Error.WriteLine("Usage: scan FILE.parquet [--sum COLUMN] [--distinct COLUMN] [--threads 2] [--json]");
            return 2;
        }

        int threads = int.Parse(Option(args, "--threads") ?? "2", CultureInfo.InvariantCulture);
        long start = Stopwatch.GetTimestamp();
        using ParquetReader reader = ParquetReader.Open(args[0]);
        ParquetColumn sumColumn = reader.Schema[Option(args, "--sum") ?? reader.Schema.Columns.First(c => c.PhysicalType == PhysicalType.Double).Path];
        ParquetColumn distinctColumn = reader.Schema[Option(args, "--distinct") ?? reader.Schema.Columns.First(IsInteger).Path];
        (double sum, long distinct) = Scan(reader, sumColumn, distinctColumn, threads);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using Process self = Process.GetCurrentProcess();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            lib = "predictive",
            threads,
            rows = reader.RowCount,
            seconds = Math.Round(seconds, 4),
            sum,
            distinct,
            rssMB = self.PeakWorkingSet64 >> 20,
        }));
        return 0;
    }

    private static (double Sum, long Distinct) Scan(ParquetReader reader, ParquetColumn sumColumn, ParquetColumn distinctColumn, int threads)
    {
        // Row groups are shared out as they are finished; their sums are added in file order, so the answer does not depend on the threads.
        var sums = new double[reader.RowGroups.Count];
        (long low, long high)? range = Range(reader, distinctColumn);
        var sets = new DistinctSet[threads];
        int next = -1;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, t =>
        {
            var set = sets[t] = new DistinctSet(range);
            for (int group; (group = Interlocked.Increment(ref next)) < sums.Length;)
            {
                sums[group] = Sum(reader, group, sumColumn);
                set.AddColumn(reader, group, distinctColumn);
            }
        });
        return (sums.Sum(), DistinctSet.CountUnion(sets));
    }

    private static double Sum(ParquetReader reader, int group, ParquetColumn column)
    {
        using ColumnReader values = reader.OpenColumn(group, column);
        var buffer = new double[Batch];
        var isNull = new bool[Batch];
        double sum = 0;
        int rows;
        while ((rows = values.ReadDouble(buffer, isNull)) > 0)
        {
            Vector<double> lanes = Vector<double>.Zero;
            int i = 0;
            if (values.NullsRead == 0)
            {
                for (; i <= rows - Vector<double>.Count; i += Vector<double>.Count)
                {
                    lanes += new Vector<double>(buffer, i);
                }
            }

            sum += Vector.Sum(lanes);
            for (; i < rows; i++)
            {
                sum += isNull[i] ? 0 : buffer[i];
            }
        }

        return sum;
    }

    private static (long Low, long High)? Range(ParquetReader reader, ParquetColumn column)
    {
        long low = long.MaxValue, high = long.MinValue;
        foreach (RowGroup group in reader.RowGroups)
        {
            if (group.Columns[column.Index].Statistics is not { Min: long min, Max: long max })
            {
                return null;
            }

            (low, high) = (Math.Min(low, min), Math.Max(high, max));
        }

        return high >= low && (Int128)high - low < LargestBitmap ? (low, high) : null;
    }

    private static bool IsInteger(ParquetColumn c) =>
        c.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 && c.LogicalType.Kind is LogicalKind.None or LogicalKind.Integer;

    private static string? Option(string[] args, string name)
    {
        int at = Array.IndexOf(args, name);
        return at >= 0 && at + 1 < args.Length ? args[at + 1] : null;
    }

    /// <summary>Distinct integers: one bit each where the file's statistics bound them closely, a hash set otherwise.</summary>
    private sealed class DistinctSet((long Low, long High)? range)
    {
        private readonly ulong[]? _bits = range is { } r ? new ulong[((r.High - r.Low) >> 6) + 1] : null;
        private readonly HashSet<long> _set = [];

        public static long CountUnion(DistinctSet[] sets)
        {
            for (int i = 1; i < sets.Length; i++)
            {
                sets[0]._set.UnionWith(sets[i]._set);
                for (int word = 0; word < (sets[0]._bits?.Length ?? 0); word++)
                {
                    sets[0]._bits![word] |= sets[i]._bits![word];
                }
            }

            return sets[0]._set.Count + (sets[0]._bits?.Sum(w => (long)BitOperations.PopCount(w)) ?? 0);
        }

        public void AddColumn(ParquetReader reader, int group, ParquetColumn column)
        {
            using ColumnReader values = reader.OpenColumn(group, column);
            int rows;
            if (values.IsDictionaryEncoded)
            {
                // Once per dictionary entry that a row uses.
                var codes = new int[Batch];
                byte[] used = [];
                while ((rows = values.ReadCodes(codes)) > 0)
                {
                    if (used.Length <= values.Int64Dictionary.Length)
                    {
                        Array.Resize(ref used, values.Int64Dictionary.Length + 1);
                    }

                    for (int i = 0; i < rows; i++)
                    {
                        used[codes[i] + 1] = 1;
                    }
                }

                for (int code = 1; code < used.Length; code++)
                {
                    if (used[code] != 0)
                    {
                        Add(values.Int64Dictionary[code - 1]);
                    }
                }

                return;
            }

            var buffer = new long[Batch];
            var isNull = new bool[Batch];
            while ((rows = values.ReadInt64(buffer, isNull)) > 0)
            {
                for (int i = 0; i < rows; i++)
                {
                    if (!isNull[i])
                    {
                        Add(buffer[i]);
                    }
                }
            }
        }

        // A value outside the stated bounds (the statistics are wrong) still counts.
        private void Add(long value)
        {
            if (_bits is not null && value >= range!.Value.Low && value <= range.Value.High)
            {
                long bit = value - range.Value.Low;
                _bits[bit >> 6] |= 1UL << (int)(bit & 63);
            }
            else
            {
                _set.Add(value);
            }
        }
    }
}
