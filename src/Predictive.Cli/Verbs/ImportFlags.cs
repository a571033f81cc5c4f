using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History.Import;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>The flags that say how a file becomes a dataset: <c>import</c> and <c>up</c> share them.</summary>
internal sealed class ImportFlags
{
    private readonly Option<string?> _preset = new("--preset")
    {
        Description = $"A known export, where its header does not tell: {string.Join(", ", ImportPresets.Names)}.", HelpName = "NAME",
    };
    private readonly Option<string?> _customer =
        Column("--customer", "Column with the customer id (stays text). Default: found by name and content.");
    private readonly Option<string?> _guest =
        Column("--guest", "Column that names the customer where the customer id does not: the e-mail address of guests.");
    private readonly Option<string?> _time = Column("--time", "Column with the time of the order. Default: found by name and content.");
    private readonly Option<string?> _date = Column("--date", "The same as --time, beside --time-of-day.");
    private readonly Option<string?> _timeOfDay =
        Column("--time-of-day", "Column with the time of day, where the date has a column of its own.");
    private readonly Option<string?> _order = Column("--order", "Column with the order id.");
    private readonly Option<string?> _amount = Column(
        "--amount",
        "Column with the net amount; or give --quantity and --unit-price; with neither beside --customer and --time, each row counts 1.");
    private readonly Option<string?> _quantity = Column("--quantity", "Column with the units.");
    private readonly Option<string?> _unitPrice = Column("--unit-price", "Column with the price of one unit.");
    private readonly Option<string?> _product = Column("--product", "Column with the product id.");
    private readonly Option<string?> _category = Column("--category", "Column with the category.");
    private readonly Option<string?> _channel = Column("--channel", "Column with the sales channel.");
    private readonly Option<string?> _discount = Column("--discount", "Column with the discount of the line.");
    private readonly Option<string?> _unitCost = Column("--unit-cost", "Column with the cost of one unit.");
    private readonly Option<string?> _status = Column("--status", "Column with the order's status; see --count-status.");
    private readonly Option<string?> _countStatus = Values("--count-status", "Statuses that count; rows of others are left out.");
    private readonly Option<string?> _refund =
        Values("--refund", "Columns with money given back on the row; each is subtracted as a line of its own.");
    private readonly Option<bool> _refundOfOrder = new("--refund-of-order")
    {
        Description = "What --refund names is the whole order's: equal on several of its rows, it is subtracted once.",
    };

    private readonly Option<string?> _currency = new("--currency")
    {
        Description = "Column with the currency of the row; or an ISO 4217 code that all amounts are in, whatever marks they carry.",
        HelpName = "COL|ISO",
    };
    private readonly Option<string?> _only = new("--only") { Description = "Keep rows in this currency alone.", HelpName = "ISO" };
    private readonly Option<string?> _rates =
        new("--rates") { Description = "CSV of currency,rate: amounts are multiplied by the rate of their currency.", HelpName = "FILE" };
    private readonly Option<string?> _noCustomer = Values("--no-customer", "Customer ids that stand for nobody.");
    private readonly Option<bool> _foldCase =
        new("--fold-case") { Description = "Ids that differ by upper and lower case alone are one customer." };
    private readonly Option<string?> _excludeProduct = Values("--exclude-product", "Products that are none: postage, fees, gift cards.");
    private readonly Option<string?> _fillDown =
        Values("--fill-down", "Columns whose empty fields take the value of the row before, within one order.");
    private readonly Option<string?> _timeFormat = new("--time-format")
    {
        Description =
            "A .NET date-time format, or unix, unix-s, unix-ms, unix-us, excel, excel-1904; several separated by |. Default: detected.",
        HelpName = "F",
    };
    private readonly Option<string> _timeZone =
        new("--time-zone") { Description = "IANA time zone that days are counted by.", HelpName = "TZ", DefaultValueFactory = _ => "UTC" };
    private readonly Option<string?> _delimiter =
        new("--delimiter") { Description = "The character between fields, or tab. Default: detected.", HelpName = "C" };
    private readonly Option<string?> _decimal = new("--decimal") { Description = "The decimal mark. Default: detected.", HelpName = ".|," };
    private readonly Option<string?> _encoding =
        new("--encoding") { Description = "utf-8, windows-1252, gb18030 ... Default: detected.", HelpName = "NAME" };
    private readonly Option<string?> _sheet =
        new("--sheet") { Description = "Sheet of an Excel workbook. Default: the first.", HelpName = "NAME" };
    private readonly Option<bool> _overwrite = new("--overwrite") { Description = "Replace the transactions of a dataset that is there." };

