using Predictive.Tests;

namespace Predictive.History.Tests.Parquet.Conformance;

/// <summary>The Apache parquet-testing collection; expectations are DuckDB's, made outside this project.</summary>
public sealed class ConformanceTests
{
    [Fact]
    public void Sound_files_are_read_as_expected()
    {
        List<ConformanceResult> results = ConformanceRun.All(SharedData.Path("parquet-testing"), "data", RoomLibrary.Open, blankIsMissing: true);
        ConformanceResult[] sound = [.. results.Where(r => r.File.EndsWith(".parquet", StringComparison.Ordinal))];
        Assert.DoesNotContain(sound, r => r.Outcome == Outcome.Differ);
        Assert.All(sound.Where(r => r.Outcome == Outcome.Refused), r => Assert.True(r.File.Contains("corrupt-checksum", StringComparison.Ordinal) && r.Detail.Contains("CRC", StringComparison.Ordinal), r.ToString()));
        Assert.Equal((236, 21, 4), (sound.Count(r => r.Outcome == Outcome.Match), sound.Count(r => r.Outcome == Outcome.Read), sound.Count(r => r.Outcome == Outcome.Refused)));
        Assert.All(results.Except(sound), r => Assert.Equal(Outcome.Refused, r.Outcome)); // encrypted
    }
}
