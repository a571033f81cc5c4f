using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Import;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive import FILE.csv[.gz] --out DIR --customer COL --time COL ...</c></summary>
internal static class ImportVerb
{
    public static Command Create(VerbContext context)
    {
        var file = new Argument<string>("FILE") { Description = "CSV file, plain or gzip." };
        var output = new Option<string>("--out") { Description = "Dataset folder to write.", HelpName = "DIR", Required = true };
        var customer = new Option<string>("--customer") { Description = "Column with the customer id (stays text).", HelpName = "COL", Required = true };
        var time = new Option<string>("--time") { Description = "Column with the instant of the order.", HelpName = "COL", Required = true };
        Option<string?> order = Column("--order", "Column with the order id.");
        Option<string?> amount = Column("--amount", "Column with the net amount; or give --quantity and --unit-price; with neither, each row counts 1.");
        Option<string?> quantity = Column("--quantity", "Column with the units.");
        Option<string?> unitPrice = Column("--unit-price", "Column with the price of one unit.");
        Option<string?> product = Column("--product", "Column with the product id.");
        Option<string?> category = Column("--category", "Column with the category.");
        Option<string?> channel = Column("--channel", "Column with the sales channel.");
        Option<string?> discount = Column("--discount", "Column with the discount of the line.");
        Option<string?> unitCost = Column("--unit-cost", "Column with the cost of one unit.");
        var timeFormat = new Option<string?>("--time-format") { Description = "A .NET date-time format, or unix-s, unix-ms, unix-us. Default: detected.", HelpName = "F" };
        var currency = new Option<string?>("--currency") { Description = "ISO 4217 code for dataset.json.", HelpName = "ISO" };
        var timeZone = new Option<string>("--time-zone") { Description = "IANA time zone that days are counted by.", HelpName = "TZ", DefaultValueFactory = _ => "UTC" };
        var source = new Option<string?>("--source") { Description = "Name of the system the file comes from, where a dataset has several.", HelpName = "NAME" };
        var rawCells = new Option<bool>("--raw-cells") { Description = "Write rows left out to rejects.csv as they are. Default: text that a spreadsheet would run (=, +, -, @ ...) gets an apostrophe before it." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("import", "Turn a CSV file into a dataset; says what was kept and why rows were left out.")
        {
            file, output, customer, time, order, amount, quantity, unitPrice, product, category, channel, discount, unitCost, timeFormat, currency, timeZone, source, rawCells, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            var options = new ImportOptions
            {
                Source = parsed.GetRequiredValue(file),
                OutputFolder = parsed.GetRequiredValue(output),
                CustomerColumn = parsed.GetRequiredValue(customer),
                TimeColumn = parsed.GetRequiredValue(time),
                OrderColumn = parsed.GetValue(order),
                AmountColumn = parsed.GetValue(amount),
                QuantityColumn = parsed.GetValue(quantity),
                UnitPriceColumn = parsed.GetValue(unitPrice),
                ProductColumn = parsed.GetValue(product),
                CategoryColumn = parsed.GetValue(category),
                ChannelColumn = parsed.GetValue(channel),
                DiscountColumn = parsed.GetValue(discount),
                UnitCostColumn = parsed.GetValue(unitCost),
                TimeFormat = parsed.GetValue(timeFormat),
                Currency = parsed.GetValue(currency),
                TimeZone = parsed.GetRequiredValue(timeZone),
                SourceName = parsed.GetValue(source),
                RawCells = parsed.GetValue(rawCells),
            };
            ImportReport report = WorkProgress.Run(context.Console, progress => CsvImport.Run(
                options,
                progress.For<ImportProgress>(p => ("import", p.BytesTotal == 0 ? 0 : (double)p.BytesRead / p.BytesTotal)),
                cancellation));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(report);
            }
            else
            {
                Show(context.Console, report, options.OutputFolder);
            }

            return ExitCode.Done;
        });
    }

    private static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "COL" };

    private static void Show(UserConsole console, ImportReport report, string folder)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        DetectedFormat f = report.Format;
        console.Line($"{report.SourceFile}: {f.Encoding}{(f.Compression == "none" ? "" : ", " + f.Compression)}, delimiter '{(f.Delimiter == "\t" ? "tab" : f.Delimiter)}', decimal '{f.DecimalSeparator}', times as {f.TimeFormat}");
        console.Line(string.Create(c, $"kept {report.Kept:N0} of {report.Rows:N0} rows: {report.Customers:N0} customers, net {report.NetAmount:N2}, {report.First} to {report.Last}"));
        if (report.AlreadyDelivered)
        {
            console.Line("this very file had been delivered before; nothing was added");
        }

        if (report.Rejected.Count > 0)
        {
            Table table = UserConsole.NewTable("left out", ">rows", "first lines");
            foreach (ImportCount r in report.Rejected)
            {
                table.AddRow(Markup.Escape(r.Text), r.Count.ToString("N0", c), string.Join(", ", r.FirstLines.Take(5)));
            }

            console.Write(table);
        }

        foreach (ImportCount r in report.Remarks)
        {
            console.Line(string.Create(c, $"kept, but worth knowing: {r.Text}: {r.Count:N0}"));
        }

        console.Line($"dataset: {folder}{(report.RejectsFile is null ? "" : $"; rows left out: {Path.Combine(folder, report.RejectsFile)}")}");
    }
}
