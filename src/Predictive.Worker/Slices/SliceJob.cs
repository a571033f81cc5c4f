using Predictive.History;
using Predictive.Store;
using Predictive.Store.Leases;

namespace Predictive.Worker.Slices;

/// <summary>A run of many workers over the slices of one base; every worker of it is asked for the same.</summary>
/// <param name="Data">Dataset.</param>
/// <param name="Slices">Into how many parts its customers are cut.</param>
/// <param name="AsOf">As of when.</param>
/// <param name="Models">Folder of the registry.</param>
/// <param name="Name">Of the model.</param>
/// <param name="Version">A number, or an alias as it stands when the run begins.</param>
/// <param name="Output">Folder of the run, one for all workers.</param>
/// <param name="Store">Where the leases are, one for all workers.</param>
public sealed record SliceJob(
    string Data, int Slices, LocalTime AsOf, string Models, string Name, string Version, string Output, StoreDatabase Store)
{
    /// <summary>An earlier time: who changed since then, and the portfolio against it. Default null: nothing is compared.</summary>
    public LocalTime? Since { get; init; }

    /// <summary>Who a customer is; null = as dataset.json says.</summary>
    public CustomerLevel? Level { get; init; }

    /// <summary>Length of the list of customers at risk. Default 100.</summary>
    public int Top { get; init; } = 100;

    /// <summary>Bytes; a slice that does not fit is scored in parts. Default null: no limit.</summary>
    public long? Memory { get; init; }

    /// <summary>
    /// Address of a table NAME beside which NAME_scores, NAME_segments, NAME_portfolio and NAME_changes are replaced at the end; null =
    /// none are.
    /// </summary>
    public string? To { get; init; }

    /// <summary>How long a worker that was killed still holds its slice. Default 30 s.</summary>
    public TimeSpan Lease { get; init; } = LeaseBook.Standard;
}

/// <summary>What a run came to.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Slices">Slices in all.</param>
/// <param name="Done">Of them, those that this worker did.</param>
/// <param name="Discarded">Results of this worker that came late: another's was there.</param>
/// <param name="Merged">Whether this worker put the result together.</param>
/// <param name="Customers">Customers of the result.</param>
/// <param name="Result">Folder of the result.</param>
/// <param name="Tables">Tables written.</param>
/// <param name="ChangedMeanwhile">Whether the lines changed while the run was on: its slices are not of one state.</param>
public sealed record SliceOutcome(
    string Run, int Slices, int Done, int Discarded, bool Merged, long Customers, string Result, IReadOnlyList<string> Tables,
    bool ChangedMeanwhile);
