using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Audit;

namespace Predictive.Api.Endpoints;

/// <summary>The registry, and which version serves.</summary>
internal static class ModelEndpoints
{
    public static void MapModels(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/models", List)
            .For(KeyRole.Marketer).Takes()
            .WithName("Models").WithSummary("Every version with its quality, and the one in service");
        routes.MapPost("/v1/models/{name}/{version:int}/promote", Promote)
            .For(KeyRole.Admin).Takes()
            .WithName("PromoteModel")
            .WithSummary("Put a version in service after loading it and trying it")
            .Produces<ModelAliases>()
            .ProducesProblem(401).ProducesProblem(403).ProducesProblem(409).ProducesProblem(503);
    }

    private static Ok<ModelsAnswer> List(
        SnapshotKeeper keeper, PublicText text, Shadow shadow, ScoringHostOptions options, TimeProvider clock) => TypedResults.Ok(
        new ModelsAnswer(
        keeper.Current?.Scorer.Stamp,
        keeper.Current?.Id,
        text.OfOptional(keeper.Refusal),
        text.OfOptional(keeper.Fault),
        [.. keeper.Registry.Names().SelectMany(keeper.Registry.List).Select(l => new ModelSummary(
            l.Version.Name, l.Version.Version, l.IsChampion, l.IsChallenger, text.OfOptional(l.Refusal), l.Manifest?.AsOf,
            l.Manifest?.HorizonDays, l.Manifest?.Engine.Name,
            l.Manifest?.Metrics.Churn, l.Manifest?.Metrics.Clv, l.Manifest?.Metrics.ChurnGrade?.Letter,
            l.Manifest?.Metrics.ClvGrade?.Letter, GivenAnswer.Of(l.Manifest, keeper.Current?.Zone, clock.GetUtcNow()),
            l.Manifest?.TrainingData.Sample))],
        text.OfOptional(keeper.ChallengerRefusal), shadow.Report,
        keeper.Challenger is null ? null : new CanaryAnswer(options.CanaryShare, options.CanaryKey is not null)));

    private static async Task<Ok<ModelAliases>> Promote(
        string name, int version, SnapshotKeeper keeper, Promotions promotions, HostStore store, HttpContext context)
    {
        AliasJournal journal = await Promotions.Journal(store, context, "promote");
        return TypedResults.Ok(await promotions.Promote(keeper, name, version, context.RequestAborted, journal));
    }
}

/// <summary>Promotions take turns, and few wait: each loads a version and tries it.</summary>
internal sealed class Promotions
{
    private const int MostWaiting = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly WorkQueueTurn _turn = new(MostWaiting);

    /// <summary>
    /// Notes a change of the champion before and after it is made. The store is opened before anything changes: what cannot be noted is not
    /// done.
    /// </summary>
    /// <param name="store">Holds the audit log.</param>
    /// <param name="context">Who asks.</param>
    /// <param name="action">What the log calls it.</param>
    public static async Task<AliasJournal> Journal(HostStore store, HttpContext context, string action)
    {
        var changes = new AuditedChanges(await Task.Run(store.Get));
        string actor = HostStore.Actor(context);
        return change => changes.Begin(
            actor, action, change.Subject, change.About, change.Standing, AliasChange.Promoted, new { from = change.From, by = "host" });
    }

    /// <param name="keeper">Takes the version up.</param>
    /// <param name="name">Of the model.</param>
    /// <param name="version">To put in service.</param>
    /// <param name="cancellation">Gives up before it is in service.</param>
    /// <param name="journal">Told before and after the new one is in service.</param>
    public async Task<ModelAliases> Promote(
        SnapshotKeeper keeper, string name, int version, CancellationToken cancellation, AliasJournal journal)
    {
        using (await _turn.Take("promotions", cancellation))
        {
            ModelAliases aliases = await keeper.Registry.PromoteAsync(name, version, s_patience, journal, cancellation);
            await keeper.RefreshAsync(cancellation);
            return aliases;
        }
    }
}

/// <summary>The registry as the host sees it.</summary>
/// <param name="InService">The version that answers; null = none.</param>
/// <param name="Snapshot">Id of the snapshot that answers.</param>
/// <param name="Refusal">Why the registry's champion is not in service; null = it is.</param>
/// <param name="Fault">Why the latest snapshot could not be built; null = it could.</param>
/// <param name="Models">Every version.</param>
/// <param name="ChallengerRefusal">Why the registry's challenger is not loaded; null = it is, or there is none.</param>
/// <param name="Shadow">How the challenger disagrees with the version in service; null = there is none.</param>
/// <param name="Canary">Whom the challenger answers; null = there is none.</param>
public sealed record ModelsAnswer(
    ModelStamp? InService, string? Snapshot, string? Refusal, string? Fault, IReadOnlyList<ModelSummary> Models, string? ChallengerRefusal,
    ShadowReport? Shadow, CanaryAnswer? Canary);

/// <summary>Whom the challenger answers.</summary>
/// <param name="Share">Of the customers, 0–1.</param>
/// <param name="ByKey">Whether one key is answered by it, too.</param>
public sealed record CanaryAnswer(double Share, bool ByKey);

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
/// <param name="Given">Scores from outside that it holds in the place of a model; null = it was trained.</param>
/// <param name="Sample">What it learned from, where that was a sample of the base; null = the whole base.</param>
public sealed record ModelSummary(
    string Name, int Version, bool Champion, bool Challenger, string? Refusal, string? AsOf, int? HorizonDays, string? Engine,
    IReadOnlyDictionary<string, double>? Churn, IReadOnlyDictionary<string, double>? Clv, string? ChurnGrade, string? ClvGrade,
    GivenAnswer? Given, SampleStamp? Sample);
