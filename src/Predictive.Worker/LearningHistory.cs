using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Training;

namespace Predictive.Worker;

/// <summary>The history to learn from: all of it, or as many customers as fit the memory allowed.</summary>
/// <param name="Sample">What was loaded.</param>
/// <param name="Note">Which part of the base it is; null = all of it.</param>
public sealed record LearningHistory(LoadedSample Sample, string? Note)
{
    // Peak memory of `train` on simulated bases (2 threads, `/usr/bin/time -v predictive train`): 20,000 customers 592 MB, 100,000
    // customers 864 MB, lines not counted: 500 MB and 3.4 kB a customer. Rounded up.
    private const long Fixed = 580L << 20;
    private const long PerCustomer = 4_500;
    private const int FewestCustomers = 1_000;

    /// <summary>Loads it.</summary>
    /// <param name="path">The dataset.</param>
    /// <param name="memory">Bytes; null = no limit. A limit holds for the whole process from here on.</param>
    /// <param name="seed">Of the draw, where one is needed.</param>
    /// <param name="purpose">In a message: training, backtesting.</param>
    /// <param name="progress">Where the reading is told.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <param name="level">Who a customer is; null = as dataset.json says.</param>
    /// <exception cref="DatasetException">The dataset is refused, or the memory is too little.</exception>
    public static LearningHistory Load(
        string path, long? memory, int seed, string purpose, IProgress<PipelineProgress>? progress, CancellationToken cancellation,
        CustomerLevel? level = null)
    {
        MemoryLimit.Set(memory);
        LoadedSample sample = DatasetLoader.LoadSample(
            path,
            new SampleBudget(purpose, Fixed, PerCustomer, FewestCustomers, seed),
            new LoadOptions { Columns = HistoryColumns.Answers, MemoryBytes = memory, Level = level },
            progress is null ? null : new Reading(progress),
            cancellation);
        string? note = sample.IsWhole ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"Learned from {sample.History.CustomerCount:N0} of {sample.BaseCustomers:N0} customers, drawn by seed {seed}: the whole "
                + $"base takes about {sample.NeededBytes >> 20:N0} MB, --memory allows {memory >> 20:N0} MB.");
        return new LearningHistory(sample, note);
    }

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

    private sealed class Reading(IProgress<PipelineProgress> target) : IProgress<LoadProgress>
    {
        public void Report(LoadProgress value) =>
            target.Report(new PipelineProgress("read transactions", value.Total == 0 ? 1 : (double)value.Rows / value.Total));
    }
}
