using System.Globalization;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <summary>Joins the customers and events tables of a dataset to the customers of a history.</summary>
internal sealed partial class TableJoin
{
    // Contacts come in through the import alone, which gives their columns the canonical names.
    private static readonly Dictionary<string, string> s_asNamed = [];

    private readonly TransactionHistory _history;
    private readonly DatasetDescription _description;
    private readonly IdMap? _map;
    private readonly CancellationToken _cancellation;
    private readonly HashSet<string>? _prospects;
    private readonly Erasures _erasures;

    private TableJoin(TransactionHistory history, DatasetFolder folder, IdMap? map, bool isWhole, CancellationToken cancellation)
    {
        _erasures = Erasures.Of(folder.Root);
        (_history, _description, _map, _cancellation) = (history, history.Description, map, cancellation);
        _prospects = isWhole ? new HashSet<string>(StringComparer.Ordinal) : null;
    }

    /// <summary>The history with the tables; the history itself where the folder has neither.</summary>
    /// <param name="history">Whom to join to.</param>
    /// <param name="folder">Where the tables lie.</param>
    /// <param name="map">Who is who; null = the ids are customer ids.</param>
    /// <param name="isWhole">True = who is not in the history has no transaction at all, and is a prospect.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">A table cannot be used.</exception>
    public static TransactionHistory Join(
        TransactionHistory history, DatasetFolder folder, IdMap? map, bool isWhole, CancellationToken cancellation)
    {
        if (!folder.KnowsPeople)
        {
            return history;
        }

        var join = new TableJoin(history, folder, map, isWhole, cancellation);
        var tables = new CustomerTables
        {
            Attributes =
                folder.Customers is { } customers ? join.Read(customers, history.Description.CustomerColumns, join.Attributes) : [],
            Events = folder.Events is { } events
                ? join.Read(events, history.Description.EventColumns, t => join.Events(t, EventLayout.Events)) : null,
            Contacts = folder.Contacts is { } contacts
                ? join.Read(contacts, s_asNamed, t => join.Events(t, EventLayout.Contacts)) : null,
        };
        return new TransactionHistory(history.Columns, history.Description, tables with
        {
            Prospects = join._prospects,
            ProspectHistory = join._prospects is { } ids
                ? new Lazy<TransactionHistory>(() => WithoutLines(ids, history, folder, map, CancellationToken.None)) : null,
        })
        {
            Accounts = history.Accounts,
        };
    }

    private T Read<T>(string path, IReadOnlyDictionary<string, string> columns, Func<SideTable, T> read)
    {
        using SideTable table = SideTable.Open(path, columns, _description, _map);
        try
        {
            return read(table);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw TransactionSource.Translate(e, path) ?? e;
        }
    }

    /// <summary>Position in the history of the customer that a person is, or belongs to; who is not in it is a prospect.</summary>
    private int IndexOf(string person) => _erasures.Contains(person) ? -1 : IndexOfCustomer(_history.Accounts?.AccountOf(person) ?? person);

    private int IndexOfCustomer(string id)
    {
        int index = Search(id);
        if (index < 0)
        {
            _prospects?.Add(id);
        }

        return index;
    }

