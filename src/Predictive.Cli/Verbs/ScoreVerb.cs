using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive score DIR --out FILE.(parquet|csv|xlsx)</c>: one row per customer.</summary>
internal static class ScoreVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name(), version = CommonOptions.Version();
        var output = new Option<string>("--out") { Description = "File to write: .parquet, .csv or .xlsx.", HelpName = "FILE", Required = true };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("score", "Score every customer: risk, value, segments, reasons; one row each.") { dataset, asOf, models, name, version, output, json };
        return command.Does(context, (parsed, cancellation) =>
        {
            string file = parsed.GetRequiredValue(output);
            CustomerScorer scorer = ModelAccess.Scorer(parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            (ScoreTable scores, double read, double score, double write) = WorkProgress.Run(context.Console, progress =>
            {
                long start = Stopwatch.GetTimestamp();
                TransactionHistory history = DatasetAccess.Load(parsed.GetRequiredValue(dataset), progress, cancellation);
                double readSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                start = Stopwatch.GetTimestamp();
                ScoreTable table = ModelAccess.ScoreAll(scorer, history, DatasetAccess.AsOfFor(history, parsed.GetValue(asOf)), progress, cancellation);
                double scoreSeconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
                start = Stopwatch.GetTimestamp();
                progress.Report("write", 0);
                ScoresFile.Write(table, file);
                return (table, readSeconds, scoreSeconds, Stopwatch.GetElapsedTime(start).TotalSeconds);
            });
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    File = file,
                    AsOf = scores.AsOf.ToString(),
                    Model = scorer.Stamp,
                    Customers = scores.Count,
                    ExpectedChurners = scores.ChurnProbability.Sum(),
                    ExpectedSpend = scores.ClvExpected.Sum(),
                    scores.Drift,
                    Seconds = new { Read = read, Score = score, Write = write },
                });
                return ExitCode.Done;
            }

            context.Console.Line(string.Create(CultureInfo.InvariantCulture,
                $"{scores.Count:N0} customers scored as of {scores.AsOf} by {scorer.Stamp.Name}/{scorer.Stamp.Version}: {scores.ChurnProbability.Sum():N0} expected to churn, {scores.ClvExpected.Sum():N0} expected net spend in {scorer.Bundle.Manifest.HorizonDays} days"));
            context.Console.Line(string.Create(CultureInfo.InvariantCulture, $"{file} (read {read:0.0} s, score {score:0.0} s, write {write:0.0} s)"));
            return ExitCode.Done;
        });
    }
}
