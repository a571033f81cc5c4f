using System.Globalization;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Worker.Gate;

namespace Predictive.Worker;

/// <summary>What a training leaves in the store: who serves since, whose word it was, what the gate refused.</summary>
internal static class TrainRecord
{
    public static void Note(TrainRequest request, IReadOnlyList<TrainRun> runs, GateVerdict verdict, int? champion)
    {
        if (request.Store is not { } store)
        {
            return;
        }

        TrainRun best = runs[0];
        string subject = string.Create(CultureInfo.InvariantCulture, $"model {request.Name}/{best.Version.Version}");
        string[] reasons = [.. verdict.Reasons.Select(r => r.Code)];
        if (best.Serves)
        {
            bool forced = request.Promotion == Promotion.Force && verdict.Holds;
            new AuditLog(store).Append(
                request.Actor, forced ? "force" : "promote", subject,
                new { from = champion, by = "train", reasons, accepted = verdict.Accepted.Select(r => r.Code) });
            new OutboxBook(store).Add(
                "model_promoted", subject, new { from = champion, forced, asOf = best.Bundle.Manifest.AsOf });
        }
        else if (best.IsHeld)
        {
            new OutboxBook(store).Add(
                "gate_refused", subject, new { champion, asOf = best.Bundle.Manifest.AsOf, reasons = verdict.Reasons });
        }
    }
}
