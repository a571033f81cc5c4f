using Predictive.Learning;
using Predictive.Segmentation;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Members;

/// <summary>Settings of the CLV members.</summary>
internal sealed record ClvSettings
{
    public TreeSize Size { get; init; } = TreeSize.Ladder[0];

    /// <summary>What a search chose for the spend of buyers (log1p) instead of trees of <see cref="Size"/>; null = the size.</summary>
    public LearnerOptions? Searched { get; init; }

    /// <summary>L2 of the ridge on log1p spend, in rows.</summary>
    public double LinearPenalty { get; init; } = 300;

    /// <summary>
    /// Weights without evidence: of linear, log trees, Gamma trees, lifetimes product. One array for all: settings are compared, and arrays
    /// are compared by reference.
    /// </summary>
    public static readonly double[] DefaultWeights = [0.3, 0.3, 0.3, 0.1];

    /// <summary>Weights of the members, in the order of <see cref="ClvMembers.Names"/>.</summary>
    public double[] Weights { get; init; } = DefaultWeights;

    /// <summary>Strength of the tilt by rank, 0–1.</summary>
    public double Tilt { get; init; } = 1;

    /// <summary>
    /// Share of the base's mean chance to buy below which customers count as lost and share one value: their order among themselves is
    /// noise that costs rank correlation. Figures, and what they are worth: the folder's README.
    /// </summary>
    public double LostShare { get; init; } = 0.15;

    /// <summary>Weight of the order trees against the lifetimes expectation.</summary>
    public double OrderTreesWeight { get; init; } = 0.5;
}

/// <summary>Trains the members of the CLV model; what is set on the base as of that time (level, tilt, interval) comes after.</summary>
internal static class ClvMembers
{
    public static readonly string[] Names = ["linear", "trees", "gammaTrees", "paretoNbdGammaGamma"];

    /// <summary>
    /// Members without any setting of the base; <paramref name="full"/> false: only what out-of-fold intervals need (linear and log trees).
    /// </summary>
    public static ClvParts Fit(
        TrainingTable table,
        int[]? rows,
        ClvSettings settings,
        LifetimeTerms lifetimes,
        ILearningEngine engine,
        int seed,
        int threads,
        bool full,
        CancellationToken cancellation)
    {
        float[] spend = table.Gather(s => s.NetSpendFloat);
        int[] all = table.AllOr(rows);
        int[] buyers = [.. all.Where(r => spend[r] > 0)];
        var parts = new ClvParts
        {
            HorizonDays = table.Snapshots[0].Point.HorizonDays,
            Weights = settings.Weights,
            TiltStrength = settings.Tilt,
            OrderTreesWeight = settings.OrderTreesWeight,
            Interval = SpendInterval.Unset,
            Lifetimes = lifetimes,
        };

        float[] value = [.. buyers.Select(r => spend[r])];
        float[] log = [.. value.Select(v => (float)Math.Log(1 + v))];
        float[] weight = [.. buyers.Select(r => (float)table.Weight[r])];
        parts = parts with { LogLow = log.Min(), LogHigh = log.Max() };

        (bool atOnce, int share) = MemberThreads.For(all.Length, threads);
        ClvParts held = parts; // the range of log spend is set
        FeatureMatrix buyersWide = table.WideRows(buyers);
        FeatureMatrix? wide = full ? table.WideRows(rows) : null;
        float[] allWeight = full ? ChurnMembers.Pick(table.Weight, rows) : [];
        (LinearScorer Scorer, double Smear) linear = default;
        (IPredictor Trees, double Smear) logTrees = default;
        IPredictor? gamma = null, rank = null, orders = null;
        List<Action> members =
        [
            () => logTrees = LogTrees(),
            () => linear = Linear(),
        ];
        if (wide is not null)
        {
            members.InsertRange(
                0,
                [
                    () => rank = Train(
                        wide, ChurnMembers.Pick(table.Gather(s => s.SpendRank), rows), allWeight, Objective.Squared, 2),
                    () => orders = Train(
                        wide, ChurnMembers.Pick(table.Gather(s => s.OrderCounts), rows), allWeight, Objective.Poisson, 3),
                    () => gamma = Train(buyersWide, value, weight, Objective.Gamma, 1),
                ]);
        }

        Together.Run(atOnce, [.. members]);
        return held with
        {
            LogLinear = linear.Scorer,
            LinearSmear = linear.Smear,
            LogTrees = logTrees.Trees,
            TreesSmear = logTrees.Smear,
            GammaTrees = gamma,
            RankTrees = rank,
            OrderTrees = orders,
            OrdersPerPurchaseDay = full ? table.Snapshots[0].OrdersPerPurchaseDay() : held.OrdersPerPurchaseDay,
        };

        (LinearScorer, double) Linear()
        {
            LinearScorer scorer = LinearTrainer.Squared(table, buyers, log, settings.LinearPenalty);
            var logs = new double[buyers.Length];
            var buffer = new float[table.Features.Columns];
            for (int i = 0; i < buyers.Length; i++)
            {
                table.Features.CopyRow(buyers[i], buffer);
                logs[i] = held.Hold(scorer.Score(buffer));
            }

            return (scorer, Smearing.Factor(value, logs, weight));
        }

        (IPredictor, double) LogTrees()
        {
            IPredictor trees = settings.Searched is { } searched
                ? engine.TrainRegressor(
                    new TrainingData(buyersWide, log, weight),
                    searched with { Objective = Objective.Squared, Seed = seed, Threads = share },
                    null, cancellation)
                : Train(buyersWide, log, weight, Objective.Squared, 0);
            var logs = new double[buyers.Length];
            trees.Predict(buyersWide, logs);
            for (int i = 0; i < logs.Length; i++)
            {
                logs[i] = held.Hold(logs[i]);
            }

            return (trees, Smearing.Factor(value, logs, weight));
        }

        IPredictor Train(FeatureMatrix features, float[] labels, float[] weights, Objective objective, int offset) =>
            engine.TrainRegressor(
                new TrainingData(features, labels, weights), settings.Size.Options(objective, labels.Length, seed + offset, share), null,
                cancellation);
    }

