// Linked into Predictive.Benchmarks too.
using System.Globalization;
using ParquetSharp;

namespace Predictive.Tests;

/// <summary>Reads a written file back by the library's own logical readers, not by the product's.</summary>
internal sealed class StoredFile : IDisposable
{
    private readonly ParquetFileReader _reader;

    private StoredFile(string path, bool verify)
    {
        using ReaderProperties properties = ReaderProperties.GetDefaultReaderProperties();
        if (verify)
        {
            properties.EnablePageChecksumVerification();
        }

        _reader = new ParquetFileReader(path, properties);
    }

    public static StoredFile Open(string path, bool verify = false) => new(path, verify);

    public IReadOnlyList<string> Columns => [.. Enumerable.Range(0,
        _reader.FileMetaData.NumColumns).Select(i => _reader.FileMetaData.Schema.Column(i).Name)];

    /// <summary>Top-level columns that are no list and no part of one.</summary>
    public IReadOnlyList<string> FlatColumns =>
        [.. Enumerable.Range(0,
            _reader.FileMetaData.NumColumns).Select(i => _reader.FileMetaData.Schema.Column(i)).Where(c => c.MaxRepetitionLevel == 0
            && c.Path.ToDotVector().Length == 1).Select(c => c.Name)];

    public long RowCount => _reader.FileMetaData.NumRows;

    public int RowGroups => _reader.FileMetaData.NumRowGroups;

    public string?[] Texts(string column) => [.. Values(column).Select(v => v is null ? null : Convert.ToString(v,
        CultureInfo.InvariantCulture))];

    public double[] Doubles(string column) => [.. Values(column).Select(v => v is null ? double.NaN : Convert.ToDouble(v,
        CultureInfo.InvariantCulture))];

    public DateTime?[] Times(string column) => [.. Values(column).Cast<DateTime?>()];

    public void Dispose() => _reader.Dispose();

    public List<object?> Values(string column)
    {
        int index = Columns.ToList().IndexOf(column);
        var values = new List<object?>();
        for (int g = 0; g < RowGroups; g++)
        {
            using RowGroupReader group = _reader.RowGroup(g);
            using var reader = group.Column(index).LogicalReader();
            values.AddRange(reader.Apply(new All((int)group.MetaData.NumRows)));
        }

        return values;
    }

    /// <summary>Values of a column of bytes, whatever they mean: ParquetSharp's logical readers know no annotation but their own, and none
    /// for a fixed length.</summary>
    public List<object?> Bytes(string name)
    {
        int index = Columns.ToList().IndexOf(name);
        ColumnDescriptor column = _reader.FileMetaData.Schema.Column(index);
        var values = new List<object?>();
        for (int g = 0; g < RowGroups; g++)
        {
            using RowGroupReader group = _reader.RowGroup(g);
            using ColumnReader reader = group.Column(index);
            values.AddRange(reader is ColumnReader<ByteArray> texts
                ? Bytes(texts, column, group.MetaData.NumRows, v => (v.Pointer, v.Length))
                : Bytes((ColumnReader<FixedLenByteArray>)reader, column, group.MetaData.NumRows, v => (v.Pointer, column.TypeLength)));
        }

        return values;
    }

    private static List<object?> Bytes<T>(ColumnReader<T> reader, ColumnDescriptor column, long rows,
        Func<T, (nint Pointer, int Length)> at)
        where T : unmanaged
    {
        var values = new List<object?>();
        while (rows > 0)
        {
            int batch = (int)Math.Min(rows, 100);
            var levels = new short[batch];
            var read = new T[batch];
            long n = column.MaxDefinitionLevel == 0 ? reader.ReadBatch(batch, read, out _)
                : reader.ReadBatch(batch, levels, default, read, out _);
            for (int i = 0, v = 0; i < n; i++)
            {
                byte[]? bytes = null;
                if (levels[i] == column.MaxDefinitionLevel)
                {
                    var (pointer, length) = at(read[v++]);
                    bytes = new byte[length];
                    System.Runtime.InteropServices.Marshal.Copy(pointer, bytes, 0, length);
                }

                values.Add(bytes);
            }

            rows = n > 0 ? rows - n : throw new InvalidDataException("the row group ends early");
        }

        return values;
    }

    private sealed class All(int rows) : ILogicalColumnReaderVisitor<List<object?>>
    {
        public List<object?> OnLogicalColumnReader<TValue>(LogicalColumnReader<TValue> columnReader) =>
            [.. columnReader.ReadAll(rows).Select(v => (object?)v)];
    }
}
