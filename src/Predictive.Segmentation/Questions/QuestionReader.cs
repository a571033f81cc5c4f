using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Segmentation.Questions;

/// <summary>
/// Understands a question by the catalogue's names and nothing else: longest names first; what is left over and no filler is not
/// understood, and then the question is refused. A wrong answer is worse than none.
/// </summary>
public sealed partial class QuestionReader
{
    private const int BestSellers = 10;
    private const int Longest = 300;

    private readonly QueryBase _base;
    private readonly List<(string Phrase, MetricDefinition Metric)> _metrics;
    private readonly List<string> _dimensions;
    private readonly Dictionary<string, List<QuestionValue>> _values = new(StringComparer.Ordinal);

    /// <summary>Learns the names of a base: its dimensions and their values.</summary>
    public QuestionReader(QueryBase of)
    {
        ArgumentNullException.ThrowIfNull(of);
        _base = of;
        _metrics = [.. QueryCatalogue.Queryable.SelectMany(m => QueryCatalogue.CalledOf(m).Select(c => (Plain(c), m))).Distinct()
            .OrderByDescending(p => p.Item1.Length)];
        _dimensions = [.. of.Dimensions.SelectMany(d => d.Names.Select(Plain)).Distinct().OrderByDescending(p => p.Length)];
        foreach (Dimension dimension in of.Dimensions.Where(d => HasValues(d.Name) && d.Kind != DimensionKind.Time))
        {
            foreach (string value in (Closed(dimension.Name) ?? of.Bind(dimension).Names.SkipLast(1)).Where(v => v.Length > 2))
            {
                Know(Plain(value), dimension.Name, value);
            }
        }

        foreach (var (word, (dimension, value)) in QuestionWords.ChineseValues)
        {
            if (of.Dimensions.Any(d => d.Name == dimension))
            {
                Know(word, dimension, value);
            }
        }
    }

    /// <summary>How a question is understood.</summary>
    public UnderstoodQuestion Read(string question)
    {
        ArgumentNullException.ThrowIfNull(question);
        try
        {
            return new UnderstoodQuestion(question, Readings(question), null);
        }
        catch (QueryRefusedException e)
        {
            return new UnderstoodQuestion(question, [], e.Message);
        }
    }

    // Those of the rules are closed sets: nobody is scored, and no segment made, to know their names; whether a base has them is for the
    // query to say. Tiers and RFM segments of the shop's own come from its settings.
    private IEnumerable<string>? Closed(string dimension) => dimension switch
    {
        "tier" when _base.Rules.Tiers.Tiers is { } own => own.Select(t => t.Name),
        "rfm_segment" => _base.Rules.Rfm.Segments.Segments,
        _ => QuestionWords.ClosedSets.GetValueOrDefault(dimension),
    };

    // Values that people name.
    private static bool HasValues(string dimension) =>
        dimension is not ("product" or "acquisition_month" or "acquisition_channel" or "predicted_tier" or "quadrant" or "value_band"
            or "portrait" or "rfm_group" or "nps_group");