    /// <summary>The tree outputs of every row, for combining.</summary>
    public static TreeOutputs[] Outputs(ClvParts parts, FeatureMatrix features)
    {
        FeatureMatrix wide = RowBlocks.WithConstant(features, ChurnModel.HorizonColumn, 0);
        double[] log = All(parts.LogTrees), gamma = All(parts.GammaTrees), rank = All(parts.RankTrees), orders = All(parts.OrderTrees);
        var outputs = new TreeOutputs[features.Rows];
        for (int i = 0; i < outputs.Length; i++)
        {
            outputs[i] = new TreeOutputs(log[i], gamma[i], rank[i], orders[i]);
        }

        return outputs;

        double[] All(IPredictor? predictor)
        {
            var values = new double[features.Rows];
            predictor?.Predict(wide, values);
            return values;
        }
    }

    /// <summary>The parts with everything that is set on a base: distribution of the mean value, mean cubed rank.</summary>
    public static ClvParts SetBase(ClvParts parts, FeatureMatrix features, double[] churn, TreeOutputs[] outputs, int threads)
    {
        double[] a = Means(parts, features, churn, outputs, threads);
        double cubes = 0;
        foreach (TreeOutputs output in outputs)
        {
            double r = Math.Clamp(output.Rank, 0.001, 1);
            cubes += r * r * r;
        }

        return parts with
        {
            ValueQuantiles = QuantileTable.Of(a, 1001),
            MeanValue = a.Length == 0 ? 0 : a.Average(),
            CubedRankMean = outputs.Length == 0 ? 0 : cubes / outputs.Length,
        };
    }

    /// <summary>The four values of every row, before any weighting: one array per member.</summary>
    public static double[][] Values(ClvParts parts, FeatureMatrix features, double[] churn, TreeOutputs[] outputs, int threads)
    {
        double[][] values = [.. parts.Weights.Select(_ => new double[features.Rows])];
        RowBlocks.Run(features, threads, (i, row) =>
        {
            Span<double> own = stackalloc double[4];
            parts.Values(row, 1 - churn[i], outputs[i], own);
            for (int k = 0; k < values.Length; k++)
            {
                values[k][i] = own[k];
            }
        });
        return values;
    }

    /// <summary>Weighted mean value of every row.</summary>
    public static double[] Means(ClvParts parts, FeatureMatrix features, double[] churn, TreeOutputs[] outputs, int threads)
    {
        var a = new double[features.Rows];
        RowBlocks.Run(features, threads, (i, row) =>
        {
            Span<double> values = stackalloc double[4];
            parts.Values(row, 1 - churn[i], outputs[i], values);
            a[i] = parts.Mean(values);
        });
        return a;
    }
}
