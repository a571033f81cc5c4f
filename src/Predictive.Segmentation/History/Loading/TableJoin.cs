using System.Globalization;
using Predictive.Parquet;
using Predictive.Segmentation.History.Checks;
using Predictive.Segmentation.History.Sources;

namespace Predictive.Segmentation.History.Loading;

/// <summary>Joins the customers and events tables of a dataset to the customers of a history.</summary>
internal sealed class TableJoin
{
    private readonly TransactionHistory _history;
    private readonly DatasetDescription _description;
    private readonly IdMap? _map;
    private readonly CancellationToken _cancellation;

    private TableJoin(TransactionHistory history, IdMap? map, CancellationToken cancellation) =>
        (_history, _description, _map, _cancellation) = (history, history.Description, map, cancellation);

    /// <summary>The history with the tables; the history itself where the folder has neither.</summary>
    /// <exception cref="DatasetException">A table cannot be used.</exception>
    public static TransactionHistory Join(TransactionHistory history, DatasetFolder folder, IdMap? map, CancellationToken cancellation)
    {
        if (folder.Customers is null && folder.Events is null)
        {
            return history;
        }

        var join = new TableJoin(history, map, cancellation);
        var tables = new CustomerTables
        {
            Attributes = folder.Customers is { } customers ? join.Read(customers, history.Description.CustomerColumns, join.Attributes) : [],
            Events = folder.Events is { } events ? join.Read(events, history.Description.EventColumns, join.Events) : null,
        };
        return new TransactionHistory(history.Columns, history.Description, tables);
    }

    private T Read<T>(string path, IReadOnlyDictionary<string, string> columns, Func<SideTable, T> read)
    {
        using SideTable table = SideTable.Open(path, columns, _description, _map);
        try
        {
            return read(table);
        }
        catch (Exception e) when (e is ParquetFormatException or IOException or UnauthorizedAccessException)
        {
            throw SideTable.Refused(e, path) ?? e;
        }
    }

    /// <summary>Position of a customer in the history, by binary search: the ids ascend.</summary>
    private int IndexOf(string id)
    {
        if (_history.Columns.NumericIds is { } numbers)
        {
            // Text stays text: 007 is not 7.
            return long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number) && number.ToString(CultureInfo.InvariantCulture) == id ? Array.BinarySearch(numbers, number) : -1;
        }

        return Array.BinarySearch(_history.Columns.CustomerIds, id, StringComparer.Ordinal);
    }

    private IReadOnlyList<AttributeColumn> Attributes(SideTable table)
    {
        AttributePlan[] plans = AttributePlan.Of(table, _description);
        var values = new float[plans.Length][];
        for (int k = 0; k < plans.Length; k++)
        {
            Array.Fill(values[k] = new float[_history.CustomerCount], float.NaN);
        }

        var seen = new bool[_history.CustomerCount];
        long missing = 0;
        var twice = new Tally(5);
        foreach (ParquetDatasetPart part in table.Parts)
        {
            _cancellation.ThrowIfCancellationRequested();
            int[] customers = table.ReadCustomers(part, IndexOf);
            foreach (int c in customers)
            {
                missing += c == SideTable.NoCustomer ? 1 : 0;
                if (c >= 0)
                {
                    if (seen[c])
                    {
                        twice.Add(() => _history.CustomerId(c));
                    }

                    seen[c] = true;
                }
            }

            for (int k = 0; k < plans.Length; k++)
            {
                plans[k].Read(part, customers, values[k]);
            }
        }

        Refuse(DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", missing, table.Rows));
        Refuse(DatasetFaults.CustomerTwice(table.Name, table.CustomerColumn, twice.Count, twice.Examples));
        return [.. plans.Select((p, k) => p.Column(values[k])).OfType<AttributeColumn>().OrderBy(a => a.Name, StringComparer.Ordinal)];
    }

    private EventColumns Events(SideTable table)
    {
        var source = new EventSource(table, _description.TimeZone);
        var customers = new List<int>();
        var times = new List<long>();
        var kinds = new List<int>();
        var values = new List<double>();
        foreach (ParquetDatasetPart part in table.Parts)
        {
            _cancellation.ThrowIfCancellationRequested();
            EventSource.Rows rows = source.Read(part, IndexOf);
            for (int i = 0; i < rows.Customers.Length; i++)
            {
                if (rows.Customers[i] >= 0)
                {
                    customers.Add(rows.Customers[i]);
                    times.Add(rows.Times[i]);
                    kinds.Add(rows.Kinds[i]);
                    values.Add(rows.Values[i]);
                }
            }
        }

        Refuse(DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", source.NoCustomer, table.Rows));
        Refuse(DatasetFaults.TableGap(table.Name, source.TimeColumn, "time", source.NoTime, table.Rows));
        Refuse(DatasetFaults.TableGap(table.Name, source.KindColumn, "kind", source.NoKind, table.Rows));
        return Grouped(customers, times, kinds, values, source.Kinds);
    }

    /// <summary>Counting sort by customer, then a stable sort by time; kinds in ordinal order of their names.</summary>
    private EventColumns Grouped(List<int> customers, List<long> times, List<int> kinds, List<double> values, IReadOnlyList<string> kindNames)
    {
        var offsets = new int[_history.CustomerCount + 1];
        foreach (int c in customers)
        {
            offsets[c + 1]++;
        }

        for (int c = 0; c + 1 < offsets.Length; c++)
        {
            offsets[c + 1] += offsets[c];
        }

        int[] next = offsets[..^1], order = new int[customers.Count];
        for (int row = 0; row < order.Length; row++)
        {
            order[next[customers[row]]++] = row;
        }

        for (int c = 0; c + 1 < offsets.Length; c++)
        {
            // The row number breaks ties, so equal times keep their source order.
            order.AsSpan(offsets[c]..offsets[c + 1]).Sort((a, b) => times[a] != times[b] ? times[a].CompareTo(times[b]) : a.CompareTo(b));
        }

        string[] names = [.. kindNames.Order(StringComparer.Ordinal)];
        int[] codes = [.. kindNames.Select(k => Array.BinarySearch(names, k, StringComparer.Ordinal))];
        return new EventColumns
        {
            Offsets = offsets,
            OccurredAt = Array.ConvertAll(order, row => times[row]),
            Kind = Array.ConvertAll(order, row => codes[kinds[row]]),
            Value = Array.ConvertAll(order, row => values[row]),
            Kinds = names,
        };
    }

    private static void Refuse(Finding? fault)
    {
        if (fault is not null)
        {
            throw fault.Refuse();
        }
    }
}
