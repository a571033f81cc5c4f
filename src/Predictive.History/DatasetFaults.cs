using System.Globalization;
namespace Predictive.History;

/// <summary>
/// The one home of what a refused dataset is told: what was found, what was expected, where, what to do. Loader, import and check all
/// take their blocking findings from here, so the same fault reads the same everywhere.
/// </summary>
public static class DatasetFaults
{
    /// <summary>No file or folder at the path.</summary>
    public static Finding MissingPath(string path) => Blocking(
        "missing-path",
        $"Found nothing at '{path}'; expected a dataset folder or a Parquet file. Check the path, or make a dataset with 'predictive "
            + "import'.");

    /// <summary>A folder without a transactions table.</summary>
    public static Finding MissingTable(string folder, string table) => Blocking(
        "missing-table",
        $"Found no {table}.parquet and no folder '{table}' in '{folder}'. A dataset holds the table '{table}' as one Parquet file or a "
            + "folder of them.",
        table);

    /// <summary>A column that is required, or named by the caller, is absent.</summary>
    /// <param name="table">Table or file.</param>
    /// <param name="column">The column looked for, by its source name.</param>
    /// <param name="meaning">The canonical column it was to be.</param>
    /// <param name="present">Names found there.</param>
    public static Finding MissingColumn(string table, string column, string meaning, IReadOnlyCollection<string> present) => Blocking(
        "missing-column",
        $"'{table}' has no column '{column}' (wanted as {meaning}); it has: {List(present)}. {Suggest(column, present)}",
        table,
        column);

    /// <summary>A column of a type that cannot be what it is mapped to.</summary>
    public static Finding WrongType(string table, string column, string meaning, string found, string expected) => Blocking(
        "wrong-type",
        $"Column '{column}' of '{table}' (wanted as {meaning}) is {found}; expected {expected}. Convert it, or map another column in "
            + "dataset.json.",
        table, column);

    /// <summary>A file that is not Parquet at all, or is cut off or damaged.</summary>
    /// <param name="file">The file.</param>
    /// <param name="detail">What the reader met and where.</param>
    public static Finding UnreadableFile(string file, string detail) => Blocking(
        "unreadable-file",
        $"'{file}' cannot be read as Parquet: {detail} Deliver the file again; a CSV file comes in through 'predictive import'.",
        file);

    /// <summary>A folder without a data file.</summary>
    public static Finding NoParquetFile(string folder) => Blocking(
        "missing-file",
        $"Found no *.parquet file in '{folder}'; files and folders whose names start with '_' or '.' are not data. Check the delivery.",
        folder);

    /// <summary>Every line belongs to a customer who was erased.</summary>
    public static Finding EverybodyErased(string table, long lines) => Blocking(
        "everybody-erased",
        string.Create(
            CultureInfo.InvariantCulture,
            $"All {lines:N0} usable lines of '{table}' are of erased customers (erased.json); expected at least one other. Deliver the "
                + $"lines of the others."),
        table);

    /// <summary>Hive folders whose names disagree.</summary>
    /// <param name="file">A file.</param>
    /// <param name="names">Names its folders give.</param>
    /// <param name="firstFile">The first file.</param>
    /// <param name="firstNames">Names that one's folders give.</param>
    public static Finding UnevenPartitions(
        string file, IReadOnlyCollection<string> names, string firstFile, IReadOnlyCollection<string> firstNames) => Blocking(
        "uneven-partitions",
        $"The folders of '{file}' name the columns {List(names)}, those of '{firstFile}' {List(firstNames)}; expected the same names, in "
            + "the same order, for every file.",
        file);

    /// <summary>Lines without something every line needs.</summary>
    public static Finding MissingInLines(
        string table, string column, string what, long count, long rows, IReadOnlyList<string> examples) => Blocking(
        $"missing-{what.Replace(' ', '-')}",
        string.Create(CultureInfo.InvariantCulture, 
            $"{count:N0} of {rows:N0} lines of '{table}' ({(double)count / rows:P1}) have no {what}, first {examples[0]}; every line "
            + $"needs one. Leave such lines out ('predictive import' does), or map another column."),
        table,
        column,
        count) with { Examples = examples };

    /// <summary>Times that no calendar knows.</summary>
    public static Finding ImpossibleTime(string table, string column, long count, long rows, IReadOnlyList<string> examples) => Blocking(
        "impossible-time",
        $"{N(count)} of {N(rows)} rows of '{table}' have an impossible time in '{column}' (infinite, before the year 1, or 9999-12-31 "
            + $"and later), first {examples[0]}. Mend the export: an open end is a missing value, not a date.",
        table,
        column,
        count) with { Examples = examples };

