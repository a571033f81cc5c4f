using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Reading;

/// <summary>
/// Assembles nested values from levels (the Dremel record assembly), with the format's rules for today's and yesterday's lists and maps.
/// </summary>
/// <remarks><code>
/// LIST group { repeated group { element } }      three levels: the list of elements
/// LIST group { repeated x } / { repeated group array|NAME_tuple { .. } } / { repeated group { a, b } }    two levels: the repeated node is the element
/// repeated x without annotation                  a list of x
/// MAP group { repeated group { key, value } }    a map
/// </code></remarks>
internal sealed class RecordAssembler
{
    private readonly ParquetNode _field;
    private readonly Dictionary<ParquetNode, LeafColumn[]> _leaves = [];

    /// <param name="field">A top-level field.</param>
    /// <param name="columns">Its loaded leaves, by column index.</param>
    public RecordAssembler(ParquetNode field, IReadOnlyDictionary<int, LeafColumn> columns)
    {
        _field = field;
        Collect(field, columns);
    }

    /// <summary>All rows of the field.</summary>
    public object?[] Assemble(long rows)
    {
        LeafColumn[] leaves = _leaves[_field];
        var records = new List<object?>();
        for (long row = 0; row < rows; row++)
        {
            foreach (LeafColumn leaf in leaves)
            {
                _ = leaf.Definition;
                if (leaf.Repetition != 0)
                {
                    Corrupt.Throw($"row {row} starts with the repetition level {leaf.Repetition} (0 expected)");
                }
            }

            records.Add(Field(_field, 0, 0));
        }

        foreach (LeafColumn leaf in leaves)
        {
            if (!leaf.IsAtEnd)
            {
                Corrupt.Throw($"values are left over after the row group's {rows} rows");
            }
        }

        return [.. records];
    }

    private LeafColumn[] Collect(ParquetNode node, IReadOnlyDictionary<int, LeafColumn> columns) =>
        _leaves[node] = node.Column is { } column ? [columns[column.Index]] : [.. node.Children.SelectMany(c => Collect(c, columns))];

    // A field of any repetition, its enclosing groups being there at the definition level given.
    private object? Field(ParquetNode node, int definition, int repetition)
    {
        if (node.Repetition == Repetition.Repeated)
        {
            return Items(node, definition, repetition, Content).ToArray();
        }

        if (node.Repetition == Repetition.Optional)
        {
            definition++;
            if (IsAbsent(node, definition))
            {
                return null;
            }
        }

        return Content(node, definition, repetition);
    }

    // What a node holds once it is there.
    private object? Content(ParquetNode node, int definition, int repetition)
    {
        if (node.Column is not null)
        {
            return _leaves[node][0].Take();
        }

        if (node.Children is [{ Repetition: Repetition.Repeated } repeated])
        {
            if (node.LogicalType.Kind == LogicalKind.List)
            {
                return Items(repeated, definition, repetition, ElementOf(node, repeated)).ToArray();
            }

            if (node.LogicalType.Kind == LogicalKind.Map && repeated.Children.Count is 1 or 2)
            {
                return Items(repeated, definition, repetition, Entry).Cast<KeyValuePair<object?, object?>>().ToArray();
            }
        }

        var fields = new KeyValuePair<string, object?>[node.Children.Count];
        for (int i = 0; i < fields.Length; i++)
        {
            fields[i] = new(node.Children[i].Name, Field(node.Children[i], definition, repetition));
        }

        return fields;
    }

    private Func<ParquetNode, int, int, object?> ElementOf(ParquetNode list, ParquetNode repeated)
    {
        bool isElement = repeated.Children.Count != 1 || repeated.Name == "array" || repeated.Name == list.Name + "_tuple"
            || repeated.Children[0].Repetition == Repetition.Repeated || repeated.LogicalType.Kind is LogicalKind.List or LogicalKind.Map;
        return isElement ? Content : (node, definition, repetition) => Field(node.Children[0], definition, repetition);
    }

    private object? Entry(ParquetNode node, int definition, int repetition) => new KeyValuePair<object?, object?>(
        Field(node.Children[0], definition, repetition),
        node.Children.Count > 1 ? Field(node.Children[1], definition, repetition) : null);

    private List<object?> Items(ParquetNode node, int definition, int repetition, Func<ParquetNode, int, int, object?> item)
    {
        var items = new List<object?>();
        definition++;
        repetition++;
        if (IsAbsent(node, definition))
        {
            return items;
        }

        bool more;
        do
        {
            items.Add(item(node, definition, repetition));
            more = false;
            LeafColumn[] leaves = _leaves[node];
            for (int i = 0; i < leaves.Length; i++)
            {
                bool continues = !leaves[i].IsAtEnd && leaves[i].Repetition == repetition;
                if (!leaves[i].IsAtEnd && leaves[i].Repetition > repetition || i > 0 && continues != more)
                {
                    Corrupt.Throw($"the columns of {node.Name} disagree on how many items a list has");
                }

                more = continues;
            }

            // An item that goes on must be there: a level below means an empty list, which is never the second item.
            if (more && leaves.Any(l => l.Definition < definition))
            {
                Corrupt.Throw($"a list of {node.Name} goes on with an item that is not there");
            }
        }
        while (more);
        return items;
    }

    // True, and every leaf passed, where the node is not there; all its leaves must agree.
    private bool IsAbsent(ParquetNode node, int definition)
    {
        LeafColumn[] leaves = _leaves[node];
        if (leaves.Length == 0)
        {
            return Corrupt.Throw<bool>($"the group {node.Name} has no columns");
        }

        bool absent = leaves[0].Definition < definition;
        foreach (LeafColumn leaf in leaves)
        {
            if (leaf.Definition < definition != absent)
            {
                Corrupt.Throw($"the columns of {node.Name} disagree on whether it is null");
            }
        }

        if (absent)
        {
            foreach (LeafColumn leaf in leaves)
            {
                leaf.Take();
            }
        }

        return absent;
    }
}
