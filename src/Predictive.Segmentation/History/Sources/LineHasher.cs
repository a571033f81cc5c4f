using System.Runtime.InteropServices;
using Predictive.Parquet;
using Predictive.Segmentation.History.Import;

namespace Predictive.Segmentation.History.Sources;

/// <summary>Hashes the lines of a row group over every column of the files. Not thread-safe.</summary>
/// <param name="columns">Paths of the columns.</param>
/// <param name="orderColumn">The column with the order id; null = none.</param>
internal sealed class LineHasher(IReadOnlyList<string> columns, string? orderColumn)
{
    private const int Batch = 16_384;
    private readonly long[] _longs = new long[Batch];
    private readonly double[] _doubles = new double[Batch];
    private readonly bool[] _nulls = new bool[Batch];
    private readonly int[] _codes = new int[Batch];

    /// <summary>Hash per row, and whether the row has an order id.</summary>
    public (UInt128[] Hashes, bool[] Ordered) Hash(ParquetDatasetPart part)
    {
        var hashes = new UInt128[part.RowGroup.RowCount];
        bool[] ordered = new bool[hashes.Length];
        foreach (string column in columns)
        {
            using var reader = part.OpenColumn(column);
            if (IsText(reader.Column))
            {
                HashText(reader, hashes, column == orderColumn ? ordered : null);
            }
            else
            {
                HashNumbers(reader, hashes, column == orderColumn ? ordered : null);
            }
        }

        return (hashes, ordered);
    }

    private static bool IsText(ParquetColumn c) => c.PhysicalType is PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray
        && c.LogicalType.Kind is not (LogicalKind.Decimal or LogicalKind.Float16);

    /// <summary>Text by its characters, so that the hash does not depend on a file's dictionary.</summary>
    private void HashText(ColumnReader reader, UInt128[] hashes, bool[]? ordered)
    {
        var map = new List<UInt128>();
        for (int at = 0, n; (n = reader.ReadCodes(_codes)) > 0; at += n)
        {
            for (int code = map.Count; code < reader.StringDictionary.Length; code++)
            {
                map.Add(RowHash.Wide(MemoryMarshal.AsBytes(reader.StringDictionary[code].AsSpan())));
            }

            for (int i = 0; i < n; i++)
            {
                bool present = _codes[i] >= 0;
                hashes[at + i] = RowHash.Mix(hashes[at + i], present ? map[_codes[i]] : UInt128.One);
                if (ordered is not null)
                {
                    ordered[at + i] = present && reader.StringDictionary[_codes[i]].Length > 0;
                }
            }
        }
    }

    private void HashNumbers(ColumnReader reader, UInt128[] hashes, bool[]? ordered)
    {
        bool real = reader.Column.PhysicalType is PhysicalType.Double or PhysicalType.Float || reader.Column.LogicalType.Kind is LogicalKind.Decimal or LogicalKind.Float16;
        bool time = reader.Column.PhysicalType == PhysicalType.Int96;
        int Next() => real ? reader.ReadDouble(_doubles, _nulls) : time ? reader.ReadTimestamp(_longs, _nulls) : reader.ReadInt64(_longs, _nulls);
        for (int at = 0, n; (n = Next()) > 0; at += n)
        {
            for (int i = 0; i < n; i++)
            {
                ulong bits = real ? BitConverter.DoubleToUInt64Bits(_doubles[i]) : (ulong)_longs[i];
                hashes[at + i] = RowHash.Mix(hashes[at + i], _nulls[i] ? UInt128.MaxValue : bits);
                if (ordered is not null)
                {
                    ordered[at + i] = !_nulls[i];
                }
            }
        }
    }
}
