using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>
/// Days on which a customer did something: bought and kept, or an event of given kinds. Reusable scratch: one per thread, overwritten by
/// the next read on it.
/// </summary>
internal sealed class ActivityDays
{
    [ThreadStatic]
    private static ActivityDays? _ofThread;

    private int[] _days = new int[64];

    /// <summary>The days, ascending; of purchases alone where no kinds are named.</summary>
    /// <param name="before">Lines before the as-of.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="kinds">Of events; empty = none counts.</param>
    /// <param name="events">Whether events added a day.</param>
    public static ReadOnlySpan<int> Read(CustomerLines before, LocalTime asOf, IReadOnlyList<string> kinds, out bool events)
    {
        ReadOnlySpan<int> bought = PurchaseTimeline.Read(before).Days;
        events = false;
        if (kinds.Count == 0)
        {
            return bought;
        }

        ActivityDays scratch = _ofThread ??= new ActivityDays();
        ReadOnlySpan<int> days = scratch.Merged(bought, before.Events.Before(asOf), new EventKinds(before.Tables, kinds));
        events = days.Length > bought.Length;
        return days;
    }

    private ReadOnlySpan<int> Merged(ReadOnlySpan<int> bought, CustomerEvents events, EventKinds kinds)
    {
        if (!kinds.Known)
        {
            return bought;
        }

        if (_days.Length < bought.Length + events.Count)
        {
            _days = new int[(bought.Length + events.Count) * 2];
        }

        int count = 0, next = 0;
        for (int i = 0; i < events.Count; i++)
        {
            if (!kinds.Has(events.Kind[i]))
            {
                continue;
            }

            int day = LocalTime.DayOf(events.OccurredAt[i]);
            for (; next < bought.Length && bought[next] <= day; next++)
            {
                Add(bought[next], ref count);
            }

            Add(day, ref count);
        }

        for (; next < bought.Length; next++)
        {
            Add(bought[next], ref count);
        }

        return _days.AsSpan(0, count);
    }

    private void Add(int day, ref int count)
    {
        if (count == 0 || _days[count - 1] != day)
        {
            _days[count++] = day;
        }
    }
}
