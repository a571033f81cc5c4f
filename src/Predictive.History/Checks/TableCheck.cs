using System.Globalization;
using System.Runtime.InteropServices;
using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Checks;

/// <summary>Looks the customers, events and contacts tables over, beside the customers of the transactions.</summary>
internal static class TableCheck
{
    /// <summary>The findings of these tables; none where the dataset has none of them.</summary>
    /// <param name="source">The transactions, for the places of the tables, the mapping and the ID map.</param>
    /// <param name="customersOf">Ids that have a transaction.</param>
    /// <param name="options">The limits.</param>
    /// <param name="prospects">Gets the ids that have no transaction.</param>
    /// <param name="cancellation">Ends early.</param>
    public static IEnumerable<Finding> Of(
        TransactionSource source, Func<IReadOnlySet<string>> customersOf, CheckOptions options, HashSet<string> prospects,
        CancellationToken cancellation)
    {
        if (!source.Folder.KnowsPeople)
        {
            return [];
        }

        IReadOnlySet<string> customers = customersOf();
        var findings = new List<Finding>();
        Run(
            source.Folder.Customers, source.Description.CustomerColumns,
            table => Customers(table, source, customers, options, prospects, cancellation));
        Run(
            source.Folder.Events, source.Description.EventColumns,
            table => Events(table, source, customers, options, prospects, EventLayout.Events, cancellation));
        Run(
            source.Folder.Contacts, new Dictionary<string, string>(),
            table => Events(table, source, customers, options, prospects, EventLayout.Contacts, cancellation));
        if (prospects.Count > 0)
        {
            findings.Add(new Finding(
                "prospects",
                FindingSeverity.Info,
                string.Create(CultureInfo.InvariantCulture,
                    $"{prospects.Count:N0} of the people in the customers, events and contacts tables have no transaction: prospects. They "
                    + $"are counted; no rule and no model speaks of their spend."),
                null, null, prospects.Count, [.. prospects.Order(StringComparer.Ordinal).Take(options.Examples)]));
        }

        return findings;

        void Run(string? path, IReadOnlyDictionary<string, string> columns, Func<SideTable, IEnumerable<Finding?>> check)
        {
            if (path is null)
            {
                return;
            }

            try
            {
                using SideTable table = SideTable.Open(path, columns, source.Description, source.Map);
                findings.AddRange(check(table).OfType<Finding>());
            }
            catch (Exception e) when (TransactionSource.Translate(e, path) is { } refused)
            {
                findings.AddRange(refused.Findings);
            }
        }
    }

    private static Finding?[] Customers(
        SideTable table, TransactionSource source, IReadOnlySet<string> customers, CheckOptions options, HashSet<string> prospects,
        CancellationToken cancellation)
    {
        AttributePlan[] plans = AttributePlan.Of(table, source.Description);
        Tally missing = new(options.Examples), unknown = new(options.Examples), twice = new(options.Examples);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var ids = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        SideTable.CustomerReader reader = table.Customers(Known(source, id => Intern(id, index, ids)));
        int[] rows = new int[SideTable.Batch], nobody = new int[SideTable.Batch];
        Array.Fill(nobody, SideTable.Unknown);
        table.Read(
            part =>
            {
                reader.Open(part);
                Array.ForEach(plans, p => p.Open(part));
            },
            (part, first, n) =>
            {
                reader.Read(rows.AsSpan(0, n));
                for (int i = 0; i < n; i++)
                {
                    if (rows[i] == SideTable.Unknown)
                    {
                        continue;
                    }

                    if (rows[i] < 0)
                    {
                        missing.Add((part, Row: first + i), static at => at.part.Where(at.Row));
                    }
                    else if (!seen.Add(ids[rows[i]]))
                    {
                        twice.Add(ids[rows[i]], static id => id);
                    }
                    else if (CustomerOf(source, ids[rows[i]]) is var customer && !customers.Contains(customer))
                    {
                        unknown.Add(customer, static id => id);
                        prospects.Add(customer);
                    }
                }

                Array.ForEach(plans, p => p.Read(nobody.AsSpan(0, n), []));
            },
            cancellation);
        foreach (AttributePlan plan in plans)
        {
            _ = plan.Column([]); // refuses what dataset.json asks for and cannot be
        }

        string[] left =
        [.. table.Others.Select(c => c.Name).Except(plans.Where(p => !p.TooMany).Select(p => p.Name)).Order(StringComparer.Ordinal)];
        return
        [
            DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", missing.Count, table.Rows, missing.Examples),
            DatasetFaults.CustomerTwice(table.Name, table.CustomerColumn, twice.Count, twice.Examples),
            UnknownCustomers(table, unknown),
            Unnamed(table, source.Description),
            left.Length == 0 || source.Description.Attributes is not null ? null : new Finding(
                "not-an-attribute",
                FindingSeverity.Info,
                string.Create(CultureInfo.InvariantCulture, 
                    $"{left.Length:N0} column(s) are no features: dates, lists, and text with more than "
                    + $"{CustomerTables.MostCategories} values. Name the wanted ones in dataset.json as \"attributes\"."),
                table.Name,
                null,
                left.Length,
                [.. left.Take(options.Examples)]),
        ];
    }

