using System.Collections.Concurrent;
using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Queries;

/// <summary>A base that can be asked: its history, its as-of, and what every rule says of its customers. Safe to use from several
/// threads.</summary>
public sealed class QueryBase
{
    private readonly Lazy<SegmentTable> _table;
    private readonly Lazy<SegmentTable>? _rules;
    private readonly ConcurrentDictionary<string, BoundDimension> _customers = new(StringComparer.Ordinal);

    /// <summary>Wraps a base.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">Lines at or after it do not count.</param>
    /// <param name="table">What every rule says as of it; asked for once, and only when a query needs it.</param>
    /// <param name="model">The version whose predictions the table holds, such as <c>default/3</c>; null = none.</param>
    /// <param name="horizonDays">Window the version predicts; null = none.</param>
    /// <param name="rules">The same without predictions, under the same cut-offs: asked for where a query needs none of them, so that
    /// nobody is scored for it; null = the table is as cheap.</param>
    public QueryBase(
        TransactionHistory history, LocalTime asOf, Func<SegmentTable> table, string? model, int? horizonDays = null,
        Func<SegmentTable>? rules = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        (History, AsOf, Model, HorizonDays, _table) = (history, asOf, model, horizonDays, new Lazy<SegmentTable>(table));
        _rules = rules is null ? null : new Lazy<SegmentTable>(rules);
        Dimensions =
        [
            .. Queries.Dimensions.All.Where(Has),
            .. (history.Tables?.Attributes ?? []).Where(a => a.Categories is not null).Select(a => OfColumn(a.Name)),
        ];
    }

    /// <summary>The base.</summary>
    public TransactionHistory History { get; }

    /// <summary>The as-of.</summary>
    public LocalTime AsOf { get; }

    /// <summary>The version whose predictions are used; null = none.</summary>
    public string? Model { get; }

    /// <summary>Days it predicts; null = none.</summary>
    public int? HorizonDays { get; }

    /// <summary>What it can be divided by; own segments are known by their prefix only.</summary>
    public IReadOnlyList<Dimension> Dimensions { get; }

    /// <summary>Settings of the rules in force: how tiers and RFM segments are named. Default: the standard ones.</summary>
    public RuleOptions Rules { get; init; } = new();

    /// <summary>The same base as of an earlier time, under the same cut-offs; null = it cannot be had.</summary>
    public Func<LocalTime, QueryBase>? At { get; init; }

    private Dimension OfColumn(string name)
    {
        AttributeNames called = History.Description.Names.GetValueOrDefault(name) ?? new AttributeNames();
        return new Dimension(
            Queries.Dimensions.Attribute + name, DimensionKind.Customer, called.EnglishOf(name), called.Chinese ?? name,
            [name, .. called.Also], $"Column {name} of the customers table.");
    }

    /// <summary>What every rule says of every customer.</summary>
    public SegmentTable Table => _table.Value;

    /// <summary>What every rule says of every customer, as far as one metric of a customer needs it: without predictions where it needs
    /// none.</summary>
    /// <param name="metrics">Customer metrics that are read.</param>
    public SegmentTable TableFor(params IEnumerable<string> metrics) =>
        _rules is null || _table.IsValueCreated || metrics.Any(m => CustomerMetrics.Find(m) is not { NeedsModel: false })
            ? Table
            : _rules.Value;

    /// <summary>First day with a line.</summary>
    public DateOnly FirstDay => LocalTime.DateOf(LocalTime.DayOf(History.FirstMicros));

    /// <summary>Last day with a line before the as-of, or the as-of's.</summary>
    public DateOnly LastDay =>
        LocalTime.DateOf(LocalTime.DayOf(Math.Max(History.FirstMicros, Math.Min(History.LastMicros, AsOf.Micros - 1))));

    /// <summary>The dimension of a name or of another of its names.</summary>
    /// <exception cref="QueryRefusedException">There is none, or the data have not what it needs.</exception>
    public Dimension Dimension(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string plain = NearNames.Plain(name);
        Dimension[] known = Named(Dimensions, plain);
        if (known.Length == 1)
        {
            return known[0];
        }

        if (known.Length > 1)
        {
            throw new QueryRefusedException(
                $"'{name}' may mean {string.Join(" or ", known.Select(d => $"'{d.Name}'"))}; write which.", [.. known.Select(d => d.Name)]);
        }

        if (name.StartsWith(Queries.Dimensions.Own, StringComparison.OrdinalIgnoreCase))
        {
            string own = name[Queries.Dimensions.Own.Length..];
            return Table.OwnSegments.Any(s => s.Name.Equals(own, StringComparison.OrdinalIgnoreCase))
                ? new Dimension(name, DimensionKind.Customer, own, own, [], "A segment of segments.json: yes or no.")
                : throw QueryRefusedException.Unknown(
                    "own segment", own, Table.OwnSegments.Select(s => (s.Name, Enumerable.Empty<string>())));
        }

        throw Named(Queries.Dimensions.All, plain) is [{ } missing, ..]
            ? new QueryRefusedException(
                missing.Kind == DimensionKind.Customer
                    ? $"'{missing.Name}' needs columns or a model version that this base has not."
                    : $"The transactions have no column for '{missing.Name}'.", [.. Dimensions.Select(d => d.Name).Take(3)])
            : QueryRefusedException.Unknown("dimension", name, Dimensions.Select(d => (d.Name, d.Names)));
    }

