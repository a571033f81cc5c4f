using System.Runtime.CompilerServices;
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

    /// <summary>What the base buys together and after one another.</summary>
    public static AssociationResult AssociationOf(ScoreTable scores, CancellationToken cancellation) =>
        s_associations.TryGetValue(scores, out AssociationResult? known)
            ? known
            : s_associations.GetValue(scores, s => Association.Fit(
                s.History, s.AsOf, s.Bundle.Rules.Options.Portfolio.Association, cancellation));
}
