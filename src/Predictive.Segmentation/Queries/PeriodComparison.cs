using System.Globalization;
using Predictive.Segmentation.Metrics;

namespace Predictive.Segmentation.Queries;

/// <summary>What one group contributed to a change.</summary>
/// <param name="Group">Value of the dimension.</param>
/// <param name="Before">Its figure before; null = none.</param>
/// <param name="After">Its figure after.</param>
/// <param name="ShareBefore">Its share of the denominator before (of the buyers, for a sum), 0–1.</param>
/// <param name="ShareAfter">The same after.</param>
/// <param name="Mix">What came of the group being a larger or smaller part.</param>
/// <param name="Rate">What came of its figure changing.</param>
/// <param name="Size">Of a sum: what came of more or fewer buyers in all; of both, what a group has without a denominator.</param>
/// <param name="Effect">Mix + rate + size.</param>
/// <param name="Low">Lower end of the 95 % interval of the effect.</param>
/// <param name="High">Upper end.</param>
/// <param name="IsSure">Whether the interval leaves out 0: more than customers coming and going by chance.</param>
public sealed record GroupEffect(
    string Group, double? Before, double? After, double ShareBefore, double ShareAfter, double Mix, double Rate, double Size, double Effect,
    double Low, double High, bool IsSure);

/// <summary>Why a figure changed between two periods: effects of the groups of one dimension, which add up to the change.</summary>
/// <param name="Metric">Definition and version.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="Dimension">What divides.</param>
/// <param name="Query">The query that ran.</param>
/// <param name="Before">The figure before.</param>
/// <param name="After">The figure after.</param>
/// <param name="Change">After less before.</param>
/// <param name="Low">Lower end of the 95 % interval of the change.</param>
/// <param name="High">Upper end.</param>
/// <param name="IsSure">Whether the change is more than chance.</param>
/// <param name="Mix">Sum of the mix effects.</param>
/// <param name="Rate">Sum of the rate effects.</param>
/// <param name="Size">Sum of the size effects.</param>
/// <param name="Most">The three groups that explain most of it, the largest effect first.</param>
/// <param name="Groups">Every group, the largest effect first.</param>
/// <param name="Customers">Customers drawn from.</param>
/// <param name="Draws">Draws of the noise.</param>
/// <param name="Seed">Their seed.</param>
/// <param name="AsOf">What is before it counts.</param>
/// <param name="DataThrough">Last day with a line.</param>
/// <param name="Notes">What to know before the figures are used.</param>
public sealed record ComparisonAnswer(
    string Metric, string Unit, string Dimension, string Query, double Before, double After, double Change, double Low, double High,
    bool IsSure, double Mix, double Rate, double Size, IReadOnlyList<GroupEffect> Most, IReadOnlyList<GroupEffect> Groups, int Customers,
    int Draws, int Seed, string AsOf, string DataThrough, IReadOnlyList<string> Notes);

/// <summary>Splits the change of a figure between two periods into effects that add up.</summary>
/// <remarks>
/// A ratio R = Σ wᵢ rᵢ (w = a group's share of the denominator, r its ratio): mix = Δwᵢ (mean rᵢ − mean R), rate = mean wᵢ × Δrᵢ: means of
/// the two periods (Marshall–Edgeworth weights; what is subtracted changes no sum, since Σ Δwᵢ = 0). A sum S = N Σ wᵢ rᵢ with N
/// buyers: mix and rate as above times the mean N, size = ΔN × mean of wᵢ rᵢ. Noise: customers drawn with replacement, each with all it did
/// in both periods; as many draws as asked for, seeded; percentile intervals.
/// </remarks>
public static class PeriodComparison
{
    /// <summary>Draws of the noise where nothing is said.</summary>
    public const int StandardDraws = 500;

    private const int MostGroups = 2000, Shown = 3;

