using System.Text.Json;

namespace Predictive.History.Checks;

/// <summary>Rows that an import left out, or kept with a remark, for one reason.</summary>
/// <param name="Source">File that was imported.</param>
/// <param name="Table">Table it became part of.</param>
/// <param name="Reason">In words.</param>
/// <param name="Rows">How many.</param>
/// <param name="FileRows">Rows of the file.</param>
/// <param name="IsKept">True = they are in the data.</param>
/// <param name="FirstLines">Line numbers of the first few.</param>
public sealed record LeftOut(
    string Source, string Table, string Reason, long Rows, long FileRows, bool IsKept, IReadOnlyList<long> FirstLines)
{
    private const string Reports = "import-report*.json";

    /// <summary>What the import reports beside a dataset say, most frequent first; a report that cannot be read says nothing.</summary>
    internal static IReadOnlyList<LeftOut> Of(string pathOrFolder)
    {
        if (!Directory.Exists(pathOrFolder))
        {
            return [];
        }

        var all = new List<LeftOut>();
        foreach (string file in Directory.EnumerateFiles(pathOrFolder, Reports).Order(StringComparer.Ordinal))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(file));
                JsonElement root = document.RootElement;
                string source = root.GetProperty("sourceFile").GetString() ?? "";
                string table = root.TryGetProperty("table", out JsonElement named) ? named.GetString() ?? "" : "transactions";
                foreach ((string part, bool kept) in new[] { ("rejected", false), ("remarks", true) })
                {
                    all.AddRange(root.GetProperty(part).EnumerateArray().Select(r => new LeftOut(
                        source, table, r.GetProperty("text").GetString() ?? "", r.GetProperty("count").GetInt64(),
                        root.GetProperty("rows").GetInt64(), kept,
                        [.. r.GetProperty("firstLines").EnumerateArray().Select(l => l.GetInt64())])));
                }
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IOException)
            {
                // Somebody else's file, or half of one: what it would say is not the data's.
            }
        }

        return [.. all.OrderBy(l => l.IsKept).ThenByDescending(l => l.Rows).ThenBy(l => l.Reason, StringComparer.Ordinal)];
    }
}
