using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Erasure;

/// <summary>
/// Takes erased customers out of files that were made of a dataset and name customers: scores, lists, who changed segments. A Parquet or
/// CSV file names them in a column <c>customer_id</c>, a JSON file in objects with a <c>customerId</c>. Each file by itself under a
/// temporary name and a rename: killed at any point, the rest is done by the next run.
/// </summary>
public static class ErasedResults
{
    private const string Column = "customer_id", Member = "customerId";

    /// <summary>Looks through a folder and all folders below it, and rewrites the files that name erased customers.</summary>
    /// <param name="folder">Of results, not of the dataset.</param>
    /// <param name="data">The dataset beside which is noted who was erased.</param>
    /// <param name="cancellation">Ends between two files.</param>
    /// <returns>Rows taken out, and files written anew.</returns>
    /// <exception cref="DatasetException">A file is damaged; those before it are done.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public static ErasedLinesReport Remove(string folder, string data, CancellationToken cancellation)
    {
        Erasures erasures = Erasures.Of(data);
        var report = new ErasedLinesReport(0, 0);
        if (erasures.Count == 0 || !Directory.Exists(folder))
        {
            return report;
        }

        foreach (string file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal).ToList())
        {
            cancellation.ThrowIfCancellationRequested();
            long gone = Path.GetExtension(file) switch
            {
                ".parquet" => FromParquet(file, erasures, cancellation),
                ".csv" => FromSheet(file, erasures),
                ".json" => FromJson(file, erasures),
                _ => 0,
            };
            report = new ErasedLinesReport(report.Lines + gone, report.Files + (gone > 0 ? 1 : 0));
        }

        return report;
    }

    private static long FromParquet(string path, Erasures erasures, CancellationToken cancellation)
    {
        using (ParquetTable table = ParquetTable.Open(path))
        {
            if (!table.ColumnNames.Contains(Column))
            {
                return 0;
            }
        }

        Dictionary<int, bool[]> rows;
        using (SideTable table = SideTable.Open(path, new Dictionary<string, string>(), new DatasetDescription(), map: null))
        {
            rows = PersonTables.RowsOf(table, erasures.Contains, cancellation).ToDictionary(r => r.Part.RowGroup, r => r.Rows);
        }

        if (rows.Count > 0)
        {
            RowRemoval.Run(path, rows);
        }

        return rows.Values.Sum(r => (long)r.Count(gone => gone));
    }

    private static long FromSheet(string path, Erasures erasures) => SheetRows.Remove(path, header =>
    {
        int customer = header.ToList().IndexOf(Column);
        // An id that a spreadsheet would run stands behind an apostrophe.
        return customer < 0
            ? null
            : cells => customer < cells.Length
                && (erasures.Contains(cells[customer]) || erasures.Contains(cells[customer].TrimStart('\'')));
    });

    private static long FromJson(string path, Erasures erasures)
    {
        byte[] bytes = File.ReadAllBytes(path);
        JsonNode? root;
        try
        {
            root = JsonNode.Parse(bytes);
        }
        catch (JsonException e)
        {
            throw new DatasetException(
                "damaged-file", $"'{Path.GetFileName(path)}' is no JSON ({e.Message}); expected a file as it was written. Delete it.");
        }

        long gone = Without(root, erasures);
        if (gone > 0)
        {
            bool indented = bytes.AsSpan().IndexOf((byte)'\n') is >= 0 and int at && at < bytes.Length - 1;
            AtomicFile.Write(path, stream =>
            {
                using (var writer = new Utf8JsonWriter(
                    stream, new JsonWriterOptions { Indented = indented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
                {
                    root!.WriteTo(writer);
                }

                stream.Write("\n"u8);
            });
        }

        return gone;
    }

    private static long Without(JsonNode? node, Erasures erasures)
    {
        if (node is JsonObject members)
        {
            return members.Sum(m => Without(m.Value, erasures));
        }

        if (node is not JsonArray array)
        {
            return 0;
        }

        long gone = 0;
        for (int i = array.Count - 1; i >= 0; i--)
        {
            if (array[i] is JsonObject row && row[Member] is JsonValue id && id.TryGetValue(out string? text) && erasures.Contains(text))
            {
                array.RemoveAt(i);
                gone++;
            }
            else
            {
                gone += Without(array[i], erasures);
            }
        }

        return gone;
    }
}
