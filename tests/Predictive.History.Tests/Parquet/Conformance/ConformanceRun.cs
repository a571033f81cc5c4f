// Linked into Predictive.Benchmarks too: the same run prints the table and is the test.
using Predictive.Tests;
using System.Text.Json;

namespace Predictive.History.Tests.Parquet.Conformance;

/// <summary>What became of one column of one file.</summary>
internal enum Outcome
{
    /// <summary>The first 200 rows are what the independent reader made of them, and the rest could be read.</summary>
    Match,

    /// <summary>Read whole; there is no expectation to compare with.</summary>
    Read,

    /// <summary>An exception.</summary>
    Refused,

    /// <summary>Read, but not as expected.</summary>
    Differ,
}

/// <summary>One column of one file.</summary>
/// <param name="File">Path below the collection.</param>
/// <param name="Column">Name; * where the file could not be opened.</param>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">Why.</param>
internal sealed record ConformanceResult(string File, string Column, Outcome Outcome, string Detail);

/// <summary>Reads every flat top-level column of a copy of the parquet-testing collection and compares it with the expectations beside
/// it.</summary>
internal static class ConformanceRun
{
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    /// <summary>Sound files first; encrypted and bad ones are to be refused, or read where the format tolerates the fault.</summary>
    public static IReadOnlyList<string> Kinds { get; } = ["data", "data/geospatial", "shredded_variant", "encrypted", "bad_data"];

    /// <summary>A reader: columns of a file by name, each with all its values when asked, or an exception.</summary>
    public delegate IReadOnlyList<(string Column, Func<object?[]> Values)> Library(string path);

    /// <summary>Every column of every file, in a stable order.</summary>
    /// <param name="collection">Path of the copy.</param>
    /// <param name="kind">One of <see cref="Kinds"/>.</param>
    /// <param name="library">The reader.</param>
    /// <param name="blankIsMissing">Whether it takes blank text for missing.</param>
    public static List<ConformanceResult> All(string collection, string kind, Library library, bool blankIsMissing)
    {
        string[] folders = kind == "encrypted" ? ["data", "data/aes256"] : [kind];
        return
        [
            .. folders.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(collection, folder)).Order(StringComparer.Ordinal)
                .Where(f => f.EndsWith(kind == "encrypted" ? ".encrypted" : ".parquet", StringComparison.Ordinal))
                .SelectMany(f => Check(collection, $"{folder}/{Path.GetFileName(f)}", library, blankIsMissing))),
        ];
    }

    private static List<ConformanceResult> Check(string collection, string file, Library library, bool blankIsMissing)
    {
        string path = Path.Combine(collection, file), expectation = Path.Combine(collection, "expected", Path.GetFileName(file) + ".json");
        using JsonDocument? expected = file.StartsWith("data/", StringComparison.Ordinal) && File.Exists(expectation)
            ? JsonDocument.Parse(File.ReadAllBytes(expectation)) : null;
        IReadOnlyList<string> names = Flat(path);
        try
        {
            Dictionary<string, Func<object?[]>> columns = WithinTime(() => library(path)).ToDictionary(c => c.Column, c => c.Values);
            return [.. names.Select(n => columns.TryGetValue(n, out Func<object?[]>? values)
                ? Check(file, n, values, expected?.RootElement, blankIsMissing)
                : new ConformanceResult(file, n, Outcome.Refused, "the library knows no such column"))];
        }
        catch (Exception e)
        {
            return [.. names.Select(n => new ConformanceResult(file, n, Outcome.Refused, OneLine(e)))];
        }
    }

    // By the native reader alone; * where it cannot open the file.
    private static IReadOnlyList<string> Flat(string path)
    {
        try
        {
            using StoredFile file = StoredFile.Open(path);
            return file.FlatColumns;
        }
        catch (ParquetSharp.ParquetException)
        {
            return ["*"];
        }
    }

    private static ConformanceResult Check(string file, string column, Func<object?[]> read, JsonElement? expected, bool blankIsMissing)
    {
        object?[] values;
        try
        {
            values = WithinTime(read);
        }
        catch (Exception e)
        {
            return new(file, column, Outcome.Refused, OneLine(e));
        }

        if (expected is not { } json)
        {
            return new(file, column, Outcome.Read, $"{values.Length} rows");
        }

        if (json.GetProperty("rowCount").GetInt64() != values.Length)
        {
            return new(file, column, Outcome.Differ, $"{values.Length} rows where {json.GetProperty("rowCount")} are expected");
        }

        string type = json.GetProperty("columns").EnumerateArray().Single(c => c.GetProperty("name").GetString() == column)
            .GetProperty("type").GetString()!;
        int row = 0;
        foreach (JsonElement record in json.GetProperty("firstRows").EnumerateArray())
        {
            if (!ExpectedValue.Equal(record.GetProperty(column), type, values[row], blankIsMissing))
            {
                return new(file, column, Outcome.Differ,
                    $"row {row + 1}: {values[row] ?? "null"} where {record.GetProperty(column).GetRawText()} is expected");
            }

            row++;
        }

        return new(file, column, Outcome.Match, $"{values.Length} rows");
    }

    // A reader that never answers must not hang the run; its thread dies with the process.
    private static T WithinTime<T>(Func<T> call)
    {
        var task = Task.Factory.StartNew(call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return ((IAsyncResult)task).AsyncWaitHandle.WaitOne(Longest) ? task.GetAwaiter().GetResult()
            : throw new TimeoutException($"no answer within {Longest.TotalSeconds} s");
    }

    private static string OneLine(Exception e)
    {
        string line = $"{e.GetType().Name}: {e.Message.ReplaceLineEndings(" ")}";
        return line.Length > 240 ? line[..240] + "..." : line;
    }
}
