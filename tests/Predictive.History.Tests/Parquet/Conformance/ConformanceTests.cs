using Predictive.Tests;

namespace Predictive.History.Tests.Parquet.Conformance;

/// <summary>The Apache parquet-testing collection; expectations are DuckDB's, made outside this project.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void Sound_files_are_read_as_expected()
    {
        List<ConformanceResult> results = Run("data");
        Assert.DoesNotContain(results, r => r.Outcome == Outcome.Differ);
        Assert.All(
            results.Where(r => r.Outcome == Outcome.Refused),
            r => Assert.True(r.File.Contains("corrupt-checksum", StringComparison.Ordinal)
                && r.Detail.Contains("CRC", StringComparison.Ordinal), r.ToString()));
        Assert.Equal((236, 21, 4), (Count(results, Outcome.Match), Count(results, Outcome.Read), Count(results, Outcome.Refused)));
    }

    [Fact]
    public void Columns_of_unknown_types_do_not_keep_others_from_being_read()
    {
        Assert.All(Run("data/geospatial"), r => Assert.True(r.Outcome == Outcome.Read, r.ToString()));
        Assert.All(Run("shredded_variant"), r => Assert.True(r.Outcome == Outcome.Read, r.ToString()));
    }

    [Fact]
    public void Encrypted_and_bad_files_are_refused_or_read()
    {
        Assert.All(Run("encrypted"), r => Assert.True(r.Outcome == Outcome.Refused
            && r.Detail.StartsWith("DatasetException", StringComparison.Ordinal), r.ToString()));
        List<ConformanceResult> bad = Run("bad_data");
        Assert.Equal((64, 9), (Count(bad, Outcome.Read), Count(bad, Outcome.Refused)));
        foreach (string name in new[] { "PARQUET-1481", "ARROW-RS-GH-6229-DICTHEADER", "ARROW-GH-41317", "ARROW-GH-41321",
            "ARROW-GH-47662" })
        {
            Assert.Contains(bad, r => r.Outcome == Outcome.Refused && r.File.Contains(name, StringComparison.Ordinal));
        }
    }

    private static List<ConformanceResult> Run(string kind) => ConformanceRun.All(SharedData.Path("parquet-testing"), kind,
        RoomLibrary.Open, blankIsMissing: true);

    private static int Count(List<ConformanceResult> results, Outcome outcome) => results.Count(r => r.Outcome == outcome);
}