    /// <summary>Why a figure changed.</summary>
    /// <param name="of">The base.</param>
    /// <param name="query">A metric of a period, one dimension that is not time, a period, and what it is compared with (default: the
    /// period before).</param>
    /// <param name="seed">Seed of the draws.</param>
    /// <param name="draws">How many, 100 to 10,000.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="QueryRefusedException">The query is not such a one.</exception>
    public static ComparisonAnswer Run(
        QueryBase of, MetricQuery query, int seed = 1, int draws = StandardDraws, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(of);
        ArgumentNullException.ThrowIfNull(query);
        PeriodMetric metric = Metric(query.Metric);
        if (query.By.Count != 1 || of.Dimension(query.By[0]) is not { Kind: not DimensionKind.Time } dimension)
        {
            throw new QueryRefusedException("Why a figure changed is asked by one dimension that is not time, such as channel or tier.");
        }

        if (query.From is null || draws is < 100 or > 10_000)
        {
            throw new QueryRefusedException(query.From is null
                ? "Why a figure changed needs a period: from and to, such as 2011-06."
                : $"There are {draws} draws; expected 100 to 10000.");
        }

        var notes = new List<string>();
        Period after = QueryRunner.PeriodOf(of, query with { To = query.To ?? query.From }, notes);
        Period before = QueryRunner.AgainstOf(query with { Compare = query.Compare ?? "previous" }, after)!.Value;
        if (before.To < of.FirstDay)
        {
            throw new QueryRefusedException(string.Create(
                CultureInfo.InvariantCulture, $"There is no line in {before}; the data begin on {of.FirstDay:yyyy-MM-dd}."));
        }

        if (before.From < of.FirstDay)
        {
            notes.Add(string.Create(
                CultureInfo.InvariantCulture, $"The period compared with begins before the data ({of.FirstDay:yyyy-MM-dd})."));
        }

        if (dimension.Kind == DimensionKind.Customer)
        {
            notes.Add($"{dimension.Name}: what customers are as of {of.AsOf}, not what they were in the periods.");
        }

        var conditions = new BoundConditions(of, Condition.Parse(query.Where));
        // A sum is taken per buyer: its parts are the sum and the buyers.
        PeriodMetric parts = metric.Over is null ? PerBuyer(metric) : metric;
        var scan = new PeriodQuery(of, query with { Compare = null }, parts, [dimension], conditions, notes);
        (ScanPlan plan, GroupSums now) = scan.Scan(after, perCustomer: true, cancellation);
        (_, GroupSums then) = scan.Scan(before, perCustomer: true, cancellation);
        long[] keys = [.. now.Keys.Union(then.Keys).Where(k => k != GroupSums.Total).Order()];
        if (keys.Length is 0 or > MostGroups)
        {
            throw new QueryRefusedException(
                $"{dimension.Name} has {keys.Length} groups in these periods; expected 1 to {MostGroups}, so that effects can be told.");
        }

        bool isSum = metric.Over is null;
        CheckAddsUp(metric, dimension, then);
        CheckAddsUp(metric, dimension, now);
        notes.Add(!isSum ? "Shares of groups are of the denominator."
            : metric.LooksBack ? "Shares of groups are of the customers of the period before." : "Shares of groups are of the buyers.");
        var effects = new Effects(keys.Length, isSum);
        double[][] measured = Both(keys, then, now);
        effects.Of(measured);
        (double Mix, double Rate, double Size)[] split = [.. effects.Split];
        double change = effects.After - effects.Before;
        (double Low, double High)[] sure = Draw(keys, then, now, isSum, seed, draws, cancellation, out int customers);
        string text = scan.Text(after, before);
        GroupEffect[] groups =
        [
            .. keys.Select((k, g) =>
            {
                double all = split[g].Mix + split[g].Rate + split[g].Size;
                double overThen = measured[1].Sum(), overNow = measured[3].Sum();
                return new GroupEffect(
                    plan.NamesOf(k)[0], Figure(measured[0][g], measured[1][g]), Figure(measured[2][g], measured[3][g]),
                    overThen > 0 ? measured[1][g] / overThen : 0, overNow > 0 ? measured[3][g] / overNow : 0, split[g].Mix, split[g].Rate,
                    split[g].Size, all, sure[g].Low, sure[g].High, sure[g].Low > 0 || sure[g].High < 0);
            }).OrderByDescending(e => Math.Abs(e.Effect)),
        ];
        (double low, double high) = sure[^1];
        return new ComparisonAnswer(
            metric.Id, metric.Unit, dimension.Name, text.Replace(parts.Name, metric.Name, StringComparison.Ordinal), effects.Before,
            effects.After, change, low, high, low > 0 || high < 0, split.Sum(s => s.Mix), split.Sum(s => s.Rate), split.Sum(s => s.Size),
            [.. groups.Take(Shown)], groups, customers, draws, seed, of.AsOf.ToString(),
            of.LastDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), [.. notes.Distinct()]);

