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

    [Fact]
    public void Every_link_of_a_page_leads_somewhere()
    {
        string root = SharedData.RepositoryRoot;
        string[] pages = [.. Directory.GetFiles(Path.Combine(root, "docs"), "*.md"), Path.Combine(root, "deploy", "README.md")];
        (string Page, string Target)[] links =
        [
            .. pages.SelectMany(p => Link().Matches(File.ReadAllText(p)).Select(m => (p, m.Groups["target"].Value)))
                .Where(l => !l.Item2.Contains("://", StringComparison.Ordinal)),
        ];
        Assert.InRange(links.Length, 30, int.MaxValue);
        Assert.All(links, l => Assert.True(Path.Exists(Path.Combine(Path.GetDirectoryName(l.Page)!, l.Target)), $"{l.Page}: {l.Target}"));
    }

    /// <summary>docs/features.md is what <c>predictive export-features --dictionary</c> prints.</summary>
    [Fact]
    public async Task The_page_of_features_is_current()
    {
        var (code, output, _) = await Run.Predictive("export-features", "--dictionary");
        Assert.Equal(0, code);
        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(SharedData.RepositoryRoot, "docs", "features.md")), output);
        Assert.Contains("| `recency_over_cadence` |", output, StringComparison.Ordinal);
    }

    [GeneratedRegex(@"^\| \d+ \|.*\| `(?<file>[^`]+)` \| `(?<type>\w+)` \|$", RegexOptions.Multiline)]
    private static partial Regex Stop();

    [GeneratedRegex(@"\]\((?<target>[^)#]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"(?<path>(?:src|tests|docs)/[\w./-]*\w)")]
    private static partial Regex Named();
}
