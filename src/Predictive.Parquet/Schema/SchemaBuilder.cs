using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Schema;

/// <summary>Flat depth-first schema elements → tree and leaves with their levels.</summary>
internal sealed class SchemaBuilder
{
    private const int MaxDepth = 100;
    private readonly List<SchemaElement> _elements;
    private readonly List<ParquetColumn> _columns = [];
    private readonly List<string> _path = [];
    private int _next;

    private SchemaBuilder(List<SchemaElement> elements) => _elements = elements;

    public static ParquetSchema Build(List<SchemaElement> elements)
    {
        if (elements.Count == 0)
        {
            Corrupt.Throw("the schema is empty");
        }

        var builder = new SchemaBuilder(elements);
        SchemaElement root = builder._elements[builder._next++];
        IReadOnlyList<ParquetNode> children = builder.Children(root, 0, 0);
        if (builder._next != elements.Count)
        {
            Corrupt.Throw($"the schema has {elements.Count} nodes, its tree {builder._next}");
        }

        return new ParquetSchema(new ParquetNode(root.Name, Repetition.Required, default, children, null), builder._columns);
    }

    private List<ParquetNode> Children(SchemaElement group, int definition, int repetition)
    {
        if (group.ChildCount < 0 || group.ChildCount > _elements.Count - _next)
        {
            Corrupt.Throw($"schema node {group.Name} claims {group.ChildCount} children, {_elements.Count - _next} nodes are left");
        }

        var children = new List<ParquetNode>(group.ChildCount);
        for (int i = 0; i < group.ChildCount; i++)
        {
            children.Add(Node(definition, repetition));
        }

        return children;
    }

    private ParquetNode Node(int definition, int repetition)
    {
        if (_next >= _elements.Count || _path.Count >= MaxDepth)
        {
            Corrupt.Throw(_next >= _elements.Count ? "the schema ends in the middle" : $"the schema nests deeper than {MaxDepth}");
        }

        SchemaElement e = _elements[_next++];
        definition += e.Repetition == Repetition.Required ? 0 : 1;
        repetition += e.Repetition == Repetition.Repeated ? 1 : 0;
        LogicalType logical = e.LogicalType ?? LogicalTypeParser.FromConverted(e);
        _path.Add(e.Name);
        ParquetNode node;
        if (e.Type is PhysicalType type)
        {
            if (type == PhysicalType.FixedLengthByteArray && e.TypeLength <= 0)
            {
                Corrupt.Throw($"column {string.Join('.', _path)} has the fixed length {e.TypeLength}");
            }

            var column = new ParquetColumn
            {
                Index = _columns.Count,
                Name = e.Name,
                Path = string.Join('.', _path),
                PhysicalType = type,
                LogicalType = Checked(logical, type, e.TypeLength),
                TypeLength = type == PhysicalType.FixedLengthByteArray ? e.TypeLength : 0,
                MaxDefinitionLevel = definition,
                MaxRepetitionLevel = repetition,
            };
            _columns.Add(column);
            node = new ParquetNode(e.Name, e.Repetition, column.LogicalType, [], column);
        }
        else
        {
            node = new ParquetNode(e.Name, e.Repetition, logical, Children(e, definition, repetition), null);
        }

        _path.RemoveAt(_path.Count - 1);
        return node;
    }

    // An annotation that does not fit the storage is left out, as the format asks of readers; impossible parameters are refused.
    private LogicalType Checked(LogicalType logical, PhysicalType type, int length)
    {
        if (logical.Kind == LogicalKind.Decimal && (logical.Precision <= 0 || logical.Scale < 0 || logical.Scale > logical.Precision || logical.Precision > 1000))
        {
            Corrupt.Throw($"column {string.Join('.', _path)} is a decimal of precision {logical.Precision} and scale {logical.Scale}");
        }

        bool fits = logical.Kind switch
        {
            LogicalKind.String or LogicalKind.Enum or LogicalKind.Json or LogicalKind.Bson => type is PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray,
            LogicalKind.Uuid => type == PhysicalType.FixedLengthByteArray && length == 16,
            LogicalKind.Interval => type == PhysicalType.FixedLengthByteArray && length == 12,
            LogicalKind.Float16 => type == PhysicalType.FixedLengthByteArray && length == 2,
            LogicalKind.Date => type == PhysicalType.Int32,
            LogicalKind.Timestamp => type == PhysicalType.Int64,
            LogicalKind.Time => type == (logical.Unit == TimeUnit.Milliseconds ? PhysicalType.Int32 : PhysicalType.Int64),
            LogicalKind.Integer => logical.BitWidth == 64 ? type == PhysicalType.Int64 : logical.BitWidth is 8 or 16 or 32 && type == PhysicalType.Int32,
            LogicalKind.Decimal => type is PhysicalType.Int32 or PhysicalType.Int64 or PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray,
            LogicalKind.List or LogicalKind.Map => false,
            _ => true,
        };
        return fits ? logical : default;
    }
}
