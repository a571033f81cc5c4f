using System.Globalization;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Training;
using Predictive.Training.Outside;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Outside;

/// <summary>Scores from outside to be judged, and against whom.</summary>
/// <param name="Model">What the outside model is called.</param>
/// <param name="History">The base, whole.</param>
/// <param name="End">Midnight after its last line that counts.</param>
/// <param name="Scores">One per as-of, oldest first.</param>
/// <param name="HorizonDays">Days the scores look ahead.</param>
/// <param name="Engine">What our model of each window is learned with: the champion's engine where there is one.</param>
public sealed record OutsideRequest(
    string Model, TransactionHistory History, LocalTime End, IReadOnlyList<OutsideScores> Scores, int HorizonDays, ILearningEngine Engine)
{
    /// <summary>The version in service; null = none.</summary>
    public ModelBundle? Champion { get; init; }

    /// <summary>Seed of every random draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>The gate's bands.</summary>
    public GateOptions Gate { get; init; } = new();

    /// <summary>Seconds the caller took to load the base, for the documents.</summary>
    public double ReadSeconds { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Windows">As-ofs whose window has passed, oldest first.</param>
/// <param name="Waiting">As-ofs whose window has not: nobody knows yet.</param>
/// <param name="Reasons">What the gate holds against the model; empty = a version of ours that scored so would serve.</param>
/// <param name="Accepted">Reasons that <see cref="GateOptions.Accept"/> names.</param>
/// <param name="Notes">What was compared and how.</param>
public sealed record OutsideVerdict(
    IReadOnlyList<OutsideReport> Windows, IReadOnlyList<OutsideScores> Waiting, IReadOnlyList<GateReason> Reasons,
    IReadOnlyList<GateReason> Accepted, IReadOnlyList<string> Notes)
{
    /// <summary>Whether the gate holds the model.</summary>
    public bool IsHeld => Reasons.Count > 0;
}

/// <summary>
/// Judges scores from outside as a backtest judges our models, then as the gate judges a candidate: on the newest window that has passed,
/// against the champion's recipe trained as of that window's start, and against the baselines.
/// </summary>
public static class OutsideJudging
{
    /// <summary>Judges.</summary>
    /// <param name="request">What, on what, against whom.</param>
    /// <param name="progress">Told of the stages.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">An as-of is not one of the base, a population is not whole, or the base cannot be trained on
    /// as of one of them.</exception>
    public static OutsideVerdict Run(OutsideRequest request, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(request);
        Finding[] faults = [.. request.Scores.SelectMany(s => s.Faults(request.History, request.End))];
        if (faults.Length > 0)
        {
            throw new DatasetException(faults);
        }

        var shared = new SharedTraining();
        var windows = new List<OutsideReport>();
        var waiting = new List<OutsideScores>();
        foreach (OutsideScores scores in request.Scores)
        {
            if (scores.AsOf.AddDays(request.HorizonDays) > request.End)
            {
                waiting.Add(scores);
                continue;
            }

            JudgedReport ours = Backtest.Run(
                request.History,
                new BacktestOptions
                {
                    Cutoff = scores.AsOf, HorizonDays = request.HorizonDays, Seed = request.Seed, Engine = request.Engine, Shared = shared,
                    ReadSeconds = request.ReadSeconds,
                },
                PrefixedProgress.Of(progress, $"{scores.AsOf} "),
                cancellation);
            windows.Add(OutsideReport.Judge(request.Model, request.History, scores, ours, request.Seed));
        }

        (List<GateReason> found, List<string> notes) = Gate(request, windows);
        (IReadOnlyList<GateReason> reasons, IReadOnlyList<GateReason> accepted) = request.Gate.Divide(found);
        return new OutsideVerdict(windows, waiting, reasons, accepted, notes);
    }

    private static (List<GateReason> Reasons, List<string> Notes) Gate(OutsideRequest request, List<OutsideReport> windows)
    {
        var reasons = new List<GateReason>();
        var notes = new List<string>();
        if (windows.Count == 0)
        {
            reasons.Add(new(
                "no-grade",
                $"could not be judged: the data end at {request.End}, so none of its windows of {request.HorizonDays} days has passed. "
                    + $"Give its scores as of {request.End.AddDays(-request.HorizonDays)} or earlier too."));
        }
        else
        {
            OutsideReport newest = windows[^1];
            // What was given has no recipe to be trained again.
            string ours = request.Champion is null or { Given: not null } ? "our model" : "the champion's recipe";
            IReadOnlyList<GateReason> worse = TwinTest.Worse(
                newest.Comparison, newest.Churn.Ece, newest.Ours.Churn.Ece, newest.AsOf, request.Gate,
                ours);
            reasons.AddRange(worse);
            notes.Add(string.Create(
                CultureInfo.InvariantCulture,
                $"On the {newest.HorizonDays} days from {newest.AsOf} it had log loss {newest.Churn.LogLoss:0.0000} and Gini "
                    + $"{newest.Clv.Gini:0.0000}, {ours}, trained as of that "
                    + $"day, {newest.Ours.Churn.LogLoss:0.0000} and {newest.Ours.Clv.Gini:0.0000}."));
            if (newest.Grade.Overall == "D")
            {
                bool isChampionLow = request.Champion is { Manifest.Metrics.Promotable: false };
                (GateReason? low, string? why) = PromotionGate.LowGrade(newest.Grade, isChampionLow, worse.Count == 0, request.Gate);
                reasons.AddRange(low is null ? [] : [low]);
                notes.AddRange(why is null ? [] : [why]);
            }
        }

        if (request.Champion is { } champion)
        {
            OutsideScores last = request.Scores[^1];
            reasons.AddRange(PromotionGate.Shift(last.Churn.Average(), last.Spend.Average(), champion, request.Gate));
        }
        else
        {
            notes.Add("There is no champion: it is held against the baselines and a model of ours that was learned for this.");
        }

        return (reasons, notes);
    }
}
