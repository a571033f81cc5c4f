using Predictive.Segmentation.Models;
using Predictive.Training.Members;
using Predictive.Training.Levels;
using Predictive.Segmentation.Rules;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Assembly;

/// <summary>
/// From trained members to the two models, with everything that is set on the base as of that time: blend, level, tilt, tables.
/// </summary>
internal static class ModelAssembly
{
    /// <summary>Points of the base's distribution tables: one per mille.</summary>
    private const int TablePoints = 1001;

    /// <summary>The churn model of blended members.</summary>
    /// <param name="members">Trained members.</param>
    /// <param name="at">The population as of that time.</param>
    /// <param name="weights">Blend, in the order of <see cref="ChurnMembers.Names"/>.</param>
    /// <param name="forecast">What the coming window does to the level; null = the blend's own.</param>
    /// <param name="carry">To a longer horizon; null = none.</param>
    /// <param name="threads">0 = one per core.</param>
    public static ChurnModel Churn(ChurnMembers members, Snapshot at, double[] weights, LevelForecast? forecast, Carry? carry, int threads)
    {
        double[][] logOdds = members.LogOddsOf(at.Features, threads);
        double[] blend = BlendWeights.Apply(logOdds, weights);
        double? target =
            forecast is { } f ? LogOdds.ToProbability(f.Combine(LogOdds.Of(Level.Mean(blend)), LogOdds.Of(Level.Mean(logOdds[2])))) : null;
        if (carry is not null)
        {
            // Half the way in shape, the whole way in level (the mean of f and its carry, at the carry's mean).
            var whole = new double[blend.Length];
            var shifts = new double[blend.Length];
            RowBlocks.Run(at.Features, threads, (i, row) => shifts[i] = carry.Of(row));
            for (int i = 0; i < blend.Length; i++)
            {
                whole[i] = blend[i] + (shifts[i] / carry.Share);
                blend[i] += shifts[i];
            }

            carry = carry with { Mean = shifts.Length == 0 ? 0 : shifts.Average() };
            target = Level.Mean(whole);
        }

        double offset = blend.Length > 0 && target is { } mean ? Level.ShiftToMean(blend, mean) : 0;
        return new ChurnModel(new ChurnModel.Parts
        {
            HorizonDays = carry?.HorizonDays ?? at.Point.HorizonDays,
            FeatureHorizonDays = at.Point.HorizonDays,
            Linear = weights[0] > 0 ? members.Linear : null,
            LinearWeight = weights[0],
            Trees = weights[1] > 0 ? members.Trees : null,
            TreesWeight = weights[1],
            ParetoFeature = LifetimeColumns.ParetoActive,
            ParetoMean = members.ParetoMean,
            ParetoWeight = weights[2],
            BgFeature = LifetimeColumns.BgActive,
            BgMean = members.BgMean,
            BgWeight = weights[3],
            Offset = offset,
            Carry = carry,
        });
    }

    /// <summary>The CLV model: tilt and levels set on the population as of that time.</summary>
    /// <param name="parts">Trained members.</param>
    /// <param name="lostShare"><see cref="ClvSettings.LostShare"/>.</param>
    /// <param name="at">The population as of that time.</param>
    /// <param name="churn">Churn probability per row of it.</param>
    /// <param name="churnShift">What of its log-odds is the level's doing: the learned total is taken without it.</param>
    /// <param name="interval">The 80 % interval.</param>
    /// <param name="forecast">What the coming window does to the totals of spend and orders; null = the members' own.</param>
    /// <param name="threads">0 = one per core.</param>
    public static ClvModel Clv(
        ClvParts parts, double lostShare, Snapshot at, double[] churn, double churnShift, SpendInterval interval, LevelForecasts? forecast,
        int threads)
    {
        TreeOutputs[] outputs = ClvMembers.Outputs(parts, at.Features);
        parts = ClvMembers.SetBase(parts, at.Features, churn, outputs, threads);
        double[] means = ClvMembers.Means(parts, at.Features, churn, outputs, threads);
        double tilted = 0, plain = 0, lost = 0, lostBelow = lostShare * (1 - churn.DefaultIfEmpty(1).Average());
        int lostCount = 0;
        for (int i = 0; i < means.Length; i++)
        {
            double value = parts.Tilt(means[i], outputs[i].Rank);
            tilted += value;
            plain += means[i];
            if (1 - churn[i] < lostBelow)
            {
                lost += value;
                lostCount++;
            }
        }

        parts = parts with
        {
            LostBelow = lostBelow, LostValue = lostCount == 0 ? 0 : lost / lostCount, Level = Ratio(plain, tilted), Interval = interval,
        };
        if (forecast is null)
        {
            return new ClvModel(parts);
        }

        double[] unmoved = [.. churn.Select(p => LogOdds.ToProbability(LogOdds.Of(p) - churnShift))];
        double learned = ClvMembers.Means(parts, at.Features, unmoved, outputs, threads).Sum();
        var (spend, days) = LifetimesTotals(parts, at, threads);
        double learnedOrders = outputs.Sum(o => Math.Max(0, o.Orders));
        double orders = (parts.OrderTreesWeight * learnedOrders) + ((1 - parts.OrderTreesWeight) * parts.OrdersPerPurchaseDay * days);
        double target = Total(forecast.Spend, learned, spend);
        return new ClvModel(parts with
        {
            Level = Ratio(target, tilted),
            // What the moved chances to buy have not brought already.
            SpendShift = Math.Log(Ratio(target, plain)),
            OrdersLevel = Ratio(Total(forecast.Orders, learnedOrders, days), orders),
        });
    }

    private static double Total(LevelForecast forecast, double learned, double lifetimes) =>
        learned > 0 && lifetimes > 0 ? Math.Exp(forecast.Combine(Math.Log(learned), Math.Log(lifetimes))) : Math.Max(learned, lifetimes);

    private static double Ratio(double target, double total) => target > 0 && total > 0 ? target / total : 1;

    /// <summary>Net spend and purchase days of the whole population by the lifetimes models.</summary>
    private static (double Spend, double Days) LifetimesTotals(ClvParts parts, Snapshot at, int threads)
    {
        double[] spend = new double[at.Rows], days = new double[at.Rows];
        RowBlocks.Run(at.Features, threads, (i, row) => (spend[i], days[i]) = (parts.Lifetimes.Value(row), parts.Lifetimes.Purchases(row)));
        return (spend.Sum(), days.Sum());
    }
}
