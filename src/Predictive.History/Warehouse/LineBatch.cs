using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Warehouse;

/// <summary>Lines on their way into a row group, column by column.</summary>
/// <param name="columns">What they are.</param>
/// <param name="capacity">Lines that fit.</param>
internal sealed class LineBatch(IReadOnlyList<SourceColumn> columns, int capacity)
{
    /// <summary>One per column asked for.</summary>
    public LineColumn[] Columns { get; } = [.. columns.Select(c => new LineColumn(c, capacity))];

    /// <summary>Lines that fit.</summary>
    public int Capacity => capacity;

    /// <summary>Lines filled; who fills a line raises it when the line is whole.</summary>
    public int Count { get; set; }

    /// <summary>Makes room.</summary>
    public void Clear()
    {
        Count = 0;
        foreach (LineColumn column in Columns)
        {
            column.Clear();
        }
    }
}

/// <summary>The values of one column of a batch. Set each line once, or a line again before it counts.</summary>
internal sealed class LineColumn
{
    private readonly SourceKind _kind;
    private readonly bool[] _missing;
    private readonly int[] _ints = [];
    private readonly long[] _longs = [];
    private readonly double[] _doubles = [];
    private readonly TextPool _pool = new();

    /// <summary>An empty one.</summary>
    /// <param name="column">What it holds.</param>
    /// <param name="capacity">Lines that fit.</param>
    public LineColumn(SourceColumn column, int capacity)
    {
        _kind = column.Kind;
        _missing = column.IsNullable && _kind != SourceKind.Text ? new bool[capacity] : [];
        switch (_kind)
        {
            case SourceKind.Text or SourceKind.Day:
                _ints = new int[capacity];
                break;
            case SourceKind.Number:
                _doubles = new double[capacity];
                break;
            default:
                _longs = new long[capacity];
                break;
        }
    }

    /// <summary>The field of a file that takes them.</summary>
    public static ParquetField FieldOf(SourceColumn column) => column.Kind switch
    {
        SourceKind.Text => ParquetField.String(column.Name, column.IsNullable),
        SourceKind.Whole => ParquetField.Int64(column.Name, column.IsNullable),
        SourceKind.Number => ParquetField.Double(column.Name, column.IsNullable),
        SourceKind.Day => ParquetField.Date(column.Name, column.IsNullable),
        SourceKind.Instant => ParquetField.Timestamp(column.Name, isAdjustedToUtc: true, column.IsNullable),
        SourceKind.LocalTime => ParquetField.Timestamp(column.Name, isAdjustedToUtc: false, column.IsNullable),
        _ => throw new ArgumentException($"Column {column.Name} is {column.TypeName}."),
    };

    /// <summary>No value; only of a column that may lack some.</summary>
    public void SetMissing(int line)
    {
        if (_kind == SourceKind.Text)
        {
            _ints[line] = -1;
        }
        else
        {
            _missing[line] = true;
        }
    }

    /// <summary>Text in UTF-8.</summary>
    public void SetText(int line, ReadOnlySpan<byte> value) => _ints[line] = _pool.CodeOf(value);

    /// <summary>A whole number, or the microseconds of a time.</summary>
    public void SetLong(int line, long value)
    {
        _longs[line] = value;
        SetThere(line);
    }

    /// <summary>A number.</summary>
    public void SetDouble(int line, double value)
    {
        _doubles[line] = value;
        SetThere(line);
    }

    /// <summary>A day since 1970-01-01.</summary>
    public void SetDay(int line, int value)
    {
        _ints[line] = value;
        SetThere(line);
    }

    /// <summary>The first lines, for the writer.</summary>
    public ColumnValues Values(int count)
    {
        ReadOnlyMemory<bool> missing = _missing.AsMemory(0, Math.Min(count, _missing.Length));
        return _kind switch
        {
            SourceKind.Text => ColumnValues.From(_pool.AllBytes, _pool.Starts, _ints.AsMemory(0, count)),
            SourceKind.Day => ColumnValues.From(_ints.AsMemory(0, count), missing),
            SourceKind.Number => ColumnValues.From(_doubles.AsMemory(0, count), missing),
            _ => ColumnValues.From(_longs.AsMemory(0, count), missing),
        };
    }

    /// <summary>Forgets them.</summary>
    public void Clear() => _pool.Clear();

    private void SetThere(int line)
    {
        if (_missing.Length > 0)
        {
            _missing[line] = false;
        }
    }
}