    private ImportFlags()
    {
    }

    /// <summary>Adds the flags to a verb.</summary>
    public static ImportFlags AddTo(Command command)
    {
        var flags = new ImportFlags();
        foreach (Option option in flags.All)
        {
            command.Add(option);
        }

        return flags;
    }

    private Option[] All =>
    [
        _preset, _customer, _guest, _time, _date, _timeOfDay, _order, _amount, _quantity, _unitPrice, _product, _category, _channel,
        _discount, _unitCost, _status, _countStatus, _refund, _refundOfOrder,
        _currency, _only, _rates, _noCustomer, _foldCase, _excludeProduct, _fillDown, _timeFormat, _timeZone, _delimiter, _decimal,
        _encoding, _sheet, _overwrite,
    ];

    /// <summary>The options the flags ask for.</summary>
    public ImportOptions Options(ParseResult parsed, IReadOnlyList<string> files, string output)
    {
        string? currency = parsed.GetValue(_currency), status = parsed.GetValue(_status), product = parsed.GetValue(_product);
        bool iso = currency is { Length: 3 } && currency.All(char.IsAsciiLetterUpper);
        var filters = new List<ImportFilter>();
        if (status is not null || parsed.GetValue(_countStatus) is not null)
        {
            filters.Add(status is not null && List(parsed.GetValue(_countStatus)) is { Length: > 0 } counted
                ? new ImportFilter(status, counted, true, "status")
                : throw new RefusedInputException(
                    "--status names the column, --count-status the values that count, such as --status order_status --count-status "
                        + "completed,processing; give both."));
        }

        if (List(parsed.GetValue(_excludeProduct)) is { Length: > 0 } excluded)
        {
            filters.Add(new ImportFilter(
                product ?? throw new RefusedInputException("--exclude-product needs the column with the products: --product COL."),
                excluded, false, "product"));
        }

        return new ImportOptions
        {
            Source = files[0],
            MoreSources = [.. files.Skip(1)],
            OutputFolder = output,
            Preset = parsed.GetValue(_preset),
            CustomerColumn = parsed.GetValue(_customer),
            GuestColumn = parsed.GetValue(_guest),
            TimeColumn = parsed.GetValue(_time) ?? parsed.GetValue(_date),
            TimeOfDayColumn = parsed.GetValue(_timeOfDay),
            OrderColumn = parsed.GetValue(_order),
            AmountColumn = parsed.GetValue(_amount),
            QuantityColumn = parsed.GetValue(_quantity),
            UnitPriceColumn = parsed.GetValue(_unitPrice),
            ProductColumn = product,
            CategoryColumn = parsed.GetValue(_category),
            ChannelColumn = parsed.GetValue(_channel),
            DiscountColumn = parsed.GetValue(_discount),
            UnitCostColumn = parsed.GetValue(_unitCost),
            Filters = filters,
            RefundColumns = List(parsed.GetValue(_refund)),
            Currency = iso ? currency : null,
            CurrencyColumn = iso ? null : currency,
            OnlyCurrency = parsed.GetValue(_only),
            RatesFile = parsed.GetValue(_rates),
            NoCustomer = List(parsed.GetValue(_noCustomer)),
            RefundsOfOrder = parsed.GetValue(_refundOfOrder),
            FoldCase = parsed.GetValue(_foldCase),
            FillDown = List(parsed.GetValue(_fillDown)),
            TimeFormat = parsed.GetValue(_timeFormat),
            TimeZone = parsed.GetRequiredValue(_timeZone),
            Delimiter = parsed.GetValue(_delimiter) switch
            {
                null => null,
                "tab" or "\\t" or "\t" => '\t',
                [char c] when c is < (char)128 and not ('"' or '\n' or '\r') => c,
                string other =>
                    throw new RefusedInputException($"--delimiter is '{other}'; expected one ASCII character other than a quote, or tab."),
            },
            DecimalComma = parsed.GetValue(_decimal) switch
            {
                null => null,
                "." => false,
                "," => true,
                string other => throw new RefusedInputException($"--decimal is '{other}'; expected . or ,"),
            },
            Encoding = parsed.GetValue(_encoding),
            Sheet = parsed.GetValue(_sheet),
            Existing = parsed.GetValue(_overwrite) ? ExistingData.Overwrite : ExistingData.Refuse,
        };
    }

