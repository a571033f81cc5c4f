using Predictive.Learning.BuiltIn;
using System.Globalization;
using System.IO.Compression;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.History.Simulation;
using Predictive.Training.Pipeline;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Evaluation;
using Predictive.Training.Snapshots;
using Predictive.Tests;
using Predictive.Segmentation.Rules;

namespace Predictive.Training.Tests;

public class TrainingPipelineTests
{
    private static readonly ILearningEngine Engine = new BuiltInEngine();

    private static readonly Lazy<(TransactionHistory History, LocalTime AsOf)> Simulated = new(() =>
    {
        TransactionHistory history = Simulator.Generate(new SimulationOptions { Customers = 900, Years = 1, Seed = 8 }).History;
        return (history, LocalTime.MidnightAfter(history.LastMicros).AddDays(-60));
    });

    private static readonly Lazy<TrainedModels> Trained = new(() => Train(Simulated.Value.History, 2));

    private static TrainedModels Train(TransactionHistory history, int threads) => TrainingPipeline.Train(
        history, new TrainingOptions { AsOf = Simulated.Value.AsOf, HorizonDays = 60, Engine = Engine, Threads = threads });

    private static byte[] Bytes(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }

    [Fact]
    public void The_same_seed_gives_the_same_bytes_on_one_thread_and_on_two()
    {
        TrainedModels one = Train(Simulated.Value.History, 1);
        Assert.Equal(Bytes(Trained.Value.Churn.Save), Bytes(one.Churn.Save));
        Assert.Equal(Bytes(Trained.Value.Clv.Save), Bytes(one.Clv.Save));
    }

    [Fact]
    public void A_training_that_shares_with_one_before_it_gives_the_same_bytes()
    {
        var engine = new CountingEngine(Engine);
        var options = new TrainingOptions { AsOf = Simulated.Value.AsOf, HorizonDays = 60, Engine = engine, Shared = new SharedTraining() };
        Backtest.Run(
            Simulated.Value.History,
            new BacktestOptions
            {
                Cutoff = options.AsOf.AddDays(-60), HorizonDays = 60, Engine = engine, Shared = options.Shared,
            });
        int judged = engine.Trained;
        TrainedModels shared = TrainingPipeline.Train(Simulated.Value.History, options);
        int published = engine.Trained - judged;
        Assert.Equal(Bytes(Trained.Value.Churn.Save), Bytes(shared.Churn.Save));
        Assert.Equal(Bytes(Trained.Value.Clv.Save), Bytes(shared.Clv.Save));
        Assert.Equal(Trained.Value.Report.ValidationChurn, shared.Report.ValidationChurn);
        Assert.Equal(Trained.Value.Report.ValidationClv, shared.Report.ValidationClv);
        Assert.True(published < judged / 2, $"{published} of {judged} ensembles had to be learned again");
    }

    [Fact]
    public void A_search_tries_churn_and_spend_and_is_kept_only_where_it_wins_out_of_time()
    {
        var trials = new Heard();
        TrainedModels tuned = TrainingPipeline.Train(Simulated.Value.History, new TrainingOptions
        {
            AsOf = Simulated.Value.AsOf, HorizonDays = 60, Engine = Engine, Tune = TimeSpan.FromSeconds(2), TuneProgress = trials,
            Clock = new SteppingClock(),
        });
        Assert.Equal([Objective.Logistic, Objective.Squared], trials.Objectives.Distinct());
        TrainingReport report = tuned.Report, standard = Trained.Value.Report;
        Assert.True(report.ValidationChurn!.LogLoss <= standard.ValidationChurn!.LogLoss);
        // Judged with the churn model in force: that may have changed too, and a better one never loses what the search for spend is
        // compared with.
        bool churnKept = report.Notes.Any(n => n.StartsWith("The search for churn", StringComparison.Ordinal));
        bool spendKept = report.Notes.Any(n => n.StartsWith("The search for spend", StringComparison.Ordinal));
        if (churnKept)
        {
            Assert.Equal(standard.ValidationChurn, report.ValidationChurn);
            Assert.Equal(spendKept, report.ValidationClv == standard.ValidationClv);
        }
        else
        {
            Assert.True(report.ValidationChurn!.LogLoss < standard.ValidationChurn.LogLoss);
        }

        Assert.Contains(report.Leaderboard, e => e.Task == "churn" && e.Candidate.StartsWith("searched", StringComparison.Ordinal));
        Assert.Contains(report.Leaderboard, e => e.Task == "clv" && e.Candidate.Contains("searched", StringComparison.Ordinal));
    }

