using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Labels;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive sync DIR --to NAME --out FILE.(csv|xlsx|json|parquet) [--labels A,B] [--full]</c>: segments and bands for another system,
/// as changes since the last time.
/// </summary>
internal static class SyncVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "sync", "Segments and bands for another system: who is new, who changed, who has none any more, since it was told last.");
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        var to = new Option<string>("--to") { Description = "Name of the other system.", HelpName = "NAME", Required = true };
        var output = new Option<string>("--out")
        {
            Description = "Write the changes to a .csv, .xlsx, .json or .parquet file.", HelpName = "FILE", Required = true,
        };
        var labels = new Option<string?>("--labels")
        {
            Description = $"Columns of texts, as 'segment --out' names them, with commas between. Default: "
                + $"{string.Join(",", LabelSync.StandardFields)}.",
            HelpName = "A,B",
        };
        var full = new Option<bool>("--full") { Description = "Everybody once more, as if the other system had been told nothing." };
        Option<bool> rawCells = CommonOptions.RawCells(), json = CommonOptions.Json();
        foreach (Option option in (Option[])[to, output, labels, full, rawCells, json])
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            string destination = parsed.GetRequiredValue(to), file = parsed.GetRequiredValue(output);
            if (destination.Trim().Length is 0 or > 200)
            {
                throw new RefusedInputException($"--to is '{destination}'; expected a name of 1 to 200 characters.");
            }

            (_, ScoreTable scores) = own.Score(parsed, context, cancellation);
            string data = parsed.GetRequiredValue(own.Dataset);
            SegmentTable table = ScoredSegments.Build(
                scores, scores.Bundle.Rules with
                {
                    Options = scores.Bundle.Rules.Options with { Segments = SegmentsFile.For(data).Segments },
                },
                cancellation);
            StoreDatabase store = own.Open(parsed, context);
            LabelSync sync = LabelSync.Of(
                store, destination, table,
                parsed.GetValue(labels)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
                parsed.GetValue(full));
            sync.Write(file, parsed.GetValue(rawCells));
            StoreAccess.NoteExport(
                context, parsed.GetValue(own.Store), parsed.GetRequiredValue(own.Models), "labels", file, sync.Changes.Count);
            var counts = sync.Changes.CountBy(c => c.Change).ToDictionary();
            int Count(string change) => counts.GetValueOrDefault(change);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    AsOf = scores.AsOf.ToString(), To = destination, sync.Customers, sync.Fields, Added = Count("added"),
                    Changed = Count("changed"), Removed = Count("removed"),
                });
                return ExitCode.Done;
            }

            context.Console.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{destination}: {Count("added"):N0} added, {Count("changed"):N0} changed, {Count("removed"):N0} removed, of "
                    + $"{sync.Customers:N0} customers as of {scores.AsOf}; written to {file}"));
            return ExitCode.Done;
        });
    }
}
