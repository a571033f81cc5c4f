using System.Text.Json;
using System.Text.Json.Serialization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>
/// What a portfolio is made of, of a part of a base. Parts add up in any order to what the whole base gives: counts, sums and lists of the
/// largest exactly, what goes by rank (the Lorenz curves and what is read from them) within <see cref="ValueSketch.Error"/>. Its size
/// does not grow with the customers. Rules between items are counted apart (<see cref="RulesFile"/>): they take the most of it.
/// </summary>
public sealed class PortfolioPart
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    };

    /// <summary>Customers with a purchase before the as-of.</summary>
    public int Customers { get; set; }

    /// <summary>People known without a transaction; null = no table of the dataset knows of people.</summary>
    public int? Prospects { get; set; }

    [JsonInclude]
    internal Dictionary<string, BaseFigure> Figures { get; init; } = [];

    [JsonInclude]
    internal Dictionary<string, BaseFigure>? FiguresBefore { get; set; }

    [JsonInclude]
    internal int CustomersBefore { get; set; }

    [JsonInclude]
    internal Dictionary<string, Dictionary<string, SegmentSums>> Groups { get; init; } = [];

    [JsonInclude]
    internal Dictionary<string, Dictionary<string, SegmentMoments>> Moments { get; init; } = [];

    [JsonInclude]
    internal Dictionary<string, MigrationMatrix>? Migration { get; set; }

    [JsonInclude]
    internal TierCounts? Tiers { get; set; }

    [JsonInclude]
    internal SortedDictionary<int, CohortCounts> Cohorts { get; init; } = [];

    [JsonInclude]
    internal FunnelCounts Funnel { get; init; } = new();

    [JsonInclude]
    internal IReadOnlyList<WonCustomers> Won { get; set; } = [];

    /// <summary>Of some of the customers of a base.</summary>
    /// <param name="table">They, at the as-of.</param>
    /// <param name="rules">A <see cref="RulesFile"/>, at its end: what rules between items are made of is appended.</param>
    /// <param name="before">The same at an earlier time, under the same rules; null = nothing is compared.</param>
    /// <param name="cancellation">Ends early.</param>
    public static PortfolioPart Of(
        SegmentTable table, Stream rules, SegmentTable? before = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(rules);
        PortfolioOptions options = table.Book.Options.Portfolio;
        TransactionHistory marked = ReturnMatching.Mark(table.History, table.AsOf);
        RulesFile.Append(
            rules, table.Count, new AssociationCounts(marked, table.AsOf, options.Association, cancellation),
            CategoryThresholdCounts.Of(marked, table.AsOf));
        var part = new PortfolioPart
        {
            Customers = table.Count,
            Tiers = TierMonitoring.Count(marked, table.Book, table.AsOf),
            Cohorts = CohortRetention.Count(marked, table.AsOf),
            Funnel = Portfolio.Funnel.Count(marked, table.AsOf, options.Funnel),
            Won = Acquisition.Count(table),
            Migration = before is null ? null : new(PortfolioBuilder.Compare(before, table).Migration),
        };
        Note(table, part.Figures);
        if (before is not null)
        {
            part.CustomersBefore = before.Count;
            Note(before, part.FiguresBefore = []);
        }

        foreach (string model in SegmentGroups.Models.Where(table.Has))
        {
            part.Groups[model] = SegmentSums.OfModel(table, model);
        }

        part.Groups["segment"] = SegmentSums.OfOwn(table);
        (string, IReadOnlyList<double>)[] measures =
            [.. PortfolioBuilder.Measures.Select(n => (n, (IReadOnlyList<double>)table.Numbers(n)))];
        foreach (string model in PortfolioBuilder.Checked.Where(table.Has))
        {
            part.Moments[model] = SegmentUsability.Moments(
                Array.ConvertAll(table.Texts(model), t => t ?? "none"), measures,
                before is null || !before.Has(model) ? null : PortfolioBuilder.Previous(table, before, model));
        }

        return part;
    }

    /// <summary>Counts people without a transaction: a part that was read in parts itself knows only in the end who they are.</summary>
    /// <param name="people">A history without lines (<see cref="DatasetLoader.LoadProspects"/>).</param>
    /// <param name="asOf">As of the part.</param>
    /// <param name="options">Which events activate.</param>
    public void AddProspects(TransactionHistory people, LocalTime asOf, FunnelOptions options)
    {
        ArgumentNullException.ThrowIfNull(people);
        ArgumentNullException.ThrowIfNull(options);
        Prospects = (Prospects ?? 0) + people.CustomerCount;
        Portfolio.Funnel.Note(Funnel, people, asOf, options);
    }

    /// <summary>Adds another part, taken under the same rules, as of the same times.</summary>
    public void Add(PortfolioPart other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Customers += other.Customers;
        Prospects = other.Prospects is { } people ? (Prospects ?? 0) + people : Prospects;
        CustomersBefore += other.CustomersBefore;
        Merge(Figures, other.Figures, (a, b) => a.Add(b));
        foreach ((string model, Dictionary<string, SegmentSums> groups) in other.Groups)
        {
            Merge(Within(Groups, model), groups, (a, b) => a.Add(b));
        }

        foreach ((string model, Dictionary<string, SegmentMoments> moments) in other.Moments)
        {
            Merge(Within(Moments, model), moments, (a, b) => a.Add(b));
        }

        if (other.FiguresBefore is { } before)
        {
            Merge(FiguresBefore ??= [], before, (a, b) => a.Add(b));
        }

        foreach ((string metric, MigrationMatrix matrix) in other.Migration ?? [])
        {
            Migration ??= [];
            Migration[metric] = Migration.TryGetValue(metric, out MigrationMatrix? own)
                ? Portfolio.Migration.Added(own, matrix)
                : matrix;
        }

        if (Tiers is { } tiers && other.Tiers is { } more)
        {
            tiers.Add(more);
        }
        else
        {
            Tiers ??= other.Tiers;
        }

        Merge(Cohorts, other.Cohorts, (a, b) => a.Add(b));
        Funnel.Add(other.Funnel);
        Won = Acquisition.Added(Won.Concat(other.Won));
    }

    /// <summary>The portfolio of the base that the parts added make up.</summary>
    /// <param name="book">Settings and cut-offs that the parts were taken under.</param>
    /// <param name="asOf">Their as-of.</param>
    /// <param name="comparedWith">The earlier time; null = nothing was compared.</param>
    /// <param name="model">Whose predictions they hold; null = none.</param>
    /// <param name="currency">Of the money.</param>
    /// <param name="rules">Of the same customers.</param>
    public PortfolioReport Report(
        RuleBook book, LocalTime asOf, LocalTime? comparedWith, ModelStamp? model, string? currency, MergedRules rules)
    {
        ArgumentNullException.ThrowIfNull(book);
        ArgumentNullException.ThrowIfNull(rules);
        PortfolioOptions options = book.Options.Portfolio;
        IReadOnlyList<MetricValue> metrics = PortfolioBuilder.Values(
            Columns(Customers, Figures) with { Prospects = Prospects },
            FiguresBefore is { } before ? Columns(CustomersBefore, before) : null);
        ConcentrationResult revenue = Concentration.Of(Spread("spend_total"), options.Concentration);
        ValueSketch profits = Spread("profit_total");
        ConcentrationResult? profit = profits.Count == 0 ? null : Concentration.Of(
            profits, options.Concentration with { AlertTopDecileShare = options.Concentration.AlertTopDecileProfitShare });
        PortfolioComparison? compared =
            comparedWith is { } time && Migration is { } moved ? new PortfolioComparison(time.ToString(), moved) : null;
        IReadOnlyList<AcquisitionRow> acquisition = Acquisition.Rows(Won, options.Acquisition);
        double spend = Figures[BaseFigure.SumOf("spend_365d")].Sum.Value;
        Dictionary<string, SegmentSums> ofOwn = Within(Groups, "segment");
        IReadOnlyList<SegmentGroup> own =
        [
            .. book.Options.Segments.Select(s => SegmentGroups.Group(
                "segment", s.Name, ofOwn.GetValueOrDefault(s.Name) ?? new SegmentSums(), Customers, spend, book.Options)),
        ];
        return new PortfolioReport
        {
            AsOf = asOf.ToString(),
            Model = model,
            Currency = currency,
            Metrics = metrics,
            Groups = SegmentGroups.Models.Where(m => Groups.TryGetValue(m, out var groups) && groups.Count > 0).ToDictionary(
                m => m,
                m => SegmentGroups.Of(m, Groups[m], Customers, spend, book.Options)),
            OwnSegments = own,
            Revenue = revenue,
            Profit = profit,
            Compared = compared,
            Tiers = Tiers is null ? [] : TierMonitoring.Rows(Tiers, book, asOf),
            Cohorts = CohortRetention.Rows(Cohorts),
            Funnel = Portfolio.Funnel.Rows(Funnel),
            Acquisition = acquisition,
            Association = rules.Association with
            {
                Pairs = [.. rules.Association.Pairs.Take(PortfolioBuilder.MostRules)],
                Sequences = [.. rules.Association.Sequences.Take(PortfolioBuilder.MostRules)],
            },
            CategoryThresholds = rules.Thresholds,
            Warnings =
            [
                .. PortfolioBuilder.Checked.Where(Moments.ContainsKey).SelectMany(m => SegmentUsability
                    .Check(Moments[m], PortfolioBuilder.Measures, options.Usability).Select(w => new PortfolioWarning(m, w))),
                .. PortfolioBuilder.Empty(own),
            ],
            Alerts = PortfolioBuilder.Alerts(revenue, profit, compared, acquisition, metrics),
            Cutoffs = CutoffWords.Of(book),
        };
        ValueSketch Spread(string metric) => Figures.GetValueOrDefault(BaseFigure.SpreadOf(metric))?.Spread ?? new ValueSketch();
    }

    /// <summary>Writes it, to be read by another process.</summary>
    public void Write(Stream stream) => JsonSerializer.Serialize(stream, this, s_json);

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="JsonException">It is something else.</exception>
    public static PortfolioPart Read(Stream stream) =>
        JsonSerializer.Deserialize<PortfolioPart>(stream, s_json) ?? throw new JsonException("expected a portfolio part, found null");

    private static void Note(SegmentTable table, Dictionary<string, BaseFigure> figures) =>
        PortfolioBuilder.Values(
            table.AsBase() with
            {
                Through = (name, of) => figures.TryGetValue(name, out BaseFigure? known) ? known
                    : of() is { } made ? figures[name] = made : null,
            },
            null);

    private static BaseColumns Columns(int customers, Dictionary<string, BaseFigure> figures) =>
        new(customers, null, _ => null, _ => null) { Through = (name, _) => figures.GetValueOrDefault(name) };

    private static Dictionary<string, T> Within<T>(Dictionary<string, Dictionary<string, T>> of, string model) =>
        of.TryGetValue(model, out Dictionary<string, T>? own) ? own : of[model] = [];

    private static void Merge<TKey, T>(IDictionary<TKey, T> to, IEnumerable<KeyValuePair<TKey, T>> from, Action<T, T> add)
    {
        foreach ((TKey key, T value) in from)
        {
            if (to.TryGetValue(key, out T? own))
            {
                add(own, value);
            }
            else
            {
                to[key] = value;
            }
        }
    }
}
