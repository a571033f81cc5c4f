using Predictive.History;
using Predictive.Learning;
using Predictive.Store;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;
using Predictive.Training;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>What to train and what to do with it.</summary>
/// <param name="History">To learn from.</param>
/// <param name="Engines">At least one; the first wins a tie.</param>
/// <param name="Options">Everything but the engine.</param>
/// <param name="Models">Folder of the registry.</param>
/// <param name="Name">Of the model.</param>
public sealed record TrainRequest(
    TransactionHistory History, IReadOnlyList<ILearningEngine> Engines, Func<ILearningEngine, TrainingOptions> Options, string Models,
    string Name)
{
    /// <summary>First of the notes; null = none.</summary>
    public string? Note { get; init; }

    /// <summary>What the history is a sample of; null = the whole base.</summary>
    public SampleStamp? Sample { get; init; }

    /// <summary>False where the history is a sample of the base.</summary>
    public bool IsWhole => Sample is null;

    /// <summary>Whether an engine that cannot train is left out, as long as another can. Default false.</summary>
    public bool LeaveOut { get; init; }

    /// <summary>Settings of the rules, as segments.json of the dataset says (<see cref="SegmentsFile"/>); null = the defaults.</summary>
    public RuleOptions? Rules { get; init; }

    /// <summary>Who decides whether the best serves. Default: the gate.</summary>
    public Promotion Promotion { get; init; }

    /// <summary>The gate's bands.</summary>
    public GateOptions Gate { get; init; } = new();

    /// <summary>Where promotions and refusals are noted; null = nowhere.</summary>
    public StoreDatabase? Store { get; init; }

    /// <summary>Who trains, for the audit log and the version's origin.</summary>
    public string Actor { get; init; } = "worker";

    /// <summary>Why (<see cref="NewJob"/>).</summary>
    public string Cause { get; init; } = NewJob.Command;

    /// <summary>Number of its job; null = it is none.</summary>
    public long? Job { get; init; }

    /// <summary>
    /// The lease under which it trains (<see cref="TrainTurn"/>), asked once more before anything is published; null = none.
    /// </summary>
    public Lease? Lease { get; init; }
}
