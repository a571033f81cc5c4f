using System.Xml.Linq;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>
/// The walls of the house: which project may know which, by the project files, and no cycle among the folders of any, by the compiled
/// types.
/// </summary>
public class ArchitectureTests
{
    public static TheoryData<string> Projects => [.. FolderUses.Projects];

    [Theory]
    [InlineData("Predictive.Learning", "")]
    [InlineData("Predictive.History", "")]
    [InlineData("Predictive.Store", "")]
    [InlineData("Predictive.Segmentation", "Predictive.History Predictive.Learning")]
    [InlineData("Predictive.Training", "Predictive.Segmentation")]
    [InlineData("Predictive.Acting", "Predictive.Segmentation Predictive.Store")]
    [InlineData("Predictive.Worker", "Predictive.Acting Predictive.Reports Predictive.Store Predictive.Training")]
    [InlineData("Predictive.Exchange", "Predictive.Segmentation")]
    [InlineData("Predictive.Client", "")]
    [InlineData("Predictive.Hosting", "Predictive.Segmentation")]
    [InlineData("Predictive.MLNet", "Predictive.Exchange Predictive.Learning Predictive.Segmentation")]
    [InlineData("Predictive.Reports", "Predictive.Segmentation")]
    [InlineData("Predictive.Api", "Predictive.Acting Predictive.Reports Predictive.Segmentation Predictive.Store")]
    [InlineData(
        "Predictive.Cli", "Predictive.Acting Predictive.Api Predictive.Exchange Predictive.MLNet Predictive.Reports Predictive.Worker")]
    public void Projects_know_only_what_they_may(string project, string allowed)
    {
        XDocument file = XDocument.Load(Path.Combine(SharedData.RepositoryRoot, "src", project, project + ".csproj"));
        string[] references =
        [
            .. file.Descendants("ProjectReference")
                .Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/')))
                .Order(StringComparer.Ordinal),
        ];
        Assert.Equal(allowed, string.Join(' ', references));
    }

    [Fact]
    public void Projects_have_no_cycle()
    {
        UseGraph graph = FolderUses.OfProjects();
        Assert.Equal(FolderUses.Projects.Order(StringComparer.Ordinal), graph.Order.Order(StringComparer.Ordinal));
        Assert.NotEmpty(graph.Uses);
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_folders_of_a_project_have_no_cycle(string project)
    {
        UseGraph graph = FolderUses.Of(project);
        Assert.InRange(graph.Types, 5, int.MaxValue);
        Assert.Empty(graph.Cycle);
        Assert.Empty(graph.Rest);
    }

    [Fact]
    public void A_cycle_is_found()
    {
        // Grouped by the first letter of their names, the types of a project use each other in a circle: what the test above must be able
        // to see.
        UseGraph graph = FolderUses.Of("Predictive.Learning", t => t.Name[..1]);
        Assert.NotEmpty(graph.Rest);
        Assert.NotEmpty(graph.Cycle);
    }

    // Data in raw strings are as they come.
    [Fact]
    public void No_line_is_longer_than_140_characters()
    {
        string root = SharedData.RepositoryRoot;
        string[] files =
        [
            .. new[] { "src", "tests" }.SelectMany(f => Directory.EnumerateFiles(Path.Combine(root, f), "*", SearchOption.AllDirectories))
                .Where(f => Path.GetExtension(f) is ".cs" or ".razor")
                .Select(f => Path.GetRelativePath(root, f).Replace('\\', '/'))
                .Where(f => !f.Contains("/bin/", StringComparison.Ordinal) && !f.Contains("/obj/", StringComparison.Ordinal)),
        ];
        Assert.InRange(files.Length, 500, int.MaxValue);
        var found = new List<string>();
        foreach (string file in files)
        {
            bool isRaw = false;
            foreach (var (i, line) in File.ReadLines(Path.Combine(root, file)).Index())
            {
                bool wasRaw = isRaw;
                isRaw ^= (line.Split("\"\"\"").Length - 1) % 2 == 1;
                if (line.Length > 140 && !wasRaw)
                {
                    found.Add($"{file}:{i + 1}");
                }
            }
        }

        Assert.Empty(found);
    }
}
