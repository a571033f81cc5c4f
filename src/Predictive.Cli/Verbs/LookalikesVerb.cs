using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Training.Lookalikes;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive lookalikes DIR [--first 30d] [--within 180d] [--share 0.2]</c>: which new customers resemble those that became high value.
/// </summary>
internal static class LookalikesVerb
{
    private static readonly ListColumn<Lookalike>[] s_columns =
    [
        new("rank", r => r.Rank),
        new("customer_id", r => r.CustomerId),
        new("probability", r => r.Probability),
        new("first_purchase", r => LocalTime.TryParse(r.FirstPurchase, TimeZoneInfo.Utc, out LocalTime first) ? first : r.FirstPurchase),
        new("orders", r => r.Orders),
        new("net", r => r.Net),
        new("reasons", r => string.Join(" | ", r.Reasons)),
    ];

    private static readonly ListColumn<ProspectLookalike>[] s_prospectColumns =
    [
        new("rank", r => r.Rank),
        new("customer_id", r => r.CustomerId),
        new("probability", r => r.Probability),
        new("lifecycle", r => r.Standing.Stage),
        new("standing", r => r.Standing.Reason),
        new("reasons", r => string.Join(" | ", r.Reasons)),
    ];

    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<int> first = CommonOptions.Days("--first", "Days a new customer is watched.", 30),
            within = CommonOptions.Days("--within", "Window after them in which value is earned.", 180);
        var share = new Option<double>("--share")
        {
            Description = "Share of the earlier customers that counts as high value, at most 0.5.", DefaultValueFactory = _ => 0.2,
        };
        var top = new Option<int>("--top") { Description = "Customers to show.", DefaultValueFactory = _ => 20 };
        var output =
            new Option<string?>("--out") { Description = "Write all new customers to a .csv, .xlsx or .json file.", HelpName = "FILE" };
        Option<bool> rawCells = CommonOptions.RawCells();
        Option<string?> engine = CommonOptions.Engine();
        Option<int> seed = CommonOptions.Seed();
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is refused");
        Option<bool> json = CommonOptions.Json();
        var people = new Option<bool>("--prospects")
        {
            Description = "People without a purchase instead, by attributes and events: whom to win.",
        };
        var command = new Command("lookalikes", "New customers whose first days resemble those of customers who became high value.")
        {
            dataset, CommonOptions.Level(), asOf, first, within, share, people, top, output, rawCells, engine, seed, store, memory, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            if (!(parsed.GetValue(share) is > 0 and <= 0.5))
            {
                throw new RefusedInputException(
                    string.Create(CultureInfo.InvariantCulture, $"--share is {parsed.GetValue(share)}; expected above 0 and at most 0.5."));
            }

            TransactionHistory Load(WorkProgress progress, out LookalikeOptions options)
            {
                TransactionHistory history =
                    DatasetAccess.Load(
                        parsed.GetRequiredValue(dataset), progress, cancellation, parsed.GetValue(memory), CommonOptions.LevelOf(parsed));
                options = new LookalikeOptions
                {
                    AsOf = DatasetAccess.AsOfFor(history, parsed.GetValue(asOf), context),
                    FirstDays = parsed.GetValue(first),
                    WithinDays = parsed.GetValue(within),
                    HighShare = parsed.GetValue(share),
                    Engine = Engines.Get(parsed.GetValue(engine)),
                    Seed = parsed.GetValue(seed),
                };
                progress.Report("learn from earlier customers", 0);
                return history;
            }

            void Tell<T>(object report, IReadOnlyList<T> rows, IReadOnlyList<ListColumn<T>> columns, string kind, Action show)
            {
                if (parsed.GetValue(output) is { } file)
                {
                    ListFile.Write(file, report, rows, columns, parsed.GetValue(rawCells));
                    StoreAccess.NoteExport(context, parsed.GetValue(store), CommonOptions.DefaultModels, kind, file, rows.Count);
                    context.Console.Note($"{rows.Count} {(kind == "lookalikes" ? "customers" : "prospects")} written to {file}");
                }

                if (parsed.GetValue(json))
                {
                    context.Console.WriteJson(report);
                }
                else
                {
                    show();
                }
            }

            if (parsed.GetValue(people))
            {
                ProspectReport found = WorkProgress.Run(context.Console, progress =>
                {
                    TransactionHistory history = Load(progress, out LookalikeOptions options);
                    FunnelOptions funnel = SegmentsFile.For(parsed.GetRequiredValue(dataset)).Portfolio.Funnel;
                    return ProspectFinder.Find(history, options, funnel, cancellation);
                });
                found = found with { HighValueFrom = Cents.Of(found.HighValueFrom) };
                Tell(found, found.Prospects, s_prospectColumns, "prospects", () => Show(context.Console, found, parsed.GetValue(top)));
                return ExitCode.Done;
            }

            LookalikeReport report = WorkProgress.Run(
                context.Console, progress => LookalikeFinder.Find(Load(progress, out LookalikeOptions options), options, cancellation));
            report = report with
            {
                HighValueFrom = Cents.Of(report.HighValueFrom), New = [.. report.New.Select(n => n with { Net = Cents.Of(n.Net) })],
            };
            Tell(report, report.New, s_columns, "lookalikes", () => Show(context.Console, report, parsed.GetValue(top)));
            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, ProspectReport report, int top)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        console.Heading(string.Create(
            c,
            $"{report.Prospects.Count:N0} people without a purchase as of {report.AsOf}: if they buy, chance to spend "
                + $"{report.HighValueFrom:N2} or more in the {report.WithinDays} days from the first purchase"));
        Table table = UserConsole.NewTable(">#", "person", ">chance", "standing", "why");
        foreach (ProspectLookalike row in report.Prospects.Take(top))
        {
            table.AddRow(
                row.Rank.ToString(c), Markup.Escape(row.CustomerId), row.Probability.ToString("P0", c), row.Standing.Reason,
                Markup.Escape(string.Join("; ", row.Reasons)));
        }

