using Predictive.Api.Pages.Data;
using Predictive.History.Checks;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Registry;

namespace Predictive.Api.Pages.Views;

/// <summary>What the overview shows.</summary>
/// <param name="Base">The base.</param>
/// <param name="Manifest">Of the model in service.</param>
/// <param name="Everyone">The at-risk list without a filter.</param>
/// <param name="Report">The portfolio; null = it is being made.</param>
/// <param name="Check">The check of the data; null = it is being made.</param>
/// <param name="Fault">Why one of them could not be; null = nothing failed.</param>
public sealed record OverviewModel(
    CustomerBase Base, ModelManifest Manifest, RiskList Everyone, PortfolioReport? Report, CheckReport? Check, string? Fault)
{
    /// <summary>Customers with a purchase in the last 90 days.</summary>
    public int Active { get; } = Base.Scores.RecencyDays.Count(d => d <= 90);

    /// <summary>Expected to buy nothing within the horizon.</summary>
    public double Leavers { get; } = Base.Scores.ChurnProbability.Sum();

    /// <summary>
    /// Half the width of the 80 % interval of <see cref="Leavers"/> by chance alone: 1.2816 standard deviations of a sum of independent
    /// events. How far the level itself may be off is not in it.
    /// </summary>
    public double LeaversEither { get; } = 1.2816 * Math.Sqrt(Base.Scores.ChurnProbability.Sum(p => p * (1 - p)));

    /// <summary>Net spend expected within the horizon.</summary>
    public double Spend { get; } = Base.Scores.ClvExpected.Sum();
}