    /// <summary>
    /// Looks the file over, shows what was found, and settles doubts: asked on a terminal, refused with the flags that decide in a pipe.
    /// </summary>
    /// <param name="console">Where the mapping is shown (standard error where standard output is a document).</param>
    /// <param name="options">As asked for.</param>
    /// <param name="quiet">True = only what is odd is told.</param>
    public static ImportOptions Settle(UserConsole console, ImportOptions options, bool quiet)
    {
        ImportPlan plan = ImportPlan.Of(options);
        if (plan.IsFound && !quiet)
        {
            Show(console, plan);
        }

        foreach (string note in plan.IsFound && !quiet ? [] : plan.Notes)
        {
            console.Note($"note: {note}");
        }

        return console.CanAsk
            ? plan.Doubts.Aggregate(plan.Options, (settled, doubt) => Ask(console, doubt)(settled))
            : plan.Settled().Options;
    }

    /// <summary>Has a doubt settled by whoever sits at the terminal; asked again where the answer is no number of a choice.</summary>
    /// <returns>What the answer makes of the options.</returns>
    /// <exception cref="RefusedInputException">Nothing is decided: q, or the end of the input.</exception>
    public static Func<ImportOptions, ImportOptions> Ask(UserConsole console, MappingDoubt doubt)
    {
        console.Note(doubt.Question);
        for (int i = 0; i < doubt.Choices.Count; i++)
        {
            console.Note(string.Create(CultureInfo.InvariantCulture, $"  {i + 1}) {doubt.Choices[i].Text}"));
        }

        while (console.Ask("Number (Enter = 1, q = stop): ") is { } answer && answer is not ("q" or "Q"))
        {
            int choice = answer is "" ? 1 : int.TryParse(answer, NumberStyles.None, CultureInfo.InvariantCulture, out int n) ? n : 0;
            if (choice >= 1 && choice <= doubt.Choices.Count)
            {
                return doubt.Choices[choice - 1].Apply;
            }

            console.Note($"'{answer}' is none of 1 to {doubt.Choices.Count.ToString(CultureInfo.InvariantCulture)}.");
        }

        throw new RefusedInputException($"{doubt.Question} Decide with {doubt.Flags}.");
    }

    private static void Show(UserConsole console, ImportPlan plan)
    {
        console.Heading(plan.Preset is { } preset
            ? $"Recognised: {preset} (docs/presets.md says what each column means)"
            : "Columns, found by name and content");
        Table table = UserConsole.NewTable("as", "column", "first rows", "", "");
        foreach (var (canonical, source, examples) in plan.Columns)
        {
            string[] cells = [.. examples.Concat(["", "", ""]).Take(3).Select(e => Markup.Escape(e.Length > 32 ? e[..31] + "…" : e))];
            table.AddRow([canonical, Markup.Escape(source), .. cells]);
        }

        console.Write(table);
        foreach (ImportFilter filter in plan.Options.Filters)
        {
            console.Line(
                $"{filter.Column}: rows with {string.Join(", ", filter.Values.Select(v => v.Length == 0 ? "nothing" : v))} "
                    + $"{(filter.Keep ? "count, others do not" : "do not count")}");
        }

        foreach (string note in plan.Notes)
        {
            console.Line($"note: {note}");
        }

        if (plan.Unused.Count > 0)
        {
            console.Line(
                $"not used: {string.Join(", ", plan.Unused.Take(12))}"
                    + $"{(plan.Unused.Count > 12 ? $" and {plan.Unused.Count - 12} more" : "")}");
        }
    }

    private static string[] List(string? values) =>
        values is null ? [] : [.. values.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)];

    private static Option<string?> Column(string name, string description) => new(name) { Description = description, HelpName = "COL" };

    private static Option<string?> Values(string name, string description) => new(name) { Description = description, HelpName = "A,B" };
}
