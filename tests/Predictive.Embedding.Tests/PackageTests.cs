using System.IO.Compression;
using System.Xml.Linq;
using Predictive.Tests;

namespace Predictive.Embedding.Tests;

/// <summary>What a stranger gets: the packages, restored from a folder into a new project that trains, scores and explains.</summary>
public sealed class PackageTests(ITestOutputHelper output) : IDisposable
{
    private static readonly string[] s_packages =
    [
        "Predictive.Learning", "Predictive.History", "Predictive.Segmentation", "Predictive.Training", "Predictive.Exchange",
        "Predictive.MLNet", "Predictive.Hosting", "Predictive.Client",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-packages-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Ten_lines_over_the_packages_train_score_and_explain()
    {
        string feed = Path.Combine(_folder, "feed");
        string all = Path.Combine(_folder, "all.proj"), projects = string.Join(
            ';', s_packages.Select(n => Path.Combine(SharedData.RepositoryRoot, "src", n, n + ".csproj")));
        // What was built for this test is packed, by one MSBuild: nothing is compiled again.
        File.WriteAllText(all, $"""
            <Project><Target Name="Pack">
              <MSBuild Projects="{projects}" Targets="Pack" Properties="Configuration=Release;NoBuild=true;PackageOutputPath={feed}" />
            </Target></Project>
            """);
        Dotnet("msbuild", all, "-t:Pack", "-v:q", "-nologo");
        foreach (string name in s_packages)
        {
            Whole(Path.Combine(feed, $"{name}.0.1.0.nupkg"), name);
            using ZipArchive symbols = ZipFile.OpenRead(Path.Combine(feed, $"{name}.0.1.0.snupkg"));
            Assert.Contains(symbols.Entries, e => e.Name == name + ".pdb");
        }

        string project = Path.Combine(_folder, "stranger");
        Directory.CreateDirectory(project);
        File.WriteAllText(Path.Combine(project, "nuget.config"), $"""
            <configuration><packageSources><add key="predictive" value="{feed}" /></packageSources></configuration>
            """);
        File.WriteAllText(Path.Combine(project, "stranger.csproj"), """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>FALLBACK</RestoreFallbackFolders>
              </PropertyGroup>
              <ItemGroup><PackageReference Include="Predictive.Training" Version="0.1.0" /></ItemGroup>
            </Project>
            """.Replace("FALLBACK", Packages(), StringComparison.Ordinal));
        File.WriteAllText(Path.Combine(project, "Program.cs"), """
            using Predictive.History; using Predictive.History.Simulation; using Predictive.Learning.BuiltIn;
            using Predictive.Segmentation.Models; using Predictive.Segmentation.Scoring; using Predictive.Training; using Predictive.Training.Pipeline;

            TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = 600, Years = 1.5, Seed = 5 }).History;
            var options = new TrainingOptions { AsOf = LocalTime.MidnightAfter(history.LastMicros), HorizonDays = 60, Engine = new BuiltInEngine() };
            ModelBundle bundle = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
            CustomerScore score = new CustomerScorer(bundle, new ModelStamp("mine", 1)).ScoreOnce(history, 0, options.AsOf);
            Console.WriteLine($"{score.CustomerId}: {score.Churn.Probability:P0}, {score.Clv.Expected:0.00}");
            foreach (ScoreReason reason in score.Churn.Reasons) Console.WriteLine("- " + reason.Text);
            """);
        string said = Dotnet("run", "--project", project, "-c", "Release");
        output.WriteLine(said);
        Assert.Matches(@"(?m)^C\d+: \d+ ?%, \d+\.\d\d\r?$", said);
        Assert.Contains("- ", said, StringComparison.Ordinal);
    }

    private static void Whole(string package, string name)
    {
        using ZipArchive zip = ZipFile.OpenRead(package);
        string[] entries = [.. zip.Entries.Select(e => e.FullName)];
        Assert.Contains("README.md", entries);
        Assert.Contains("icon.png", entries);
        Assert.Contains($"lib/net10.0/{name}.dll", entries);
        Assert.Contains($"lib/net10.0/{name}.xml", entries);
        using Stream spec = zip.GetEntry(name + ".nuspec")!.Open();
        XElement metadata = XDocument.Load(spec).Root!.Elements().Single(e => e.Name.LocalName == "metadata");
        string Told(string of) => metadata.Elements().Single(e => e.Name.LocalName == of).Value;
        Assert.Equal("MIT", Told("license"));
        Assert.Equal("README.md", Told("readme"));
        Assert.Equal("icon.png", Told("icon"));
        Assert.InRange(Told("description").Length, 40, 300);
        Assert.NotEmpty(Told("tags"));
    }

    // The packages that this build restored, so that the new project asks no feed but the folder.
    private static string Packages() => Environment.GetEnvironmentVariable("NUGET_PACKAGES")
        ?? Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".nuget", "packages");

    private static string Dotnet(params string[] args) => Command.Run("dotnet", args, null, ("DOTNET_CLI_TELEMETRY_OPTOUT", "1"));
}
