using Predictive.Api.Endpoints;
using Predictive.Api.Pages.Data;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Jobs;

namespace Predictive.Api.Pages.Views;

/// <summary>What the models' page shows.</summary>
/// <param name="Name">Registry name of the model that serves.</param>
/// <param name="Versions">Every version, newest first within a name.</param>
/// <param name="Aliases">Which of the model that serves is champion and challenger.</param>
/// <param name="Jobs">The newest jobs.</param>
/// <param name="Drift">How far the base is from the training base; null = no data is served.</param>
/// <param name="CameTrue">What became of the version's predictions; null = not known yet.</param>
public sealed record ModelsModel(
    string Name, IReadOnlyList<ModelListing> Versions, ModelAliases Aliases, IReadOnlyList<Job> Jobs, DriftReport? Drift,
    CameTrue? CameTrue)
{
    /// <summary>The scores from outside that a version holds, and how old they are; null = it was trained.</summary>
    public Func<ModelListing, GivenAnswer?> Given { get; init; } = _ => null;
}
