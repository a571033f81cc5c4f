using System.Text.RegularExpressions;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>What the documents name is there.</summary>
public partial class DocumentationTests
{
    [Fact]
    public void Every_stop_of_the_tour_exists_with_its_type()
    {
        MatchCollection stops = Stop().Matches(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "tour.md")));
        Assert.InRange(stops.Count, 15, 20);
        foreach (Match stop in stops)
        {
            string file = Path.Combine(SharedData.RepositoryRoot, stop.Groups["file"].Value);
            Assert.True(File.Exists(file), stop.Groups["file"].Value);
            Assert.Matches($@"\b(class|record|struct)\s+{stop.Groups["type"].Value}\b", File.ReadAllText(file));
        }
    }

    [Theory]
    [InlineData("README.md")]
    [InlineData("CONTRIBUTING.md")]
    public void Every_path_that_is_named_exists(string document)
    {
        string[] paths =
        [
            .. Named().Matches(File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, document))).Select(m => m.Groups["path"].Value)
                .Distinct(),
        ];
        Assert.NotEmpty(paths);
        Assert.All(paths, path => Assert.True(Path.Exists(Path.Combine(SharedData.RepositoryRoot, path)), path));
    }

    [GeneratedRegex(@"^\| \d+ \|.*\| `(?<file>[^`]+)` \| `(?<type>\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Stop();

    [GeneratedRegex(@"(?<path>(?:src|tests|docs)/[\w./-]*\w)")]
    private static partial Regex Named();
}
