using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Registry;
using Predictive.Training;
using Predictive.Training.Evaluation;
using Predictive.Training.Pipeline;

namespace Predictive.Worker.Gate;

/// <summary>Who decides whether a new version serves.</summary>
public enum Promotion
{
    /// <summary>The gate.</summary>
    Auto,

    /// <summary>Nobody: the version is kept without an alias.</summary>
    Never,

    /// <summary>The operator, whatever the gate says; its reasons are kept with the version.</summary>
    Force,
}

/// <summary>What the gate said of a candidate.</summary>
/// <param name="Reasons">Why it is held; empty = it may serve.</param>
/// <param name="Accepted">Reasons that <see cref="GateOptions.Accept"/> names: told, not held against it.</param>
/// <param name="Notes">What was compared and how.</param>
/// <param name="Facts">Of the delivery.</param>
/// <param name="Step">How its new lines compare with those before.</param>
public sealed record GateVerdict(
    IReadOnlyList<GateReason> Reasons, IReadOnlyList<GateReason> Accepted, IReadOnlyList<string> Notes, DeliveryFacts Facts,
    DeliveryStep? Step)
{
    /// <summary>Code of the reason that the champion is pinned: neither the gate's options nor the operator's word pass it.</summary>
    public const string PinnedCode = "pinned";

    /// <summary>The candidate's twin, judged; null = it was not.</summary>
    public JudgedReport? Twin { get; init; }

    /// <summary>Whether the candidate may not serve.</summary>
    public bool Holds => Reasons.Count > 0;

    /// <summary>Whether the champion is pinned.</summary>
    public bool IsPinned => Reasons.Any(r => r.Code == PinnedCode);

    /// <summary>The same with the champion pinned.</summary>
    public GateVerdict Pinned(int champion) => this with
    {
        Reasons =
        [
            .. Reasons,
            new(
                PinnedCode,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"version {champion} serves and is pinned: nothing replaces it. Unpin it (models pin {champion} --off), then "
                        + $"promote.")),
        ],
    };
}

/// <summary>
/// Decides whether a candidate may replace the champion: the delivery it learned from fits the last accepted one
/// (<see cref="DeliveryCheck"/>), it is not worse out of time (<see cref="TwinTest"/>) nor than its baselines, it predicts a base like the
/// champion's, and it predicts the same thing.
/// </summary>
public static class PromotionGate
{
    private const string GradeCode = "grade";

