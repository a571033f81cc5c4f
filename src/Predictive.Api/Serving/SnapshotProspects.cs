using System.Runtime.CompilerServices;
using Predictive.Api.Answers;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Serving;

/// <summary>People of a snapshot's data without a transaction: read from the files when first asked for, and let go with it.</summary>
internal static class SnapshotProspects
{
    private static readonly ConditionalWeakTable<ServingSnapshot, ProspectTable> s_tables = [];

    /// <summary>How many there are, before anything is read.</summary>
    public static int CountOf(ServingSnapshot snapshot) => snapshot.History?.Tables?.Prospects?.Count ?? 0;

    /// <summary>Whether somebody is one of them, before anything is read.</summary>
    public static bool Has(ServingSnapshot? snapshot, string id) => snapshot?.History?.Tables?.Prospects?.Contains(id) == true;

    /// <summary>What the tables say of them: a history without lines; null = the dataset has no such tables.</summary>
    /// <exception cref="RequestException">The files cannot be read any more.</exception>
    public static TransactionHistory? People(ServingSnapshot snapshot)
    {
        try
        {
            return snapshot.History?.Tables?.ProspectHistory?.Value;
        }
        catch (DatasetException)
        {
            // The files are the host's own, and no fault of who asks; its next look at them says what is wrong.
            throw RequestException.NotReady(
                "Who has no transaction cannot be read: the dataset's tables have changed or gone since. Try again later.");
        }
    }

    /// <summary>Which events activate.</summary>
    public static FunnelOptions Options(ServingSnapshot snapshot) => snapshot.Scorer.Bundle.Rules.Options.Portfolio.Funnel;

    /// <summary>Where each of them stands. To be called from the work queue.</summary>
    /// <param name="snapshot">What serves.</param>
    /// <param name="asOf">As of when; what the default as-of gives is kept.</param>
    /// <exception cref="RequestException">The files cannot be read any more.</exception>
    public static ProspectTable? Of(ServingSnapshot snapshot, LocalTime asOf)
    {
        if (People(snapshot) is null)
        {
            return null;
        }

        return asOf != snapshot.AsOf
            ? ProspectTable.Of(snapshot.History!, asOf, Options(snapshot))
            : s_tables.GetValue(snapshot, s => ProspectTable.Of(s.History!, s.AsOf!.Value, Options(s))!);
    }

    /// <summary>The same at the default as-of, made in the work queue; waits for it.</summary>
    /// <param name="snapshot">What serves.</param>
    /// <param name="cancellation">The caller has gone.</param>
    public static async Task<ProspectTable?> Ready(ServingSnapshot snapshot, CancellationToken cancellation)
    {
        if (CountOf(snapshot) == 0)
        {
            return null;
        }

        if (!s_tables.TryGetValue(snapshot, out ProspectTable? table))
        {
            await snapshot.Answers.Get("people without a transaction", _ =>
            {
                Of(snapshot, snapshot.AsOf!.Value);
                return [];
            }, cancellation);
            s_tables.TryGetValue(snapshot, out table);
        }

        return table;
    }
}
