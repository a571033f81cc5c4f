using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive segment DIR [--models ...] --out FILE.(parquet|csv|xlsx)</c>: every rule's word on every customer, and the sizes.
/// </summary>
internal static class SegmentVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "segment", "What every rule says of every customer, the groups they make, and your own segments with size and overlap.");
        SegmentBase.Arguments arguments = SegmentBase.AddTo(command);
        var output = new Option<string?>("--out")
        {
            Description = "Write one row per customer to a .parquet, .csv or .xlsx file.", HelpName = "FILE",
        };
        Option<bool> rawCells = CommonOptions.RawCells(), json = CommonOptions.Json();
        Option<string?> store = StoreAccess.Store();
        command.Add(output);
        command.Add(rawCells);
        command.Add(store);
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            (SegmentBase loaded, SegmentTable table) = WorkProgress.Run(context.Console, progress =>
            {
                SegmentBase own = SegmentBase.Load(arguments, parsed, context, progress, cancellation);
                return (own, own.Table(own.AsOf, progress, cancellation));
            });
            if (parsed.GetValue(output) is { } file)
            {
                SegmentsExport.Write(table, file, parsed.GetValue(rawCells));
                StoreAccess.NoteExport(
                    context, parsed.GetValue(store), parsed.GetRequiredValue(arguments.Models), "segments", file, table.Count);
                context.Console.Note($"{table.Count} customers written to {file}");
            }

            IReadOnlyList<string> cutoffs = CutoffWords.Of(loaded.Book);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    AsOf = table.AsOf.ToString(), Model = loaded.Scorer?.Stamp, Customers = table.Count,
                    Prospects = table.History.Tables?.Prospects?.Count, Metrics = table.Columns.Select(c => c.Metric.Id),
                    Groups = SegmentGroups.Models.Where(table.Has).ToDictionary(m => m, m => SegmentGroups.Of(table, m)),
                    OwnSegments = SegmentGroups.Own(table), Overlaps = SegmentGroups.Overlaps(table), Cutoffs = cutoffs,
                    loaded.Book.RfmGroups, Inference = loaded.Book.Inference.Rules,
                });
                return ExitCode.Done;
            }

            Show(context.Console, loaded, table, cutoffs);
            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, SegmentBase loaded, SegmentTable table, IReadOnlyList<string> cutoffs)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        string model = loaded.Scorer is { } scorer ? $", model {scorer.Stamp.Name}/{scorer.Stamp.Version}" : ", rules alone";
        console.Heading(string.Create(c, $"{table.Count:N0} customers as of {table.AsOf}{model}"));
        Table groups = UserConsole.NewTable("model", "group", ">customers", ">share", ">spend, 365 days", ">of it", ">net value", "to do");
        foreach (string name in SegmentGroups.Models.Where(table.Has))
        {
            foreach (var (i, group) in SegmentGroups.Of(table, name).Index())
            {
                groups.AddRow(
                    i == 0 ? name.Replace('_', ' ') : "", Markup.Escape(group.Name), group.Customers.ToString("N0", c),
                    group.Share.ToString("P1", c), group.Spend365.ToString("N0", c), group.SpendShare.ToString("P1", c),
                    group.NetValue.ToString("N0", c), Markup.Escape(group.Goal ?? ""));
            }
        }

        console.Write(groups);
        IReadOnlyList<SegmentGroup> own = SegmentGroups.Own(table);
        if (own.Count > 0)
        {
            console.Heading("Your segments");
            Table sizes = UserConsole.NewTable("segment", ">customers", ">share", ">spend, 365 days", "overlaps most with");
            ILookup<string, SegmentOverlap> overlaps = SegmentGroups.Overlaps(table).ToLookup(o => o.Segment);
            foreach (SegmentGroup segment in own)
            {
                sizes.AddRow(
                    Markup.Escape(segment.Name), segment.Customers.ToString("N0", c), segment.Share.ToString("P1", c),
                    segment.Spend365.ToString("N0", c),
                    Markup.Escape(string.Join(", ", overlaps[segment.Name].Take(3).Select(
                        o => string.Create(c, $"{o.Other} {100 * o.ShareOfSegment:0} %")))));
            }

            console.Write(sizes);
        }

        console.Heading("Cut-offs in force");
        foreach (string line in cutoffs)
        {
            console.Line("  " + line);
        }
    }
}
