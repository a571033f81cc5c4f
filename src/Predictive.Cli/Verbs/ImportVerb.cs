using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Import;
using Predictive.History.Import.Tables;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive import FILE... --out DIR [--preset NAME] [--customer COL --time COL ...]</c></summary>
internal static class ImportVerb
{
    public static Command Create(VerbContext context)
    {
        var file = new Argument<string[]>("FILE")
        {
            Description =
                "CSV (plain, gzip, a zip of one file), Excel workbook, Parquet file or folder; several with one header; - = "
                    + "standard input.",
            Arity = ArgumentArity.OneOrMore,
        };
        var output = new Option<string>("--out") { Description = "Dataset folder to write.", HelpName = "DIR", Required = true };
        var source = new Option<string?>("--source")
        {
            Description = "Name of the system the file comes from, where a dataset has several.", HelpName = "NAME",
        };
        var append = new Option<bool>("--append")
        {
            Description = "Add to the transactions of a dataset that is there; a file that was appended before counts once.",
        };
        var rawCells = new Option<bool>("--raw-cells")
        {
            Description =
                "Write rows left out to rejects.csv as they are. Default: text that a spreadsheet would run (=, +, -, @ ...) gets an "
                    + "apostrophe before it.",
        };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "import",
            "Turn a shop's file into a dataset; finds the columns, says what was kept and why rows were left out.") { file, output };
        ImportFlags flags = ImportFlags.AddTo(command);
        TableFlags tables = TableFlags.AddTo(command);
        foreach (Option option in (Option[])[append, source, rawCells, json])
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            using var input = StandardInput.For(parsed.GetRequiredValue(file));
            ImportOptions options = flags.Options(parsed, input.Files, parsed.GetRequiredValue(output));
            options = options with
            {
                SourceName = parsed.GetValue(source),
                RawCells = parsed.GetValue(rawCells),
                Existing = parsed.GetValue(append) ? ExistingData.Append : options.Existing,
            };
            bool asJson = parsed.GetValue(json);
            if (tables.Options(parsed, options) is { } table)
            {
                TableImportReport made = TableFlags.Run(context, table, cancellation);
                if (asJson)
                {
                    context.Console.WriteJson(made);
                }
                else
                {
                    TableFlags.Show(context.Console, made, options.OutputFolder);
                }

                return ExitCode.Done;
            }

            ImportReport report = Run(context, ImportFlags.Settle(context.Console, options, quiet: asJson), cancellation);
            if (asJson)
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

    /// <summary>Imports under progress; what the whole file leaves open is asked on a terminal, and refused in a pipe.</summary>
    public static ImportReport Run(VerbContext context, ImportOptions options, CancellationToken cancellation)
    {
        while (true)
        {
            MappingDoubt doubt;
            try
            {
                return WorkProgress.Run(context.Console, progress => CsvImport.Run(
                    options,
                    progress.For<ImportProgress>(p => ("import", p.BytesTotal == 0 ? 0 : (double)p.BytesRead / p.BytesTotal)),
                    cancellation));
            }
            catch (DatasetException e) when (context.Console.CanAsk && FormatDoubt.Of(e) is not null)
            {
                doubt = FormatDoubt.Of(e)!;
            }

            options = ImportFlags.Ask(context.Console, doubt)(options);
        }
    }

    /// <summary>What was kept, what was left out and why.</summary>
    public static void Show(UserConsole console, ImportReport report, string folder)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        DetectedFormat f = report.Format;
        console.Line(
            $"{report.SourceFile}: {f.Encoding}{(f.Compression == "none" ? "" : ", " + f.Compression)}, delimiter "
                + $"'{(f.Delimiter == "\t" ? "tab" : f.Delimiter)}', decimal '{f.DecimalSeparator}', times as {f.TimeFormat}");
        console.Line(
            string.Create(
                c,
                $"kept {report.Kept:N0} of {report.Rows:N0} rows: {report.Customers:N0} customers, net {report.NetAmount:N2}, "
                    + $"{report.First} to {report.Last}"));
        if (report.AlreadyDelivered)
        {
            console.Line("this very file had been delivered before; nothing was added");
        }

        ShowCounts(console, report.Rejected, report.Remarks);
        console.Line(
            $"dataset: {folder}{(report.RejectsFile is null ? "" : $"; rows left out: {Path.Combine(folder, report.RejectsFile)}")}");
    }

    /// <summary>What was left out and why, and what was kept but is worth knowing.</summary>
    public static void ShowCounts(UserConsole console, IReadOnlyList<ImportCount> rejected, IReadOnlyList<ImportCount> remarks)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        if (rejected.Count > 0)
        {
            Table table = UserConsole.NewTable("left out", ">rows", "first lines");
            foreach (ImportCount r in rejected)
            {
                table.AddRow(Markup.Escape(r.Text), r.Count.ToString("N0", c), string.Join(", ", r.FirstLines.Take(5)));
            }

            console.Write(table);
        }

        foreach (ImportCount r in remarks)
        {
            string lines = r.FirstLines.Count == 0 ? "" : $" (first lines {string.Join(", ", r.FirstLines.Take(5))})";
            console.Line(string.Create(c, $"kept, but worth knowing: {r.Text}: {r.Count:N0}{lines}"));
        }
    }

    /// <summary>
    /// Files as named; standard input among them is kept in a temporary file, since it is read more than once, and removed at the end.
    /// </summary>
    private sealed class StandardInput(IReadOnlyList<string> files, string? temporary) : IDisposable
    {
        public IReadOnlyList<string> Files => files;

        public static StandardInput For(string[] files)
        {
            if (!files.Contains("-"))
            {
                return new StandardInput(files, null);
            }

            string folder = Directory.CreateTempSubdirectory("predictive-stdin-").FullName, file = Path.Combine(folder, "standard-input");
            using Stream input = Console.OpenStandardInput();
            using FileStream copy = File.Create(file);
            input.CopyTo(copy);
            return new StandardInput([.. files.Select(f => f == "-" ? file : f)], folder);
        }

        public void Dispose()
        {
            if (temporary is not null)
            {
                Directory.Delete(temporary, recursive: true);
            }
        }
    }
}
