// Linked into Predictive.Benchmarks too: the same check prints the table and is the test.
using System.Text.Json;

namespace Predictive.Parquet.Tests.Conformance;

/// <summary>What became of one file of the collection.</summary>
internal enum Outcome
{
    /// <summary>Equal to what the independent reader made of it.</summary>
    Matches,

    /// <summary>Read whole; there is no expectation to compare with.</summary>
    Read,

    /// <summary>Refused with a <see cref="ParquetFormatException"/>.</summary>
    Refused,

    /// <summary>Read, but not as expected.</summary>
    Differs,

    /// <summary>Any other exception.</summary>
    Crashed,
}

/// <summary>One line of the conformance table.</summary>
internal sealed record ConformanceResult(string File, Outcome Outcome, string Detail);

/// <summary>Reads every file of a copy of the parquet-testing collection and compares it with the expectations beside it.</summary>
internal static class ConformanceRun
{
    private static readonly string[] Folders = ["data", "data/aes256", "data/geospatial", "bad_data", "shredded_variant"];

    /// <summary>All results, in a stable order.</summary>
    public static IEnumerable<ConformanceResult> All(string collection) =>
        from folder in Folders
        let full = Path.Combine(collection, folder)
        where Directory.Exists(full)
        from file in Directory.EnumerateFiles(full).Order(StringComparer.Ordinal)
        where file.EndsWith(".parquet", StringComparison.Ordinal) || file.EndsWith(".encrypted", StringComparison.Ordinal)
        select Check(collection, folder + "/" + Path.GetFileName(file));

    /// <summary>One file, with page CRCs verified.</summary>
    public static ConformanceResult Check(string collection, string file, ParquetReaderOptions? options = null)
    {
        string expectation = Path.Combine(collection, "expected", Path.GetFileName(file) + ".json");
        try
        {
            using ParquetReader reader = ParquetReader.Open(Path.Combine(collection, file), options);
            List<KeyValuePair<string, object?[]>> columns = ReadAll(reader);
            if (!file.StartsWith("data/", StringComparison.Ordinal) || !File.Exists(expectation))
            {
                return new(file, Outcome.Read, $"{reader.RowCount} rows, {columns.Count} columns");
            }

            string? difference = Difference(JsonDocument.Parse(File.ReadAllText(expectation)).RootElement, reader, columns);
            return difference is null
                ? new(file, Outcome.Matches, $"{reader.RowCount} rows, {columns.Count} columns")
                : new(file, Outcome.Differs, difference);
        }
        catch (ParquetFormatException e)
        {
            return new(file, Outcome.Refused, (e.Column is null ? "" : $"column {e.Column}: ") + e.Problem);
        }
        catch (Exception e)
        {
            return new(file, Outcome.Crashed, $"{e.GetType().Name}: {e.Message}");
        }
    }

    /// <summary>Every top-level field of every row group.</summary>
    public static List<KeyValuePair<string, object?[]>> ReadAll(ParquetReader reader) =>
        [.. reader.Schema.Root.Children.Select(field => KeyValuePair.Create(
            field.Name,
            reader.RowGroups.SelectMany(g => reader.ReadRecords(g.Index, field)).ToArray()))];

    private static string? Difference(JsonElement expected, ParquetReader reader, List<KeyValuePair<string, object?[]>> columns)
    {
        if (expected.GetProperty("rowCount").GetInt64() != reader.RowCount)
        {
            return $"{reader.RowCount} rows where {expected.GetProperty("rowCount").GetInt64()} are expected";
        }

        string[] names = [.. expected.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()!)];
        if (!names.SequenceEqual(columns.Select(c => c.Key)))
        {
            return $"columns {string.Join(", ", columns.Select(c => c.Key))} where {string.Join(", ", names)} are expected";
        }

        int row = 0;
        foreach (JsonElement record in expected.GetProperty("firstRows").EnumerateArray())
        {
            for (int c = 0; c < columns.Count; c++)
            {
                string? difference = ExpectedValues.Difference(record.GetProperty(columns[c].Key), columns[c].Value[row], reader.Schema.Root.Children[c], $"{columns[c].Key}[{row}]");
                if (difference is not null)
                {
                    return difference;
                }
            }

            row++;
        }

        return null;
    }
}
