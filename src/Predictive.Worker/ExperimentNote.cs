using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Training;
using Predictive.Training.Outside;
using Predictive.Training.Pipeline;
using Predictive.Worker.Experiments;

namespace Predictive.Worker;

/// <summary>What trainings and backtests leave in the book of experiments.</summary>
public static class ExperimentNote
{
    private static Experiment Of(TrainRun run, DateTimeOffset at)
    {
        ModelManifest manifest = run.Bundle.Manifest;
        var seconds = new SortedDictionary<string, double>(StringComparer.Ordinal);
        foreach ((string stage, double took) in run.Seconds)
        {
            seconds[stage] = Math.Round(took, 3);
        }

        return new Experiment
        {
            At = at, Kind = "train", Name = run.Version.Name, Version = run.Version.Version, AsOf = manifest.AsOf,
            HorizonDays = manifest.HorizonDays, Engine = manifest.Engine.Label, Options = OptionsOf(manifest), Data = manifest.TrainingData,
            Grade = run.Trained.Report.Grade?.Overall,
            Metrics = Experiment.MetricsOf(run.Trained.Report.ValidationChurn, run.Trained.Report.ValidationClv, null),
            Gains = Experiment.GainsOf(run.Trained.Report.Grade), Seconds = seconds,
        };
    }

    /// <summary>Notes backtests where the registry's folder is there: for them alone none is made.</summary>
    /// <param name="models">The registry's folder.</param>
    /// <param name="reports">What came of them, all of one cutoff.</param>
    /// <param name="seed">What they were seeded with.</param>
    /// <param name="tune">How long each searched; null = not.</param>
    /// <param name="history">What they were judged on.</param>
    /// <param name="cutoff">Theirs: the lines before it are stamped.</param>
    /// <param name="clock">Tells when.</param>
    /// <param name="sample">What that is a sample of; null = the whole base.</param>
    /// <returns>What is to be told where they could not be noted; null = they were, or there is no registry.</returns>
    public static string? Add(
        string models, IReadOnlyList<JudgedReport> reports, int seed, TimeSpan? tune, TransactionHistory history, LocalTime cutoff,
        TimeProvider clock, SampleStamp? sample = null)
    {
        ArgumentNullException.ThrowIfNull(reports);
        ArgumentNullException.ThrowIfNull(clock);
        if (!Directory.Exists(models))
        {
            return null;
        }

        TrainingDataStamp data = DataFingerprint.Compute(history, cutoff) with { Sample = sample };
        return Note(models, reports.Select(r => Of(r, seed, tune, data, clock.GetUtcNow())));
    }

    /// <summary>Notes scores from outside that were judged, and the backtests of ours they were held against.</summary>
    /// <param name="models">The registry's folder.</param>
    /// <param name="reports">What came of them, one per window.</param>
    /// <param name="file">Name of the file the scores came in, without its folder.</param>
    /// <param name="seed">What the backtests were seeded with.</param>
    /// <param name="history">What they were judged on.</param>
    /// <param name="clock">Tells when.</param>
    /// <returns>As of the other one.</returns>
    public static string? Add(
        string models, IReadOnlyList<OutsideReport> reports, string file, int seed, TransactionHistory history, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(reports);
        ArgumentNullException.ThrowIfNull(clock);
        return !Directory.Exists(models) ? null : Note(models, reports.SelectMany(r =>
        {
            TrainingDataStamp data = DataFingerprint.Compute(history, r.Ours.Cutoff);
            return new[] { Of(r.Ours, seed, null, data, clock.GetUtcNow()), Of(r, file, seed, data, clock.GetUtcNow()) };
        }));
    }

    // A book that cannot be written costs nothing that was found.
    private static string? Note(string models, IEnumerable<Experiment> experiments)
    {
        try
        {
            var book = new ExperimentBook(models);
            foreach (Experiment experiment in experiments)
            {
                book.Add(experiment);
            }

            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "not noted among the experiments: their folder cannot be written";
        }
    }

    private static Experiment Of(JudgedReport report, int seed, TimeSpan? tune, TrainingDataStamp data, DateTimeOffset at)
    {
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["seed"] = seed.ToString(System.Globalization.CultureInfo.InvariantCulture), ["engine"] = report.EngineLabel,
        };
        if (tune is { } budget)
        {
            options["tune"] = budget.ToString("c");
        }

        return new Experiment
        {
            At = at, Kind = "backtest", AsOf = report.AsOf, HorizonDays = report.HorizonDays, Engine = report.EngineLabel,
            Options = options, Data = data, Grade = report.Grade.Overall,
            Metrics = Experiment.MetricsOf(report.Churn, report.Clv, report.Noise?.Model), Gains = Experiment.GainsOf(report.Grade),
            Seconds = new SortedDictionary<string, double>(StringComparer.Ordinal)
            {
                ["read"] = report.Seconds.Read, ["features"] = report.Seconds.Features, ["train"] = report.Seconds.Train,
                ["score"] = report.Seconds.Score, ["total"] = report.Seconds.Total,
            },
        };
    }

    private static Experiment Of(OutsideReport report, string file, int seed, TrainingDataStamp data, DateTimeOffset at) => new()
    {
        At = at, Kind = "outside", AsOf = report.AsOf, HorizonDays = report.HorizonDays, Engine = report.Model,
        Options = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["engine"] = report.Model, ["file"] = file, ["seed"] = seed.ToString(System.Globalization.CultureInfo.InvariantCulture),
        },
        Data = data, Grade = report.Grade.Overall, Metrics = Experiment.MetricsOf(report.Churn, report.Clv, report.Noise.Model),
        Gains = Experiment.GainsOf(report.Grade), Seconds = new Dictionary<string, double>(),
    };

    /// <summary>Notes a training's runs; a book that cannot be written is told, and costs no version.</summary>
    internal static void Add(TrainRequest request, IReadOnlyList<TrainRun> runs, DateTimeOffset at, IProgress<PipelineProgress>? progress)
    {
        if (Note(request.Models, runs.Select(r => Of(r, at))) is { } told)
        {
            progress?.Report(new PipelineProgress(told, 1));
        }
    }

    private static SortedDictionary<string, string> OptionsOf(ModelManifest manifest)
    {
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal)
        {
            ["seed"] = manifest.Seed.ToString(System.Globalization.CultureInfo.InvariantCulture), ["engine"] = manifest.Engine.Label,
        };
        if (manifest.Options is { ValueKind: JsonValueKind.Object } told)
        {
            foreach (JsonProperty option in told.EnumerateObject())
            {
                options[option.Name] = option.Value.ValueKind == JsonValueKind.String
                    ? option.Value.GetString()! : option.Value.GetRawText();
            }
        }

        return options;
    }
}