    /// <summary>By binary search: the ids ascend.</summary>
    private int Search(string id)
    {
        if (_history.Columns.NumericIds is { } numbers)
        {
            // Text stays text: 007 is not 7.
            return long.TryParse(id, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
                && number.ToString(CultureInfo.InvariantCulture) == id ? Array.BinarySearch(numbers, number) : -1;
        }

        return Array.BinarySearch(_history.Columns.CustomerIds, id, StringComparer.Ordinal);
    }

    private IReadOnlyList<AttributeColumn> Attributes(SideTable table)
    {
        AttributePlan[] plans = AttributePlan.Of(table, _description);
        AccountAttributes? combined = _history.Accounts is { } accounts
            ? new AccountAttributes(accounts, _erasures, _description, table.Rows) : null;
        int rows = combined is null ? _history.CustomerCount : combined.Capacity;
        var values = new float[plans.Length][];
        for (int k = 0; k < plans.Length; k++)
        {
            Array.Fill(values[k] = new float[rows], float.NaN);
        }

        var seen = new bool[rows];
        long missing = 0;
        var twice = new Tally(5);
        SideTable.CustomerReader reader = table.Customers(combined is null ? IndexOf : combined.IndexOf);
        int[] read = new int[SideTable.Batch];
        table.Read(
            part =>
            {
                reader.Open(part);
                Array.ForEach(plans, p => p.Open(part));
            },
            (_, _, n) =>
            {
                Span<int> customers = read.AsSpan(0, n);
                reader.Read(customers);
                foreach (int c in customers)
                {
                    missing += c == SideTable.NoCustomer ? 1 : 0;
                    if (c >= 0)
                    {
                        if (seen[c])
                        {
                            twice.Add(
                                (Of: this, combined, c), static of => of.combined?.Person(of.c) ?? of.Of._history.CustomerId(of.c));
                        }

                        seen[c] = true;
                    }
                }

                for (int k = 0; k < plans.Length; k++)
                {
                    plans[k].Read(customers, values[k]);
                }
            },
            _cancellation);
        Refuse(DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", missing, table.Rows));
        Refuse(DatasetFaults.CustomerTwice(table.Name, table.CustomerColumn, twice.Count, twice.Examples));
        int[]? ofAccount = combined?.Accounts.Select(IndexOfCustomer).ToArray();
        return
        [
            .. plans.Select((p, k) => combined is null ? p.Column(values[k])
                : combined.Column(p, values[k], ofAccount!, _history.CustomerCount))
                .OfType<AttributeColumn>().OrderBy(a => a.Name, StringComparer.Ordinal),
        ];
    }

    private EventColumns Events(SideTable table, EventLayout layout)
    {
        var source = new EventSource(table, _description.TimeZone, IndexOf, layout);
        var customers = new List<int>();
        var times = new List<long>();
        var kinds = new List<int>();
        var values = new List<double>();
        var details = new List<int>();
        long noCustomer = 0, noTime = 0, noKind = 0;
        var impossible = new Tally(5);
        source.Read(
            rows =>
            {
                for (int i = 0; i < rows.Customers.Length; i++)
                {
                    noCustomer += rows.Customers[i] == SideTable.NoCustomer ? 1 : 0;
                    noTime += rows.Times[i] == ColumnBatches.MissingTime ? 1 : 0;
                    noKind += rows.Kinds[i] < 0 ? 1 : 0;
                    if (rows.Times[i] == ColumnBatches.ImpossibleTime)
                    {
                        impossible.Add((rows.Part, Row: rows.First + i), static at => at.Part.Where(at.Row));
                    }

                    if (rows.Customers[i] >= 0)
                    {
                        customers.Add(rows.Customers[i]);
                        times.Add(rows.Times[i]);
                        kinds.Add(rows.Kinds[i]);
                        values.Add(rows.Values[i]);
                        details.Add(rows.Details[i]);
                    }
                }
            },
            _cancellation);
        Refuse(DatasetFaults.TableGap(table.Name, table.CustomerColumn, "customer id", noCustomer, table.Rows));
        Refuse(DatasetFaults.TableGap(table.Name, source.TimeColumn, "time", noTime, table.Rows));
        Refuse(DatasetFaults.TableGap(table.Name, source.KindColumn, "kind", noKind, table.Rows));
        Refuse(impossible.Count == 0
            ? null
            : DatasetFaults.ImpossibleTime(table.Name, source.TimeColumn, impossible.Count, table.Rows, impossible.Examples));
        return Grouped(customers, times, kinds, values, source.HasDetails ? details : null, source);
    }

    /// <summary>Counting sort by customer, then a sort by time and content; kinds in ordinal order of their names.</summary>
    private EventColumns Grouped(
        List<int> customers, List<long> times, List<int> kinds, List<double> values, List<int>? details, EventSource source)
    {
        IReadOnlyList<string> kindNames = source.Kinds;
        string DetailOf(int row) => details is null || details[row] < 0 ? "" : source.Details[details[row]];
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

        string[] names = [.. kindNames.Order(StringComparer.Ordinal)];
        int[] codes = [.. kindNames.Select(k => Array.BinarySearch(names, k, StringComparer.Ordinal))];
        for (int c = 0; c + 1 < offsets.Length; c++)
        {
            // By what the events say, so that equal times do not keep the order of the files.
            order.AsSpan(offsets[c]..offsets[c + 1]).Sort((a, b) =>
                times[a] != times[b] ? times[a].CompareTo(times[b])
                : kinds[a] != kinds[b] ? codes[kinds[a]].CompareTo(codes[kinds[b]])
                : values[a].CompareTo(values[b]) is not 0 and var byValue ? byValue
                : string.CompareOrdinal(DetailOf(a), DetailOf(b)));
        }

        return new EventColumns
        {
            Offsets = offsets,
            OccurredAt = Array.ConvertAll(order, row => times[row]),
            Kind = Array.ConvertAll(order, row => codes[kinds[row]]),
            Value = Array.ConvertAll(order, row => values[row]),
            Kinds = names,
            Detail = details is null ? null : Array.ConvertAll(order, row => details[row]),
            Details = [.. source.Details], Things = [.. source.Things],
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
