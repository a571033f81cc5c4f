using System.Runtime.InteropServices;
using Predictive.Parquet;
using Predictive.Segmentation.History.Loading;

namespace Predictive.Segmentation.History.Checks;

/// <summary>Looks the customers and events tables over, beside the customers of the transactions.</summary>
internal static class TableCheck
{
    /// <summary>The findings of both tables; none where the dataset has neither.</summary>
    /// <param name="source">The transactions, for the places of the tables, the mapping and the ID map.</param>
    /// <param name="customers">Ids that have a transaction.</param>
    /// <param name="options">The limits.</param>
    /// <param name="cancellation">Ends early.</param>
    public static IEnumerable<Finding> Of(TransactionSource source, IReadOnlyDictionary<string, int> customers, CheckOptions options, CancellationToken cancellation)
    {
        var findings = new List<Finding>();
        Run(source.Folder.Customers, source.Description.CustomerColumns, table => Customers(table, source, customers, options, cancellation));
        Run(source.Folder.Events, source.Description.EventColumns, table => Events(table, source, customers, options, cancellation));
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
            catch (Exception e) when (SideTable.Refused(e, path) is { } refused)
            {
                findings.AddRange(refused.Findings);
            }
        }
    }

    private static Finding?[] Customers(SideTable table, TransactionSource source, IReadOnlyDictionary<string, int> customers, CheckOptions options, CancellationToken cancellation)
    {
        AttributePlan[] plans = AttributePlan.Of(table, source.Description);
        Tally missing = new(options.Examples), unknown = new(options.Examples), twice = new(options.Examples);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (ParquetDatasetPart part in table.Parts)
        {
            cancellation.ThrowIfCancellationRequested();
            var (ids, rows) = Ids(table, part);
            int[] nobody = new int[rows.Length];
            Array.Fill(nobody, SideTable.Unknown);
            for (int i = 0; i < rows.Length; i++)
            {
                int row = i;
                if (rows[i] < 0)
                {
                    missing.Add(() => Where(part, row));
                }
                else if (!seen.Add(ids[rows[i]]))
                {
                    twice.Add(() => ids[rows[row]]);
                }
                else if (!customers.ContainsKey(ids[rows[i]]))
                {
                    unknown.Add(() => ids[rows[row]]);
                }
            }

            foreach (AttributePlan plan in plans)
            {
                plan.Read(part, nobody, []);
            }
        }

        foreach (AttributePlan plan in plans)
        {
            _ = plan.Column([]); // refuses what dataset.json asks for and cannot be
        }

        string[] left = [.. table.Others.Select(c => c.Path).Except(plans.Where(p => !p.TooMany).Select(p => p.Name)).Order(StringComparer.Ordinal)];
        return
        [
            DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", missing.Count, table.Rows, missing.Examples),
            DatasetFaults.CustomerTwice(table.Name, table.CustomerColumn, twice.Count, twice.Examples),
            UnknownCustomers(table, unknown),
            left.Length == 0 || source.Description.Attributes is not null ? null : new Finding(
                "not-an-attribute",
                FindingSeverity.Info,
                FormattableString.Invariant($"{left.Length:N0} column(s) are no features: dates, lists, and text with more than {CustomerTables.MostCategories} values. Name the wanted ones in dataset.json as \"attributes\"."),
                table.Name,
                null,
                left.Length,
                [.. left.Take(options.Examples)]),
        ];
    }

    private static Finding?[] Events(SideTable table, TransactionSource source, IReadOnlyDictionary<string, int> customers, CheckOptions options, CancellationToken cancellation)
    {
        var events = new EventSource(table, source.Description.TimeZone);
        Tally noCustomer = new(options.Examples), noTime = new(options.Examples), noKind = new(options.Examples), unknown = new(options.Examples), equal = new(options.Examples), future = new(options.Examples);
        var seen = new HashSet<(string, long, int, double)>();
        var interned = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (ParquetDatasetPart part in table.Parts)
        {
            cancellation.ThrowIfCancellationRequested();
            EventSource.Rows rows = events.Read(part, id => Intern(id, index, interned));
            for (int i = 0; i < rows.Customers.Length; i++)
            {
                int row = i;
                if (rows.Customers[i] < 0)
                {
                    noCustomer.Add(() => Where(part, row));
                    continue;
                }

                if (rows.NoTime[i])
                {
                    noTime.Add(() => Where(part, row));
                    continue;
                }

                if (rows.Kinds[i] < 0)
                {
                    noKind.Add(() => Where(part, row));
                    continue;
                }

                string id = interned[rows.Customers[i]], kind = events.Kinds[rows.Kinds[i]];
                var time = new AsOf(rows.Times[i]);
                if (!customers.ContainsKey(id))
                {
                    unknown.Add(() => id);
                }

                if (options.Today is { } today && time.Day > AsOf.StartOf(today).Day)
                {
                    future.Add(() => $"{id} {kind} at {time}");
                }

                if (!seen.Add((id, rows.Times[i], rows.Kinds[i], rows.Values[i])))
                {
                    equal.Add(() => $"{id} {kind} at {time}");
                }
            }
        }

        return
        [
            DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", noCustomer.Count, table.Rows, noCustomer.Examples),
            DatasetFaults.TableGap(table.Name, events.TimeColumn, "time", noTime.Count, table.Rows, noTime.Examples),
            DatasetFaults.TableGap(table.Name, events.KindColumn, "kind", noKind.Count, table.Rows, noKind.Examples),
            UnknownCustomers(table, unknown),
            future.Count == 0 ? null : new Finding(
                "event-after-today", FindingSeverity.Warning, FormattableString.Invariant($"{future.Count:N0} event(s) lie after today ({options.Today:yyyy-MM-dd}); no feature sees them before they have happened. Check their dates."), table.Name, events.TimeColumn, future.Count, future.Examples),
            equal.Count == 0 ? null : new Finding(
                "equal-event", FindingSeverity.Warning, FormattableString.Invariant($"{equal.Count:N0} event(s) equal an earlier one in customer, time, kind and value, and count again. Deliver an event once."), table.Name, null, equal.Count, equal.Examples),
        ];
    }

    private static Finding? UnknownCustomers(SideTable table, Tally unknown) => unknown.Count == 0 ? null : new Finding(
        "unknown-customer",
        unknown.Count == table.Rows ? FindingSeverity.Warning : FindingSeverity.Info,
        FormattableString.Invariant($"{unknown.Count:N0} of {table.Rows:N0} rows are of nobody with a transaction; they are left out.{(unknown.Count == table.Rows ? " Not one id fits: check that both tables name customers alike." : "")}"),
        table.Name,
        table.CustomerColumn,
        unknown.Count,
        unknown.Examples);

    /// <summary>The distinct ids of a row group, and which of them each row has (negative = none).</summary>
    private static (List<string> Ids, int[] Rows) Ids(SideTable table, ParquetDatasetPart part)
    {
        var ids = new List<string>();
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        return (ids, table.ReadCustomers(part, id => Intern(id, index, ids)));
    }

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

    private static string Where(ParquetDatasetPart part, int row) => TableScan.Where(part, row);
}
