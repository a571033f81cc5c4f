using Predictive.History.Parquet;

namespace Predictive.History.Loading;

/// <summary>How one column of a customers table becomes an attribute.</summary>
internal sealed class AttributePlan
{
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];
    private readonly TableColumn _column;
    private readonly bool _isText, _isNamed;
    private readonly string _table;
    private readonly NameCodes _texts;
    private readonly int[] _read = new int[SideTable.Batch];
    private readonly double[] _numbers = new double[SideTable.Batch];
    private ColumnBatches? _batches;

    private AttributePlan(TableColumn column, bool isNamed, string table)
    {
        (_column, _isText, _isNamed, _table) = (column, !column.IsNumber && !column.IsFlag, isNamed, table);
        _texts = new NameCodes(CodeOf);
    }

    /// <summary>Name of the column.</summary>
    public string Name => _column.Name;

    /// <summary>Whether it names things instead of describing them: more values than an attribute may have.</summary>
    public bool TooMany => _names.Count > CustomerTables.MostCategories;

    /// <summary>The columns that dataset.json names, or all that can be attributes.</summary>
    /// <exception cref="DatasetException">A column named is missing, or neither a number nor a text.</exception>
    public static AttributePlan[] Of(SideTable table, DatasetDescription description)
    {
        static bool Usable(TableColumn c) => c.IsText || c.IsNumber || c.IsFlag || c.IsName;
        // Who somebody belongs to is a name, whatever its type.
        string[] names = [table.SourceOf(AccountMap.Account), table.SourceOf(AccountMap.Parent)];
        IEnumerable<TableColumn> columns = description.Attributes is { } named
            ? named.Select(name => table.Require(name, "an attribute", Usable, "a number, a flag or text"))
            : table.Others.Where(c => Usable(c) && !names.Contains(c.Name));
        return [.. columns.Select(c => new AttributePlan(c, description.Attributes is not null, table.Name))];
    }

    /// <summary>Whether the column holds text.</summary>
    public bool IsText => _isText;

    /// <summary>Forgets what no value has: codes are then below the number of those that stay.</summary>
    /// <param name="values">Codes, NaN = unknown; replaced by the new ones.</param>
    public void KeepUsed(float[] values)
    {
        string[] names = [.. _names];
        _names.Clear();
        var codes = new Dictionary<int, int>();
        foreach (ref float value in values.AsSpan())
        {
            if (float.IsNaN(value))
            {
                continue;
            }

            if (!codes.TryGetValue((int)value, out int code))
            {
                codes.Add((int)value, code = _names.Count);
                _names.Add(names[(int)value]);
            }

            value = code;
        }
    }

    /// <summary>The name of a code.</summary>
    public string NameOf(float code) => _names[(int)code];

    /// <summary>Starts a row group.</summary>
    public void Open(PartReader rows)
    {
        if (_isText)
        {
            _texts.Open(rows, new NameColumn(Name, _column));
        }
        else
        {
            _batches = rows.Column(_column);
        }
    }

    /// <summary>Reads the next rows into the values of the customers they are of; negative = nobody's.</summary>
    public void Read(ReadOnlySpan<int> customers, float[] values)
    {
        if (!_isText)
        {
            Span<double> numbers = _numbers.AsSpan(0, customers.Length);
            _batches!.ReadNumbers(numbers);
            for (int i = 0; i < customers.Length; i++)
            {
                if (customers[i] >= 0)
                {
                    values[customers[i]] = double.IsFinite(numbers[i]) ? (float)numbers[i] : float.NaN;
                }
            }

            return;
        }

        // Every row counts towards the categories, so that they do not depend on which part of the base is read.
        Span<int> codes = _read.AsSpan(0, customers.Length);
        _texts.Read(codes);
        for (int i = 0; i < customers.Length; i++)
        {
            if (customers[i] >= 0)
            {
                values[customers[i]] = codes[i] < 0 ? float.NaN : codes[i];
            }
        }
    }

    /// <summary>The attribute; null where it names things, or says nothing.</summary>
    /// <exception cref="DatasetException">It does, and dataset.json asked for it.</exception>
    public AttributeColumn? Column(float[] values)
    {
        if (!_isText)
        {
            return new AttributeColumn { Name = Name, Values = values };
        }

        if (TooMany)
        {
            return _isNamed ? throw DatasetFaults.TooManyCategories(_table, Name).Refuse() : null;
        }

        if (_names.Count == 0)
        {
            return null;
        }

        string[] names = [.. _names.Order(StringComparer.Ordinal)];
        int[] ranks = [.. _names.Select(n => Array.BinarySearch(names, n, StringComparer.Ordinal))];
        return new AttributeColumn
        {
            Name = Name, Values = Array.ConvertAll(values, v => float.IsNaN(v) ? v : ranks[(int)v]), Categories = names,
        };
    }

    private int CodeOf(string name)
    {
        if (!_codes.TryGetValue(name, out int code))
        {
            if (TooMany)
            {
                return -1;
            }

            _codes.Add(name, code = _names.Count);
            _names.Add(name);
        }

        return code;
    }
}
