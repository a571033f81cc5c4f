using Predictive.Acting.Standing;

namespace Predictive.Acting.Tests.Standing;

/// <summary>
/// Standing campaigns whose truth is known: customers of a pace of their own (Gamma), Poisson orders over the window, log-normal baskets; a
/// contact makes those who are not held out order more often by a planted effect. What share of the campaigns is paused, and when.
/// </summary>
/// <remarks>Linked into the bench <c>standing</c>, which runs a thousand; the test runs a few dozen.</remarks>
internal static class StandingTrials
{
    /// <summary>Shares of campaigns.</summary>
    /// <param name="PausedInFirst">Paused at the end of the first period or before.</param>
    /// <param name="PausedInAll">Paused at the end of the last one or before.</param>
    /// <param name="PausedAsHarmful">Paused because the upper bound was at or below 0, in any period.</param>
    public readonly record struct Rates(double PausedInFirst, double PausedInAll, double PausedAsHarmful);

    public static Rates Run(
        int campaigns, int people, int periods, double holdout, double effect, double cost, double margin, int seed)
    {
        int first = 0, all = 0, harmful = 0;
        for (int c = 0; c < campaigns; c++)
        {
            JudgedEntrant[] entrants = Entrants(people * periods, holdout, _ => effect, cost, seed + c);
            first += StandingJudgement.Of(entrants[..people], margin, people).Pause is null ? 0 : 1;
            if (StandingJudgement.Of(entrants, margin, people).Pause is { } pause)
            {
                all++;
                harmful += pause.StartsWith("it no longer pays", StringComparison.Ordinal) ? 1 : 0;
            }
        }

        return new Rates(first / (double)campaigns, all / (double)campaigns, harmful / (double)campaigns);
    }

    /// <summary>Profit per head that an effect brings, in truth.</summary>
    public static double TrueProfit(double effect, double cost, double margin) =>
        (margin * .8 * .02 * 60 * effect * 30 * Math.Exp(.125) * Math.Exp(.245)) - cost;

    /// <summary>Entrants in the order they enter.</summary>
    /// <param name="count">How many.</param>
    /// <param name="holdout">Share.</param>
    /// <param name="effect">On the orders of who is contacted, by place in the order.</param>
    /// <param name="cost">Of a contact.</param>
    /// <param name="seed">Of everything.</param>
    public static JudgedEntrant[] Entrants(int count, double holdout, Func<int, double> effect, double cost, int seed)
    {
        var random = new Random(seed);
        var entrants = new JudgedEntrant[count];
        for (int i = 0; i < count; i++)
        {
            double rate = Gamma(random) * .02, basket = 30 * Math.Exp(.5 * Normal(random)), seen = rate * Math.Exp(.5 * Normal(random));
            bool heldOut = random.NextDouble() < holdout;
            (int before, double spendBefore) = Live(rate);
            (int orders, double spend) = Live(rate * (heldOut ? 1 : 1 + effect(i)));
            entrants[i] = new JudgedEntrant(
                heldOut, orders > 0, spend, heldOut ? 0 : cost, Math.Exp(-seen * 60), seen * 60 * basket, spendBefore);

            (int, double) Live(double pace)
            {
                int n = Poisson(random, pace * 60);
                double sum = 0;
                for (int k = 0; k < n; k++)
                {
                    sum += basket * Math.Exp(.7 * Normal(random));
                }

                return (n, sum);
            }
        }

        return entrants;
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static int Poisson(Random random, double mean)
    {
        double limit = Math.Exp(-mean), product = random.NextDouble();
        int n = 0;
        for (; product > limit; n++)
        {
            product *= random.NextDouble();
        }

        return n;
    }

    // Shape .8: Marsaglia and Tsang, below 1 by the power of a uniform.
    private static double Gamma(Random random)
    {
        const double Shape = .8, D = Shape + 1 - (1.0 / 3);
        double c = 1 / Math.Sqrt(9 * D);
        while (true)
        {
            double x = Normal(random), v = Math.Pow(1 + (c * x), 3);
            if (v > 0 && Math.Log(1 - random.NextDouble()) < (.5 * x * x) + D - (D * v) + (D * Math.Log(v)))
            {
                return D * v * Math.Pow(1 - random.NextDouble(), 1 / Shape);
            }
        }
    }
}