    // Names are for the eye: what they are of may go without a load being refused, but not in silence.
    private static Finding? Unnamed(SideTable table, DatasetDescription description)
    {
        string[] missing = [.. description.Names.Keys.Where(n => table.Find(n) is null).Order(StringComparer.Ordinal)];
        return missing.Length == 0 ? null : new Finding(
            "unknown-name",
            FindingSeverity.Warning,
            string.Create(CultureInfo.InvariantCulture, $"dataset.json names {missing.Length:N0} column(s) that '{table.Name}' has not. ")
                + "Correct \"names\" there, or leave them out.",
            table.Name,
            null,
            missing.Length,
            missing);
    }

    private static Finding?[] Events(
        SideTable table, TransactionSource source, IReadOnlySet<string> customers, CheckOptions options, HashSet<string> prospects,
        EventLayout layout, CancellationToken cancellation)
    {
        Tally noCustomer = new(options.Examples), noTime = new(options.Examples), noKind = new(options.Examples),
            unknown = new(options.Examples), equal = new(options.Examples), future = new(options.Examples),
            impossible = new(options.Examples);
        var seen = new HashSet<(string, long, int, double, int)>();
        var interned = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var events = new EventSource(
            table, source.Description.TimeZone, Known(source, id => Intern(CustomerOf(source, id), index, interned)), layout);
        events.Read(
            rows =>
            {
                for (int i = 0; i < rows.Customers.Length; i++)
                {
                    int row = rows.First + i;
                    if (rows.Customers[i] == SideTable.Unknown)
                    {
                        continue;
                    }

                    Tally? fault = rows.Customers[i] < 0 ? noCustomer
                        : rows.Times[i] == ColumnBatches.MissingTime ? noTime
                        : rows.Times[i] == ColumnBatches.ImpossibleTime ? impossible
                        : rows.Kinds[i] < 0 ? noKind : null;
                    if (fault is not null)
                    {
                        fault.Add((rows.Part, row), static at => at.Part.Where(at.row));
                        continue;
                    }

                    string id = interned[rows.Customers[i]], kind = events.Kinds[rows.Kinds[i]];
                    var time = new LocalTime(rows.Times[i]);
                    if (!customers.Contains(id))
                    {
                        unknown.Add(id, static id => id);
                        prospects.Add(id);
                    }

                    if (options.Today is { } today && time.Day > LocalTime.StartOf(today).Day)
                    {
                        future.Add((id, kind, time), InWords);
                    }

                    if (!seen.Add((id, rows.Times[i], rows.Kinds[i], rows.Values[i], rows.Details[i])))
                    {
                        equal.Add((id, kind, time), InWords);
                    }
                }
            },
            cancellation);
        return
        [
            DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", noCustomer.Count, table.Rows, noCustomer.Examples),
            DatasetFaults.TableGap(table.Name, events.TimeColumn, "time", noTime.Count, table.Rows, noTime.Examples),
            DatasetFaults.TableGap(table.Name, events.KindColumn, "kind", noKind.Count, table.Rows, noKind.Examples),
            impossible.Count == 0
                ? null
                : DatasetFaults.ImpossibleTime(table.Name, events.TimeColumn, impossible.Count, table.Rows, impossible.Examples),
            UnknownCustomers(table, unknown),
            future.Count == 0 ? null : new Finding(
                $"{layout.What}-after-today", FindingSeverity.Warning,
                string.Create(CultureInfo.InvariantCulture, 
                    $"{future.Count:N0} {layout.What}(s) lie after today ({options.Today:yyyy-MM-dd}); nothing sees them before they have "
                    + $"happened. Check their dates."),
                table.Name, events.TimeColumn, future.Count, future.Examples),
            equal.Count == 0 ? null : new Finding(
                $"equal-{layout.What}", FindingSeverity.Warning,
                string.Create(CultureInfo.InvariantCulture, 
                    $"{equal.Count:N0} {layout.What}(s) equal an earlier one in every column, and count again. Deliver each once."),
                table.Name, null, equal.Count, equal.Examples),
        ];
    }

    private static Finding? UnknownCustomers(SideTable table, Tally unknown) => unknown.Count == 0 || unknown.Count < table.Rows
        ? null
        : new Finding(
        "unknown-customer",
        FindingSeverity.Warning,
        string.Create(CultureInfo.InvariantCulture,
            $"None of the {table.Rows:N0} rows is of somebody with a transaction: check that both tables name customers alike."),
        table.Name,
        table.CustomerColumn,
        unknown.Count,
        unknown.Examples);

    private static string InWords((string Id, string Kind, LocalTime Time) e) => $"{e.Id} {e.Kind} at {e.Time}";

    private static string CustomerOf(TransactionSource source, string person) => source.Accounts?.AccountOf(person) ?? person;

    // Who was erased is nobody here, and in no finding.
    private static Func<string, int> Known(TransactionSource source, Func<string, int> intern) =>
        source.Erasures.Count == 0 ? intern : id => source.Erasures.Contains(id) ? SideTable.Unknown : intern(id);

    private static int Intern(string id, Dictionary<string, int> index, List<string> ids)
    {
        ref int at = ref CollectionsMarshal.GetValueRefOrAddDefault(index, id, out bool known);
        if (!known)
        {
            at = ids.Count;
            ids.Add(id);
        }

        return at;
    }
}