    /// <summary>Amounts that cannot be money.</summary>
    public static Finding ImpossibleAmount(
        string table, string column, double limit, long count, long rows, IReadOnlyList<string> examples) => Blocking(
        "impossible-amount",
        $"{N(count)} of {N(rows)} lines of '{table}' have an impossible amount in '{column}' (not a number, infinite or beyond "
            + $"±{limit.ToString("N0", System.Globalization.CultureInfo.InvariantCulture)}), first {examples[0]}. Mend the export, or "
            + "leave such lines out.",
        table,
        column,
        count) with { Examples = examples };

    /// <summary>No rows at all.</summary>
    public static Finding EmptyTable(string table) => Blocking(
        "empty-table", $"'{table}' holds no rows; expected at least one transaction. Check the export that made it.", table);

    /// <summary>Every row was unusable.</summary>
    public static Finding NoUsableRows(string table, long rows, string why) => Blocking(
        "no-usable-rows", $"None of the {N(rows)} rows of '{table}' can be used ({why}). Check that the right columns are mapped.", table,
        count: rows);

    /// <summary>Too few customers with a purchase before the as-of; one customer is the usual case.</summary>
    public static Finding TooFewCustomers(long found, long minimum, LocalTime asOf) => Blocking(
        "too-few-customers",
        $"Found {N(found)} customer{(found == 1 ? "" : "s")} with a purchase before {asOf}; expected at least {N(minimum)} "
            + $"({N(minimum - found)} short). Add history, or a later as-of date.",
        "transactions",
        "customer_id",
        found);

    /// <summary>Products that stand in several rows of the products table.</summary>
    public static Finding ProductTwice(string table, long products, IReadOnlyList<string> examples) => Blocking(
        "product-twice",
        $"{N(products)} row{(products == 1 ? "" : "s")} of '{table}' name a product of an earlier row, for example {List([.. examples])}; "
            + "expected one row per product. Keep one of each.",
        table,
        "product_id",
        products);

    /// <summary>Amounts that are all zero: nothing is a purchase.</summary>
    public static Finding AllAmountsZero(string table, long rows) => Blocking(
        "all-amounts-zero",
        $"All {N(rows)} amounts of '{table}' are zero; a purchase is a line with an amount above zero. Map the column that holds the "
            + "money, or none, so that each line counts 1.",
        table,
        "amount",
        rows);

    /// <summary>Amounts of which none is above zero.</summary>
    public static Finding NoPurchase(string table, long rows) => Blocking(
        "no-purchase", $"None of the {N(rows)} amounts of '{table}' is above zero, so there is no purchase. Check the sign of the amounts.",
        table, "amount", rows);

    /// <summary>An as-of before the first purchase.</summary>
    public static Finding NoPurchaseBefore(LocalTime asOf, LocalTime first) => Blocking(
        "no-purchase-before-as-of",
        $"No purchase lies before the as-of date {asOf}; the first is at {first}. Choose a later as-of date.",
        "transactions",
        "ordered_at");

    /// <summary>Lines after the present day.</summary>
    public static Finding AfterToday(string table, long rows, DateOnly today, IReadOnlyList<string> examples) => new(
        "after-today",
        FindingSeverity.Warning,
        $"{N(rows)} line{(rows == 1 ? "" : "s")} of '{table}' lie{(rows == 1 ? "s" : "")} after today ({today:yyyy-MM-dd}), for example "
            + $"{string.Join(", ", examples)}. No default as-of looks at them. Check the date format (day and month swapped?) and the "
            + "clock, or leave them out.",
        table,
        "ordered_at",
        rows,
        examples);

    /// <summary>Two source columns claim one canonical name, or one source column is claimed by two.</summary>
    public static Finding DuplicateMapping(string where, string name, IReadOnlyCollection<string> claimants) => Blocking(
        "duplicate-mapping",
        $"In {where}, '{name}' is claimed more than once: {List(claimants)}. Map one column to one name.",
        where,
        name,
        claimants.Count);

    /// <summary>A name in the mapping that the product does not know.</summary>
    public static Finding UnknownMapping(string where, string name, IReadOnlyCollection<string> known) => Blocking(
        "unknown-mapping", $"{where} maps '{name}', which is no canonical column; known are: {List(known)}.", where, name);

