using System.Runtime.CompilerServices;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Queries;

/// <summary>The base that a snapshot serves, as queries ask it.</summary>
internal static class SnapshotQueries
{
    private static readonly ConditionalWeakTable<ServingSnapshot, QueryBase> s_bases = [];

    /// <summary>The base as of a time; that of the default one is kept as long as the snapshot. To be used from the work queue.</summary>
    public static QueryBase Of(ServingSnapshot snapshot, LocalTime asOf) =>
        asOf == snapshot.AsOf ? s_bases.GetValue(snapshot, s => Make(s, s.AsOf!.Value)) : Make(snapshot, asOf);

    private static QueryBase Make(ServingSnapshot snapshot, LocalTime asOf) => new(
        snapshot.History!, asOf, () => SnapshotSegments.Of(snapshot.ScoresAt(asOf, CancellationToken.None), CancellationToken.None),
        snapshot.Model, snapshot.Scorer.Bundle.Manifest.HorizonDays,
        // Of the default as-of everybody is scored anyway.
        asOf == snapshot.AsOf
            ? null
            : new Func<SegmentTable>(() => SegmentTable.Build(snapshot.History!, snapshot.Scorer.Bundle.Rules, asOf)))
    {
        Rules = snapshot.Scorer.Bundle.Rules.Options, At = earlier => Make(snapshot, earlier),
    };
}
