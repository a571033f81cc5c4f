using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Import;
using Predictive.History.Import.Tables;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>import --table customers|events|contacts|products</c>: the tables beside the transactions.</summary>
internal sealed class TableFlags
{
    private static readonly string[] s_names = [.. Enum.GetNames<ImportedTable>().Select(n => n.ToLowerInvariant())];

    private readonly Option<string?> _table = new("--table")
    {
        Description = $"A table beside the transactions: {string.Join(", ", s_names)}. Default: the transactions.", HelpName = "NAME",
    };

    private readonly (string Canonical, Option<string?> Option)[] _columns =
    [
        .. new[]
        {
            ("kind", "Column with the kind of an event: visit, service_request ..."), ("value", "Column with an event's number."),
            ("session", "Column with an event's session."), ("campaign", "Column with a contact's campaign."),
            ("outcome", "Column with what came of a contact."), ("name", "Column with a product's name."),
            ("account_id", "Column with the account that a customer belongs to."),
            ("parent_account_id", "Column with the account above that."),
        }.Select(c => (c.Item1, new Option<string?>(FlagOf(c.Item1)) { Description = c.Item2 + " With --table.", HelpName = "COL" })),
    ];

    private static string FlagOf(string canonical) =>
        "--" + canonical.Replace("_id", "", StringComparison.Ordinal).Replace('_', '-');

    private TableFlags()
    {
    }

    /// <summary>Adds the flags to a verb.</summary>
    public static TableFlags AddTo(Command command)
    {
        var flags = new TableFlags();
        command.Add(flags._table);
        foreach ((_, Option<string?> option) in flags._columns)
        {
            command.Add(option);
        }

        return flags;
    }

    /// <summary>What table the flags ask for; null = the transactions.</summary>
    public TableImportOptions? Options(ParseResult parsed, ImportOptions file)
    {
        var columns = _columns.Where(c => parsed.GetValue(c.Option) is not null)
            .ToDictionary(c => c.Canonical, c => parsed.GetValue(c.Option)!);
        if (parsed.GetValue(_table) is not { } name)
        {
            return columns.Count == 0 ? null : throw new RefusedInputException(
                $"{FlagOf(columns.Keys.First())} names a column of a table beside the transactions; give --table "
                    + $"{string.Join('|', s_names)}, too.");
        }

        return s_names.Contains(name, StringComparer.OrdinalIgnoreCase)
            ? new TableImportOptions(Enum.Parse<ImportedTable>(name, ignoreCase: true), file) { Columns = columns }
            : throw new RefusedInputException($"--table is '{name}'; expected {string.Join(", ", s_names)}.");
    }

    /// <summary>Imports under progress.</summary>
    public static TableImportReport Run(VerbContext context, TableImportOptions options, CancellationToken cancellation) =>
        WorkProgress.Run(context.Console, progress => TableImport.Run(
            options,
            progress.For<ImportProgress>(p => ("import", p.BytesTotal == 0 ? 0 : (double)p.BytesRead / p.BytesTotal)),
            cancellation));

    /// <summary>Which column is which, what was kept, what was left out and why.</summary>
    public static void Show(UserConsole console, TableImportReport report, string folder)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        Table columns = UserConsole.NewTable("as", "column", "holds");
        foreach ((string name, string source) in report.Columns)
        {
            columns.AddRow(
                Markup.Escape(name), Markup.Escape(source),
                report.Numbers.Contains(name) ? "numbers" : name.EndsWith("_at", StringComparison.Ordinal) ? "times" : "text");
        }

        console.Write(columns);
        if (report.Unused.Count > 0)
        {
            console.Line($"not used: {string.Join(", ", report.Unused)}");
        }

        string period = report.First is null ? "" : $", {report.First} to {report.Last}";
        console.Line(
            string.Create(c, $"kept {report.Kept:N0} of {report.Rows:N0} rows of {report.SourceFile}: {report.Ids:N0} ids{period}"));
        if (report.AlreadyDelivered)
        {
            console.Line("this very file had been delivered before; nothing was added");
        }

        ImportVerb.ShowCounts(console, report.Rejected, report.Remarks);
        if (report.Table == "customers" && report.Columns.Count > 1)
        {
            console.Line(
                "what a customer is has no time: the models learn from every column as if it had always been so. Where one was known only "
                    + "later (a churn flag, a last contact), name the others in dataset.json: \"attributes\": [...]");
        }

        if (report.Table is "events" or "contacts" or "products")
        {
            console.Line(report.Table switch
            {
                "events" => "kind and value become features; product, category, channel and session are shown with the customer "
                    + "(GET /v1/customers/{id}), no model reads them",
                "contacts" => "contacts are shown with the customer (GET /v1/customers/{id}) and looked over by check; no model reads "
                    + "them: they are what we did, not what the customer did",
                _ => "category becomes that of lines whose table has none (features, tags, next best); names are shown beside products; "
                    + "prices, costs and further columns are kept, nothing reads them",
            });
        }

        console.Line(
            $"{report.Table} of the dataset: {folder}"
                + $"{(report.RejectsFile is null ? "" : $"; rows left out: {Path.Combine(folder, report.RejectsFile)}")}");
    }
}