        console.Write(table);
        console.Line(string.Create(
            c,
            $"learned from {report.Earlier:N0} customers as they stood before their first purchase, {report.HighValue:N0} of them high "
                + $"value; nothing is said of whether somebody will buy"));
        console.Line(report.Model is { } model
            ? string.Create(
                c, $"{report.Verdict} (AUC {model.Auc:0.000} ± {report.AucError:0.000} on the newest {report.TestCustomers:N0})")
            : report.Verdict);
    }

    private static void Show(UserConsole console, LookalikeReport report, int top)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        console.Heading(
            string.Create(
                c,
                $"{report.New.Count:N0} new customers as of {report.AsOf}: chance to spend {report.HighValueFrom:N2} or more in the "
                    + $"{report.WithinDays} days after their first {report.FirstDays}"));
        Table table = UserConsole.NewTable(">#", "customer", ">chance", "first purchase", ">orders", ">net", "why");
        foreach (Lookalike row in report.New.Take(top))
        {
            table.AddRow(
                row.Rank.ToString(c), Markup.Escape(row.CustomerId), row.Probability.ToString("P0", c), row.FirstPurchase,
                row.Orders.ToString("N0", c), row.Net.ToString("N2", c), Markup.Escape(string.Join("; ", row.Reasons)));
        }

        console.Write(table);
        console.Line(
            string.Create(
                c,
                $"learned from {report.Earlier:N0} earlier customers, {report.HighValue:N0} of them high value; left out: "
                    + $"{report.TooYoung:N0} whose first days are not over, {report.OfOld:N0} first seen as the history begins"));
        if (report is { Model: { } model, FirstSpend: { } first })
        {
            Table quality = UserConsole.NewTable("", ">AUC", ">top-decile lift", ">top-decile value");
            quality.AddRow(
                "this model", model.Auc.ToString("0.000", c), model.TopDecileLift.ToString("0.00", c),
                model.ValueCapture.ToString("P0", c));
            quality.AddRow(
                "first spend", first.Auc.ToString("0.000", c), first.TopDecileLift.ToString("0.00", c),
                first.ValueCapture.ToString("P0", c));
            console.Line(string.Create(c, $"out of time, on the newest {report.TestCustomers:N0} of them: grade {report.Grade}"));
            console.Write(quality);
        }
        else
        {
            console.Line(
                "not graded: no customers whose value was known before the newest third was looked at; shorter windows or more history "
                    + "would allow it");
        }
    }
}
