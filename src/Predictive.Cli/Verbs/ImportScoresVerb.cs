using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Training.Outside;
using Predictive.Worker;
using Predictive.Worker.Outside;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive import-scores FILE --data DIR [--label xgboost]</c>: scores of a model that was made elsewhere, judged as a backtest
/// judges ours, held against the champion by the gate, noted among the experiments.
/// </summary>
internal static class ImportScoresVerb
{
    // A measure that cannot be told, such as the AUC where nobody left, is NaN, as in the backtest's document.
    private static readonly JsonSerializerOptions s_json = new(UserConsole.Json)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    public static Command Create(VerbContext context)
    {
        var scores = new Argument<string>("FILE")
        {
            Description =
                "CSV, Parquet or .xlsx: as_of, customer_id, churn_probability, expected_spend; expected_orders and horizon_days if wanted. "
                    + "Everybody who had bought before each as-of.",
        };
        var data = new Option<string>("--data")
        {
            Description = "Dataset folder, or a single Parquet file.", HelpName = "DIR", Required = true,
        };
        var label = new Option<string?>("--label") { Description = "What to call the outside model. Default: the file's name." };
        Option<string> name = CommonOptions.Name(), models = CommonOptions.Models();
        name.Description = "Registry name of the model whose champion it is held against.";
        Option<int> horizon = CommonOptions.Horizon(), seed = CommonOptions.Seed();
        horizon.Description = "Days the scores look ahead.";
        Option<string?> accept = GateArguments.Accept();
        var publish = new Option<bool>("--publish")
        {
            Description =
                "Keep the newest scores as a version of the registry: the challenger, unless the gate holds them. It serves once it is "
                    + "promoted.",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "import-scores",
            "Judge the scores of a model that was made elsewhere as ours are judged, beside the champion's recipe; publish them.")
        {
            scores, data, CommonOptions.Level(), label, name, models, horizon, seed, accept, publish, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string file = parsed.GetRequiredValue(scores), registry = parsed.GetRequiredValue(models);
            string rival = parsed.GetRequiredValue(name);
            int days = parsed.GetValue(horizon);
            ModelBundle? champion = Champion(registry, rival);
            if (champion is not null && champion.Manifest.HorizonDays != days)
            {
                throw new RefusedInputException(
                    $"The scores look {days} days ahead, the champion of '{rival}' {champion.Manifest.HorizonDays}: "
                        + $"they cannot be compared. Give scores for {champion.Manifest.HorizonDays} days, or name another model with "
                        + "--name.");
            }

            string dataset = parsed.GetRequiredValue(data);
            RuleOptions rules = SegmentsFile.For(dataset);
            (OutsideVerdict verdict, OutsidePublished? published) = WorkProgress.Run(context.Console, progress =>
            {
                long start = Stopwatch.GetTimestamp();
                TransactionHistory history = DatasetAccess.Load(
                    dataset, progress, cancellation, level: CommonOptions.LevelOf(parsed));
                var request = new OutsideRequest(
                    parsed.GetValue(label) ?? NameOf(file), history, DatasetAccess.AsOfFor(history, null),
                    OutsideFile.Read(file, history.Description.TimeZone, days), days, EngineOf(champion))
                {
                    Champion = champion, Seed = parsed.GetValue(seed), Gate = GateArguments.Accepting(parsed.GetValue(accept)),
                    ReadSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
                };
                OutsideVerdict made = OutsideJudging.Run(request, progress.Training(), cancellation);
                if (ExperimentNote.Add(registry, made.Windows, Path.GetFileName(file), request.Seed, history, context.Clock) is { } told)
                {
                    context.Console.Note($"note: {told}");
                }

                return (made, parsed.GetValue(publish)
                    ? OutsidePublishing.Run(
                        request, made,
                        new OutsidePlace(registry, rival, HashOf(file), rules, StoreAccess.Actor, context.Clock.GetUtcNow()), cancellation)
                    : null);
            });
            if (parsed.GetValue(json))
            {
                context.Console.Out.WriteLine(JsonSerializer.Serialize(Document(verdict, published), s_json));
            }
            else
            {
                Show(context.Console, verdict);
                Show(context.Console, published);
            }

            return verdict.IsHeld ? ExitCode.Held : ExitCode.Done;
        });
    }

    private static string NameOf(string file) =>
        Path.GetFileName(Path.TrimEndingDirectorySeparator(file)) is var name && name.IndexOf('.', 1) is > 0 and var dot
            ? name[..dot]
            : name;

    private static ModelBundle? Champion(string models, string name)
    {
        var registry = new ModelRegistry(models, SmokeTest.Admit);
        return Directory.Exists(Path.Combine(models, name)) && registry.Aliases(name).Champion is not null
            ? ModelBundle.Load(registry.Load(registry.Resolve(name)))
            : null;
    }

    private static ILearningEngine EngineOf(ModelBundle? champion) => champion is { Given: null, Manifest.Engine: { } engine }
        ? Engines.Get(engine.Name, engine.Trainer)
        : new BuiltInEngine();

    private static object Document(OutsideVerdict verdict, OutsidePublished? published) => new
    {
        Model = verdict.Windows.Select(w => w.Model).FirstOrDefault(),
        verdict.Windows,
        NotOver = verdict.Waiting.Select(w => w.AsOf.ToString()),
        Gate = new { Held = verdict.IsHeld, verdict.Reasons, verdict.Accepted, verdict.Notes },
        Published = published is null ? null : new
        {
            published.Version.Name, published.Version.Version, Alias = published.IsChallenger ? "challenger" : null,
            AsOf = published.Given.AsOf.ToString(), Customers = published.Given.Count,
        },
    };

    private static void Show(UserConsole console, OutsidePublished? published)
    {
        if (published is { Version: var version, Given: var given })
        {
            console.Line(
                $"published as {version.Name} {version.Version}: the scores of {given.Count.ToString("N0", CultureInfo.InvariantCulture)} "
                    + $"customers as of {given.AsOf}, "
                    + (published.IsChallenger
                        ? $"the challenger (predictive models promote {version.Version} puts it in service)"
                        : "held, without an alias"));
        }
    }

    private static string HashOf(string file)
    {
        // A folder is one of Parquet files, read in this order.
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string[] parts = Directory.Exists(file)
            ? [.. Directory.EnumerateFiles(file, "*.parquet", SearchOption.AllDirectories).Order(StringComparer.Ordinal)]
            : [file];
        foreach (string part in parts)
        {
            hash.AppendData(File.ReadAllBytes(part));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void Show(UserConsole console, OutsideVerdict verdict)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        foreach (OutsideReport w in verdict.Windows)
        {
            console.Heading(string.Create(
                c, $"{w.Model} as of {w.AsOf}, {w.HorizonDays} days, {w.Customers:N0} customers, beside {w.Ours.EngineLabel}"));
            console.Write(QualityTable.Of(
                [(w.Model, w.Churn, w.Clv, w.Noise), (w.Ours.EngineLabel, w.Ours.Churn, w.Ours.Clv, w.Ours.Noise)], w.Baselines));
            console.Line(w.Comparison.Reason);
            console.Line(string.Create(
                c,
                $"net spend: predicted {w.Clv.PredictedTotal:N0}, actual {w.Clv.ActualTotal:N0} "
                    + $"({w.Clv.PredictedTotal / w.Clv.ActualTotal:0.00})"));
            if (w.Orders is { } orders)
            {
                console.Line(string.Create(c, $"orders: predicted {orders.ExpectedOrders:N0}, actual {orders.ActualOrders:N0}"));
            }

            console.Line($"grade {w.Grade.Overall}: {string.Join("; ", w.Grade.Reasons)}");
            console.Line();
        }

        foreach (OutsideScores waiting in verdict.Waiting)
        {
            console.Line($"as of {waiting.AsOf}: the window is not over, nobody knows yet");
        }

        GateArguments.Show(console, verdict.Notes, verdict.Accepted, verdict.Reasons, verdict.IsHeld);
        console.Line(verdict.IsHeld ? "gate: held" : "gate: a version of ours that scored so would serve");
    }
}