    /// <summary>Judges a candidate. Where there is no champion there is nothing to hold it against but its baselines.</summary>
    /// <param name="history">What it learned from.</param>
    /// <param name="sample">What that is a sample of; null = the whole base.</param>
    /// <param name="candidate">Its options.</param>
    /// <param name="bundle">The candidate.</param>
    /// <param name="grade">Its grade, with the noise of each measure; null = it has none.</param>
    /// <param name="champion">The version in service; null = none.</param>
    /// <param name="kept">The champion's twin, where it was kept (<see cref="KeptTwin"/>); null = it is learned anew.</param>
    /// <param name="engineOf">The engine of a name and trainer that the champion's manifest gives; null = not to be had here.</param>
    /// <param name="book">What was accepted before.</param>
    /// <param name="options">The bands.</param>
    /// <param name="progress">Told of the stages.</param>
    /// <param name="cancellation">Ends early.</param>
    public static GateVerdict Judge(
        TransactionHistory history,
        SampleStamp? sample,
        TrainingOptions candidate,
        ModelBundle bundle,
        ModelGrade? grade,
        ModelBundle? champion,
        ModelPackage? kept,
        Func<EngineStamp, ILearningEngine?> engineOf,
        GateBook book,
        GateOptions options,
        IProgress<PipelineProgress>? progress,
        CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(candidate);
        ArgumentNullException.ThrowIfNull(bundle);
        ArgumentNullException.ThrowIfNull(engineOf);
        ArgumentNullException.ThrowIfNull(book);
        ArgumentNullException.ThrowIfNull(options);
        var reasons = new List<GateReason>();
        var notes = new List<string>();
        DeliveryStep? step = null;
        JudgedReport? twin = null;
        bool isAsGood = false;
        DeliveryFacts facts = DeliveryFacts.Of(history, candidate.AsOf) with { Sample = sample };
        if (champion is null)
        {
            if (bundle.Manifest.Metrics is { Promotable: false })
            {
                reasons.Add(new(GradeCode, "grade D: worse than its baselines out of time."));
            }

            notes.Add("There is no champion: the first version is held against its baselines only.");
        }
        else
        {
            if (book.Accepted is { } accepted)
            {
                DeliveryVerdict delivery = DeliveryCheck.Run(accepted, book.Steps, history, candidate.AsOf, options, sample);
                reasons.AddRange(delivery.Reasons);
                notes.AddRange(delivery.Notes);
                step = delivery.Step;
            }
            else
            {
                notes.Add("No delivery was accepted by the gate before: this one was not compared with another.");
            }

            reasons.AddRange(SameMeaning(bundle, champion));
            if (bundle.Manifest.Metrics.ChurnGrade is null && champion.Manifest.Metrics.ChurnGrade is not null)
            {
                reasons.Add(
                    new(
                        "no-grade",
                        $"could not be judged out of time, and the champion was (grade {champion.Manifest.Metrics.ChurnGrade.Letter}): "
                            + $"too little data for a window of {candidate.HorizonDays} days before {candidate.AsOf}."));
            }

            reasons.AddRange(Shift(bundle.Distribution.ChurnMean, bundle.Distribution.ClvMean, champion, options));
            if (champion.Given is { } given)
            {
                (GateReason? stays, string? why) = AgainstGiven(given, champion.Manifest.HorizonDays, candidate.AsOf);
                reasons.AddRange(stays is null ? [] : [stays]);
                notes.AddRange(why is null ? [] : [why]);
            }
            else if (engineOf(champion.Manifest.Engine) is not { } engine)
            {
                notes.Add(
                    $"The champion was learned with {champion.Manifest.Engine.Label}, which is not "
                        + "among the engines of this training: its twin was not judged.");
            }
            else if (champion.Manifest.HorizonDays == candidate.HorizonDays
                && champion.Manifest.TryAsOf(out LocalTime championAsOf))
            {
                (IReadOnlyList<GateReason> worse, string note, twin) =
                    TwinTest.Run(history, candidate, engine, championAsOf, kept, options, progress, cancellation);
                reasons.AddRange(worse);
                notes.Add(note);
                isAsGood = twin is not null && worse.Count == 0;
            }

            if (bundle.Manifest.Metrics is { Promotable: false })
            {
                (GateReason? low, string? why) = LowGrade(
                    grade, champion.Manifest.Metrics is { Promotable: false }, isAsGood, options);
                reasons.AddRange(low is null ? [] : [low]);
                notes.AddRange(why is null ? [] : [why]);
            }
        }

        (IReadOnlyList<GateReason> held, IReadOnlyList<GateReason> passed) = options.Divide(reasons);
        return new GateVerdict(held, passed, notes, facts, step) { Twin = twin };
    }

    // Nothing can be learned of a model from outside to compare it with. While its scores speak of days to come it is not replaced unasked;
    // after that, whatever was trained knows more.
    internal static (GateReason? Reason, string? Note) AgainstGiven(GivenScores given, int horizonDays, LocalTime now) =>
        given.AsOf.AddDays(horizonDays) > now
            ? (
                new(
                    "champion-given",
                    $"the champion's scores were given by '{given.Source}' as of {given.AsOf} for {horizonDays} days: there is no recipe "
                        + "to compare out of time, and they are not over. Promote by hand, or say that the change is wanted."),
                null)
            : (
                null,
                $"The champion's scores were given by '{given.Source}' as of {given.AsOf}; the {horizonDays} days that they speak of "
                    + "are over, so the candidate was held against its baselines only.");

