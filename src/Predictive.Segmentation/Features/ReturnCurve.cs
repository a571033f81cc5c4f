namespace Predictive.Segmentation.Features;

/// <summary>
/// Kaplan–Meier estimate of how long customers take from one purchase day to the next: S(t) = P(gap &gt; t days), where those who
/// have not come back yet count as censored. Steps only; constant between them.
/// </summary>
/// <remarks>
/// Beyond the longest observed silence the curve falls on with the mean hazard of its last half, for a customer can be silent longer
/// than anybody of the base was seen to be.
/// </remarks>
/// <param name="Days">Days on which the curve steps, ascending.</param>
/// <param name="Survival">S at and after each of them, until the next.</param>
/// <param name="LastDay">The longest silence observed.</param>
/// <param name="TailHazard">Hazard per day beyond <paramref name="LastDay"/>.</param>
public sealed record ReturnCurve(int[] Days, double[] Survival, int LastDay, double TailHazard)
{
    /// <summary>Fits the curve.</summary>
    /// <param name="events">Entry g = number of completed gaps of g days.</param>
    /// <param name="censored">Entry r = number of customers silent since r days: their gap is r days or longer.</param>
    public static ReturnCurve Fit(ReadOnlySpan<int> events, ReadOnlySpan<int> censored)
    {
        long atRisk = 0;
        int last = 0;
        for (int t = 0; t < events.Length; t++)
        {
            atRisk += events[t] + censored[t];
            last = events[t] + censored[t] > 0 ? t : last;
        }

        var days = new List<int>();
        var survival = new List<double>();
        double s = 1;
        for (int t = 0; t < events.Length && atRisk > 0; t++)
        {
            // Silent since t days means that day t itself has not been seen: those leave before the events of day t.
            atRisk -= censored[t];
            if (events[t] > 0)
            {
                // Where the longest observed gap ends the risk set, half an event is left: nobody's return is certain.
                s *= 1 - (Math.Min(events[t], atRisk - 0.5) / atRisk);
                days.Add(t);
                survival.Add(s);
                atRisk -= events[t];
            }
        }

        var curve = new ReturnCurve([.. days], [.. survival], last, 0);
        double middle = curve.At(last / 2), end = curve.At(last);
        double tail = last > 1 && end > 0 && middle > end ? Math.Log(middle / end) / (last - (last / 2)) : 0;
        return curve with { TailHazard = tail };
    }

    /// <summary>S(t): the chance that a gap is longer than <paramref name="days"/>.</summary>
    public double At(int days)
    {
        int i = Array.BinarySearch(Days, Math.Min(days, LastDay));
        i = i >= 0 ? i : ~i - 1;
        double s = i < 0 ? 1 : Survival[i];
        return days > LastDay ? s * Math.Exp(-TailHazard * (days - LastDay)) : s;
    }

    /// <summary>
    /// The chance of a purchase within <paramref name="horizonDays"/> from now, given a silence of <paramref name="recencyDays"/> so far.
    /// </summary>
    public double ReturnProbability(int recencyDays, int horizonDays)
    {
        int silent = Math.Max(0, recencyDays - 1);
        double now = At(silent);
        return now <= 0 ? 0 : 1 - (At(silent + horizonDays) / now);
    }
}
