// Linked into Predictive.Benchmarks too.
using Predictive.Tests;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Tests.Parquet.Conformance;

/// <summary>ParquetSharp as the product uses it: each column as what it can stand for; where it can stand for nothing, by ParquetSharp's
/// own readers.</summary>
internal static class RoomLibrary
{
    private const int Batch = 1009; // prime: never in step with pages

    public static IReadOnlyList<(string Column, Func<object?[]> Values)> Open(string path)
    {
        using ParquetTable table = ParquetTable.Open(path);
        return [.. table.Files[0].Columns.Where(c => c.TypeName != "a list"
            && !c.Name.Contains('.', StringComparison.Ordinal)).Select(c => (c.Name, (Func<object?[]>)(() => Values(path, c))))];
    }

    private static object?[] Values(string path, StoredColumn stored)
    {
        if (stored.Kind == ColumnKind.Other)
        {
            using StoredFile file = StoredFile.Open(path, verify: true);
            return [.. stored.Physical is PhysicalType.ByteArray or PhysicalType.FixedLenByteArray ? file.Bytes(stored.Name)
                : file.Values(stored.Name)];
        }

        using ParquetTable table = ParquetTable.Open(path);
        TableColumn column = table.Find(stored.Name)!;
        var values = new List<object?>();
        foreach (TablePart part in table.Parts)
        {
            ColumnBatches batches = null!;
            part.Read(Batch, rows => batches = rows.Column(column), (_, n) => values.AddRange(Read(batches, stored.Kind, n)));
        }

        return [.. values];
    }

    private static IEnumerable<object?> Read(ColumnBatches column, ColumnKind kind, int n)
    {
        var missing = new bool[n];
        switch (kind)
        {
            case ColumnKind.Text or ColumnKind.Uuid or ColumnKind.Unsigned64:
                string?[] texts = Texts(column, n);
                return kind == ColumnKind.Unsigned64 ? texts.Select(t => t is null ? null
                    : (object)ulong.Parse(t, System.Globalization.CultureInfo.InvariantCulture)) : texts;
            case ColumnKind.Integer:
                var longs = new long[n];
                column.ReadIntegers(longs, missing);
                return longs.Select((v, i) => missing[i] ? null : (object)v);
            case ColumnKind.Time:
                var times = new long[n];
                column.ReadTimes(times, new LocalClock(TimeZoneInfo.Utc));
                return times.Select(t => t == ColumnBatches.MissingTime ? null : (object)new Micros(t));
            case ColumnKind.Nothing:
                Texts(column, n);
                return Enumerable.Repeat<object?>(null, n);
            default:
                var numbers = new double[n];
                column.ReadNumbers(numbers, missing);
                return numbers.Select((v, i) => missing[i] ? null : kind == ColumnKind.Flag ? v != 0 : (object)v);
        }
    }

    private static string?[] Texts(ColumnBatches column, int n)
    {
        var pool = new TextPool();
        int[] codes = new int[n];
        column.ReadCodes(codes, pool);
        return Array.ConvertAll(codes, code => code < 0 ? null : pool.Text(code));
    }
}