    // A grade goes by one standard error, a refusal by as many as against the champion: on a small base every third model without any fault
    // is graded D. Where the champion is no better graded, to refuse as good a candidate would only keep the older of two.
    internal static (GateReason? Reason, string? Note) LowGrade(
        ModelGrade? grade, bool isChampionLow, bool isAsGood, GateOptions options)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        Comparison[] worse = grade is null ? [] : [.. Grading.Worse(grade, options.Deviations)];
        string measures = string.Join(", ", (worse.Length > 0 ? worse : grade?.Comparisons.Where(m => m.Gain < 0) ?? [])
            .Select(m => string.Create(c, $"{m.Measure} {-m.Gain:0.000} worse than {m.Baseline}") + (m.Noise is > 0 and var noise
                ? string.Create(c, $", {-m.Gain / noise:0.0} standard errors")
                : "")));
        string expected = string.Create(c, $"expected at most {options.Deviations:0.#}");
        if (grade is not null && worse.Length == 0)
        {
            return (null, $"Grade D, but not told apart from its baselines: {measures}; {expected}.");
        }

        return isAsGood && isChampionLow
            ? (null, $"Grade D ({measures}), as the champion: it is as good as that one within noise.")
            : (new(GradeCode, $"grade D: worse than its baselines out of time: {measures}; {expected}."), null);
    }

    private static IEnumerable<GateReason> SameMeaning(ModelBundle candidate, ModelBundle champion)
    {
        if (candidate.Manifest.HorizonDays != champion.Manifest.HorizonDays)
        {
            yield return new(
                "horizon",
                $"predicts the next {candidate.Manifest.HorizonDays} days, the champion {champion.Manifest.HorizonDays}: every number "
                    + $"would mean something else. Train with --horizon {champion.Manifest.HorizonDays}d, or say that the change is "
                    + "wanted.");
        }

        if (candidate.Manifest.CustomersAre != champion.Manifest.CustomersAre)
        {
            yield return new(
                "level",
                $"its customers are {LevelNames.Many(candidate.Manifest.CustomersAre)}, the champion's "
                    + $"{LevelNames.Many(champion.Manifest.CustomersAre)}: every number would mean something else. Train with --level "
                    + $"{LevelNames.Of(champion.Manifest.CustomersAre)}, or say that the change is wanted.");
        }

        if (candidate.Manifest.Features.DifferenceFrom(champion.Manifest.Features) is { } difference)
        {
            yield return new("features", $"reads other features than the champion: {difference}.");
        }

        if (JsonSerializer.Serialize(candidate.Rules.Options) != JsonSerializer.Serialize(champion.Rules.Options))
        {
            yield return new("segments", "the rules of segments, tiers or bands have other settings than the champion's.");
        }
    }

    // What predicts another base than the champion's: mean churn probability and mean value of everybody.
    internal static IEnumerable<GateReason> Shift(double churnMean, double valueMean, ModelBundle champion, GateOptions options)
    {
        double now = churnMean, then = champion.Distribution.ChurnMean;
        if (Math.Abs(LogOdds(now) - LogOdds(then)) > options.ChurnShift)
        {
            yield return new(
                "churn-shift",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"predicts that {now:P0} leave, the champion {then:P0} on its base; time does not explain so much."));
        }

        double ratio = valueMean / champion.Distribution.ClvMean;
        if (champion.Distribution.ClvMean > 0 && !(ratio <= options.ValueShift && ratio >= 1 / options.ValueShift))
        {
            yield return new(
                "value-shift",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"predicts {valueMean:N2} a customer, the champion {champion.Distribution.ClvMean:N2} on its "
                        + $"base; time does not explain so much."));
        }

        static double LogOdds(double p) => Math.Log(Math.Clamp(p, 1e-4, 1 - 1e-4) / (1 - Math.Clamp(p, 1e-4, 1 - 1e-4)));
    }
}
