using System.Globalization;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Registry;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Worker.Gate;

/// <summary>
/// Judges a candidate against the champion on the newest window of labels that there is, by twins that saw nothing of it: the candidate's
/// recipe trained as of the window's start, and the champion's trained as long before that as the champion is older than the candidate.
/// </summary>
internal static class TwinTest
{
    /// <summary>Whether the candidate is worse, and by what.</summary>
    /// <param name="history">The new delivery.</param>
    /// <param name="candidate">Engine, as-of, horizon, seed.</param>
    /// <param name="champion">What the champion learned with.</param>
    /// <param name="championAsOf">What the champion was trained as of.</param>
    /// <param name="kept">The champion's twin, where it was kept; null = it is learned anew.</param>
    /// <param name="options">How much worse is worse.</param>
    /// <param name="progress">Told of the stages.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <returns>The reasons against the candidate, a sentence for the log, and the candidate's twin; null = it was not judged.</returns>
    public static (IReadOnlyList<GateReason> Reasons, string Note, JudgedReport? Twin) Run(
        TransactionHistory history, TrainingOptions candidate, ILearningEngine champion, LocalTime championAsOf, ModelPackage? kept,
        GateOptions options, IProgress<PipelineProgress>? progress, CancellationToken cancellation)
    {
        LocalTime cutoff = candidate.AsOf.AddDays(-candidate.HorizonDays);
        int older = Math.Max(0, candidate.AsOf.Day - championAsOf.Day);
        if (older == 0 && champion.Name == candidate.Engine.Name)
        {
            return ([], "The champion was learned as of the same time with the same engine: nothing to compare.", null);
        }

        JudgedReport mine;
        JudgedTwin theirs;
        TrainingOptions same = candidate with { Engine = champion };
        try
        {
            progress?.Report(new PipelineProgress("judge the candidate's twin", 0));
            mine = Judge(candidate.Engine, null);
            progress?.Report(new PipelineProgress("judge the champion's twin", 0));
            LocalTime before = cutoff.AddDays(-older);
            theirs = kept is not null && KeptTwin.Is(kept, same, before)
                ? KeptTwin.Judge(kept, history, cutoff, same)
                : JudgedTwin.Of(Judge(champion, before));
        }
        catch (DatasetException e)
        {
            return ([], $"The twins could not be judged: {e.Message}", null);
        }

        IReadOnlyList<GateReason> reasons = Worse(
            EngineComparison.Of(mine, theirs, candidate.Seed, candidate.Threads), mine.Churn.Ece, theirs.Churn.Ece, $"{cutoff}", options);
        return (
            reasons,
            string.Create(
                CultureInfo.InvariantCulture,
                $"On the {candidate.HorizonDays} days from {cutoff} the candidate's twin had log loss {mine.Churn.LogLoss:0.0000} and "
                    + $"Gini {mine.Clv.Gini:0.0000}, the champion's, {older} days older, {theirs.Churn.LogLoss:0.0000} and "
                    + $"{theirs.Clv.Gini:0.0000}."),
            mine);

        JudgedReport Judge(ILearningEngine engine, LocalTime? trainAsOf) => Backtest.Run(
            history,
            new BacktestOptions
            {
                Cutoff = cutoff, TrainAsOf = trainAsOf, HorizonDays = candidate.HorizonDays, Seed = candidate.Seed, Engine = engine,
                Threads = candidate.Threads, Clock = candidate.Clock, Shared = candidate.Shared, FeatureSources = candidate.FeatureSources,
            },
            progress: null,
            cancellation);
    }

    /// <summary>What makes predictions worse than the champion's of the same window, beyond noise.</summary>
    /// <param name="compared">Both, on the same customers.</param>
    /// <param name="mine">Calibration error of the candidate's churn probabilities.</param>
    /// <param name="theirs">Of the champion's.</param>
    /// <param name="cutoff">Start of the window.</param>
    /// <param name="options">How much worse is worse.</param>
    /// <param name="rival">What the other is called.</param>
    public static IReadOnlyList<GateReason> Worse(
        EngineComparison compared, double mine, double theirs, string cutoff, GateOptions options, string rival = "the champion")
    {
        var reasons = new List<GateReason>();
        Beyond("log-loss", "churn log loss", compared.LogLoss);
        Beyond("gini", "value Gini", compared.Gini);
        if (mine - theirs > options.Calibration)
        {
            reasons.Add(
                new(
                    "calibration",
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"worse than {rival} from {cutoff} on: its churn probabilities are off by {mine:0.000} on "
                            + $"average, {rival}'s by {theirs:0.000}; expected at most {options.Calibration:0.000} more.")));
        }

        return reasons;

        void Beyond(string code, string what, MeasureGain gain)
        {
            if (gain.Gain < -options.Deviations * gain.Noise && gain.Gain < 0)
            {
                reasons.Add(
                    new(
                        code,
                        string.Create(
                            CultureInfo.InvariantCulture,
                            $"worse than {rival} from {cutoff} on: {what} {gain.Value:0.0000} against {gain.Against:0.0000}, "
                                + $"{Math.Abs(gain.Gain) / Math.Max(gain.Noise, 1e-12):0.0} standard errors; expected at most "
                                + $"{options.Deviations:0.#}.")));
            }
        }
    }
}
