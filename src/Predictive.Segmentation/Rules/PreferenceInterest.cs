using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>
/// Days on which events show an interest in things of one kind, products or categories, in the codes of a history. Safe to use from several
/// threads.
/// </summary>
internal sealed class PreferenceInterest
{
    private readonly EventKinds _kinds;
    private readonly int[] _codeOfThing;

    private PreferenceInterest(EventKinds kinds, int[] codeOfThing) => (_kinds, _codeOfThing) = (kinds, codeOfThing);

    /// <summary>
    /// Names of the things, those of the lines first, and the interest in them; null where no event shows any: then the names are as given.
    /// </summary>
    /// <param name="history">Lines and events.</param>
    /// <param name="options">Which kinds of events.</param>
    /// <param name="names">Names by code of the lines; null = the lines name none, and then events say nothing either.</param>
    /// <param name="nameOf">The name of what an event is about; null = it does not say.</param>
    public static (string[]? Names, PreferenceInterest? Interest) Of(
        TransactionHistory history, PreferenceOptions options, string[]? names, Func<EventThing, TransactionColumns, string?> nameOf)
    {
        var kinds = new EventKinds(history.Tables, options.Interest);
        if (names is null || !kinds.Known || options.InterestWeight == 0 || history.Tables!.Events!.Things.Length == 0)
        {
            return (names, null);
        }

        List<string> all = [.. names];
        Dictionary<string, int> codes = names.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i, StringComparer.Ordinal);
        int[] codeOf = new int[history.Tables.Events.Things.Length];
        for (int t = 0; t < codeOf.Length; t++)
        {
            string? name = nameOf(history.Tables.Events.Things[t], history.Columns);
            if (name is null)
            {
                codeOf[t] = -1;
            }
            else if (!codes.TryGetValue(name, out codeOf[t]))
            {
                codes.Add(name, codeOf[t] = all.Count);
                all.Add(name);
            }
        }

        return ([.. all], new PreferenceInterest(kinds, codeOf));
    }

    /// <summary>
    /// Adds the weight of every (thing, day of interest) of a customer; returns what was added in all. Before the purchases: days are kept
    /// apart.
    /// </summary>
    public double Accumulate(
        CustomerLines before, LocalTime asOf, PreferenceOptions options, Dictionary<int, (double Weight, int Day)> weights)
    {
        CustomerEvents events = before.Events.Before(asOf);
        double total = 0;
        for (int i = 0; i < events.Count; i++)
        {
            int code = _kinds.Has(events.Kind[i]) && events.Thing(i) is >= 0 and var thing ? _codeOfThing[thing] : -1;
            if (code < 0)
            {
                continue;
            }

            int day = LocalTime.DayOf(events.OccurredAt[i]);
            var (sum, last) = weights.TryGetValue(code, out var known) ? known : (0, int.MinValue);
            if (day != last)
            {
                double weight = options.InterestWeight * double.Exp2((day - asOf.Day) / options.HalfLifeDays);
                weights[code] = (sum + weight, day);
                total += weight;
            }
        }

        // A purchase on the last of these days is a day of its own.
        foreach (int code in weights.Keys.ToArray())
        {
            weights[code] = (weights[code].Weight, int.MinValue);
        }

        return total;
    }
}