    /// <summary>dataset.json cannot be understood.</summary>
    public static Finding BadDescription(string file, string detail) => Blocking(
        "bad-description",
        $"'{file}' cannot be understood: {detail} Expected {{\"columns\": {{canonical: source}}, \"currency\": \"EUR\", \"timeZone\": "
            + $"\"Europe/Berlin\"}}, every part optional.",
        file);

    /// <summary>A time zone this machine does not know.</summary>
    public static Finding UnknownTimeZone(string where, string name) => Blocking(
        "unknown-time-zone",
        $"{where} names the time zone '{name}', which is not known here; expected an IANA name such as Europe/London, or UTC.", where,
        "timeZone");

    /// <summary>The file to import is not there.</summary>
    public static Finding MissingSource(string path) => Blocking(
        "missing-file",
        $"Found no file at '{path}'; expected a CSV file (plain, gzip or zip), an Excel workbook or Parquet. Check the path.", path);

    /// <summary>The file to import is something else.</summary>
    public static Finding NotACsvFile(string path, string detail) => Blocking(
        "not-csv", $"'{path}' cannot be imported: {detail}. Expected a CSV file (plain, gzip or zip), an Excel workbook or Parquet.", path);

    /// <summary>A gzip file that ends early or is damaged.</summary>
    public static Finding DamagedGzip(string path, string detail) => Blocking(
        "damaged-gzip",
        $"'{path}' is cut off or damaged inside its gzip data ({detail.TrimEnd('.')}). Deliver the file again; nothing was written.", path);

    /// <summary>Times in a shape that cannot be told.</summary>
    public static Finding UnknownTimeFormat(string path, string column, IReadOnlyList<string> examples, bool excel = false) => Blocking(
        "unknown-time-format",
        $"Cannot tell how the times in column '{column}' of '{path}' are written, for example {List([.. examples])}. "
        + (excel
            ? "They look like the numbers Excel keeps dates as: --time-format excel reads them (excel-1904 where the workbook came from "
                + "an old Mac)."
            : "Name the format, such as --time-format 'dd/MM/yyyy HH:mm'."),
        path,
        column);

    /// <summary>Times of which some can only be day first, others only month first.</summary>
    public static Finding MixedTimeOrder(
        string path, string column, string format, string row, string otherFormat, string otherRow, long others) => Blocking(
        "mixed-time-order",
        $"Column '{column}' of '{path}' mixes two orders of day and month: {row} can only be '{format}', {otherRow} can only be "
        + $"'{otherFormat}' (so are {N(others)} rows). "
        + "Every day up to the 12th could then be either. Mend the export; or give --time-format, and rows it does not read are left out.",
        path,
        column,
        others) with { Examples = [format, otherFormat] };

    /// <summary>Numbers of which some prove the point and others the comma, while others may be either.</summary>
    public static Finding MixedDecimalMark(string path, string point, string comma, string doubtful, long doubts) => Blocking(
        "mixed-decimal-mark",
        $"'{path}' mixes two decimal marks: {point} has a decimal point, {comma} a decimal comma, and {N(doubts)} numbers such as "
        + $"{doubtful} may be either, a thousandfold apart. "
        + "Mend the export; or say which with --decimal . or --decimal ,",
        path,
        count: doubts) with { Examples = [point, comma] };

    /// <summary>Numbers that may all be decimals or thousands.</summary>
    public static Finding AmbiguousDecimalMark(string path, string doubtful, string small, string large, long doubts) => Blocking(
        "ambiguous-decimal-mark",
        $"{N(doubts)} numbers of '{path}', such as {doubtful}, may be {small} or {large}: every one has three digits behind its mark, "
        + "and nothing else in the file tells. "
        + "Say which with --decimal . or --decimal ,",
        path,
        count: doubts) with { Examples = doubtful.Contains('.', StringComparison.Ordinal) ? [small, large] : [large, small] };

    /// <summary>Amounts in several currencies.</summary>
    public static Finding SeveralCurrencies(string path, IReadOnlyList<(string Currency, long Rows)> counts) => Blocking(
        "several-currencies",
        $"'{path}' holds amounts in {N(counts.Count)} currencies: {List([.. counts.Select(c => $"{c.Currency} ({N(c.Rows)})")])}. Their "
        + "sum means nothing. "
        + "Keep one with --only CODE, convert all with --rates FILE (currency,rate a line), or say with --currency CODE that all are in "
        + "one whatever their marks.",
        path,
        count: counts.Count) with { Examples = [.. counts.Select(c => c.Currency)] };

