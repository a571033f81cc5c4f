using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Portfolio;

/// <summary>A customer of whom something else is said than before.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="What">churn_band, rfm_segment, lifecycle, tier, predicted_tier, value_matrix or portrait.</param>
/// <param name="From">What was said; null = the customer was not scored then.</param>
/// <param name="To">What is said; null = the customer is not scored now.</param>
public sealed record StateChange(string CustomerId, string What, string? From, string? To);

/// <summary>
/// Of whom two scorings say something else: of one base by two versions, or of a base then and now. Customers are matched by id.
/// </summary>
public static class StateChanges
{
    private static readonly (string What, Func<ScoreTable, int, string> Of)[] s_states =
    [
        ("churn_band", (t, r) => t.BandName(r)), ("rfm_segment", (t, r) => t.RfmSegment[r]), ("lifecycle", (t, r) => t.LifecycleName(r)),
        ("tier", (t, r) => t.TierName(r)), ("predicted_tier", (t, r) => t.PredictedTierName(r)),
        ("value_matrix", (t, r) => t.CellName(r)), ("portrait", (t, r) => t.PortraitName(r)),
    ];

    /// <summary>Columns of <see cref="Write"/>.</summary>
    private static readonly ListColumn<StateChange>[] s_columns =
    [
        new("customer_id", c => c.CustomerId), new("what", c => c.What), new("from", c => c.From), new("to", c => c.To),
    ];

    /// <summary>The changes, by customer in the order of the later table, those who are gone last.</summary>
    /// <param name="before">The earlier scoring; null = nobody was scored then.</param>
    /// <param name="after">The later one.</param>
    public static IReadOnlyList<StateChange> Between(ScoreTable? before, ScoreTable after)
    {
        ArgumentNullException.ThrowIfNull(after);
        var rows = new Dictionary<string, int>(before?.Count ?? 0, StringComparer.Ordinal);
        for (int r = 0; r < before?.Count; r++)
        {
            rows.Add(before.CustomerId(r), r);
        }

        var changes = new List<StateChange>();
        for (int r = 0; r < after.Count; r++)
        {
            string id = after.CustomerId(r);
            bool known = rows.Remove(id, out int was);
            foreach (var (what, of) in s_states)
            {
                string? from = known ? of(before!, was) : null;
                string to = of(after, r);
                if (from != to)
                {
                    changes.Add(new StateChange(id, what, from, to));
                }
            }
        }

        foreach ((string id, int was) in rows.OrderBy(p => p.Value))
        {
            changes.AddRange(s_states.Select(s => new StateChange(id, s.What, s.Of(before!, was), null)));
        }

        return changes;
    }

    /// <summary>How many customers went from what to what, the largest first.</summary>
    public static IReadOnlyList<(string What, string? From, string? To, int Customers)> Count(IReadOnlyList<StateChange> changes) =>
    [
        .. changes.GroupBy(c => (c.What, c.From, c.To)).Select(g => (g.Key.What, g.Key.From, g.Key.To, Customers: g.Count()))
            .OrderBy(g => g.What, StringComparer.Ordinal).ThenByDescending(g => g.Customers)
            .ThenBy(g => g.From, StringComparer.Ordinal).ThenBy(g => g.To, StringComparer.Ordinal),
    ];

    /// <summary>Writes them as .csv, .xlsx or .json (<see cref="ListFile"/>).</summary>
    public static void Write(IReadOnlyList<StateChange> changes, string path) => ListFile.Write(path, changes, changes, s_columns);
}
