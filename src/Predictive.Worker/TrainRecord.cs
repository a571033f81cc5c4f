using Predictive.Segmentation.Registry;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>What a training leaves in the store: who serves since, whose word it was, what the gate refused.</summary>
internal static class TrainRecord
{
    /// <summary>Notes the promotion before and after it; null where there is no store.</summary>
    public static AliasJournal? Journal(TrainRequest request, GateVerdict verdict) => request.Store is not { } store ? null : change =>
        new AuditedChanges(store).Begin(
            request.Actor,
            request.Promotion == Promotion.Force && verdict.Holds ? "force" : "promote",
            change.Subject, change.About, change.Standing, AliasChange.Promoted,
            new
            {
                from = change.From, by = "train", job = request.Job, reasons = verdict.Reasons.Select(r => r.Code),
                accepted = verdict.Accepted.Select(r => r.Code),
            });

    /// <summary>Settles a promotion that an earlier process left open; what it found, or null.</summary>
    public static string? Settle(ModelRegistry registry, string name, Store.StoreDatabase store) =>
        registry.Versions(name).Count == 0 ? null : registry.WhileStill(
            name,
            aliases => new AuditedChanges(store).Settle(
                ModelRegistry.SubjectsOf(name), ModelRegistry.SubjectOf(name, aliases.Champion)));

    /// <summary>Tells that the best is held.</summary>
    public static void Note(TrainRequest request, IReadOnlyList<TrainRun> runs, GateVerdict verdict, int? champion)
    {
        if (request.Store is { } store && runs[0] is { IsHeld: true } held)
        {
            new OutboxBook(store).Add(
                "gate_refused", ModelRegistry.SubjectOf(request.Name, held.Version.Version)!,
                new { champion, asOf = held.Bundle.Manifest.AsOf, reasons = verdict.Reasons });
        }
    }
}
