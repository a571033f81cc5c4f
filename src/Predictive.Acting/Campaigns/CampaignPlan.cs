using System.Text.Json;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Campaigns;

/// <summary>What a campaign is, as the store keeps it; the report reads it.</summary>
public sealed record CampaignPlan
{
    /// <summary>The plan of a campaign of the store.</summary>
    public static CampaignPlan Of(Campaign campaign) =>
        (campaign ?? throw new ArgumentNullException(nameof(campaign))).Plan.Deserialize<CampaignPlan>(JsonSerializerOptions.Web)!;

    /// <summary>Such as <c>at-risk</c>.</summary>
    public required string Audience { get; init; }

    /// <summary>Further conditions.</summary>
    public string? Where { get; init; }

    /// <summary>What for.</summary>
    public string? Purpose { get; init; }

    /// <summary>What the audience is ranked by, in words.</summary>
    public required string RankedBy { get; init; }

    /// <summary>Local time of the scores.</summary>
    public required string AsOf { get; init; }

    /// <summary>Days the model looks ahead.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Model name and version of the scores.</summary>
    public required string Model { get; init; }

    /// <summary>Share held out.</summary>
    public required double Holdout { get; init; }

    /// <summary>What one contact costs.</summary>
    public required double Cost { get; init; }

    /// <summary>Share of spend left after goods.</summary>
    public required double Margin { get; init; }

    /// <summary>Seed of the draw.</summary>
    public required int Seed { get; init; }

    /// <summary>Whether intervals hold at every look.</summary>
    public required bool IsDaily { get; init; }

    /// <summary>Customers who fit the audience.</summary>
    public required int Fitting { get; init; }

    /// <summary>Share of the members expected to buy within the model's horizon, uncontacted.</summary>
    public required double ExpectedRetention { get; init; }

    /// <summary>Smallest difference of retention that four of five such campaigns see, as a share.</summary>
    public required double DetectableRetention { get; init; }

    /// <summary>The same of net spend per head; by what spend before varies by.</summary>
    public required double DetectableSpend { get; init; }
}