        double? Figure(double part, double over) => isSum ? part : over > 0 ? part / over : null;
    }

    // A customer who buys in two channels is in both, so that customers by channel do not add up.
    private static void CheckAddsUp(PeriodMetric metric, Dimension dimension, GroupSums sums)
    {
        GroupSums.Cell total = sums.Of(GroupSums.Total);
        foreach (PeriodPart part in metric.Over is { } over ? [metric.Part, over] : new[] { metric.Part })
        {
            double all = total.Parts[(int)part];
            double added = sums.Keys.Where(k => k != GroupSums.Total).Sum(k => sums.Of(k).Parts[(int)part]);
            if (Math.Abs(all - added) > 1e-6 * Math.Max(1, Math.Abs(all)))
            {
                throw new QueryRefusedException(
                    $"{metric.Name} does not add up over {dimension.Name}: an order or a customer is in several groups. Ask by what is of "
                        + "the customer, such as acquisition_channel, tier or rfm_segment, or for revenue.",
                    ["acquisition_channel", "tier", "rfm_segment"]);
            }
        }
    }

    private static PeriodMetric Metric(string name) => QueryCatalogue.Find(name) switch
    {
        PeriodMetric { IsConcentration: true } m =>
            throw new QueryRefusedException($"{m.Name} is no sum and no ratio of sums; it cannot be split."),
        PeriodMetric m => m,
        var m => throw new QueryRefusedException(
            $"{m.Name} is as of a time; why a figure changed is asked of one of a period, such as revenue, orders_placed, churn_rate."),
    };

    private static PeriodMetric PerBuyer(PeriodMetric metric) => new(
        metric.Name, metric.Unit, metric.Description, metric.Formula, metric.Code!, metric.Part,
        metric.LooksBack ? PeriodPart.Before : PeriodPart.Buyers);

    // Part and denominator by group, before and after.
    private static double[][] Both(long[] keys, GroupSums then, GroupSums now)
    {
        double[][] sums = [new double[keys.Length], new double[keys.Length], new double[keys.Length], new double[keys.Length]];
        Dictionary<long, int> index = keys.Index().ToDictionary(k => k.Item, k => k.Index);
        foreach (var (sum, from) in new[] { (then, 0), (now, 2) })
        {
            foreach (CustomerShare share in sum.Shares.Where(s => s.Key != GroupSums.Total))
            {
                sums[from][index[share.Key]] += share.Part;
                sums[from + 1][index[share.Key]] += share.Over;
            }
        }

        return sums;
    }

    private static (double Low, double High)[] Draw(
        long[] keys, GroupSums then, GroupSums now, bool isSum, int seed, int draws, CancellationToken cancellation, out int customers)
    {
        Dictionary<long, int> index = keys.Index().ToDictionary(k => k.Item, k => k.Index);
        (int Customer, int Group, int From, double Part, double Over)[] shares =
        [
            .. then.Shares.Where(s => s.Key != GroupSums.Total).Select(s => (s.Customer, index[s.Key], 0, s.Part, s.Over))
                .Concat(now.Shares.Where(s => s.Key != GroupSums.Total).Select(s => (s.Customer, index[s.Key], 2, s.Part, s.Over)))
                .OrderBy(s => s.Customer),
        ];
        var starts = new List<int>();
        for (int i = 0; i < shares.Length; i++)
        {
            if (i == 0 || shares[i].Customer != shares[i - 1].Customer)
            {
                starts.Add(i);
            }
        }

        int n = customers = starts.Count;
        starts.Add(shares.Length);
        int[] first = [.. starts];
        var drawn = new double[keys.Length + 1][];
        for (int g = 0; g <= keys.Length; g++)
        {
            drawn[g] = new double[draws];
        }

        var limits = new ParallelOptions { CancellationToken = cancellation };
        Parallel.For(0, draws, limits, () => new Effects(keys.Length, isSum), (d, _, effects) =>
        {
            // Each draw has a seed of its own, so threads change nothing.
            var random = new Random(unchecked((seed * 1_000_003) + d));
            double[][] sums = [new double[keys.Length], new double[keys.Length], new double[keys.Length], new double[keys.Length]];
            for (int i = 0; i < n; i++)
            {
                int c = random.Next(n);
                for (int s = first[c]; s < first[c + 1]; s++)
                {
                    sums[shares[s].From][shares[s].Group] += shares[s].Part;
                    sums[shares[s].From + 1][shares[s].Group] += shares[s].Over;
                }
            }

            effects.Of(sums);
            for (int g = 0; g < keys.Length; g++)
            {
                (double mix, double rate, double size) = effects.Split[g];
                drawn[g][d] = mix + rate + size;
            }

            drawn[keys.Length][d] = effects.After - effects.Before;
            return effects;
        }, _ => { });
        return Array.ConvertAll(drawn, values =>
        {
            Array.Sort(values);
            return (values[(int)(.025 * (draws - 1))], values[(int)Math.Ceiling(.975 * (draws - 1))]);
        });
    }

    // Mix, rate and size of groups.
    private sealed class Effects(int groups, bool isSum)
    {
        public (double Mix, double Rate, double Size)[] Split { get; } = new (double, double, double)[groups];

        public double Before { get; private set; }

        public double After { get; private set; }

        public void Of(double[][] sums)
        {
            double n0 = sums[1].Sum(), n1 = sums[3].Sum(), s0 = sums[0].Sum(), s1 = sums[2].Sum();
            double r0 = n0 == 0 ? 0 : s0 / n0, r1 = n1 == 0 ? 0 : s1 / n1;
            // Where one period has nobody, shares do not add up to 1 in both, and nothing is subtracted.
            double mean = n0 == 0 || n1 == 0 ? 0 : (r0 + r1) / 2;
            (Before, After) = isSum ? (s0, s1) : (r0, r1);
            double times = isSum ? (n0 + n1) / 2 : 1;
            for (int g = 0; g < groups; g++)
            {
                double w0 = n0 == 0 ? 0 : sums[1][g] / n0, w1 = n1 == 0 ? 0 : sums[3][g] / n1;
                // A group that is not there has no figure of its own: its appearing is mix alone.
                double own0 = sums[1][g] == 0 ? double.NaN : sums[0][g] / sums[1][g];
                double own1 = sums[3][g] == 0 ? double.NaN : sums[2][g] / sums[3][g];
                (own0, own1) = (double.IsNaN(own0) ? double.IsNaN(own1) ? 0 : own1 : own0, double.IsNaN(own1) ? own0 : own1);
                own1 = double.IsNaN(own1) ? 0 : own1;
                // What a group without a denominator has (returns alone) belongs to no ratio: it is told as size.
                double loose0 = sums[1][g] == 0 ? sums[0][g] : 0, loose1 = sums[3][g] == 0 ? sums[2][g] : 0;
                double loose = isSum ? loose1 - loose0 : (n1 == 0 ? 0 : loose1 / n1) - (n0 == 0 ? 0 : loose0 / n0);
                double mix = (w1 - w0) * (((own0 + own1) / 2) - mean), rate = (w0 + w1) / 2 * (own1 - own0);
                double size = (isSum ? (n1 - n0) * ((w0 * own0) + (w1 * own1)) / 2 : 0) + loose;
                Split[g] = (times * mix, times * rate, size);
            }
        }
    }
}
