using System.Text.RegularExpressions;
using System.Xml.Linq;
using Predictive.Tests;
using Predictive.Segmentation.Rules;

namespace Predictive.Cli.Tests;

/// <summary>The arrows of the architecture: which project may know which, and which folder of Segmentation.</summary>
public partial class ArchitectureTests
{
    [Theory]
    [InlineData("Predictive.Learning", "")]
    [InlineData("Predictive.Segmentation", "Predictive.Learning")]
    [InlineData("Predictive.Api", "Predictive.Segmentation")]
    [InlineData("Predictive.Cli", "Predictive.Api Predictive.MLNet Predictive.Segmentation")]
    [InlineData("Predictive.MLNet", "Predictive.Learning")]
    public void Projects_know_only_what_they_may(string project, string allowed)
    {
        XDocument file = XDocument.Load(Path.Combine(SharedData.RepositoryRoot, "src", project, project + ".csproj"));
        string[] references = [.. file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))).Order(StringComparer.Ordinal)];
        Assert.Equal(allowed, string.Join(' ', references));
    }

    [Theory]
    [InlineData("Rules", "History Features Rules")]
    [InlineData("Scoring", "History Features Rules Registry Scoring")]
    [InlineData("Registry", "History Registry")]
    [InlineData("Features", "History Features")]
    [InlineData("History", "History Registry")]
    [InlineData("Simulation", "History Simulation Registry")]
    public void Folders_of_Segmentation_know_only_what_they_may(string folder, string allowed)
    {
        string root = Path.Combine(SharedData.RepositoryRoot, "src", "Predictive.Segmentation");
        string[] may = allowed.Split(' ');
        var strangers = Directory.EnumerateFiles(Path.Combine(root, folder), "*.cs", SearchOption.AllDirectories)
            .SelectMany(path => Uses().Matches(File.ReadAllText(path)).Select(m => (File: Path.GetRelativePath(root, path), Room: m.Groups[1].Value)))
            .Where(u => !may.Contains(u.Room))
            .Select(u => $"{u.File} uses {u.Room}")
            .Distinct();
        Assert.Equal([], strangers);
    }

    [GeneratedRegex(@"using (?:static )?Predictive\.Segmentation\.(\w+)")]
    private static partial Regex Uses();
}
