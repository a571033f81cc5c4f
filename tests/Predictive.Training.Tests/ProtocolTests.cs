using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;
using Predictive.Training.Members;
using Predictive.Training.Levels;
using Predictive.Training.Evaluation;
using Predictive.Training.Snapshots;
using Predictive.Segmentation.Models;

namespace Predictive.Training.Tests;

public class ProtocolTests
{
    private static LocalTime Day(int day) => new(day * LocalTime.MicrosPerDay);

    [Fact]
    public void Full_windows_stand_a_third_of_a_horizon_apart_and_end_before_the_cutoff()
    {
        // 184 days of history, H = 90: T − 90 (94 days before it) and T − 120 (64); T − 150 has 34 days, less than the 45 needed.
        IReadOnlyList<SnapshotPoint> full = SnapshotPlan.Dense(Day(0), 90).Full(Day(184));
        Assert.Equal([Day(94), Day(64)], full.Select(p => p.AsOf));
        Assert.Equal([1, Math.Pow(2, -30 / 180.0)], full.Select(p => p.Weight));
    }

    [Fact]
    public void No_label_window_ever_passes_the_cutoff()
    {
        for (int horizon = 7; horizon <= 365; horizon += 29)
        {
            for (int days = 10; days < 1500; days += 173)
            {
                foreach (SnapshotPoint p in SnapshotPlan.Dense(Day(0), horizon).Full(Day(days))
                    .Concat(SnapshotPlan.Dense(Day(0), horizon).Half(Day(days))))
                {
                    Assert.True(p.LabelEnd <= Day(days), $"H = {horizon}, T = {days}");
                    Assert.True(p.AsOf >= Day(SnapshotPlan.HistoryNeeded(horizon)), $"H = {horizon}, T = {days}");
                }
            }
        }
    }

    [Fact]
    public void A_validation_cutoff_has_a_window_after_it_and_a_training_window_before_it()
    {
        // T = 455, H = 91: T − 91 = 364 trains on windows that end by 364; 12 full windows at most, 31 days apart.
        IReadOnlyList<LocalTime> cutoffs = SnapshotPlan.Dense(Day(0), 91).ValidationCutoffs(Day(455), 3);
        Assert.Equal([Day(364), Day(333), Day(303)], cutoffs);
    }

    [Fact]
    public void Validation_windows_share_no_day_where_the_history_is_long_enough()
    {
        // T = 455, H = 91: three windows can be learned from before T − 182 = 273 (182, 151, 120 ...); a third such cutoff has two.
        SnapshotPlan plan = SnapshotPlan.Dense(Day(0), 91);
        Assert.Equal([Day(364), Day(273)], plan.ValidationCutoffs(Day(455), 2));
        // The second is the first of a training one horizon earlier: what is fitted there serves both.
        Assert.Equal(Day(273), plan.ValidationCutoffs(Day(364), 1)[0]);
        // T = 320: T − 182 = 138 has one window before it only.
        Assert.Equal([Day(229), Day(198)], plan.ValidationCutoffs(Day(320), 2));
    }

    [Fact]
    public void A_draw_is_ascending_without_repeats_and_depends_on_the_seed_alone()
    {
        int[] a = HistorySample.Draw(1000, 100, 3);
        Assert.Equal(100, a.Distinct().Count());
        Assert.Equal(a.Order(), a);
        Assert.Equal(a, HistorySample.Draw(1000, 100, 3));
        Assert.NotEqual(a, HistorySample.Draw(1000, 100, 4));
    }

