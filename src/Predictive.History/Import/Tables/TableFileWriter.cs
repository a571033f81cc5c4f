using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Import.Tables;

/// <summary>Writes a table beside the transactions, row group by row group: texts as codes, numbers, and the time.</summary>
internal sealed class TableFileWriter : IDisposable
{
    private const int RowGroup = 1 << 17;

    private readonly FileStream _file;
    private readonly ParquetWriter _writer;
    private readonly CsvEncoding _encoding;
    private readonly TextPool?[] _pools;
    private readonly int[]?[] _codes;
    private readonly double[]?[] _numbers;
    private readonly long[]? _times;
    private readonly int _time;
    private int _count;

    /// <param name="path">The file.</param>
    /// <param name="survey">Its columns.</param>
    public TableFileWriter(string path, TableSurvey survey)
    {
        _encoding = survey.Encoding;
        _time = survey.Plan.Time < 0 ? -1 : 1;
        int columns = survey.Plan.Columns.Count;
        (_pools, _codes, _numbers) = (new TextPool?[columns], new int[]?[columns], new double[]?[columns]);
        var fields = new ParquetField[columns];
        for (int c = 0; c < columns; c++)
        {
            string name = survey.Plan.Columns[c].Name;
            if (c == _time)
            {
                (_times, fields[c]) = (new long[RowGroup], ParquetField.Timestamp(name, isAdjustedToUtc: false));
            }
            else if (survey.IsNumber[c])
            {
                (_numbers[c], fields[c]) = (new double[RowGroup], ParquetField.Double(name, nullable: true));
            }
            else
            {
                (_pools[c], _codes[c]) = (new TextPool(), new int[RowGroup]);
                fields[c] = ParquetField.String(name, nullable: !survey.Plan.Layout.Required.Contains(name));
            }
        }

        _file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        _writer = ParquetWriter.Create(_file, fields);
    }

    /// <summary>The time of the row being filled.</summary>
    public long Time
    {
        set => _times![_count] = value;
    }

    /// <summary>A number of the row being filled; NaN = missing.</summary>
    public void Set(int column, double value) => _numbers[column]![_count] = value;

    /// <summary>A text of the row being filled; empty = missing.</summary>
    public void Set(int column, ReadOnlySpan<byte> text) => _codes[column]![_count] = text.IsEmpty ? -1 : _pools[column]!.CodeOf(text);

    /// <summary>Ends the row.</summary>
    public void Next()
    {
        if (++_count == RowGroup)
        {
            Write();
        }
    }

    /// <summary>Writes what is left and the footer, and flushes to disk.</summary>
    public void Complete()
    {
        Write();
        _writer.Complete();
        _file.Flush(flushToDisk: true);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _writer.Dispose();
        _file.Dispose();
    }

    private void Write()
    {
        var columns = new ColumnValues[_pools.Length];
        for (int c = 0; c < columns.Length; c++)
        {
            columns[c] = c == _time ? ColumnValues.From(_times.AsMemory(0, _count))
                : _numbers[c] is { } numbers ? ColumnValues.FromNaN(numbers.AsMemory(0, _count))
                : ColumnValues.From(Texts(_pools[c]!), _codes[c].AsMemory(0, _count));
        }

        _writer.WriteRowGroup(columns);
        Array.ForEach(_pools, p => p?.Clear());
        _count = 0;
    }

    private string[] Texts(TextPool pool) =>
        [.. Enumerable.Range(0, pool.Count).Select(code => CsvEncodings.Decode(pool.Bytes(code), _encoding))];
}
