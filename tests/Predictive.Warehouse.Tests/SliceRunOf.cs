using System.Globalization;
using System.Text.Json.Nodes;

namespace Predictive.Warehouse.Tests;

/// <summary>A run over slices: how its workers are asked, and what it left.</summary>
internal sealed record SliceRunOf(string Data, string Models, string Store, int Slices, string AsOf, string Output, string[] More)
{
    /// <summary>Of every worker.</summary>
    public string[] Args =>
    [
        "worker", "--data", Data, "--models", Models, "--store", Store, "--slices", Slices.ToString(CultureInfo.InvariantCulture),
        "--as-of", AsOf, "--out", Output, "--json", .. More,
    ];

    public string Result(string name) => Path.Combine(Output, "result", name);

    public JsonNode Json(string name) => JsonNode.Parse(File.ReadAllBytes(Result(name)))!;

    /// <summary>The files of that name of all slices.</summary>
    public string[] Files(string name) =>
        [.. Directory.GetFiles(Path.Combine(Output, "slices"), name, SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    /// <summary>Slices that are being worked at, or whose worker was killed.</summary>
    public int Open => Directory.Exists(Path.Combine(Output, "slices"))
        ? Directory.GetDirectories(Path.Combine(Output, "slices"), ".*.tmp").Length
        : 0;
}
