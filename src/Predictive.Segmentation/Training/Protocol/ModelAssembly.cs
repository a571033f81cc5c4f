using Predictive.Segmentation.Features;
using Predictive.Segmentation.Scoring.Models;
using Predictive.Segmentation.Training.Churn;
using Predictive.Segmentation.Training.Clv;

namespace Predictive.Segmentation.Training.Protocol;

/// <summary>From trained members to the two models, with everything that is set on the base as of the instant: blend, level, tilt, tables.</summary>
internal static class ModelAssembly
{
    /// <summary>Points of the base's distribution tables: one per mille.</summary>
    private const int TablePoints = 1001;

    /// <summary>
    /// Share of the base's mean chance to buy below which customers count as lost and share one value: their order among themselves is noise that costs
    /// rank correlation. Figures, and what they are worth: the folder's README.
    /// </summary>
    private const double LostShare = 0.15;

    /// <summary>The churn model of blended members.</summary>
    /// <param name="members">Trained members.</param>
    /// <param name="at">The population as of the instant.</param>
    /// <param name="weights">Blend, in the order of <see cref="ChurnMembers.Names"/>.</param>
    /// <param name="anchor">Share of the way, in log-odds, that the mean probability is drawn to the lifetimes level (see <see cref="Level.Target"/>): 0 = raw.</param>
    /// <param name="carry">To a longer horizon; null = none.</param>
    /// <param name="threads">0 = one per core.</param>
    public static ChurnModel Churn(ChurnMembers members, Snapshot at, double[] weights, double anchor, Carry? carry, int threads)
    {
        double[][] logOdds = members.LogOddsOf(at.Features, threads);
        double[] blend = BlendWeights.Apply(logOdds, weights);
        double target = Level.Target(Level.Mean(blend), Level.Mean(logOdds[2]), members.ParetoError, anchor);
        if (carry is not null)
        {
            // Half the way in shape, the whole way in level (modelling.md: the mean of f and its carry, at the carry's mean).
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

        double offset = blend.Length == 0 || (anchor == 0 && carry is null) ? 0 : Level.ShiftToMean(blend, target);
        double[] probability = [.. blend.Select(f => LogOdds.ToProbability(f + offset))];
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
            Base = QuantileTable.Of(probability, TablePoints),
        });
    }

    /// <summary>The CLV model: tilt and level set on the population as of the instant.</summary>
    /// <param name="parts">Trained members.</param>
    /// <param name="at">The population as of the instant.</param>
    /// <param name="churn">Churn probability per row of it.</param>
    /// <param name="interval">The 80 % interval.</param>
    /// <param name="leveled">False: the blend's own total.</param>
    /// <param name="threads">0 = one per core.</param>
    public static ClvModel Clv(ClvParts parts, Snapshot at, double[] churn, SpendInterval interval, bool leveled, int threads)
    {
        TreeOutputs[] outputs = ClvMembers.Outputs(parts, at.Features);
        parts = ClvMembers.SetBase(parts, at.Features, churn, outputs, threads);
        double[] means = ClvMembers.Means(parts, at.Features, churn, outputs, threads);
        double tilted = 0, plain = 0, lost = 0, lostBelow = LostShare * (1 - churn.DefaultIfEmpty(1).Average());
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

        parts = parts with { LostBelow = lostBelow, LostValue = lostCount == 0 ? 0 : lost / lostCount };
        double target = leveled ? Target(parts, at, plain, threads) : plain;
        return new ClvModel(parts with { Level = tilted > 0 && target > 0 ? target / tilted : 1, Interval = interval });
    }

    private static double Target(ClvParts parts, Snapshot at, double plain, int threads)
    {
        var lifetimes = new double[at.Rows];
        RowBlocks.Run(at.Features, threads, (i, row) => lifetimes[i] = parts.Lifetimes.BgValue(row));
        ReadOnlySpan<float> window = at.Features.Column(FeatureCatalogue.IndexOf("net_h")), tenure = at.Features.Column(LifetimeColumns.Tenure);
        double spent = 0;
        int old = 0;
        for (int i = 0; i < at.Rows; i++)
        {
            spent += window[i];
            old += tenure[i] > at.Point.HorizonDays ? 1 : 0;
        }

        return SpendLevel.Target(plain, lifetimes.Sum(), spent, old == 0 ? double.PositiveInfinity : (double)at.Rows / old);
    }
}
