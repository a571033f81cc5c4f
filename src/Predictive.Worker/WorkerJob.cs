using Cronos;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.Learning;
using Predictive.Store;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>What the worker does, and how its last run ended.</summary>
/// <param name="Data">Dataset to train on.</param>
/// <param name="Models">Folder of the registry.</param>
/// <param name="Name">Of the model.</param>
/// <param name="Engines">They learn from the same snapshots; the first wins a tie.</param>
/// <param name="HorizonDays">Days predicted.</param>
/// <param name="Seed">Of every draw.</param>
/// <param name="Memory">Bytes; null = no limit.</param>
/// <param name="Gate">What keeps a version from serving.</param>
/// <param name="Store">Where jobs, lease, audit and events are.</param>
public sealed record WorkerJob(
    string Data, string Models, string Name, IReadOnlyList<ILearningEngine> Engines, int HorizonDays, int Seed, long? Memory,
    GateOptions Gate, StoreDatabase Store)
{
    /// <summary>Outcome of a run whose version is held.</summary>
    public const int Held = 3;

    /// <summary>Outcome of a run that was cancelled, or cut short because the worker was told to stop.</summary>
    public const int Cut = 1;

    /// <summary>Exit code of the last run; 0 = done, <see cref="Held"/> = trained, and held.</summary>
    public int Outcome { get; set; }

    /// <summary>Whether it trains now, once, and ends.</summary>
    public bool Once { get; init; }

    /// <summary>When to train; null = at no set time.</summary>
    public CronExpression? Schedule { get; init; }

    /// <summary>Whose clock the schedule goes by. Default UTC.</summary>
    public TimeZoneInfo Zone { get; init; } = TimeZoneInfo.Utc;

    /// <summary>Train on new files once they have not changed for so long; null = not for new files.</summary>
    public TimeSpan? OnNewData { get; init; }

    /// <summary>The same, but only where the data has drifted from what the champion learned; null = not.</summary>
    public TimeSpan? OnDrift { get; init; }

    /// <summary>How long jobs that are over are kept. Default 90 days.</summary>
    public TimeSpan KeepJobs { get; init; } = TimeSpan.FromDays(90);

    /// <summary>
    /// Newest versions to keep beside those in use, pinned or the newest of a month; null = all versions stay.
    /// </summary>
    public int? Keep { get; init; }

    /// <summary>How long events are kept in the store once the files hold them; null = for ever.</summary>
    public TimeSpan? KeepEvents { get; init; }

    /// <summary>
    /// About how many customers to learn from, drawn by hash; the whole of a table of a warehouse is then not copied. Null = everybody.
    /// </summary>
    public int? SampleCustomers { get; init; }

    /// <summary>Who a customer is; null = as dataset.json says.</summary>
    public CustomerLevel? Level { get; init; }

    /// <summary>Where the backtest page, the scores and who changed segments are written after a training; null = nowhere.</summary>
    public string? Output { get; init; }

    /// <summary>Name of the dataset: what others may know of where it is.</summary>
    public string DataName { get; } = IngestStream.NameOf(Data);
}

/// <summary>Where the worker tells what it does.</summary>
/// <param name="Note">A line for the operator.</param>
/// <param name="Run">Runs one training under the progress that the terminal or the log can show.</param>
/// <param name="Trained">A run ended well.</param>
/// <param name="Failed">A run failed: tells why, gives the exit code.</param>
public sealed record WorkerOutput(
    Action<string> Note,
    Func<Func<IProgress<PipelineProgress>, TrainRuns?>, TrainRuns?> Run,
    Action<TrainRuns> Trained,
    Func<Exception, int> Failed)
{
    /// <summary>Where the worker's loops show that they go on; null = nobody looks.</summary>
    public Pulse? Pulse { get; init; }
}