    private List<QuestionReading> Readings(string question)
    {
        if (string.IsNullOrWhiteSpace(question) || question.Length > Longest)
        {
            throw new QueryRefusedException($"A question has 1 to {Longest} characters.");
        }

        string text = Plain(question);
        bool isWhy = QuestionWords.Why.Any(w => Take(ref text, w));
        string? compare = QuestionWords.Compares.Where(c => Take(ref text, c.Phrase)).Select(c => c.Compare).FirstOrDefault();
        bool against = QuestionWords.Against.Any(w => Take(ref text, w));
        bool counts = QuestionWords.HowMany.Any(w => text.Contains(w, StringComparison.Ordinal));
        string? silent = Silent(ref text);
        bool isBestSelling = QuestionWords.BestSelling.Any(w => Take(ref text, w));
        int? top = Top(ref text) ?? (isBestSelling ? BestSellers : null);
        List<Dimension> by = ByWithin(ref text);
        // Names before days: "may" can be a name's, "month" a dimension's.
        List<MetricDefinition> metrics = Metrics(ref text);
        List<QuestionValue[]> values = Values(ref text);
        bool isPredicted = metrics.Any(m => QuestionWords.Predicted.Contains(m.Name));
        List<Period> periods = QuestionTimes.Take(ref text, _base.LastDay, isPredicted);
        by = [.. by.Concat(By(ref text, _dimensions)).DistinctBy(d => d.Name)];
        // Words that join are passed over where there is what they join: two periods, two values, a comparison.
        bool isHeld = isWhy || compare is not null || against;
        string[] left =
        [
            .. Words(text).Where(w => !QuestionWords.Fillers.Contains(w) && !QuestionWords.By.Contains(w)
                && !(isHeld && QuestionWords.Changes.Contains(w))
                && !((values.Count > 0 || silent is not null) && w is "from")
                && !(values.Count > 1 && w is "or" or "或" or "或者")
                && !(periods.Count == 2 && QuestionWords.Joins.Contains(w))),
        ];
        if (left.Length > 0)
        {
            throw new QueryRefusedException(
                $"Not understood: {string.Join(", ", left.Select(w => $"'{QueryRefusedException.Short(w)}'"))}. A question names a figure "
                    + "(predictive metrics list), what it is divided by, a tier, channel or segment, and a month, quarter or year.");
        }

        // "How many champions" counts customers.
        if (metrics.Count == 0 && counts && values.Any(v => v.Any(m => IsOfCustomers(m.Dimension))))
        {
            metrics.Add(QueryCatalogue.Find("customers"));
        }

        // What sells best, by money or by pieces: both are offered. Of what nobody says, it is products.
        if (isBestSelling && by.Count == 0)
        {
            by.Add(Dimensions.All.Single(d => d.Name == "product"));
        }

        MetricDefinition[] asked = isBestSelling && metrics.Count == 0
            ? [.. SoldBy(_base.History.Columns.Quantity is not null)]
            : [One(metrics)];
        List<QuestionReading> Meaning(Period? period, string? compare) =>
            [.. asked.SelectMany(m => Meanings(m, period, compare, top, isWhy, by, values, silent))];
        if (periods.Count == 2 && (against || isWhy) && compare is null)
        {
            if (!periods[0].IsLike(periods[1]))
            {
                throw new QueryRefusedException(
                    $"The two periods are not of one length ({periods[0]}, {periods[1]}); name both whole, such as Q2 2025 and Q2 2024.");
            }

            // The later one is asked for, the earlier one is what it is held against, in whatever order they are named.
            periods.Sort((a, b) => a.From.CompareTo(b.From));
            return Meaning(periods[1], periods[0].ToString());
        }

        if (against && compare is null)
        {
            throw new QueryRefusedException(
                "What it is compared with is not understood; say two periods, the month before, or a year ago.");
        }

        if (periods.Count > 2 || (periods.Count == 2 && !Connects(question)))
        {
            throw new QueryRefusedException("There are several periods; name one, or say from ... to ..., or compared with last year.");
        }

        Period? period = periods.Count == 0 ? null
            : periods.Count == 1 ? periods[0] : new Period(Min(periods[0].From, periods[1].From), Max(periods[0].To, periods[1].To));
        return Meaning(period, compare);
    }

    private static IEnumerable<MetricDefinition> SoldBy(bool inPieces)
    {
        yield return PeriodMetrics.Find("revenue")!;
        if (inPieces)
        {
            yield return PeriodMetrics.Find("units_sold")!;
        }
    }

    private List<QuestionReading> Meanings(
        MetricDefinition metric, Period? period, string? compare, int? top, bool isWhy, List<Dimension> by,
        List<QuestionValue[]> values, string? silent)
    {
        if (metric is BaseMetric && period is not null && QuestionWords.OfPeriod.TryGetValue(metric.Name, out string? named))
        {
            metric = PeriodMetrics.Find(named)!;
        }

        if (metric.Name == "customers" && period is not null)
        {
            // Customers of a month: who bought in it, or who came in it.
            return
            [
                .. Meanings(PeriodMetrics.Find("active_customers")!, period, compare, top, isWhy, by, values, silent),
                .. Meanings(PeriodMetrics.Find("new_customers")!, period, compare, top, isWhy, by, values, silent),
            ];
        }

        string? said = null;
        if (metric is BaseMetric && period is { } asked)
        {
            if (_base.HorizonDays is null && QuestionWords.Predicted.Contains(metric.Name))
            {
                throw QueryBase.NeedsModel(metric.Name);
            }

            int days = _base.HorizonDays ?? 0;
            if (!QuestionWords.Predicted.Contains(metric.Name) || asked.From < _base.LastDay || asked.To > _base.LastDay.AddDays(days))
            {
                throw new QueryRefusedException(QuestionWords.Predicted.Contains(metric.Name)
                    ? $"Predictions are of the {days} days after {_base.AsOf}; {asked} is not within."
                    : $"{metric.Words.English} is as of a time ({_base.AsOf}), not of a period.");
            }

            said = $"predicted for the {days} days after {_base.AsOf}, which hold {asked}";
        }

        bool ofCustomers = metric is BaseMetric or PeriodMetric { LooksBack: true };
        string Own(string dimension) => ofCustomers && dimension == "channel" ? "acquisition_channel" : dimension;
        string[] dimensions = [.. by.Select(d => Own(d.Name)).Distinct()];
        if (top is not null && dimensions.Length == 0)
        {
            throw new QueryRefusedException("'top' needs what is to be listed, such as: top 5 products by revenue.");
        }

        if (isWhy && (period is null || dimensions.Length != 1))
        {
            throw new QueryRefusedException(
                "Why a figure changed is answered by one dimension and for a period: why did revenue fall in July by channel?");
        }

        var readings = new List<QuestionReading>();
        foreach (IEnumerable<QuestionValue> choice in Choices(values))
        {
            string[] where =
            [
                .. choice.GroupBy(v => (Name: Own(v.Dimension), v.IsNot))
                    .Select(g => $"{g.Key.Name} {(g.Key.IsNot ? "!=" : "=")} {string.Join(", ", g.Select(v => v.Value))}"),
                .. silent is null ? Array.Empty<string>() : [silent],
            ];
            var query = new MetricQuery
            {
                Metric = metric.Name, By = dimensions, Where = where, Limit = top ?? 1000,
                Compare = isWhy ? compare ?? "previous" : compare,
                From = metric is PeriodMetric ? period?.From.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
                To = metric is PeriodMetric ? period?.To.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : null,
            };
            readings.Add(new QuestionReading(query, isWhy, Say(metric, query, said), said));
        }

        return readings;
    }

