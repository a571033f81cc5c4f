using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Narrative;

/// <summary>Who would be elsewhere if the cut-offs were drawn today.</summary>
/// <param name="Metric">What would change, such as <c>tier</c>.</param>
/// <param name="Moves">From under the cut-offs in force to under the proposed ones, at the same time.</param>
public sealed record CutoffChange(string Metric, MigrationMatrix Moves);

/// <summary>Cut-offs to be approved by a named person; nothing takes them up before.</summary>
/// <param name="InForce">Those in force, in plain words.</param>
/// <param name="Proposed">Those of the base today, in plain words.</param>
/// <param name="Changes">Who would change.</param>
/// <param name="Settings">The settings with the proposed cut-offs written into them: what a segments.json would say.</param>
/// <param name="Hash">SHA-256 of the settings, lower-case hex: what is approved is exactly this.</param>
public sealed record CutoffProposal(
    IReadOnlyList<string> InForce, IReadOnlyList<string> Proposed, IReadOnlyList<CutoffChange> Changes, string Settings, string Hash);

/// <summary>The review of a quarter: everyone valued anew, who moved, what it brought, where the lines would be drawn today.</summary>
public sealed record ReviewReport
{
    /// <summary>The quarter.</summary>
    public required Period Quarter { get; init; }

    /// <summary>The moment after it, or where the data end within it.</summary>
    public required string AsOf { get; init; }

    /// <summary>Its first moment.</summary>
    public required string Since { get; init; }

    /// <summary>Currency; null = the dataset does not say.</summary>
    public required string? Currency { get; init; }

    /// <summary>The version whose predictions are used; null = none.</summary>
    public required string? Model { get; init; }

    /// <summary>Figures of the base at the end and at the beginning: revenue, profit, concentration, satisfaction ...</summary>
    public required IReadOnlyList<NarrativeFigure> Figures { get; init; }

    /// <summary>Who moved, by model; value_matrix only with a version.</summary>
    public required IReadOnlyDictionary<string, MigrationMatrix> Migration { get; init; }

    /// <summary>Customers of potential who became stars, the largest first; null without a version.</summary>
    public required IReadOnlyList<Mover>? NewStars { get; init; }

    /// <summary>Cash cows that are of high value no more, the largest first; null without a version.</summary>
    public required IReadOnlyList<Mover>? LostCows { get; init; }

    /// <summary>What customers cost and bring, by channel.</summary>
    public required IReadOnlyList<AcquisitionRow> Acquisition { get; init; }

    /// <summary>Tiers over the quarter, lowest first.</summary>
    public required IReadOnlyList<TierPeriod> Tiers { get; init; }

    /// <summary>What was done; null = nobody looked.</summary>
    public required IReadOnlyList<CampaignFigures>? Campaigns { get; init; }

    /// <summary>What the cut-offs would be today.</summary>
    public required CutoffProposal Proposal { get; init; }
}
