using System.Runtime.CompilerServices;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Serving;

/// <summary>Segment tables and associations of scored bases: made when first asked for, from the work queue, and kept as long as
/// these.</summary>
internal static class SnapshotSegments
{
    private static readonly ConditionalWeakTable<ScoreTable, AssociationResult> s_associations = [];

    /// <summary>What every rule says of every customer of a scored base.</summary>
    public static SegmentTable Of(ScoreTable scores, CancellationToken cancellation) => ScoredSegments.Of(scores, cancellation);

    /// <summary>
    /// The same as of another time. Scores that were given from outside say nothing of it: then it is what the rules alone say.
    /// </summary>
    public static SegmentTable At(ServingSnapshot snapshot, LocalTime asOf, CancellationToken cancellation) =>
        snapshot.Scorer.Given is { } given && asOf != given.AsOf
            ? SegmentTable.Build(snapshot.History!, snapshot.Scorer.Bundle.Rules, asOf, cancellation: cancellation)
            : Of(snapshot.ScoresAt(asOf, cancellation), cancellation);

    /// <summary>What the base buys together and after one another.</summary>
    public static AssociationResult AssociationOf(ScoreTable scores, CancellationToken cancellation) =>
        s_associations.TryGetValue(scores, out AssociationResult? known)
            ? known
            : s_associations.GetValue(scores, s => Association.Fit(
                s.History, s.AsOf, s.Bundle.Rules.Options.Portfolio.Association, cancellation));
}