    /// <summary>
    /// A clock on which every look takes a twentieth of a second: a budget in time then is a number of looks, the same on any machine.
    /// </summary>
    private sealed class SteppingClock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Add(ref _ticks, TimeSpan.TicksPerSecond / 20);
    }

    private sealed class Heard : IProgress<SearchTrial>
    {
        public List<Objective> Objectives { get; } = [];

        public void Report(SearchTrial value)
        {
            lock (Objectives)
            {
                Objectives.Add(value.Options.Objective);
            }
        }
    }

    [Fact]
    public void What_happens_after_the_as_of_instant_does_not_change_a_byte()
    {
        LocalTime asOf = Simulated.Value.AsOf;
        TransactionHistory all = Simulated.Value.History;
        var lines = new List<TransactionLine>();
        for (int c = 0; c < all.CustomerCount; c++)
        {
            CustomerLines own = all.Lines(c).Before(asOf);
            for (int i = 0; i < own.Count; i++)
            {
                lines.Add(new TransactionLine(
                    all.CustomerId(c), new LocalTime(own.OrderedAt[i]).ToDateTime(), own.Amount[i],
                    own.Order.IsEmpty ? null : own.Order[i].ToString("D9", CultureInfo.InvariantCulture)));
            }

            // Planted after the instant: everybody buys for a fortune, the very next day.
            lines.Add(new TransactionLine(all.CustomerId(c), asOf.AddDays(1).ToDateTime(), 1e6, $"x{c:D8}"));
        }

        TransactionHistory cut = TransactionHistoryBuilder.Build(lines.Where(l => LocalTime.From(l.OrderedAt) < asOf));
        var known = lines.Where(l => LocalTime.From(l.OrderedAt) < asOf).Select(l => l.CustomerId).ToHashSet(StringComparer.Ordinal);
        TrainedModels without = Train(cut, 0),
            with = Train(TransactionHistoryBuilder.Build(lines.Where(l => known.Contains(l.CustomerId))), 0);
        Assert.Equal(Bytes(without.Churn.Save), Bytes(with.Churn.Save));
        Assert.Equal(Bytes(without.Clv.Save), Bytes(with.Clv.Save));

        // With those who first buy after the instant, customers stand at other positions, by which folds go; the predictions are the same
        // all the same.
        TrainedModels strangers = Train(TransactionHistoryBuilder.Build(lines), 0);
        Assert.Equal(without.Features.Rows, strangers.Features.Rows);
        double[] a = new double[without.Features.Rows], b = new double[without.Features.Rows];
        without.Churn.Predict(without.Features, a);
        strangers.Churn.Predict(strangers.Features, b);
        Assert.Equal(a, b);
    }

    [Fact]
    public void Batch_single_and_reloaded_predictions_are_the_same_bits_and_contributions_sum_to_the_log_odds()
    {
        TrainedModels models = Trained.Value;
        ChurnModel churnModel = ChurnModel.Load(Bytes(models.Churn.Save));
        ClvModel clvModel = ClvModel.Load(Bytes(models.Clv.Save));
        Assert.Equal(Bytes(models.Churn.Save), Bytes(churnModel.Save));
        Assert.Equal(Bytes(models.Clv.Save), Bytes(clvModel.Save));
        var churn = new double[models.Features.Rows];
        models.Churn.Predict(models.Features, churn);
        var clv = new ClvPrediction[churn.Length];
        models.Clv.Predict(models.Features, churn, clv);
        var row = new float[FeatureCatalogue.All.Count];
        var contributions = new double[row.Length + 1];
        for (int i = 0; i < churn.Length; i += 7)
        {
            models.Features.CopyRow(i, row);
            Assert.Equal(churn[i], churnModel.Predict(row));
            Assert.Equal(clv[i], clvModel.Predict(row, churn[i]));
            churnModel.Explain(row, contributions);
            Assert.Equal(Math.Log(churn[i] / (1 - churn[i])), contributions.Sum(), 6);
            Assert.True(clv[i].Low >= 0 && clv[i].Low <= clv[i].High && clv[i].Expected >= 0 && clv[i].ExpectedOrders >= 0);
            Assert.InRange(clv[i].NextOrderDays, clv[i].NextOrderLowDays, clv[i].NextOrderHighDays);
        }
    }

    [Fact]
    public void A_payload_cut_anywhere_is_refused_by_name()
    {
        byte[] churn = Bytes(Trained.Value.Churn.Save), clv = Bytes(Trained.Value.Clv.Save);
        for (int k = 1; k <= 20; k++)
        {
            Assert.Throws<LearningException>(() => ChurnModel.Load(churn.AsMemory(0, churn.Length * k / 21)));
            Assert.Throws<LearningException>(() => ClvModel.Load(clv.AsMemory(0, clv.Length * k / 21)));
        }

        Assert.Contains("churn.bin", Assert.Throws<LearningException>(() => ChurnModel.Load(clv)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Too_little_data_is_refused_naming_every_shortfall()
    {
        TransactionHistory one = TransactionHistoryBuilder.Build([new TransactionLine("a", new DateTime(2024, 1, 1), 5)]);
        var e = Assert.Throws<DatasetException>(
            () => TrainingPipeline.Train(one, new TrainingOptions { AsOf = LocalTime.From(new DateTime(2024, 1, 11)), Engine = Engine }));
        Assert.Equal(["too-few-customers", "too-few-repeat-customers", "history-too-short"], e.Findings.Select(f => f.Code));
        Assert.Contains("49 more", e.Message, StringComparison.Ordinal);
        Assert.Contains("20 more", e.Message, StringComparison.Ordinal);
        e = Assert.Throws<DatasetException>(
            () => TrainingPipeline.Train(one, new TrainingOptions { AsOf = LocalTime.From(new DateTime(2024, 1, 1)), Engine = Engine }));
        Assert.Equal("no-purchase-before-as-of", e.Findings[0].Code);
    }

    [Fact]
    public void Without_any_label_window_the_lifetimes_models_stand_alone_and_say_so()
    {
        TransactionHistory history = Simulated.Value.History;
        LocalTime early = new LocalTime(history.FirstMicros).AddDays(40);
        TrainedModels models = TrainingPipeline.Train(history, new TrainingOptions { AsOf = early, HorizonDays = 365, Engine = Engine });
        Assert.Equal("lifetimes", models.Report.Method);
        Assert.Contains(models.Report.Notes, n => n.Contains("lifetimes models alone", StringComparison.Ordinal));
        var churn = new double[models.Features.Rows];
        models.Churn.Predict(models.Features, churn);
        int active = FeatureCatalogue.IndexOf("pareto_active");
        Assert.Equal(1 - models.Features.Column(active)[0], churn[0], 5);
    }

    [Fact]
    public void Online_Retail_is_above_the_bar()
    {
        TransactionHistory history = Csv("data/online_retail/online_retail_to_2011-08-31.csv.gz", f =>
            f[6].Length == 0 || double.Parse(f[5], CultureInfo.InvariantCulture) <= 0 ? null
            : new TransactionLine(
                f[6], DateTime.Parse(f[4], CultureInfo.InvariantCulture),
                double.Parse(f[3], CultureInfo.InvariantCulture) * double.Parse(f[5], CultureInfo.InvariantCulture), f[0], f[1]));
        BacktestReport report =
            Backtest.Run(history, new BacktestOptions { Cutoff = LocalTime.From(new DateTime(2011, 6, 3)), Engine = Engine });
        Assert.Equal(2735, report.Customers);
        Assert.True(report.Churn.Auc >= 0.75, report.ToJson());
        Assert.True(report.Churn.LogLoss <= 0.585 && report.Churn.Ece <= 0.04, report.ToJson());
        Assert.True(report.Clv.Gini >= 0.80 && report.Clv.Spearman >= 0.51, report.ToJson());
        Assert.InRange(report.Clv.PredictedTotal / report.Clv.ActualTotal, 0.85, 1.15);
    }

    [Fact]
    public void Cdnow_is_above_the_bar_and_a_horizon_without_a_window_is_carried()
    {
        TransactionHistory history = Csv("data/cdnow/cdnow_sample.csv.gz", f =>
            new TransactionLine(
                f[1], DateTime.ParseExact(f[2], ["yyyyMMdd", "yyyy-MM-dd"], CultureInfo.InvariantCulture),
                double.Parse(f[4], CultureInfo.InvariantCulture)));
        BacktestReport report =
            Backtest.Run(
                history, new BacktestOptions { Cutoff = LocalTime.From(new DateTime(1998, 4, 1)), HorizonDays = 91, Engine = Engine });
        Assert.True(report.Churn.Auc >= 0.825 && report.Churn.LogLoss <= 0.29, report.ToJson());
        Assert.True(report.Clv.Gini >= 0.73 && report.Clv.Spearman >= 0.37, report.ToJson());

        BacktestReport carried = Backtest.Run(
            history, new BacktestOptions { Cutoff = LocalTime.From(new DateTime(1997, 10, 1)), HorizonDays = 273, Engine = Engine });
        Assert.Equal("carried", carried.Training.Method);
        Assert.Contains(carried.Training.Notes, n => n.Contains("carried to 273", StringComparison.Ordinal));
        // Below the log loss of the lifetimes model alone, which knows the horizon.
        Assert.True(carried.Churn.LogLoss < carried.Baselines["bgnbd"].Churn!.LogLoss, carried.ToJson());
    }

    /// <summary>The fields of a comma-separated file with quotes; exact duplicates dropped where there is an order id.</summary>
    private static TransactionHistory Csv(string path, Func<string[], TransactionLine?> line)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Path(path)), CompressionMode.Decompress));
        reader.ReadLine();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var lines = new List<TransactionLine>();
        while (reader.ReadLine() is { } text)
        {
            if (line([.. Split(text)]) is { } made && (made.OrderId is null || seen.Add(text)))
            {
                lines.Add(made);
            }
        }

        return TransactionHistoryBuilder.Build(lines);
    }

    private static IEnumerable<string> Split(string text)
    {
        var field = new System.Text.StringBuilder();
        bool quoted = false;
        foreach (char c in text)
        {
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (c == ',' && !quoted)
            {
                yield return field.ToString();
                field.Clear();
            }
            else
            {
                field.Append(c);
            }
        }

        yield return field.ToString();
    }
}