    [Fact]
    public void A_sampled_history_keeps_whole_customers()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
            [
                .. Enumerable.Range(0, 9)
                    .SelectMany(
                        c => Enumerable.Range(0, c + 1)
                            .Select(k => new TransactionLine($"c{c}", new DateTime(2024, 1, 1).AddDays(k), 10 * c, $"o{k}"))),
            ]);
        TransactionHistory sample = HistorySample.Take(history, [1, 4, 8]);
        Assert.Equal(["c1", "c4", "c8"], sample.Columns.CustomerIds);
        Assert.Equal(5, sample.Lines(1).Count);
        Assert.Equal(history.Lines(4).Amount.ToArray(), sample.Lines(1).Amount.ToArray());
        Assert.Equal(history.Lines(8).Order.ToArray(), sample.Lines(2).Order.ToArray());
    }

    [Fact]
    public void The_level_shift_reaches_the_mean_asked()
    {
        double[] f = [-3, -1, 0.5, 2, 8];
        double shift = Level.ShiftToMean(f, 0.3);
        Assert.Equal(0.3, Level.Mean([.. f.Select(v => v + shift)]), 9);
    }

    [Fact]
    public void Blend_weights_find_the_member_that_knows_and_sum_to_one()
    {
        var random = new Random(11);
        const int N = 40_000;
        double[] truth = new double[N], noise = new double[N];
        var churned = new float[N];
        for (int i = 0; i < N; i++)
        {
            truth[i] = (4 * random.NextDouble()) - 2;
            noise[i] = (4 * random.NextDouble()) - 2;
            churned[i] = random.NextDouble() < 1 / (1 + Math.Exp(-truth[i])) ? 1 : 0;
        }

        double[] weights = BlendWeights.Fit([new BlendWeights.Window([truth, noise], churned)], [0.5, 0.5], 100);
        Assert.Equal(1, weights.Sum(), 12);
        Assert.True(weights[0] > 0.9, $"{weights[0]}");

        // Twenty rows against a prior of ten thousand change next to nothing.
        double[] few = BlendWeights.Fit([new BlendWeights.Window([truth[..20], noise[..20]], churned[..20])], [0.5, 0.5], 10_000);
        Assert.InRange(few[0], 0.45, 0.55);
    }

    [Fact]
    public void A_linear_score_with_products_is_the_polynomial_and_its_contributions_add_up()
    {
        int recency = FeatureCatalogue.IndexOf("recency_days"), share = FeatureCatalogue.IndexOf("recency_share");
        var scorer = new LinearScorer(
            [recency, share], [0, 0], [10, 1], [2, 0.5], [0.5, -1], 3, [new FeatureProduct(0, 1, 2), new FeatureProduct(1, 1, -4)]);
        var row = new float[FeatureCatalogue.All.Count];
        (row[recency], row[share]) = (6, 0.75f);
        double a = Math.Log(7) - 2, b = 0.25;
        Assert.Equal(3 + (0.5 * a) - b + (2 * a * b) - (4 * b * b), scorer.Score(row), 9);
        var contributions = new double[row.Length + 1];
        scorer.AddContributions(row, 0.5, contributions);
        Assert.Equal(0.5 * ((0.5 * a) + (a * b)), contributions[recency], 9);
        Assert.Equal(0.5 * scorer.Score(row), contributions.Sum(), 9);
        // A missing value is the mean: no product of it counts.
        row[share] = float.NaN;
        Assert.Equal(3 + (0.5 * a), scorer.Score(row), 9);
    }

    [Fact]
    public void The_low_end_is_a_token_below_nine_tenths_and_a_quantile_above()
    {
        // Residuals uniform on [−1, 1]; μ = 5.
        var interval = new SpendInterval([], [new QuantileTable([-1, 1])], 0.8, [0.9, 0.9, 0.9]);
        Assert.Equal(0, interval.Of(0.79, 5).Low);
        Assert.Equal(0.02 * (Math.Exp(5 - 0.96) - 1), interval.Of(0.85, 5).Low, 9);
        Assert.Equal(Math.Exp(5 - 1 + (2 * 0.05 / 0.95)) - 1, interval.Of(0.95, 5).Low, 9);
    }

    [Fact]
    public void The_lost_share_one_value_and_nobody_else_changes()
    {
        var terms =
            new LifetimeTerms(new Predictive.Learning.Lifetimes.ParetoNbdModel(1, 1, 0, double.PositiveInfinity, 0, false, []), 90, 90);
        var parts = new ClvParts
        {
            HorizonDays = 90,
            Weights = [0, 0, 1, 0],
            Interval = new SpendInterval([], [new QuantileTable([0, 0])], 1, [0.9, 0.9, 0.9]),
            Lifetimes = terms,
            Level = 2,
            LostBelow = 0.05,
            LostValue = 0.75,
        };
        var row = new float[FeatureCatalogue.All.Count];
        // Chance to buy × Gamma trees × level; below the bound, the common value × level.
        Assert.Equal(2 * 0.1 * 40, parts.Combine(row, 0.9, new TreeOutputs(0, 40, 0.5, 0)).Expected, 9);
        Assert.Equal(1.5, parts.Combine(row, 0.96, new TreeOutputs(0, 40, 0.5, 0)).Expected, 9);
        Assert.Equal(1.5, parts.Combine(row, 0.99, new TreeOutputs(0, 900, 0.5, 0)).Expected, 9);
    }

    [Fact]
    public void Smearing_brings_the_total_back()
    {
        // log predictions of 1 for spends of 5 and 1: S = 6 / (2 (e − 1)).
        Assert.Equal(6 / (2 * (Math.E - 1)), Smearing.Factor([5, 1], [1, 1], [1, 1]), 6);
    }

    [Fact]
    public void A_quantile_table_inverts_itself()
    {
        QuantileTable table = QuantileTable.Of([.. Enumerable.Range(0, 1000).Select(i => (double)(i * i))], 1001);
        for (double level = 0.05; level < 1; level += 0.05)
        {
            Assert.Equal(level, table.Share(table.Quantile(level)), 6);
        }

        Assert.Equal(0, table.Share(-1));
        Assert.Equal(1, table.Share(2e6));
    }

    [Fact]
    public void The_interval_keeps_its_promise_on_a_two_part_world()
    {
        var random = new Random(17);
        const int N = 20_000;
        double[] p = new double[N], mu = new double[N], net = new double[N];
        for (int i = 0; i < N; i++)
        {
            p[i] = random.NextDouble();
            mu[i] = 3 + (2 * random.NextDouble());
            net[i] = random.NextDouble() < p[i] ? Math.Exp(mu[i] + (0.8 * Normal(random))) - 1 : 0;
        }

        SpendInterval interval = IntervalFitter.Fit(p.AsSpan(0, N / 2), mu.AsSpan(0, N / 2), net.AsSpan(0, N / 2));
        int below = 0, above = 0, likely = 0, inside = 0;
        for (int i = N / 2; i < N; i++)
        {
            var (low, high) = interval.Of(p[i], mu[i]);
            Assert.True(low <= high && low >= 0);
            below += net[i] < low ? 1 : 0;
            above += net[i] > high ? 1 : 0;
            if (p[i] >= 0.5)
            {
                likely++;
                inside += net[i] >= low && net[i] <= high ? 1 : 0;
            }
        }

        Assert.True(below <= 0.12 * N / 2, $"below {below}");
        Assert.True(above <= 0.12 * N / 2, $"above {above}");
        Assert.InRange(inside / (double)likely, 0.76, 0.84);
    }

    [Fact]
    public void A_season_never_seen_widens_the_interval_by_what_it_moves_the_level()
    {
        var random = new Random(29);
        const int N = 10_000;
        const double Season = 0.6, Spread = 0.8;
        double[] p = [.. Enumerable.Repeat(1.0, N)], mu = [.. Enumerable.Repeat(4.0, N)];
        double[] net = [.. mu.Select(m => Math.Exp(m + (Spread * Normal(random))) - 1)];
        SpendInterval blind = IntervalFitter.Fit(p, mu, net), aware = IntervalFitter.Fit(p, mu, net, Season);

        double Covered(SpendInterval interval)
        {
            var (low, high) = interval.Of(1, 4);
            return Enumerable.Range(0, 40_000)
                .Select(_ => Math.Exp(4 + (Season * Normal(random)) + (Spread * Normal(random))) - 1)
                .Average(v => v >= low && v <= high ? 1 : 0);
        }

        // The blind band covers what 1.28 · .8 covers of a spread of one, 69 %.
        Assert.InRange(Covered(blind), 0.66, 0.73);
        Assert.InRange(Covered(aware), 0.77, 0.83);
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    /// <summary>Planted: a level that all customers of a window share; aware of it, windows off by it keep a tenth a side.</summary>
    [Fact]
    public void A_level_that_moves_from_window_to_window_keeps_the_promise_in_each()
    {
        var random = new Random(31);
        const int N = 10_000;
        const double Level = 0.3, Spread = 0.8;
        double[] p = [.. Enumerable.Repeat(1.0, N)], mu = [.. Enumerable.Repeat(4.0, N)];
        double[] net = [.. mu.Select(m => Math.Exp(m + (Spread * Normal(random))) - 1)];
        SpendInterval blind = IntervalFitter.Fit(p, mu, net), aware = IntervalFitter.Fit(p, mu, net, commonError: Level);

        (double Below, double Above) Missed(SpendInterval interval, double shift)
        {
            var (low, high) = interval.Of(1, 4);
            double[] spends = [.. Enumerable.Range(0, 40_000).Select(_ => Math.Exp(4 + shift + (Spread * Normal(random))) - 1)];
            return (spends.Average(v => v < low ? 1.0 : 0), spends.Average(v => v > high ? 1.0 : 0));
        }

        Assert.InRange(Missed(blind, -Level).Below, 0.15, 0.25);
        Assert.InRange(Missed(blind, Level).Above, 0.15, 0.25);
        Assert.InRange(Missed(aware, -Level).Below, 0.05, 0.12);
        Assert.InRange(Missed(aware, Level).Above, 0.05, 0.12);
    }

    [Theory]
    [InlineData(0.80, 0.40, 0.02, "A")]
    [InlineData(0.755, 0.40, 0.02, "B")]
    [InlineData(0.745, 0.40, 0.02, "C")]
    [InlineData(0.70, 0.40, 0.02, "D")]
    public void Grades_follow_the_table(double auc, double logLoss, double ece, string grade)
    {
        var baseline = new BaselineMetrics(new ChurnMetrics(.5, .75, .7, .5, .2, .05, 1.5), new ClvMetrics(1, 1, .4, 1, 1, .7, .5));
        ModelGrade made = Grading.Grade(
            new ChurnMetrics(.5, auc, .7, logLoss, .2, ece, 1.5),
            new ClvMetrics(1, 1, .5, 1, 1, .8, .5),
            Baselines.Names.ToDictionary(n => n, _ => baseline));
        Assert.Equal(grade, made.Churn);
        Assert.Equal("A", made.Clv);
        Assert.Equal(grade, made.Overall);
        var stamp = new MetricsStamp { ChurnGrade = new GradeStamp(made.Churn, ""), ClvGrade = new GradeStamp(made.Clv, "") };
        Assert.Equal(grade != "D", stamp.Promotable);
    }

    /// <summary>Where everybody left, or nobody, the linear member says how many and nothing of who.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public void One_class_alone_gives_a_level_and_no_slopes(int label)
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
            [.. Enumerable.Range(0, 60).SelectMany(c => Enumerable.Range(0, 3).Select(
                i => new TransactionLine($"c{c:00}", new DateTime(2023, 1, 1).AddDays((c + (i * 37)) % 200), 10 + c)))]);
        var store = new SnapshotStore(history, 60, threads: 1, TimeProvider.System);
        LocalTime asOf = LocalTime.From(new DateTime(2023, 6, 1));
        TrainingTable table = TrainingTable.Stack([store.Get(new SnapshotPoint(asOf, 60, 1), labels: true)], 60);
        var labels = new float[table.Rows];
        Array.Fill(labels, label);
        LinearScorer scorer = LinearTrainer.Logistic(table, null, labels, new ChurnSettings());
        var row = new float[table.Features.Columns];
        double[] scores = [.. Enumerable.Range(0, table.Rows).Select(r =>
        {
            table.Features.CopyRow(r, row);
            return scorer.Score(row);
        })];
        Assert.Single(scores.Distinct());
        Assert.Equal(label == 1 ? 1 - 1e-4 : 1e-4, LogOdds.ToProbability(scores[0]), 1e-12);
    }
}