    /// <summary>A mapping that can be read in two ways.</summary>
    public static Finding UnsureMapping(string path, string question, string flags) => Blocking(
        "unsure-mapping", $"{path}: {question} Decide with {flags}.", path);

    /// <summary>A first row that holds values.</summary>
    public static Finding NoHeader(string path, IReadOnlyCollection<string> first) => Blocking(
        "no-header",
        $"The first row of '{path}' holds values, not names: {List(first)}. Put a row of column names above it, such as "
            + "customer_id,date,amount.",
        path);

    /// <summary>Text that is no UTF-8 and looks like a double-byte encoding.</summary>
    public static Finding UnknownEncoding(string path) => Blocking(
        "unknown-encoding",
        $"'{path}' is no UTF-8, and its letters come in pairs of bytes as in the encodings of East Asia. Name its encoding, such as "
            + "--encoding gb18030, big5, shift_jis or euc-kr.",
        path);

    /// <summary>Times that can be read day first or month first all the way through.</summary>
    public static Finding AmbiguousTimeFormat(string path, string column, string first, string second, string example) => Blocking(
        "ambiguous-time-format",
        $"Column '{column}' of '{path}' can be read as '{first}' or as '{second}' in every row, for example '{example}'. Say which with "
            + "--time-format.",
        path,
        column) with { Examples = [first, second] };

    /// <summary>A source name that cannot be used.</summary>
    public static Finding BadSourceName(string name) => Blocking(
        "bad-source-name", $"'{name}' cannot name a source; expected up to 64 letters, digits, '-', '_' or '.', a letter or digit first.");

    /// <summary>An ID map that gives one source id to two customers.</summary>
    public static Finding IdMapConflict(string table, IReadOnlyList<string> conflicts) => new(
        "id-map-conflict", FindingSeverity.Blocking,
        $"'{table}' gives {N(conflicts.Count)} source ids to more than one customer, for example {conflicts[0]}. Give each (source, "
            + "source_id) one customer_id.",
        table, "customer_id", conflicts.Count, [.. conflicts.Take(5)]);

    /// <summary>An ID map with a missing value.</summary>
    public static Finding IdMapGap(string table, int row) => Blocking(
        "id-map-gap",
        $"Row {N(row)} of '{table}' lacks its source, source_id or customer_id; all three are needed. Leave the row out, or complete it.",
        table);

    /// <summary>Accounts asked for where nothing says who belongs to which.</summary>
    public static Finding NoAccounts(string folder, string? customers) => Blocking(
        "no-accounts",
        $"'{folder}' does not say who belongs to which account: there is no account-map.parquet"
            + (customers is null ? " and no customers table" : $", and '{customers}' has no column 'account_id'")
            + ". Add one (columns customer_id, account_id, and parent_account_id if wanted), or use --level person.",
        folder);

    /// <summary>Two places that say who belongs to which account.</summary>
    public static Finding AccountsTwice(string map, string customers, string column) => Blocking(
        "accounts-twice",
        $"Who belongs to which account is said by '{map}' and by the column '{column}' of '{customers}'; expected one place. Remove the "
            + "file, or the column.",
        map, column);

    /// <summary>A person of two accounts, or an account below two.</summary>
    public static Finding AccountConflict(string table, IReadOnlyList<string> conflicts) => new(
        "account-conflict", FindingSeverity.Blocking,
        $"'{table}' puts {N(conflicts.Count)} customer(s) or account(s) under more than one account, for example {conflicts[0]}. Give "
            + "each one account.",
        table, "account_id", conflicts.Count, [.. conflicts.Take(5)]);

    /// <summary>Accounts that lie below each other.</summary>
    public static Finding AccountCircle(string table, string account) => Blocking(
        "account-circle",
        $"'{table}' puts the account '{account}' below itself, by way of its parents; expected a topmost account. Remove one of the "
            + "parents.",
        table, "parent_account_id");

    /// <summary>A parent without the account it is the parent of.</summary>
    public static Finding AccountGap(string table, long count, IReadOnlyList<string> examples) => new(
        "account-gap", FindingSeverity.Blocking,
        $"{N(count)} row(s) of '{table}' name a parent_account_id and no account_id, for example {examples[0]}. Name the account, or "
            + "leave the row out.",
        table, "account_id", count, examples);

    /// <summary>A customer of no account whose id an account has.</summary>
    public static Finding AccountIdTaken(string table, string id) => Blocking(
        "account-id-taken",
        $"The customer '{id}' is in no account by '{table}', and an account has the same id: whose the lines are is not said. Are they "
            + $"the account's own, add a row customer_id = {id}, account_id = {id}; else give the account another id.",
        table, "account_id");

