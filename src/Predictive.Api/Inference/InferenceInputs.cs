using System.Globalization;
using System.Text.Json;
using Predictive.Api.Answers;
using Predictive.Api.Http;

namespace Predictive.Api.Inference;

/// <summary>A request for inference, read and checked: its tensors one beside the other, all of one length.</summary>
internal sealed class InferenceInputs : IDisposable
{
    /// <summary>The input that holds histories.</summary>
    public const string History = "history";

    /// <summary>Most rows of a request.</summary>
    public const int MostRows = 10_000;

    private const string Bytes = "BYTES";

    private static readonly string[] s_numbers =
        ["FP64", "FP32", "FP16", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8", "BOOL"];

    private readonly JsonDocument _document;
    private readonly List<(string Name, string Type, List<JsonElement> Data)> _tensors = [];

    private InferenceInputs(JsonDocument document) => _document = document;

    /// <summary>Comes back in the answer; null = none.</summary>
    public string? Id { get; private set; }

    /// <summary>Rows of every tensor.</summary>
    public int Rows { get; private set; }

    /// <summary>Names of the outputs asked for; null = all.</summary>
    public IReadOnlyList<string>? Outputs { get; private set; }

    /// <summary>Reads a request.</summary>
    /// <exception cref="RequestException">It is not one, or its tensors do not fit each other.</exception>
    public static InferenceInputs Read(ReadOnlyMemory<byte> json)
    {
        try
        {
            var inputs = new InferenceInputs(JsonDocument.Parse(json));
            try
            {
                inputs.Read();
                return inputs;
            }
            catch
            {
                inputs.Dispose();
                throw;
            }
        }
        catch (JsonException e)
        {
            throw RequestException.Refused($"The body is not the JSON expected: {JsonFault.Words(e)}");
        }
        catch (InvalidOperationException)
        {
            throw NoText();
        }
    }

    /// <summary>The histories; null where feature vectors were sent.</summary>
    /// <exception cref="RequestException">There are other inputs beside them.</exception>
    public IReadOnlyList<string>? Histories()
    {
        if (!_tensors.Exists(t => t.Name == History))
        {
            return null;
        }

        (string _, string type, List<JsonElement> data) = _tensors[0];
        return _tensors.Count > 1 ? throw RequestException.Refused("Beside 'history' there are other inputs; expected it alone.")
            : type != Bytes ? throw RequestException.Refused($"'history' is {type}; expected BYTES.")
            : [.. data.Select(d => d.ValueKind == JsonValueKind.String
                ? Decoded(d)
                : throw RequestException.Refused("'history' holds something that is no text; expected the JSON of a history as text."))];
    }

    /// <summary>The features by row; NaN = missing.</summary>
    /// <param name="names">Names of a row's features, in order.</param>
    /// <exception cref="RequestException">An input is none of them, is no number, or is beyond any number.</exception>
    public float[] Features(IReadOnlyList<string> names)
    {
        var index = names.Select((n, i) => (n, i)).ToDictionary(f => f.n, f => f.i, StringComparer.Ordinal);
        var rows = new float[Rows * names.Count];
        Array.Fill(rows, float.NaN);
        foreach ((string name, string type, List<JsonElement> data) in _tensors)
        {
            if (!index.TryGetValue(name, out int at))
            {
                throw RequestException.Refused(
                    $"There is no input '{Answering.Short(name)}'; expected 'history', or features: {string.Join(", ", names)}.");
            }

            if (!s_numbers.Contains(type))
            {
                throw RequestException.Refused($"'{name}' is {Answering.Short(type)}; expected FP64.");
            }

            for (int i = 0; i < Rows; i++)
            {
                rows[(i * names.Count) + at] = Number(name, data[i]);
            }
        }

        return rows;
    }

    public void Dispose() => _document.Dispose();

    private void Read()
    {
        JsonElement root = _document.RootElement;
        if (root.ValueKind != JsonValueKind.Object || !root.TryGetProperty("inputs", out JsonElement inputs)
            || inputs.ValueKind != JsonValueKind.Array || inputs.GetArrayLength() == 0)
        {
            throw RequestException.Refused("Expected an object with 'inputs', a list of at least one tensor.");
        }

        Id = root.TryGetProperty("id", out JsonElement id) ? Text(id, "id") : null;
        if (root.TryGetProperty("outputs", out JsonElement outputs) && outputs.ValueKind != JsonValueKind.Null)
        {
            Outputs = outputs.ValueKind == JsonValueKind.Array
                ? [.. outputs.EnumerateArray().Select(o => Text(Member(o, "name", "an output"), "name"))]
                : throw RequestException.Refused("'outputs' is no list; expected a list of {\"name\":...}.");
        }

        foreach (JsonElement input in inputs.EnumerateArray())
        {
            Add(input);
        }
    }

    private void Add(JsonElement input)
    {
        string name = Text(Member(input, "name", "an input"), "name"), type = Text(Member(input, "datatype", name), "datatype");
        JsonElement shape = Member(input, "shape", name), data = Member(input, "data", name);
        if (shape.ValueKind != JsonValueKind.Array || shape.GetArrayLength() is not (1 or 2)
            || shape.EnumerateArray().Any(d => d.ValueKind != JsonValueKind.Number || !d.TryGetUInt32(out _))
            || (shape.GetArrayLength() == 2 && shape[1].GetUInt32() != 1))
        {
            throw RequestException.Refused(
                $"'{Answering.Short(name)}' has the shape {Answering.Short(shape.GetRawText())}; expected [n] or [n, 1].");
        }

        uint rows = shape[0].GetUInt32();
        if (rows is 0 or > MostRows)
        {
            throw RequestException.Refused($"'{Answering.Short(name)}' has {rows} rows; expected 1 to {MostRows}.");
        }

        var flat = new List<JsonElement>();
        Flatten(data, flat, name, 0);
        if (flat.Count != rows)
        {
            throw RequestException.Refused($"'{Answering.Short(name)}' has {flat.Count} values; expected {rows}, as its shape says.");
        }

        if (_tensors.Count > 0 && rows != Rows)
        {
            throw RequestException.Refused(
                $"'{Answering.Short(name)}' has {rows} rows, the inputs before it {Rows}; expected equal lengths.");
        }

        if (_tensors.Exists(t => t.Name == name))
        {
            throw RequestException.Refused($"'{Answering.Short(name)}' is given twice; expected once.");
        }

        Rows = (int)rows;
        _tensors.Add((name, type, flat));
    }

    private static void Flatten(JsonElement data, List<JsonElement> into, string name, int depth)
    {
        if (data.ValueKind != JsonValueKind.Array || depth > 2)
        {
            throw RequestException.Refused(
                $"'data' of '{Answering.Short(name)}' is no list of values; expected one, flat or nested as the shape.");
        }

        foreach (JsonElement value in data.EnumerateArray())
        {
            if (value.ValueKind == JsonValueKind.Array)
            {
                Flatten(value, into, name, depth + 1);
            }
            else if (into.Count <= MostRows)
            {
                into.Add(value);
            }
        }
    }

    private static float Number(string name, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => float.NaN,
        JsonValueKind.True => 1,
        JsonValueKind.False => 0,
        JsonValueKind.Number when value.TryGetDouble(out double number) && float.IsFinite((float)number) => (float)number,
        JsonValueKind.Number => throw RequestException.Refused(
            $"'{name}' holds {Answering.Short(value.GetRawText())}; expected a number of single precision."),
        _ => throw RequestException.Refused(
            string.Create(CultureInfo.InvariantCulture, $"'{name}' holds something that is no number; expected numbers, null = missing.")),
    };

    private static string Decoded(JsonElement text)
    {
        try
        {
            return text.GetString()!;
        }
        catch (InvalidOperationException)
        {
            throw NoText();
        }
    }

    private static RequestException NoText() =>
        RequestException.Refused("A text is not valid UTF-8 or holds half a character; expected UTF-8.");

    private static JsonElement Member(JsonElement of, string name, string what) =>
        of.ValueKind == JsonValueKind.Object && of.TryGetProperty(name, out JsonElement value)
            ? value
            : throw RequestException.Refused($"'{name}' of {Answering.Short(what)} is missing; /openapi/v1.json shows what a tensor has.");

    private static string Text(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.String && value.GetString()!.Length <= 1000
        ? value.GetString()!
        : throw RequestException.Refused($"'{name}' is no text of at most 1,000 characters; expected one.");
}
