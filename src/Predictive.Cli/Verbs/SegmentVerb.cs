using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
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
        var to = new WriteBack("segments");
        var people = new Option<string?>("--prospects")
        {
            Description = "Write the people without a purchase (group A) to a .csv, .xlsx or .json file.", HelpName = "FILE",
        };
        Option<bool> rawCells = CommonOptions.RawCells(), json = CommonOptions.Json();
        Option<string?> store = StoreAccess.Store();
        command.Add(output);
        command.Add(to.Option);
        command.Add(people);
        command.Add(rawCells);
        command.Add(store);
        command.Add(json);
        return command.Does(context, (parsed, cancellation) =>
        {
            to.Require(parsed, parsed.GetValue(output));
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
                if (to.Send(parsed, file, cancellation) is { } sent)
                {
                    context.Console.Note($"written to {sent}");
                }
            }

            ProspectTable? prospects = ProspectTable.Of(table.History, table.AsOf, loaded.Book.Options.Portfolio.Funnel);
            if (parsed.GetValue(people) is { } list)
            {
                if (prospects is null)
                {
                    throw new RefusedInputException(
                        "--prospects: the dataset has no customers, events or contacts table, so nobody without a purchase is known. Bring "
                            + "one in with predictive import --table customers FILE.");
                }

                ProspectFile.Write(prospects, table.AsOf, list, parsed.GetValue(rawCells));
                StoreAccess.NoteExport(
                    context, parsed.GetValue(store), parsed.GetRequiredValue(arguments.Models), "prospects", list, prospects.Rows.Count);
                context.Console.Note($"{prospects.Rows.Count} prospects written to {list}");
            }

            IReadOnlyList<string> cutoffs = CutoffWords.Of(loaded.Book);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    AsOf = table.AsOf.ToString(), Model = loaded.Scorer?.Stamp, Customers = table.Count,
                    Prospects = prospects is null ? null : ProspectSums(prospects), Metrics = table.Columns.Select(c => c.Metric.Id),
                    Groups = SegmentGroups.Models.Where(table.Has).ToDictionary(m => m, m => SegmentGroups.Of(table, m)),
                    OwnSegments = SegmentGroups.Own(table), Overlaps = SegmentGroups.Overlaps(table), Cutoffs = cutoffs,
                    loaded.Book.RfmGroups, Inference = loaded.Book.Inference.Rules,
                });
                return ExitCode.Done;
            }

            Show(context.Console, loaded, table, prospects, cutoffs);
            return ExitCode.Done;
        });
    }

    private static object ProspectSums(ProspectTable prospects) =>
        new { Count = prospects.Rows.Count, prospects.Activated, Prospects.Group };

    private static void Show(
        UserConsole console, SegmentBase loaded, SegmentTable table, ProspectTable? prospects, IReadOnlyList<string> cutoffs)
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
        if (prospects is { Rows.Count: > 0 })
        {
            console.Line(string.Create(
                c,
                $"and {prospects.Rows.Count:N0} people without a purchase (group {Prospects.Group}): {prospects.Activated:N0} activated, "
                    + $"{prospects.Rows.Count - prospects.Activated:N0} acquired; no figure above counts "
                    + $"them (--prospects FILE lists them)"));
        }

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