    /// <summary>Rows of a customers or events table that lack what they cannot do without; null where none does.</summary>
    public static Finding? TableGap(
        string table, string column, string what, long count, long rows, IReadOnlyList<string>? examples = null) => count == 0 ? null : new(
        $"missing-{what.Replace(' ', '-')}",
        FindingSeverity.Blocking,
        $"{N(count)} of the {N(rows)} rows of '{table}' have no {what}; every row needs one. Leave such rows out, or the whole table: it "
            + "is optional.",
        table,
        column,
        count,
        examples);

    /// <summary>A customer with several rows in the customers table; null where there is none.</summary>
    public static Finding? CustomerTwice(
        string table, string column, long count, IReadOnlyList<string> examples) => count == 0 ? null : new(
        "customer-twice",
        FindingSeverity.Blocking,
        $"{N(count)} row{(count == 1 ? "" : "s")} of '{table}' give{(count == 1 ? "s" : "")} a customer who has one already, for example "
            + $"{examples[0]}; expected one row per customer. Keep the one that holds.",
        table,
        column,
        count,
        examples);

    /// <summary>A budget too small for what is asked.</summary>
    /// <param name="table">The transactions.</param>
    /// <param name="budget">Bytes allowed.</param>
    /// <param name="needed">Bytes the whole history would take.</param>
    /// <param name="least">Bytes with which it works.</param>
    /// <param name="purpose">What for.</param>
    public static Finding MemoryTooSmall(string table, long budget, long needed, long least, string purpose)
    {
        string atLeast = $"{N((least >> 20) + 1)} MB";
        string all = needed == least ? "" : $" (all of it about {N(needed >> 20)} MB)";
        return Blocking(
            "memory-budget",
            $"The memory budget is {N(budget >> 20)} MB; {purpose} of '{table}' takes about {atLeast}{all}. Allow more with --memory, or "
                + "bound the data.",
            table);
    }

    /// <summary>An attribute asked for that has too many values to describe anybody.</summary>
    public static Finding TooManyCategories(string table, string column) => Blocking(
        "too-many-categories",
        $"Column '{column}' of '{table}' has more than {CustomerTables.MostCategories} values and cannot be an attribute. Group its "
            + "values, or leave it out of \"attributes\" in dataset.json.",
        table,
        column);

    /// <summary>A unit price without the units.</summary>
    public static Finding PriceWithoutQuantity(string file, string column) => Blocking(
        "price-without-quantity",
        $"'{column}' of '{file}' is named as the unit price, but no column as the quantity. Name the quantity too, or '{column}' as the "
            + "amount where it is that.",
        file, column);

    /// <summary>A time format that cannot be understood.</summary>
    public static Finding BadTimeFormat(string format, string detail) => Blocking(
        "bad-time-format",
        $"The time format '{format}' cannot be understood: {detail}. Expected a .NET format such as 'yyyy-MM-dd HH:mm:ss' or "
            + "'dd/MM/yyyy', or unix-s, unix-ms, unix-us.");

    /// <summary>The output folder holds something that is not a dataset.</summary>
    public static Finding OutputInUse(string folder, string detail) => Blocking(
        "output-in-use", $"'{folder}' cannot take the dataset: {detail}. Choose another folder with --out.", folder);

    /// <summary>The exception for one finding.</summary>
    public static DatasetException Refuse(this Finding finding, Exception? inner = null) => new([finding], inner);

    /// <summary>Any blocking finding.</summary>
    internal static Finding Blocking(string code, string message, string? table = null, string? column = null, long count = 1) =>
        new(code, FindingSeverity.Blocking, message, table, column, count);

    private static string N(long value) => value.ToString("N0", System.Globalization.CultureInfo.InvariantCulture);

    private static string List(IReadOnlyCollection<string> names) =>
        names.Count == 0 ? "(none)" : string.Join(", ", names.Take(20)) + (names.Count > 20 ? $" and {names.Count - 20} more" : "");

    private static string Suggest(string column, IReadOnlyCollection<string> present)
    {
        string? near = present.FirstOrDefault(p => string.Equals(p.Trim(), column.Trim(), StringComparison.OrdinalIgnoreCase))
            ?? present.FirstOrDefault(p => Letters(p) == Letters(column));
        return near is null ? "Name one of these." : $"Did you mean '{near}'?";

        static string Letters(string s) => new([.. s.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
    }
}
