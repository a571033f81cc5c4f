using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Training.Evaluation;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Outside;

/// <summary>
/// Scores from outside, judged on the window after their as-of by the code that judges our models, beside the same baselines. The names are
/// those of the backtest document; what an outside model does not tell (intervals, next orders, how it was trained) is not there.
/// </summary>
public sealed record OutsideReport
{
    /// <summary>What the outside model is called.</summary>
    public required string Model { get; init; }

    /// <summary>As of when its scores were given: the start of the window.</summary>
    public required string AsOf { get; init; }

    /// <summary>Length of the window, days.</summary>
    public required int HorizonDays { get; init; }

    /// <summary>Customers with at least one purchase before the as-of; each had a row.</summary>
    public required int Customers { get; init; }

    /// <summary>How well it told who would leave.</summary>
    public required ChurnMetrics Churn { get; init; }

    /// <summary>How well it told what they would spend.</summary>
    public required ClvMetrics Clv { get; init; }

    /// <summary>How well it told how often they would order; null = it does not tell.</summary>
    public OrderMetrics? Orders { get; init; }

    /// <summary>recency, rfm, bgnbd, gammaGamma and boosting on the same customers, as fitted for our model's backtest.</summary>
    public required IReadOnlyDictionary<string, BaselineMetrics> Baselines { get; init; }

    /// <summary>Standard errors of the measures and of what they gain on the baselines.</summary>
    public required WindowNoise Noise { get; init; }

    /// <summary>A–D against the baselines.</summary>
    public required ModelGrade Grade { get; init; }

    /// <summary>The same window and customers by our model, trained on what was strictly before.</summary>
    public required EngineComparison Comparison { get; init; }

    /// <summary>Ten equal-width bins of the churn probability; empty bins left out.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>Our model on that window.</summary>
    [JsonIgnore]
    public JudgedReport Ours { get; init; } = null!;

    /// <summary>The window and what was given for it.</summary>
    [JsonIgnore]
    internal JudgedWindow Window { get; init; } = null!;

    /// <summary>Judges scores.</summary>
    /// <param name="model">What the outside model is called.</param>
    /// <param name="history">The base.</param>
    /// <param name="scores">Of everybody who had bought before their as-of.</param>
    /// <param name="ours">A backtest of the same history at that as-of, over the horizon of the scores.</param>
    /// <param name="seed">Of the resamples the noise is measured by.</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    /// <exception cref="DatasetException">Somebody of the population has no row, or a row is of somebody else.</exception>
    /// <exception cref="ArgumentException">The backtest is of another time.</exception>
    public static OutsideReport Judge(
        string model, TransactionHistory history, OutsideScores scores, JudgedReport ours, int seed, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(ours);
        Snapshot at = ours.Window.At;
        if (at.Point.AsOf != scores.AsOf)
        {
            throw new ArgumentException($"The backtest is of {at.Point.AsOf}, the scores are as of {scores.AsOf}.", nameof(ours));
        }

        int[] rows = scores.Rows(history, at.Customers);
        double[] churn = [.. rows.Select(r => scores.Churn[r])], spend = [.. rows.Select(r => scores.Spend[r])];
        ChurnMetrics churnMetrics = WindowMetrics.Churn(at.Churned, churn);
        ClvMetrics clvMetrics = WindowMetrics.Clv(at.NetSpend, spend);
        var window = new JudgedWindow(at, churn, spend);
        WindowNoise noise = NoiseBootstrap.Of(at, churn, spend, ours.Peers, seed, threads);
        return new OutsideReport
        {
            Model = model, AsOf = ours.AsOf, HorizonDays = ours.HorizonDays, Customers = at.Rows, Churn = churnMetrics, Clv = clvMetrics,
            Orders = scores.Orders is { } orders
                ? WindowMetrics.Orders(
                    at.Labels!, [.. rows.Select(r => new ClvPrediction(0, 0, 0, orders[r], double.NaN, double.NaN, double.NaN))])
                : null,
            Baselines = ours.Baselines, Noise = noise,
            Grade = Grading.Grade(churnMetrics, clvMetrics, ours.Baselines, noise, ours.Models.Report.IsSeasonSeen),
            Comparison = EngineComparison.Of(
                new JudgedTwin(model, churnMetrics, clvMetrics) { Window = window }, JudgedTwin.Of(ours), seed, threads),
            Calibration = CalibrationBin.Of(at.Churned, churn), Ours = ours, Window = window,
        };
    }
}
