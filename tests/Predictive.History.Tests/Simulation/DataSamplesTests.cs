using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Tests;

namespace Predictive.History.Tests.Simulation;

public class DataSamplesTests
{
    private static readonly string Folder = Path.Combine(SharedData.RepositoryRoot, "data-samples");

    [Fact]
    public void The_committed_samples_are_what_the_command_in_their_readme_makes()
    {
        Assert.Contains(
            "predictive generate --customers 3500 --years 2 --seed 1 --out data-samples",
            File.ReadAllText(Path.Combine(Folder, "README.md")), StringComparison.Ordinal);
        var made = Simulator.Generate(new SimulationOptions { Customers = 3500, Years = 2, Seed = 1 });
        SameLines(made, DatasetLoader.Load(Folder));
        Assert.InRange(Directory.EnumerateFiles(Folder).Sum(f => new FileInfo(f).Length), 100_000, 3_000_000);
    }

    [Fact]
    public void What_is_written_loads_back_and_writing_again_gives_the_same_bytes()
    {
        string folder = Directory.CreateTempSubdirectory("simulated").FullName;
        try
        {
            var options = new SimulationOptions { Customers = 120, Years = 1, Seed = 9 };
            var made = Simulator.GenerateTo(Path.Combine(folder, "a"), options);
            SameLines(made, DatasetLoader.Load(Path.Combine(folder, "a")));
            Simulator.GenerateTo(Path.Combine(folder, "b"), options);
            string[] files = ["customers.parquet", "dataset.json", "transactions.parquet", "truth.parquet"];
            Assert.Equal(files, Directory.EnumerateFiles(Path.Combine(folder, "a")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
            Assert.All(
                files, f => Assert.Equal(File.ReadAllBytes(Path.Combine(folder, "a", f)), File.ReadAllBytes(Path.Combine(folder, "b", f))));
            Assert.Equal("EUR", DatasetFolder.Open(Path.Combine(folder, "a")).Description.Currency);
            foreach (string table in new[] { "customers.parquet", "truth.parquet" })
            {
                using var reader = StoredFile.Open(Path.Combine(folder, "a", table));
                Assert.Equal(120, reader.RowCount);
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_samples_are_worth_predicting_and_recency_alone_does_not_do_it()
    {
        var history = DatasetLoader.Load(Folder);
        var cutoff = LocalTime.StartOf(new DateOnly(2025, 7, 3));
        var churners = new List<double>();
        var stayers = new List<double>();
        foreach (int c in Population.At(history, cutoff))
        {
            bool bought = false;
            double last = 0;
            var lines = history.Lines(c);
            for (int i = 0; i < lines.Count; i++)
            {
                bool before = lines.OrderedAt[i] < cutoff.Micros;
                last = before && lines.Amount[i] > 0 ? lines.OrderedAt[i] : last;
                bought |= !before && lines.Amount[i] > 0;
            }

            (bought ? stayers : churners).Add(cutoff.Micros - last);
        }

        double wins = churners.Sum(c => stayers.Count(s => c > s) + (.5 * stayers.Count(s => c == s)));
        Assert.InRange(wins / ((double)churners.Count * stayers.Count), .72, .79);
        Assert.InRange(churners.Count / (double)(churners.Count + stayers.Count), .5, .7);
    }

    private static void SameLines(SimulatedBase made, TransactionHistory loaded)
    {
        var (a, b) = (made.History.Columns, loaded.Columns);
        Assert.Equal(a.CustomerIds, b.CustomerIds);
        Assert.Equal(a.Offsets, b.Offsets);
        Assert.Equal(a.OrderedAt, b.OrderedAt);
        Assert.Equal(a.Amount, b.Amount);
        Assert.Equal(a.Quantity, b.Quantity);
        Assert.Equal(a.UnitCost, b.UnitCost);
        Assert.Equal(a.Discount, b.Discount);
        Assert.Equal(a.Product!.Select(p => a.Products![p]), b.Product!.Select(p => b.Products![p]));
        Assert.Equal(a.Category!.Select(p => a.Categories![p]), b.Category!.Select(p => b.Categories![p]));
        Assert.Equal(a.Channel!.Select(p => a.Channels![p]), b.Channel!.Select(p => b.Channels![p]));
        for (int c = 0; c < a.CustomerIds.Length; c++)
        {
            // Codes may differ; which lines share an order may not.
            var pairs = Enumerable.Range(a.Offsets[c], a.Offsets[c + 1] - a.Offsets[c])
                .Select(i => (Made: a.Order![i], Loaded: b.Order![i])).Distinct().ToArray();
            Assert.Equal(pairs.Length, pairs.DistinctBy(p => p.Made).Count());
            Assert.Equal(pairs.Length, pairs.DistinctBy(p => p.Loaded).Count());
        }
    }
}
