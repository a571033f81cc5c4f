using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;
using Predictive.Training;

namespace Predictive.Worker;

/// <summary>The history to learn from: all of it, as many customers as were asked for, or as fit the memory allowed.</summary>
/// <param name="Sample">What was loaded.</param>
/// <param name="Note">Which part of the base it is; null = all of it.</param>
public sealed record LearningHistory(LoadedSample Sample, string? Note)
{
    // Peak memory of `train` on simulated bases (2 threads, `/usr/bin/time -v predictive train`): 20,000 customers 592 MB, 100,000
    // customers 864 MB, lines not counted: 500 MB and 3.4 kB a customer. Rounded up.
    private const long Fixed = 580L << 20;
    private const long PerCustomer = 4_500;

    /// <summary>With fewer customers than these an error is better than a sample.</summary>
    public const int FewestCustomers = 1_000;

    /// <summary>What it is a sample of; null = the whole base.</summary>
    public SampleStamp? Stamp => Sample.IsWhole ? null : new SampleStamp(
        Sample.History.CustomerCount, Sample.BaseCustomers, Sample.Buckets,
        Sample.Buckets is not null && Sample.History.CustomerCount < Sample.BucketCustomers);

    /// <summary>
    /// Loads it, and brings the copy up to date where the lines lie in a warehouse and a sample is asked for: of the engine then comes
    /// nothing but the sample's lines (<see cref="WarehouseFolder.RefreshSampleAsync"/>).
    /// </summary>
    /// <param name="path">The dataset.</param>
    /// <param name="memory">Bytes; null = no limit. A limit holds for the whole process from here on.</param>
    /// <param name="seed">Of the draw, where one is needed.</param>
    /// <param name="purpose">In a message: training, backtesting.</param>
    /// <param name="progress">Where the reading is told.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <param name="level">Who a customer is; null = as dataset.json says.</param>
    /// <param name="customers">About how many to learn from, drawn by hash; null = everybody.</param>
    /// <exception cref="DatasetException">The dataset is refused, or the memory is too little.</exception>
    /// <exception cref="IOException">The warehouse, where a sample is asked for.</exception>
    public static LearningHistory Load(
        string path, long? memory, int seed, string purpose, IProgress<PipelineProgress>? progress, CancellationToken cancellation,
        CustomerLevel? level = null, int? customers = null)
    {
        MemoryLimit.Set(memory);
        (string folder, SampledTable? table) = customers is { } wanted
            ? WarehouseFolder.RefreshSampleAsync(path, wanted, level, Told("copy from the warehouse", progress), cancellation)
                .GetAwaiter().GetResult()
            : (path, null);
        LoadedSample sample = DatasetLoader.LoadSample(
            folder,
            new SampleBudget(purpose, Fixed, PerCustomer, FewestCustomers, seed) { Customers = table is null ? customers : null },
            new LoadOptions { Columns = HistoryColumns.Answers, MemoryBytes = memory, Level = level },
            Told("read transactions", progress),
            cancellation);
        if (table is not null)
        {
            // What lies here is the sample: what the base is was counted there.
            sample = sample with
            {
                BucketCustomers = sample.BaseCustomers, Buckets = table.Buckets, BaseLines = table.Lines,
                BaseCustomers = checked((int)Math.Max(table.Customers, sample.BaseCustomers)),
                LastMicros = Math.Max(table.LastMicros, sample.LastMicros),
            };
        }

        var learning = new LearningHistory(sample, null);
        return learning.Stamp is not { } stamp ? learning : learning with { Note = NoteOf(stamp, sample, memory, seed) };
    }

    /// <summary>The report of a training or backtest on it, which says so where it is a sample.</summary>
    public TrainingReport Marked(TrainingReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        return Stamp is null ? report : report with { Sample = Stamp, Notes = [Note!, .. report.Notes] };
    }

    private static string NoteOf(SampleStamp stamp, LoadedSample sample, long? memory, int seed)
    {
        string from = string.Create(
            CultureInfo.InvariantCulture, $"Learned from {stamp.Customers:N0} of {stamp.BaseCustomers:N0} customers");
        string memoryOf = string.Create(
            CultureInfo.InvariantCulture,
            $"drawn by seed {seed}: the whole {(stamp.Buckets is null ? "base" : "sample")} takes about {sample.NeededBytes >> 20:N0} MB, "
                + $"--memory allows {memory >> 20:N0} MB");
        string how = stamp.Buckets is not { } buckets ? $", {memoryOf}" : string.Create(
            CultureInfo.InvariantCulture,
            $": {buckets} of {HistorySlice.Buckets} buckets by hash{(stamp.Drawn ? $", and of these {memoryOf}" : "")}");
        return $"{from}{how}. Counts, totals, percentiles and cut-offs of rules are the sample's.";
    }

    private static Reading? Told(string stage, IProgress<PipelineProgress>? progress) =>
        progress is null ? null : new Reading(stage, progress);

    /// <summary>
    /// The as-of where none is asked for: that of the base (<see cref="DefaultAsOf"/>). Whoever is in a sample, the base's last line
    /// counts; where that lies after today, the sample's last line that does not.
    /// </summary>
    /// <param name="now">The present.</param>
    public DefaultAsOf AsOfAt(DateTimeOffset now)
    {
        DefaultAsOf standard = DefaultAsOf.Of(Sample.History, now);
        LocalTime last = LocalTime.MidnightAfter(Sample.LastMicros);
        return last > standard.AsOf && last <= LocalTime.StartOf(standard.Today).AddDays(1) ? standard with { AsOf = last } : standard;
    }

    private sealed class Reading(string stage, IProgress<PipelineProgress> target) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) =>
            target.Report(new PipelineProgress(stage, value.Total == 0 ? 1 : (double)value.Rows / value.Total));
    }
}
