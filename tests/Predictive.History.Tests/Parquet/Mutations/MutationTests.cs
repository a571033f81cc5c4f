using System.Globalization;
using Predictive.Tests;

namespace Predictive.History.Tests.Parquet.Mutations;

/// <summary>A hundredth of <c>-- parquet-mutations</c>.</summary>
public sealed class MutationTests : IDisposable
{
    private const int Seed = 1;
    private const string Variable = "PREDICTIVE_TEST_MUTATIONS";
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-mutations-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Mutated_files_load_or_are_refused()
    {
        string cases = Path.GetFullPath(Path.Combine(SharedData.RepositoryRoot, "..", "shared", "cases"));
        var run = new MutationRun(_folder, Seed, (seeds, work, seed, from, to) =>
            ChildTest.Start(typeof(MutationTests), nameof(Try_a_batch),
                (Variable, string.Join('|', seeds, work, Text(seed), Text(from), Text(to)))));
        MutationReport report = run.Run(0, 200, Directory.Exists(cases) ? cases : null);
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}: {report}");
        Assert.True(report.Failures.Count == 0, string.Join(Environment.NewLine, report.Failures));
        Assert.Equal(200, report.Loaded + report.Refused);
        Assert.InRange(report.InMetadata, 100, 200);
        Assert.InRange(report.Refused, 50, 195);
    }

    [Fact]
    public void A_mutation_can_be_repeated()
    {
        string[] folders = [Path.Combine(_folder, "a"), Path.Combine(_folder, "b")];
        Array.ForEach(folders, f => SeedFiles.Make(f, null));
        foreach (string file in Directory.GetFiles(folders[0]))
        {
            Assert.True(File.ReadAllBytes(file).AsSpan().SequenceEqual(File.ReadAllBytes(Path.Combine(folders[1], Path.GetFileName(file)))),
                Path.GetFileName(file));
        }
    }

    [Fact(Explicit = true)]
    public void Try_a_batch()
    {
        string[] words =
            (Environment.GetEnvironmentVariable(Variable) ?? throw new InvalidOperationException($"Set {Variable}.")).Split('|');
        MutationBatch.Run(words[0], words[1], Number(words[2]), Number(words[3]), Number(words[4]));
    }

    private static string Text(int n) => n.ToString(CultureInfo.InvariantCulture);

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
