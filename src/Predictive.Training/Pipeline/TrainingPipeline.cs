using System.Globalization;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.Training.Members;
using Predictive.Training.Evaluation;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Snapshots;
using Predictive.Training.Selection;
using Predictive.Training.Assembly;
using Predictive.Training.Levels;

namespace Predictive.Training.Pipeline;

/// <summary>History in, trained models out.</summary>
/// <remarks>
/// <code>
/// history ─► snapshots (features before, labels after) ─► selection on inner out-of-time windows, on a sample where the base is large
///                                                     └─► members on the whole base ─► blend, level, tilt, interval as of T ─► models
/// </code>
/// Minimum data: see <see cref="DataNeeds"/>.
/// </remarks>
public static class TrainingPipeline
{
    /// <summary>Trains churn and CLV models as of a local time.</summary>
    /// <exception cref="DatasetException">The history is too small or too short; the message names the shortfall.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    public static TrainedModels Train(
        TransactionHistory history,
        TrainingOptions options,
        IProgress<PipelineProgress>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.HorizonDays, TrainingOptions.MinHorizonDays);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(options.HorizonDays, TrainingOptions.MaxHorizonDays);
        var run = new TrainingRun(history, options, progress, cancellation);
        return run.Execute();
    }
}

/// <summary>One training under way.</summary>
internal sealed class TrainingRun(
    TransactionHistory history, TrainingOptions options, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
{
    /// <summary>Season, in log-odds of churn, from which on it is worth a word.</summary>
    private const double NotedSeason = 0.05;

    /// <summary>
    /// What ln(expected / actual) of a window's total spend is in size on average over the 39 windows of the folder's README; it stands
    /// beside what the base's own windows missed, so that one or two lucky windows do not promise too much.
    /// </summary>
    private const double UsualTotalError = 0.13;

    /// <summary>The same that a season never seen adds.</summary>
    private const double UnseenSeasonError = 1.0 / 3;

    private readonly List<string> _notes = [];
    private readonly Dictionary<string, double> _seconds = [];
    private readonly SharedTraining _shared = options.Shared ?? new SharedTraining();

    // Of everything before the training's as-of: earlier snapshots are stacked on it and need the same columns.
    private readonly TableSchema? _tables = TableSchema.Fit(history, options.AsOf, options.FeatureSources);
    private readonly PurchaseCalendar _calendar = PurchaseCalendar.Of(history);
    private bool _isSeasonSeen;
    private double _storeSeconds; // spent on shared snapshots before
    private long _stageStarted = options.Clock.GetTimestamp();

    public TrainedModels Execute()
    {
        var first = new LocalTime(history.FirstMicros);
        DataNeeds.Check(history, options.AsOf);
        (int labelHorizon, string why) = LabelHorizon(first);
        string method = labelHorizon == options.HorizonDays ? "windows" : labelHorizon > 0 ? "carried" : "lifetimes";
        int horizon = labelHorizon > 0 ? labelHorizon : options.HorizonDays;
        SnapshotStore store = _shared.Store(
            history, sampled: false, options.Seed, horizon, _tables,
            () => new SnapshotStore(history, horizon, options.Threads, options.Clock, _tables));
        _storeSeconds = store.Seconds;
        var fitter = new ModelFitter(
            store, SnapshotPlan.Of(_calendar, first, options.AsOf, horizon), options.Engine, options.Seed, options.Threads,
            ModelFitter.MostTrainingRows, _shared);
        Report("features", 0.05);
        Snapshot now = fitter.At(options.AsOf, labels: false);
        var lifetimes = LifetimeTerms.Of(now.Profile, options.HorizonDays, horizon);
        if (!lifetimes.Pareto.DropoutIdentified)
        {
            _notes.Add("No dropout can be told from this history: the lifetimes models assume that nobody is lost for good.");
        }

        int days = (int)options.AsOf.DaysSince(first);
        _isSeasonSeen = days >= 365 + options.HorizonDays;
        if (!_isSeasonSeen)
        {
            _notes.Add(
                $"The history before {options.AsOf} spans {days} days: the season of the coming {options.HorizonDays} days has not "
                + "been seen, "
                    + "and the total may be off by a third.");
        }

        return method == "lifetimes" ? LifetimesOnly(now, lifetimes, why) : Labelled(fitter, now, lifetimes, method, why);
    }

    /// <summary>
    /// The asked horizon where a full window can be learned from; else a third of the history; 0 where not even that, and then why.
    /// </summary>
    private (int HorizonDays, string Why) LabelHorizon(LocalTime first)
    {
        string? fault = Unlearnable(first, options.HorizonDays);
        int third = (int)options.AsOf.DaysSince(first) / 3;
        return fault is null ? (options.HorizonDays, "")
            : third >= TrainingOptions.MinHorizonDays && third < options.HorizonDays && Unlearnable(first, third) is null ? (third, fault)
            : (0, fault);
    }

    /// <summary>Why the newest full window cannot be learned from; null where it can.</summary>
    private string? Unlearnable(LocalTime first, int horizon)
    {
        IReadOnlyList<SnapshotPoint> full = SnapshotPlan.Of(_calendar, first, options.AsOf, horizon).Full(options.AsOf);
        if (full.Count == 0)
        {
            return $"a window of {horizon} days with {SnapshotPlan.HistoryNeeded(horizon)} days of history before it needs "
                + $"{horizon + SnapshotPlan.HistoryNeeded(horizon)} days, and there are {(int)options.AsOf.DaysSince(first)}";
        }

        string window = $"the {horizon} days from {full[0].AsOf}";
        int[] population = Population.At(history, full[0].AsOf);
        if (population.Length < DataNeeds.LabelledCustomers)
        {
            return $"{population.Length} customers had bought before {window}, and {DataNeeds.LabelledCustomers} are needed";
        }

        Labels labels = Labels.Compute(history, population, full[0].AsOf, horizon);
        int churned = labels.Churned.Count(c => c > 0), spending = labels.NetSpend.Count(v => v > 0);
        int came = population.Length - churned;
        return Math.Min(churned, came) < DataNeeds.OfEachOutcome
                ? $"{came} of {population.Length} customers came back in {window} and {churned} did not, and {DataNeeds.OfEachOutcome} of "
                    + "each are needed"
            : spending < DataNeeds.OfEachOutcome
                ? $"{spending} customers spent more than was given back in {window}, and {DataNeeds.OfEachOutcome} are needed"
            : null;
    }

    private TrainedModels Labelled(ModelFitter fitter, Snapshot now, LifetimeTerms lifetimes, string method, string why)
    {
        bool carried = method == "carried";
        int customers = now.Rows;
        if (carried)
        {
            _notes.Add(
                $"No window of {options.HorizonDays} days can be learned from: {why}. Customers are ranked on {fitter.HorizonDays} days "
                    + $"and carried to {options.HorizonDays} through the Pareto/NBD model.");
        }

        int rung = TreeSize.RungFor(customers);
        var churn = new ChurnSettings { Size = TreeSize.Ladder[rung] };
        // Money is noisier than coming back: one size below churn's.
        var clv = new ClvSettings { Size = TreeSize.Ladder[rung - 1] };
        Report("selection", 0.15);
        SelectionResult selected =
            new SettingsChoice(history, options, _tables, _shared, _notes, stage => Report(stage, 0.3), cancellation)
                .Run(fitter, churn, clv);
        Stage("select");

        Report("models", 0.5);
        FittedMembers fitted = fitter.Fit(options.AsOf, selected.Churn, selected.Clv, cancellation);
        Stage("train");
        Carry? carry = carried ? new Carry(lifetimes, 0.5, 0) : null;
        ChurnModel churnModel =
            ModelAssembly.Churn(fitted.Churn, now, selected.Weights, carried ? null : fitted.Forecast.Churn, carry, options.Threads);
        var probability = new double[now.Rows];
        churnModel.Predict(now.Features, probability, options.Threads);
        if (!carried && _isSeasonSeen && Math.Abs(fitted.Forecast.Churn.Season) >= NotedSeason)
        {
            double season = fitted.Forecast.Churn.Season;
            _notes.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Season: {fitted.Forecast.Churn.Windows} past windows show a wave of a year that puts the coming window's churn "
                        + $"{Math.Abs(season):0.00} log-odds {(season > 0 ? "above" : "below")} the windows trained on; the levels of "
                        + $"churn, spend and orders follow it."));
        }

        Report("interval", 0.8);
        // Out of time, which knows what drift does; where fewer than two validation windows tell it, out of fold of the newest window, too.
        UnseenPredictions? unseen = selected.OutOfTime;
        if (unseen is null || selected.Windows.Count < 2)
        {
            UnseenPredictions outOfFold =
                fitter.CrossFit(fitted, selected.Churn, selected.Clv, selected.Weights, ModelFitter.IntervalCustomers, cancellation);
            unseen = unseen is null ? outOfFold : outOfFold.With(unseen);
        }

        SpendInterval interval = IntervalFitter.Fit(
            unseen.Buy, unseen.LogSpend, unseen.Net, _isSeasonSeen ? 0 : UnseenSeasonError, UnusualError(selected));
        ClvParts parts = fitted.Clv with { HorizonDays = options.HorizonDays, Lifetimes = lifetimes };
        ClvModel clvModel =
            ModelAssembly.Clv(
                parts, selected.Clv.LostShare, now, probability, churnModel.Offset, interval, carried ? null : fitted.Forecast,
                options.Threads);
        ClvPrediction[] predictions = Predicted(clvModel, now, probability);
        Stage("interval");
        _seconds["features"] = fitter.Store.Seconds - _storeSeconds;
        Report("done", 1);
        return new TrainedModels(churnModel, clvModel, now.Profile, now.Customers, now.Features, new TrainingReport
        {
            Method = method,
            Customers = customers,
            TrainSnapshots = [.. fitted.Table.Snapshots.Select(s => s.Point.AsOf).Distinct().OrderDescending().Select(a => a.ToString())],
            ValidationWindows = [.. selected.Cutoffs.Select(c => c.ToString())],
            Notes = _notes,
            ValidationChurn = selected.ChurnMetrics,
            ValidationClv = selected.ClvMetrics,
            ValidationBaselines = selected.Baselines,
            Grade = selected.ChurnMetrics is null
                ? null
                : Grading.Grade(selected.ChurnMetrics, selected.ClvMetrics!, selected.Baselines, selected.Noise, _isSeasonSeen),
            IsSeasonSeen = _isSeasonSeen,
            TotalSpend = Total(selected, predictions),
            Leaderboard = selected.Leaderboard,
            ChurnBlend = Blend(ChurnMembers.Names, selected.Weights),
            ValueBlend = Blend(ClvMembers.Names, selected.Clv.Weights),
            Level = carried ? null : fitted.Forecast.Report(churnModel.Offset, clvModel.Parts),
            Seconds = _seconds,
        })
        {
            TrainingSnapshots = fitted.Table.Snapshots,
            Members = fitted,
            Settings = selected,
            Probability = probability,
            Predictions = predictions,
        };
    }

    /// <summary>
    /// The sum of what is expected, and how far such sums missed on the windows inside the training period: their mean square beside one
    /// window's worth of <see cref="UsualTotalError"/>, and a season never seen.
    /// </summary>
    private ExpectedTotal? Total(SelectionResult selected, ClvPrediction[] predictions)
    {
        double[] misses = TotalMisses(selected);
        if (misses.Length == 0)
        {
            return null;
        }

        double variance = ((UsualTotalError * UsualTotalError) + misses.Sum(m => m * m)) / (1 + misses.Length);
        return ExpectedTotal.Of(
            predictions.Sum(p => p.Expected), Math.Sqrt(variance + (_isSeasonSeen ? 0 : UnseenSeasonError * UnseenSeasonError)));
    }

    private static double[] TotalMisses(SelectionResult selected) =>
        [.. selected.Windows.Select(w => Math.Log(w.Value.Sum() / w.At.NetSpend.Sum())).Where(double.IsFinite)];

    /// <summary>How far totals of past windows missed, in logarithms, beyond what is usual of any base.</summary>
    private static double UnusualError(SelectionResult selected)
    {
        double[] misses = TotalMisses(selected);
        return misses.Length == 0
            ? 0
            : Math.Sqrt(Math.Max(0, misses.Average(m => m * m) - (UsualTotalError * UsualTotalError)));
    }

    private ClvPrediction[] Predicted(ClvModel model, Snapshot now, double[] probability)
    {
        var predictions = new ClvPrediction[now.Rows];
        model.Predict(now.Features, probability, predictions, options.Threads);
        return predictions;
    }

    private TrainedModels LifetimesOnly(Snapshot now, LifetimeTerms lifetimes, string why)
    {
        _notes.Add(
            $"Nothing can be learned from what customers did next: {why}. Churn and CLV come from the lifetimes models alone (Pareto/NBD, "
                + "Gamma-Gamma).");
        // The lifetimes models read the transactions alone.
        now = now with { Profile = now.Profile with { Tables = null }, Features = now.Features.Select(FeatureCatalogue.Names) };
        var members = ChurnMembers.LifetimesOnly(now);
        ChurnModel churnModel = ModelAssembly.Churn(members, now, [0, 0, 1, 0], null, null, options.Threads);
        var probability = new double[now.Rows];
        churnModel.Predict(now.Features, probability, options.Threads);
        var parts = new ClvParts
        {
            HorizonDays = options.HorizonDays,
            Weights = [0, 0, 0, 1],
            OrdersPerPurchaseDay = now.OrdersPerPurchaseDay(),
            Interval = IntervalFitter.WithoutLabels(),
            Lifetimes = lifetimes,
        };
        ClvModel clvModel =
            ModelAssembly.Clv(parts, new ClvSettings().LostShare, now, probability, 0, parts.Interval, null, options.Threads);
        Stage("train");
        return new TrainedModels(churnModel, clvModel, now.Profile, now.Customers, now.Features, new TrainingReport
        {
            Method = "lifetimes",
            IsSeasonSeen = _isSeasonSeen,
            Customers = now.Rows,
            TrainSnapshots = [],
            ValidationWindows = [],
            Notes = _notes,
            ValidationBaselines = new Dictionary<string, BaselineMetrics>(),
            Leaderboard = [],
            ChurnBlend = Blend([ChurnMembers.Names[2]], [1]),
            ValueBlend = Blend([ClvMembers.Names[3]], [1]),
            Seconds = _seconds,
        })
        {
            Probability = probability,
            Predictions = Predicted(clvModel, now, probability),
        };
    }

    private static Dictionary<string, double> Blend(string[] names, double[] weights) =>
        names.Zip(weights).ToDictionary(m => m.First, m => m.Second);

    private void Report(string stage, double done)
    {
        cancellation.ThrowIfCancellationRequested();
        progress?.Report(new PipelineProgress(stage, done));
    }

    private void Stage(string name)
    {
        MemoryLimit.Release();
        _seconds[name] = options.Clock.GetElapsedTime(_stageStarted).TotalSeconds;
        _stageStarted = options.Clock.GetTimestamp();
    }
}
