using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Features;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive score DIR --out FILE.(parquet|csv|xlsx)</c>: one row per customer.</summary>
internal static class ScoreVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name(), version = CommonOptions.Version();
        var output =
            new Option<string>("--out") { Description = "File to write: .parquet, .csv or .xlsx.", HelpName = "FILE", Required = true };
        var to = new WriteBack("scores");
        Option<bool> rawCells = CommonOptions.RawCells();
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is read in parts");
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "score",
            "Score every customer: risk, value, segments, reasons; one row each.")
            {
                dataset, CommonOptions.Level(), CommonOptions.Slice(), asOf, models, name, version, output, to.Option, rawCells, store,
                memory, json,
            };
        return command.Does(context, (parsed, cancellation) =>
        {
            string file = parsed.GetRequiredValue(output);
            to.Require(parsed, file);
            CustomerScorer scorer =
                ModelAccess.Scorer(parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            var note = new ExportNote(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            var totals = new Totals();
            LocalTime at = WorkProgress.Run(context.Console, progress =>
            {
                // Reading, scoring and writing go on in turns where the base is read in parts.
                long start = Stopwatch.GetTimestamp();
                (LocalTime time, IEnumerable<TransactionHistory> parts) = DatasetAccess.LoadToScore(
                    parsed.GetRequiredValue(dataset), parsed.GetValue(asOf), parsed.GetValue(memory), progress, cancellation, context,
                    CommonOptions.LevelOf(parsed), CommonOptions.SliceOf(parsed));
                totals.Read += Stopwatch.GetElapsedTime(start).TotalSeconds;
                start = Stopwatch.GetTimestamp();
                IEnumerable<ScoreTable> scored = ModelAccess.ScoreParts(scorer, totals.Timed(parts), time, progress, cancellation);
                ScoresFile.Write(scorer, totals.Counted(scored, progress), file, null, cancellation, parsed.GetValue(rawCells));
                totals.Write = Stopwatch.GetElapsedTime(start).TotalSeconds - totals.Score - totals.PartRead;
                return time;
            });
            note.Write("scores", file, totals.Customers);
            string? table = to.Send(parsed, file, cancellation);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    File = file,
                    Table = table,
                    AsOf = at.ToString(),
                    Model = scorer.Stamp,
                    totals.Customers,
                    totals.ExpectedChurners,
                    ExpectedSpend = Cents.Of(totals.ExpectedSpend),
                    totals.Drift,
                    Seconds = new { Read = totals.Read + totals.PartRead, totals.Score, totals.Write },
                });
                return ExitCode.Done;
            }

            context.Console.Line(string.Create(CultureInfo.InvariantCulture,
                $"{totals.Customers:N0} customers scored as of {at} by {scorer.Stamp.Name}/{scorer.Stamp.Version}: "
                    + $"{totals.ExpectedChurners:N0} expected to churn, {totals.ExpectedSpend:N0} expected net spend in "
                    + $"{scorer.Bundle.Manifest.HorizonDays} days"));
            context.Console.Line(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{file} (read {totals.Read + totals.PartRead:0.0} s, score {totals.Score:0.0} s, write {totals.Write:0.0} s)"));
            if (table is not null)
            {
                context.Console.Line($"written to {table}");
            }

            return ExitCode.Done;
        });
    }

    /// <summary>Sums over the parts, and where the time went.</summary>
    private sealed class Totals
    {
        public long Customers { get; private set; }

        public double ExpectedChurners { get; private set; }

        public double ExpectedSpend { get; private set; }

        public DriftReport? Drift { get; private set; }

        public double Read { get; set; }

        public double PartRead { get; private set; }

        public double Score { get; private set; }

        public double Write { get; set; }

        public IEnumerable<TransactionHistory> Timed(IEnumerable<TransactionHistory> parts)
        {
            long start = Stopwatch.GetTimestamp();
            foreach (TransactionHistory part in parts)
            {
                PartRead += Stopwatch.GetElapsedTime(start).TotalSeconds;
                yield return part;
                start = Stopwatch.GetTimestamp();
            }

            PartRead += Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        public IEnumerable<ScoreTable> Counted(IEnumerable<ScoreTable> tables, WorkProgress progress)
        {
            long start = Stopwatch.GetTimestamp();
            double readBefore = PartRead;
            foreach (ScoreTable table in tables)
            {
                Score += Stopwatch.GetElapsedTime(start).TotalSeconds - (PartRead - readBefore);
                Customers += table.Count;
                ExpectedChurners += table.ChurnProbability.Sum();
                ExpectedSpend += table.ClvExpected.Sum();
                Drift = table.Drift;
                progress.Report("write", 0);
                yield return table;
                (start, readBefore) = (Stopwatch.GetTimestamp(), PartRead);
            }
        }
    }
}
