using Predictive.History.Text;

namespace Predictive.History.Parquet;

/// <summary>Names of a table: in a column of its files, or in the names of its folders.</summary>
/// <param name="Name">Of the column or partition.</param>
/// <param name="Column">Null = the hive partition of that name.</param>
internal sealed record NameColumn(string Name, TableColumn? Column)
{
    /// <summary>The column of that name, else the partition; null where there is neither.</summary>
    public static NameColumn? Find(ParquetTable table, string name) =>
        table.Find(name) is { } column
            ? new NameColumn(name, column)
            : table.PartitionColumns.Contains(name) ? new NameColumn(name, null) : null;
}

/// <summary>One pass over the names of a row group. Not thread-safe.</summary>
internal sealed class NameBatches
{
    private readonly ColumnBatches? _column;
    private readonly byte[] _constant;

    /// <param name="rows">The row group.</param>
    /// <param name="names">Which names.</param>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    public NameBatches(PartReader rows, NameColumn names)
    {
        _column = names.Column is null ? null : rows.Column(names.Column);
        _constant = names.Column is null && rows.Part.File.Partition.GetValueOrDefault(names.Name) is { } text
            ? System.Text.Encoding.UTF8.GetBytes(text)
            : [];
    }

    /// <summary>See <see cref="ColumnBatches.ReadCodes"/>.</summary>
    public void ReadCodes(Span<int> codes, TextPool pool)
    {
        if (_column is null)
        {
            codes.Fill(_constant.Length == 0 ? -1 : pool.CodeOf(_constant));
        }
        else
        {
            _column.ReadCodes(codes, pool);
        }
    }

    /// <summary>See <see cref="ColumnBatches.ReadNameHashes"/>.</summary>
    public void ReadHashes(Span<ulong> hashes)
    {
        if (_column is null)
        {
            hashes.Fill(NameHash.Of(_constant));
        }
        else
        {
            _column.ReadNameHashes(hashes);
        }
    }
}
