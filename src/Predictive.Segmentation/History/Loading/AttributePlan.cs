using Predictive.Parquet;
using Predictive.Segmentation.History.Checks;

namespace Predictive.Segmentation.History.Loading;

/// <summary>How one column of a customers table becomes an attribute.</summary>
internal sealed class AttributePlan(string column, bool isText, bool isNamed, string table)
{
    private readonly Dictionary<string, int> _codes = new(StringComparer.Ordinal);
    private readonly List<string> _names = [];

    /// <summary>Name of the column.</summary>
    public string Name => column;

    /// <summary>Whether it names things instead of describing them: more values than an attribute may have.</summary>
    public bool TooMany => _names.Count > CustomerTables.MostCategories;

    /// <summary>The columns that dataset.json names, or all that can be attributes.</summary>
    /// <exception cref="DatasetException">A column named is missing, or neither a number nor a text.</exception>
    public static AttributePlan[] Of(SideTable table, DatasetDescription description)
    {
        static bool Usable(ParquetColumn c) => c.IsFlat && (ColumnTypes.IsText(c) || ColumnTypes.IsNumber(c) || ColumnTypes.IsFlag(c));
        IEnumerable<ParquetColumn> columns = description.Attributes is { } named
            ? named.Select(name => table.Require(name, "an attribute", Usable, "a number, a flag or text"))
            : table.Others.Where(Usable);
        return [.. columns.Select(c => new AttributePlan(c.Path, ColumnTypes.IsText(c), description.Attributes is not null, table.Name))];
    }

    /// <summary>Reads one row group into the values of the customers it names.</summary>
    public void Read(ParquetDatasetPart part, int[] customers, float[] values)
    {
        if (!isText)
        {
            double[] numbers = SideTable.ReadNumbers(part, column);
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
        var codes = new int[customers.Length];
        SideTable.ReadTexts(part, column, codes, CodeOf, -1);
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
        if (!isText)
        {
            return new AttributeColumn { Name = column, Values = values };
        }

        if (TooMany)
        {
            return isNamed ? throw DatasetFaults.TooManyCategories(table, column).Refuse() : null;
        }

        if (_names.Count == 0)
        {
            return null;
        }

        string[] names = [.. _names.Order(StringComparer.Ordinal)];
        int[] ranks = [.. _names.Select(n => Array.BinarySearch(names, n, StringComparer.Ordinal))];
        return new AttributeColumn { Name = column, Values = Array.ConvertAll(values, v => float.IsNaN(v) ? v : ranks[(int)v]), Categories = names };
    }

    private int CodeOf(string name)
    {
        if (string.IsNullOrWhiteSpace(name))
        {
            return -1;
        }

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
