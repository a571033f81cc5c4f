using System.Globalization;
using ParquetSharp;

namespace Predictive.Tests;

/// <summary>Reads a written file back by the library's own logical readers, not by the product's.</summary>
internal sealed class StoredFile : IDisposable
{
    private readonly ParquetFileReader _reader;

    private StoredFile(string path) => _reader = new ParquetFileReader(path);

    public static StoredFile Open(string path) => new(path);

    public IReadOnlyList<string> Columns => [.. Enumerable.Range(0, _reader.FileMetaData.NumColumns).Select(i => _reader.FileMetaData.Schema.Column(i).Name)];

    public long RowCount => _reader.FileMetaData.NumRows;

    public int RowGroups => _reader.FileMetaData.NumRowGroups;

    public string?[] Texts(string column) => [.. Values(column).Select(v => v is null ? null : Convert.ToString(v, CultureInfo.InvariantCulture))];

    public double[] Doubles(string column) => [.. Values(column).Select(v => v is null ? double.NaN : Convert.ToDouble(v, CultureInfo.InvariantCulture))];

    public DateTime?[] Times(string column) => [.. Values(column).Cast<DateTime?>()];

    public void Dispose() => _reader.Dispose();

    private List<object?> Values(string column)
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

    private sealed class All(int rows) : ILogicalColumnReaderVisitor<List<object?>>
    {
        public List<object?> OnLogicalColumnReader<TValue>(LogicalColumnReader<TValue> columnReader) => [.. columnReader.ReadAll(rows).Select(v => (object?)v)];
    }
}
