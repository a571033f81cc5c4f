using System.Globalization;
using System.Runtime.InteropServices;
using Google.Protobuf;
using Predictive.Exchange.Onnx.Wire;

namespace Predictive.Exchange.Onnx;

/// <summary>
/// A graph under construction: values of doubles, one row per customer, written as one writes a formula. Constants are told apart by their
/// numbers, so that equal ones stand once; names follow the order of construction: the same formula gives the same bytes.
/// </summary>
internal sealed class OnnxGraph
{
    /// <summary>Version of ONNX's own operators.</summary>
    public const int OperatorSet = 17;

    /// <summary>Version of the operators for classical learners: the first with trees in double precision.</summary>
    public const int LearnerSet = 3;

    public const string LearnerDomain = "ai.onnx.ml";

    private const int Float = 1, Int64 = 7, Double = 11;

    private readonly GraphProto _graph;
    private readonly Dictionary<string, string> _constants = new(StringComparer.Ordinal);
    private int _names;

    /// <param name="name">Of the graph.</param>
    /// <param name="input">Name of the one input: rows of floats.</param>
    /// <param name="width">Features of a row.</param>
    public OnnxGraph(string name, string input, int width)
    {
        _graph = new GraphProto { Name = name };
        _graph.Input.Add(Info(input, Float, width));
        Row = Node("Cast", [input], OnnxNodes.Int("to", Double));
    }

    /// <summary>The input as doubles: a row of features per customer.</summary>
    public OnnxValue Row { get; }

    /// <summary>A number.</summary>
    public OnnxValue Constant(double value) => Constant([value], []);

    /// <summary>A row of numbers, which stands for every customer.</summary>
    public OnnxValue Constant(double[] values) => Constant(values, [1, values.Length]);

    /// <summary>Some columns of a value.</summary>
    public OnnxValue Columns(OnnxValue from, params int[] columns) =>
        Node("Gather", [from.Name, Integers([.. columns.Select(c => (long)c)])], OnnxNodes.Int("axis", 1));

    /// <summary>The entries of a constant list at given positions, one per row.</summary>
    public OnnxValue Entries(double[] list, OnnxValue position) =>
        Node("Gather", [Constant(list, [list.Length]).Name, Node("Cast", [position.Name], OnnxNodes.Int("to", Int64)).Name],
            OnnxNodes.Int("axis", 0));

    public OnnxValue Concat(IReadOnlyList<OnnxValue> values) =>
        values.Count == 1 ? values[0] : Node("Concat", [.. values.Select(v => v.Name)], OnnxNodes.Int("axis", 1));

    /// <summary>Sum over columns.</summary>
    public OnnxValue RowSum(OnnxValue value) =>
        Node("ReduceSum", [value.Name, Integers([1])], OnnxNodes.Int("keepdims", 1));

    public OnnxValue Where(OnnxValue condition, OnnxValue yes, OnnxValue no) => Node("Where", [condition.Name, yes.Name, no.Name]);

    public OnnxValue Max(OnnxValue a, OnnxValue b) => Node("Max", [a.Name, b.Name]);

    public OnnxValue Min(OnnxValue a, OnnxValue b) => Node("Min", [a.Name, b.Name]);

    public OnnxValue Pow(OnnxValue a, OnnxValue b) => Node("Pow", [a.Name, b.Name]);

    public OnnxValue Less(OnnxValue a, OnnxValue b) => Node("Less", [a.Name, b.Name]);

    /// <summary>1 where a condition holds, else 0.</summary>
    public OnnxValue Number(OnnxValue condition) => Node("Cast", [condition.Name], OnnxNodes.Int("to", Double));

    /// <summary>A function of one value by its ONNX name: Exp, Log, Abs, Sign, Sqrt, IsNaN, IsInf, Neg.</summary>
    public OnnxValue Apply(string function, OnnxValue value) => Node(function, [value.Name]);

    /// <summary>A node whose operator belongs to the classical learners.</summary>
    public OnnxValue Learner(string operation, OnnxValue input, IEnumerable<AttributeProto> attributes)
    {
        OnnxValue value = Node(operation, [input.Name], [.. attributes]);
        _graph.Node[^1].Domain = LearnerDomain;
        return Node("Cast", [value.Name], OnnxNodes.Int("to", Double));
    }

    /// <summary>A result under a name of its own, as floats: one per customer.</summary>
    public void Output(string name, OnnxValue value)
    {
        _graph.Node.Add(new NodeProto
        {
            OpType = "Cast", Input = { value.Name }, Output = { name }, Attribute = { OnnxNodes.Int("to", Float) },
        });
        _graph.Output.Add(Info(name, Float, 1));
    }

    /// <summary>The whole as a file.</summary>
    /// <param name="description">For people.</param>
    /// <param name="metadata">By key.</param>
    public byte[] ToBytes(string description, IEnumerable<KeyValuePair<string, string>> metadata) => new ModelProto
    {
        IrVersion = 8,
        ProducerName = "predictive",
        ProducerVersion = typeof(OnnxGraph).Assembly.GetName().Version!.ToString(3),
        DocString = description,
        Graph = _graph,
        OpsetImport =
        {
            new OperatorSetIdProto { Version = OperatorSet },
            new OperatorSetIdProto { Domain = LearnerDomain, Version = LearnerSet },
        },
        MetadataProps = { metadata.Select(m => new StringStringEntryProto { Key = m.Key, Value = m.Value }) },
    }.ToByteArray();