    /// <summary>Joins a dimension of lines or customers with the base.</summary>
    internal BoundDimension Bind(Dimension dimension)
    {
        if (dimension.Kind == DimensionKind.Customer)
        {
            return _customers.GetOrAdd(dimension.Name, _ => BindCustomers(dimension));
        }

        TransactionColumns columns = History.Columns;
        (int[] codes, string[] names) = dimension.Name switch
        {
            "channel" => (columns.Channel!, columns.Channels!),
            "category" => (columns.Category!, columns.Categories!),
            _ => (columns.Product!, columns.Products!.Select(p =>
                columns.ProductNames?.GetValueOrDefault(p) is { } called && called != p ? $"{p} {called}" : p).ToArray()),
        };
        return new BoundDimension(dimension, codes, [.. names, BoundDimension.None]);
    }

    private BoundDimension BindCustomers(Dimension dimension)
    {
        int n = History.CustomerCount;
        string name = dimension.Name;
        if (name.StartsWith(Queries.Dimensions.Attribute, StringComparison.Ordinal))
        {
            AttributeColumn column = History.Tables!.Attributes.First(a => Queries.Dimensions.Attribute + a.Name == name);
            int[] codes = Array.ConvertAll(column.Values, v => float.IsNaN(v) ? -1 : (int)v);
            return new BoundDimension(dimension, codes, [.. column.Categories!, BoundDimension.None]);
        }

        if (name.StartsWith(Queries.Dimensions.Own, StringComparison.OrdinalIgnoreCase))
        {
            bool[] members = Table.OwnSegments.First(s => s.Name.Equals(dimension.English, StringComparison.OrdinalIgnoreCase)).Members;
            return OfRows(dimension, Table, members.Select(m => m ? "yes" : "no").ToArray());
        }

        if (name is "acquisition_channel" or "acquisition_month")
        {
            return Acquisition(dimension, n);
        }

        SegmentTable table = TableFor(name);
        return table.Has(name)
            ? OfRows(dimension, table, table.Texts(name))
            : throw NeedsModel(name);
    }

    /// <summary>What is said where there is no model.</summary>
    internal static QueryRefusedException NeedsModel(string name) =>
        new($"'{name}' needs a trained model, and this base is read with rules alone: predictive train DIR.");

    private BoundDimension OfRows(Dimension dimension, SegmentTable table, string?[] texts)
    {
        string[] names = [.. texts.OfType<string>().Distinct().Order(StringComparer.Ordinal)];
        Dictionary<string, int> code = names.Index().ToDictionary(x => x.Item, x => x.Index, StringComparer.Ordinal);
        var codes = new int[History.CustomerCount];
        Array.Fill(codes, -1);
        for (int i = 0; i < table.Count; i++)
        {
            codes[table.Customers[i]] = texts[i] is { } text ? code[text] : -1;
        }

        return new BoundDimension(dimension, codes, [.. names, BoundDimension.None]);
    }

    private BoundDimension Acquisition(Dimension dimension, int n)
    {
        TransactionColumns columns = History.Columns;
        bool byMonth = dimension.Name == "acquisition_month";
        int first = Month(FirstDay);
        var codes = new int[n];
        for (int c = 0; c < n; c++)
        {
            codes[c] = -1;
            for (int i = columns.Offsets[c]; i < columns.Offsets[c + 1] && columns.OrderedAt[i] < AsOf.Micros; i++)
            {
                if (columns.Amount[i] > 0)
                {
                    codes[c] = byMonth ? Month(LocalTime.DateOf(LocalTime.DayOf(columns.OrderedAt[i]))) - first : columns.Channel![i];
                    break;
                }
            }
        }

        string[] names = byMonth
            ? [.. Enumerable.Range(first, Month(LastDay) - first + 1).Select(
                m => string.Create(CultureInfo.InvariantCulture, $"{m / 12:0000}-{(m % 12) + 1:00}"))]
            : columns.Channels!;
        return new BoundDimension(dimension, codes, [.. names, BoundDimension.None]);

        static int Month(DateOnly day) => (day.Year * 12) + day.Month - 1;
    }

    private bool Has(Dimension dimension)
    {
        TransactionColumns columns = History.Columns;
        return dimension.Name switch
        {
            "channel" or "acquisition_channel" => columns is { Channel: not null, Channels: not null },
            "category" => columns is { Category: not null, Categories: not null },
            "product" => columns is { Product: not null, Products: not null },
            _ => Model is not null || CustomerMetrics.Find(dimension.Name) is not { NeedsModel: true },
        };
    }

    // A canonical name means what has it, whatever a shop calls its columns.
    private static Dimension[] Named(IEnumerable<Dimension> dimensions, string plain)
    {
        Dimension[] found = [.. dimensions.Where(d => d.Names.Any(n => NearNames.Plain(n) == plain))];
        return Array.Find(found, d => NearNames.Plain(d.Name) == plain) is { } canonical ? [canonical] : found;
    }
}
