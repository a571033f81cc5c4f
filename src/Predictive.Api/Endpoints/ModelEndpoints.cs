using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>The registry, and which version serves.</summary>
internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", List).WithName("Models").WithSummary("Every version with its quality, and the one in service");
        routes.MapPost("/v1/models/{name}/{version:int}/promote", Promote)
            .WithName("PromoteModel")
            .WithSummary("Put a version in service after checking its zip")
            .ProducesProblem(StatusCodes.Status409Conflict);
    }

    private static Ok<ModelsAnswer> List(ScoringState state) => TypedResults.Ok(new ModelsAnswer(
        state.Current?.Stamp,
        state.Refusal,
        [.. state.Registry.Names().SelectMany(state.Registry.List).Select(l => new ModelSummary(
            l.Version.Name, l.Version.Version, l.IsChampion, l.IsChallenger, l.Refusal, l.Manifest?.AsOf, l.Manifest?.HorizonDays, l.Manifest?.Engine.Name,
            l.Manifest?.Metrics.Churn, l.Manifest?.Metrics.Clv, l.Manifest?.Metrics.ChurnGrade?.Letter, l.Manifest?.Metrics.ClvGrade?.Letter))]));

    private static Results<Ok<ModelAliases>, ProblemHttpResult> Promote(string name, int version, ScoringState state)
    {
        try
        {
            ModelAliases aliases = state.Registry.Promote(name, version);
            state.Refresh();
            return TypedResults.Ok(aliases);
        }
        catch (ModelPackageException e)
        {
            return ProblemAnswers.Conflict(e.Message);
        }
    }
}

/// <summary>The registry as the host sees it.</summary>
/// <param name="InService">The version that answers; null = none.</param>
/// <param name="Refusal">Why the registry's champion is not in service; null = it is.</param>
/// <param name="Models">Every version.</param>
public sealed record ModelsAnswer(ModelStamp? InService, string? Refusal, IReadOnlyList<ModelSummary> Models);

/// <summary>One version.</summary>
/// <param name="Name">Registry name.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Champion">In service by the registry's word.</param>
/// <param name="Challenger">Waiting for promotion.</param>
/// <param name="Refusal">Why its zip is refused; null = sound.</param>
/// <param name="AsOf">Trained as of.</param>
/// <param name="HorizonDays">Window predicted.</param>
/// <param name="Engine">What learned it.</param>
/// <param name="Churn">Out-of-time churn metrics.</param>
/// <param name="Clv">Out-of-time CLV metrics.</param>
/// <param name="ChurnGrade">A–D.</param>
/// <param name="ClvGrade">A–D.</param>
public sealed record ModelSummary(
    string Name, int Version, bool Champion, bool Challenger, string? Refusal, string? AsOf, int? HorizonDays, string? Engine,
    IReadOnlyDictionary<string, double>? Churn, IReadOnlyDictionary<string, double>? Clv, string? ChurnGrade, string? ClvGrade);