    internal OnnxValue Node(string operation, string[] inputs, params AttributeProto[] attributes)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"v{++_names}");
        _graph.Node.Add(new NodeProto { OpType = operation, Input = { inputs }, Output = { name }, Attribute = { attributes } });
        return new OnnxValue(this, name);
    }

    internal static TensorProto Doubles(string name, double[] values, long[] shape) => new()
    {
        Name = name, DataType = Double, Dims = { shape }, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
    };

    private OnnxValue Constant(double[] values, long[] shape)
    {
        string key = string.Join(' ', shape) + ": " + Convert.ToHexString(MemoryMarshal.AsBytes(values.AsSpan()));
        return new OnnxValue(this, Known(key, name => Doubles(name, values, shape)));
    }

    private string Integers(long[] values) => Known(
        "i: " + string.Join(' ', values),
        name => new TensorProto
        {
            Name = name, DataType = Int64, Dims = { values.Length }, RawData = ByteString.CopyFrom(MemoryMarshal.AsBytes(values.AsSpan())),
        });

    private string Known(string key, Func<string, TensorProto> make)
    {
        if (!_constants.TryGetValue(key, out string? name))
        {
            _constants[key] = name = string.Create(CultureInfo.InvariantCulture, $"c{_constants.Count + 1}");
            _graph.Initializer.Add(make(name));
        }

        return name;
    }

    private static ValueInfoProto Info(string name, int type, int width) => new()
    {
        Name = name,
        Type = new TypeProto
        {
            TensorType = new TensorTypeProto
            {
                ElemType = type,
                Shape = new TensorShapeProto { Dim = { new DimensionProto { DimParam = "N" }, new DimensionProto { DimValue = width } } },
            },
        },
    };
}

/// <summary>A value of a graph: doubles with a row per customer, or a constant that stands for every one.</summary>
internal readonly record struct OnnxValue(OnnxGraph Graph, string Name)
{
    public static OnnxValue operator +(OnnxValue a, OnnxValue b) => a.Graph.Node("Add", [a.Name, b.Name]);

    public static OnnxValue operator -(OnnxValue a, OnnxValue b) => a.Graph.Node("Sub", [a.Name, b.Name]);

    public static OnnxValue operator *(OnnxValue a, OnnxValue b) => a.Graph.Node("Mul", [a.Name, b.Name]);

    public static OnnxValue operator /(OnnxValue a, OnnxValue b) => a.Graph.Node("Div", [a.Name, b.Name]);

    public static OnnxValue operator +(OnnxValue a, double b) => a + a.Graph.Constant(b);

    public static OnnxValue operator +(double a, OnnxValue b) => b.Graph.Constant(a) + b;

    public static OnnxValue operator -(OnnxValue a, double b) => a - a.Graph.Constant(b);

    public static OnnxValue operator -(double a, OnnxValue b) => b.Graph.Constant(a) - b;

    public static OnnxValue operator *(double a, OnnxValue b) => b.Graph.Constant(a) * b;

    public static OnnxValue operator /(OnnxValue a, double b) => a / a.Graph.Constant(b);

    public static OnnxValue operator /(double a, OnnxValue b) => b.Graph.Constant(a) / b;

    public OnnxValue Exp() => Graph.Apply("Exp", this);

    public OnnxValue Log() => Graph.Apply("Log", this);

    public OnnxValue IsMissing() => Graph.Apply("IsNaN", this);

    public OnnxValue AtLeast(double low) => Graph.Max(this, Graph.Constant(low));

    public OnnxValue Within(double low, double high) => Graph.Min(AtLeast(low), Graph.Constant(high));

    /// <summary>The value where it is known, else the given one.</summary>
    public OnnxValue Or(double missing) => Graph.Where(IsMissing(), Graph.Constant(missing), this);
}

/// <summary>Attributes of nodes.</summary>
internal static class OnnxNodes
{
    public static AttributeProto Int(string name, long value) => new() { Name = name, I = value, Type = AttributeType.Int };

    public static AttributeProto Ints(string name, IEnumerable<long> values) =>
        new() { Name = name, Ints = { values }, Type = AttributeType.Ints };

    public static AttributeProto Text(string name, string value) =>
        new() { Name = name, S = ByteString.CopyFromUtf8(value), Type = AttributeType.String };

    public static AttributeProto Texts(string name, IEnumerable<string> values) =>
        new() { Name = name, Strings = { values.Select(ByteString.CopyFromUtf8) }, Type = AttributeType.Strings };

    public static AttributeProto Doubles(string name, double[] values) =>
        new() { Name = name, T = OnnxGraph.Doubles(name, values, [values.Length]), Type = AttributeType.Tensor };
}