    private static string Say(MetricDefinition metric, MetricQuery query, string? said)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{metric.Words.English} ({metric.Id})");
        text.Append(query.By.Count > 0 ? $", by {string.Join(" and ", query.By.Select(b => b.Replace('_', ' ')))}" : "");
        text.Append(query.Where.Count > 0 ? $", where {string.Join(" and ", query.Where)}" : "");
        text.Append(query.From is not null ? $", from {query.From} to {query.To}"
            : metric is PeriodMetric ? ", of all time" : ", as of now");
        text.Append(query.Compare is not null ? $", compared with {query.Compare.Replace('-', ' ')}" : "")
            .Append(said is null ? "" : $" ({said})");
        return text.ToString();
    }

    private static bool IsOfCustomers(string dimension) =>
        Dimensions.All.FirstOrDefault(d => d.Name == dimension)?.Kind is null or DimensionKind.Customer;

    private static IEnumerable<IEnumerable<QuestionValue>> Choices(List<QuestionValue[]> values) =>
        values.Aggregate<QuestionValue[], IEnumerable<IEnumerable<QuestionValue>>>(
            [[]], (all, options) => [.. all.SelectMany(chosen => options.Select(o => chosen.Append(o)))]).Take(4);

    private static MetricDefinition One(List<MetricDefinition> metrics) => metrics.DistinctBy(m => m.Name).ToArray() switch
    {
        [var one] => one,
        [] => throw new QueryRefusedException("No figure of the catalogue is named; see predictive metrics list."),
        var several => throw new QueryRefusedException(
            $"There are several figures: {string.Join(", ", several.Select(m => m.Words.English))}. Ask for one at a time."),
    };

    private static bool Connects(string question) =>
        FromTo().IsMatch(question.ToLowerInvariant());

    private static DateOnly Min(DateOnly a, DateOnly b) => a < b ? a : b;

    private static DateOnly Max(DateOnly a, DateOnly b) => a > b ? a : b;

    // Chinese stands with or without blanks around what is Latin.
    private static string Plain(string text) => Beside().Replace(
        Blanks().Replace(text.ToLowerInvariant().Replace('_', ' ').Replace('’', '\''), " ").Trim(), "");

    [GeneratedRegex(@"(?<=[\u4e00-\u9fff]) | (?=[\u4e00-\u9fff])")]
    private static partial Regex Beside();

    [GeneratedRegex(
        @"\b(silent|inactive|not bought|without a purchase|no purchase)( for)? (more than|over) (?<n>\d{1,4}) days\b"
            + @"|超过(?<n>\d{1,4})天(没有|未|没)购买")]
    private static partial Regex SilentDays();

    [GeneratedRegex(@"\btop (?<n>\d{1,4})\b|前(?<n>\d{1,4})(个|名|大)?")]
    private static partial Regex TopN();

    [GeneratedRegex(@"\bfrom\b.*\bto\b|\bbetween\b.*\band\b|\b(through|until)\b|到|至")]
    private static partial Regex FromTo();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
