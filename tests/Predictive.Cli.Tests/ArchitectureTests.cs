using System.Xml.Linq;
using ArchUnitNET.Loader;
using ArchUnitNET.xUnitV3;
using Predictive.Tests;
using static ArchUnitNET.Fluent.Slices.SliceRuleDefinition;
using Architecture = ArchUnitNET.Domain.Architecture;
using Assembly = System.Reflection.Assembly;

namespace Predictive.Cli.Tests;

/// <summary>The walls of the house: which project may know which, by the project files, and no cycle among the folders of any, by the compiled types.</summary>
public class ArchitectureTests
{
    private static readonly string[] s_projects =
        [
            "Predictive.Learning", "Predictive.History", "Predictive.Segmentation", "Predictive.Training", "Predictive.Worker", "Predictive.MLNet",
            "Predictive.Reports", "Predictive.Api",
        ];

    private static readonly Architecture s_architecture = new ArchLoader()
        .LoadAssemblies([.. s_projects.Select(Assembly.Load), typeof(Program).Assembly]).Build();

    // Learning is left out: Boosting, a facade, and its stages still point at each other.
    public static TheoryData<string> Projects => [.. s_projects.Skip(1), "Predictive.Cli"];

    [Theory]
    [InlineData("Predictive.Learning", "")]
    [InlineData("Predictive.History", "")]
    [InlineData("Predictive.Segmentation", "Predictive.History Predictive.Learning")]
    [InlineData("Predictive.Training", "Predictive.Segmentation")]
    [InlineData("Predictive.Worker", "Predictive.Training")]
    [InlineData("Predictive.MLNet", "Predictive.Learning")]
    [InlineData("Predictive.Reports", "Predictive.Segmentation")]
    [InlineData("Predictive.Api", "Predictive.Segmentation")]
    [InlineData("Predictive.Cli", "Predictive.Api Predictive.MLNet Predictive.Reports Predictive.Worker")]
    public void Projects_know_only_what_they_may(string project, string allowed)
    {
        XDocument file = XDocument.Load(Path.Combine(SharedData.RepositoryRoot, "src", project, project + ".csproj"));
        string[] references = [.. file.Descendants("ProjectReference").Select(r => Path.GetFileNameWithoutExtension(r.Attribute("Include")!.Value.Replace('\\', '/'))).Order(StringComparer.Ordinal)];
        Assert.Equal(allowed, string.Join(' ', references));
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void The_folders_of_a_project_have_no_cycle(string project)
    {
        Assert.Contains(s_architecture.Types, t => t.FullName.StartsWith(project + ".", StringComparison.Ordinal));
        Slices().Matching(project + ".(**)").Should().BeFreeOfCycles().Check(s_architecture);
    }
}
