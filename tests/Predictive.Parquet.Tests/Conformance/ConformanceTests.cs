using Predictive.Tests;

namespace Predictive.Parquet.Tests.Conformance;

/// <summary>The Apache parquet-testing collection; expectations are DuckDB's, made outside this project.</summary>
public sealed class ConformanceTests
{
    private static readonly string[] WithoutExpectation =
        ["data/byte_stream_split_extended.gzip.parquet", "data/hadoop_lz4_compressed.parquet", "data/hadoop_lz4_compressed_larger.parquet",
         "data/map_no_value.parquet", "data/non_hadoop_lz4_compressed.parquet"];

    [Fact]
    public void Every_data_file_matches_or_is_refused_for_its_reason()
    {
        string collection = SharedData.Path("parquet-testing");
        List<ConformanceResult> results = [.. ConformanceRun.All(collection).Where(r => r.File.StartsWith("data/", StringComparison.Ordinal))];
        Assert.True(results.Count > 60, $"only {results.Count} files found");
        foreach (ConformanceResult result in results)
        {
            (Outcome outcome, string reason) =
                result.File.EndsWith(".encrypted", StringComparison.Ordinal) ? (Outcome.Refused, "encrypted")
                : result.File.StartsWith("data/geospatial/", StringComparison.Ordinal) ? (Outcome.Refused, "Geo")
                : result.File.Contains("corrupt-checksum", StringComparison.Ordinal) ? (Outcome.Refused, "CRC")
                : WithoutExpectation.Contains(result.File) ? (Outcome.Read, "")
                : (Outcome.Matches, "");
            Assert.True(result.Outcome == outcome && result.Detail.Contains(reason, StringComparison.Ordinal), result.ToString());
        }
    }

    [Theory]
    [InlineData("data/datapage_v1-corrupt-checksum.parquet", Outcome.Matches)]
    [InlineData("data/rle-dict-uncompressed-corrupt-checksum.parquet", Outcome.Matches)]
    public void A_wrong_checksum_is_all_that_is_wrong(string file, object outcome) =>
        Assert.Equal((Outcome)outcome, ConformanceRun.Check(SharedData.Path("parquet-testing"), file, new ParquetReaderOptions { VerifyChecksums = false }).Outcome);

    [Fact]
    public void Bad_files_give_the_one_exception_or_values()
    {
        string collection = SharedData.Path("parquet-testing");
        ConformanceResult[] results = [.. ConformanceRun.All(collection).Where(r => r.File.StartsWith("bad_data/", StringComparison.Ordinal))];
        Assert.Equal(8, results.Length);
        Assert.All(results, r => Assert.True(r.Outcome is Outcome.Refused or Outcome.Read, r.ToString()));

        // Each of these faults would show as silently wrong values where it is not refused.
        foreach (string name in new[] { "PARQUET-1481", "ARROW-RS-GH-6229-DICTHEADER", "ARROW-RS-GH-6229-LEVELS", "ARROW-GH-41317", "ARROW-GH-45185", "ARROW-GH-47662" })
        {
            Assert.Equal(Outcome.Refused, results.Single(r => r.File.Contains(name, StringComparison.Ordinal)).Outcome);
        }
    }

    [Fact]
    public void Variants_are_refused_by_name()
    {
        string collection = SharedData.Path("parquet-testing");
        ConformanceResult[] results = [.. ConformanceRun.All(collection).Where(r => r.File.StartsWith("shredded_variant/", StringComparison.Ordinal))];
        Assert.NotEmpty(results);
        Assert.All(results, r => Assert.True(r.Outcome == Outcome.Refused && r.Detail.Contains("Variant", StringComparison.Ordinal), r.ToString()));
    }
}
