using System.Diagnostics;
using Predictive.History.Parquet;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.History.Tests.Loading;

public sealed class LoadInPartsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-parts-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Spill => Path.Combine(_folder, "spill");

    private string Large(bool text) => LargeFile.Write(_folder, text);

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 2)]
    public void Parts_together_are_the_whole(bool text, int threads)
    {
        string file = Large(text);
        TransactionHistory whole = DatasetLoader.Load(file, new LoadOptions { Threads = 2 });
        var options = new LoadOptions { Threads = threads, MemoryBytes = 1, TemporaryFolder = Spill };
        int customer = 0, parts = 0;
        foreach (TransactionHistory part in DatasetLoader.LoadInParts(file, options))
        {
            parts++;
            Assert.NotEmpty(Directory.GetDirectories(Spill));
            for (int c = 0; c < part.CustomerCount; c++, customer++)
            {
                CustomerLines expected = whole.Lines(customer), actual = part.Lines(c);
                Assert.Equal(whole.CustomerId(customer), part.CustomerId(c));
                Assert.True(expected.OrderedAt.SequenceEqual(actual.OrderedAt), "times");
                Assert.True(expected.Amount.SequenceEqual(actual.Amount), "amounts");
                for (int i = 0; i < expected.Count; i++)
                {
                    if (whole.Columns.Categories![expected.Category[i]] != part.Columns.Categories![actual.Category[i]])
                    {
                        Assert.Fail($"category of line {i} of {part.CustomerId(c)}");
                    }
                }
            }
        }

        Assert.Equal(whole.CustomerCount, customer);
        Assert.True(parts > 1, $"{parts} part; expected the budget to cut the base up");
        Assert.Empty(Directory.GetDirectories(Spill));
    }

    [Fact]
    public void Parts_leave_room_for_what_is_made_of_their_customers()
    {
        string file = Path.Combine(_folder, "one-line-each.parquet");
        using (var writer = ParquetWriter.Create(
            file,
            [ParquetField.String("customer_id"), ParquetField.Timestamp("ordered_at", false), ParquetField.Double("amount")]))
        {
            int[] all = [.. Enumerable.Range(0, 1000)];
            writer.WriteRowGroup(
                all.Select(i => $"c{i:0000}").ToArray(), all.Select(i => (long)i).ToArray(), all.Select(i => (double)i).ToArray());
            writer.Complete();
        }

        // The lines are nothing; of 300 MB, less what the runtime takes, a third is for what is made of the customers of a part.
        const long Memory = 300L << 20, Each = 1L << 20;
        var options = new LoadOptions { MemoryBytes = Memory, TemporaryFolder = Spill };
        Assert.Single(DatasetLoader.LoadInParts(file, options));
        TransactionHistory[] parts = [.. DatasetLoader.LoadInParts(file, options with { BytesPerCustomer = Each })];
        Assert.All(parts, p => Assert.InRange(p.CustomerCount * Each, 1, Memory / 3));
        Assert.Equal(
            Enumerable.Range(0, 1000).Select(i => $"c{i:0000}"),
            parts.SelectMany(p => Enumerable.Range(0, p.CustomerCount).Select(p.CustomerId)));
    }

    [Fact]
    public void Temporary_files_go_when_the_reader_stops_early_fails_or_crashed()
    {
        string file = Large(false);
        var options = new LoadOptions { MemoryBytes = 1, TemporaryFolder = Spill };
        foreach (TransactionHistory part in DatasetLoader.LoadInParts(file, options))
        {
            Assert.NotEmpty(Directory.GetFiles(Directory.GetDirectories(Spill).Single(), "*.raw"));
            break;
        }

        Assert.Empty(Directory.GetDirectories(Spill));

        using var cancelled = new CancellationTokenSource();
        Assert.ThrowsAny<OperationCanceledException>(() =>
        {
            foreach (TransactionHistory part in DatasetLoader.LoadInParts(file, options, cancellation: cancelled.Token))
            {
                cancelled.Cancel();
            }
        });
        Assert.Empty(Directory.GetDirectories(Spill));

        // What a killed process leaves: a folder whose lock file nobody holds. One that is held stays.
        string abandoned = Directory.CreateDirectory(Path.Combine(Spill, "predictive-spill-999999-0")).FullName;
        File.WriteAllText(Path.Combine(abandoned, "in-use"), "");
        File.WriteAllText(Path.Combine(abandoned, "00000-000.raw"), "left over");
        using (var inUse = new SpillFolder(Spill))
        {
            Assert.Equal(1, SpillFolder.RemoveAbandoned(Spill));
            Assert.False(Directory.Exists(abandoned));
            Assert.Single(Directory.GetDirectories(Spill));
        }

        Assert.Empty(Directory.GetDirectories(Spill));
    }

    private const string FolderVariable = "PREDICTIVE_TEST_KILLED_LOADER";

    [Fact]
    public void What_a_killed_process_leaves_goes_at_the_next_start()
    {
        string file = Large(false);
        using Process child = ChildTest.Start(typeof(LoadInPartsTests), nameof(Load_until_killed), (FolderVariable, _folder));
        try
        {
            Assert.True(
                SpinWait.SpinUntil(
                    () => { Thread.Sleep(5); return Directory.Exists(Spill)
                        && Directory.GetFiles(Spill, "*.raw", SearchOption.AllDirectories).Length > 0; },
                    TimeSpan.FromSeconds(60)),
                "no temporary file within 60 s");

            // Alive, its files are left alone.
            Assert.Equal(0, SpillFolder.RemoveAbandoned(Spill));
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }

        Assert.Single(Directory.GetDirectories(Spill));
        Assert.NotEmpty(DatasetLoader.LoadInParts(file, new LoadOptions { MemoryBytes = 1, TemporaryFolder = Spill }).Take(1));
        Assert.Empty(Directory.GetDirectories(Spill));
    }

    [Fact(Explicit = true)]
    public void Load_until_killed()
    {
        string folder =
            Environment.GetEnvironmentVariable(FolderVariable) ?? throw new InvalidOperationException("Run by the test above only.");
        foreach (TransactionHistory part in DatasetLoader.LoadInParts(
            Path.Combine(folder, "large.parquet"), new LoadOptions { MemoryBytes = 1, TemporaryFolder = Path.Combine(folder, "spill") }))
        {
            Thread.Sleep(Timeout.Infinite);
        }
    }

    [Theory]
    [InlineData(false, 1)]
    [InlineData(false, 3)]
    [InlineData(true, 2)]
    public void A_sample_is_of_whole_customers_within_the_budget_the_same_whatever_the_threads(bool text, int threads)
    {
        string file = Large(text);
        TransactionHistory whole = DatasetLoader.Load(file);
        var budget = new SampleBudget("testing", 10 << 20, 500, 100, Seed: 4);

        // 28 bytes a line (time, amount, category, rounded), 500 a customer, the index, 10 MB: about a third of the base fits into 35 MB.
        LoadedSample sample = DatasetLoader.LoadSample(file, budget, new LoadOptions { MemoryBytes = 35 << 20, Threads = threads });
        Assert.False(sample.IsWhole);
        Assert.Equal((40_000, 2_000_000L, whole.LastMicros), (sample.BaseCustomers, sample.BaseLines, sample.LastMicros));
        Assert.InRange(sample.History.CustomerCount, 8_000, 25_000);
        Assert.Equal(
            sample.History.Columns.CustomerIds,
            DatasetLoader.LoadSample(file, budget, new LoadOptions { MemoryBytes = 35 << 20, Threads = 2 }).History.Columns.CustomerIds);
        for (int c = 0; c < sample.History.CustomerCount; c++)
        {
            CustomerLines expected = whole.Lines(whole.IndexOf(sample.History.CustomerId(c))), actual = sample.History.Lines(c);
            Assert.True(
                expected.OrderedAt.SequenceEqual(actual.OrderedAt) && expected.Amount.SequenceEqual(actual.Amount),
                sample.History.CustomerId(c));
        }

        LoadedSample all = DatasetLoader.LoadSample(file, budget, new LoadOptions { MemoryBytes = 1L << 30, Threads = threads });
        Assert.True(all.IsWhole);
        Assert.True(whole.Columns.Amount.AsSpan().SequenceEqual(all.History.Columns.Amount));
        Assert.True(whole.Columns.Category.AsSpan().SequenceEqual(all.History.Columns.Category));

        // Another seed draws others; a larger budget draws more of the same.
        string[] other =
            DatasetLoader.LoadSample(
                file, budget with { Seed = 5 }, new LoadOptions { MemoryBytes = 35 << 20 }).History.Columns.CustomerIds;
        Assert.True(other.Intersect(sample.History.Columns.CustomerIds).Count() < other.Length * 3 / 4);
        string[] more = DatasetLoader.LoadSample(file, budget, new LoadOptions { MemoryBytes = 40 << 20 }).History.Columns.CustomerIds;
        Assert.Empty(sample.History.Columns.CustomerIds.Except(more));
        Assert.True(more.Length > sample.History.CustomerCount);
    }

    [Fact]
    public void A_budget_that_is_too_small_is_refused_with_what_is_needed()
    {
        string file = Large(false);
        var few =
            Assert.Throws<DatasetException>(
                () => DatasetLoader.LoadSample(
                    file, new SampleBudget("training", 10 << 20, 500, 1000, 1), new LoadOptions { MemoryBytes = 11 << 20 }));
        Assert.Matches(
            @"budget is 11 MB; training of '.*large\.parquet' takes about 1\d MB \(all of it about \d+ MB\)\. Allow more with --memory",
            few.Message);
        var whole = Assert.Throws<DatasetException>(() => DatasetLoader.Load(file, new LoadOptions { MemoryBytes = 100 << 20 }));
        Assert.Matches(@"budget is 100 MB; holding the whole history of .* takes about 2\d\d MB\. Allow more", whole.Message);
        Assert.Equal(40_000, DatasetLoader.Load(file, new LoadOptions { MemoryBytes = 400 << 20 }).CustomerCount);
    }

    [Fact]
    public void Temporary_files_that_do_not_fit_are_no_fault_of_the_data()
    {
        var full = new SpillException("/spill", new IOException("No space left on device"));
        Assert.Null(TransactionSource.Translate(full, "transactions.parquet"));
        Assert.Contains(
            "temporary files do not fit into '/spill' (No space left on device). Free space there", full.Message, StringComparison.Ordinal);
        Assert.Equal("unreadable-file", TransactionSource.Translate(new IOException("gone"), "transactions.parquet")!.Findings[0].Code);
    }

    [Fact]
    public void The_last_instant_is_told_without_the_rest()
    {
        string file = Large(false);
        Assert.Equal(DatasetLoader.Load(file).LastMicros, DatasetLoader.LastMicros(file));
    }
}
