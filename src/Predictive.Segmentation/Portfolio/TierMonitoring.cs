using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>One tier in one period.</summary>
/// <param name="From">First day of the period, <c>yyyy-MM-dd</c>.</param>
/// <param name="To">Day after its last.</param>
/// <param name="Tier">The tier at its beginning.</param>
/// <param name="Members">Customers in it then.</param>
/// <param name="RoseShare">Conversion: share in a higher tier at the end.</param>
/// <param name="FellShare">Share in a lower tier at the end.</param>
/// <param name="ChurnShare">Share without a purchase in the period.</param>
/// <param name="RepurchaseShare">Share with two or more purchase days in the period.</param>
/// <param name="Net">Net spend in the period.</param>
public sealed record TierPeriod(
    string From, string To, string Tier, int Members, double RoseShare, double FellShare, double ChurnShare, double RepurchaseShare,
        double Net);

/// <summary>Conversion, churn and repurchase per tier and period.</summary>
/// <remarks>Returns count as known at the as-of: an order given back later was none in its period, either.</remarks>
public static class TierMonitoring
{
    /// <summary>The periods before a local time, oldest first, and in each the tiers, lowest first.</summary>
    public static IReadOnlyList<TierPeriod> Compute(TransactionHistory history, RuleBook book, LocalTime asOf)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(book);
        return Rows(Count(history, book, asOf), book, asOf);
    }

    /// <summary>What the rows are made of: counts of parts of a base add up to those of the whole.</summary>
    internal static TierCounts Count(TransactionHistory history, RuleBook book, LocalTime asOf)
    {
        LocalTime[] bounds = Bounds(book, asOf);
        int tiers = book.Tiers.Tiers.Count, cells = (bounds.Length - 1) * tiers;
        var total = TierCounts.Of(cells);
        TransactionHistory marked = history.Columns.Kept is null ? ReturnMatching.Mark(history, asOf) : history;
        const int Chunk = 512;
        var chunks = new TierCounts[(history.CustomerCount + Chunk - 1) / Chunk];
        Parallel.For(
            0, chunks.Length,
            chunk =>
            {
                var counts = TierCounts.Of(cells);
                Span<int> levels = stackalloc int[bounds.Length];
                for (int c = chunk * Chunk; c < Math.Min(history.CustomerCount, (chunk + 1) * Chunk); c++)
                {
                    CustomerLines lines = marked.Lines(c).Before(asOf);
                    Tiers.LevelsAt(lines, bounds, book.Options.Tiers, book.Tiers, levels);
                    for (int p = 0; p + 1 < bounds.Length; p++)
                    {
                        if (levels[p] < 0)
                        {
                            continue;
                        }

                        int cell = (p * tiers) + levels[p];
                        PurchaseTimeline within = PurchaseTimeline.Read(lines.Between(bounds[p], bounds[p + 1]));
                        counts.Members[cell]++;
                        counts.Rose[cell] += levels[p + 1] > levels[p] ? 1 : 0;
                        counts.Fell[cell] += levels[p + 1] < levels[p] ? 1 : 0;
                        counts.Silent[cell] += within.DayCount == 0 ? 1 : 0;
                        counts.Again[cell] += within.DayCount > 1 ? 1 : 0;
                        counts.Net[cell].Add(within.Net);
                    }
                }

                chunks[chunk] = counts;
            });

        foreach (TierCounts counts in chunks)
        {
            total.Add(counts);
        }

        return total;
    }

    /// <summary>The rows of a whole base.</summary>
    internal static IReadOnlyList<TierPeriod> Rows(TierCounts total, RuleBook book, LocalTime asOf)
    {
        LocalTime[] bounds = Bounds(book, asOf);
        int tiers = book.Tiers.Tiers.Count;
        return
        [
            .. Enumerable.Range(0, (bounds.Length - 1) * tiers).Select(cell =>
            {
                int members = total.Members[cell];
                double Share(int part) => members == 0 ? 0 : part / (double)members;
                return new TierPeriod(
                    bounds[cell / tiers].ToString(), bounds[(cell / tiers) + 1].ToString(), book.Tiers.Tiers[cell % tiers].Name, members,
                    Share(total.Rose[cell]), Share(total.Fell[cell]), Share(total.Silent[cell]), Share(total.Again[cell]),
                    Cents.Of(total.Net[cell].Value));
            }),
        ];
    }

    private static LocalTime[] Bounds(RuleBook book, LocalTime asOf)
    {
        PortfolioOptions options = book.Options.Portfolio;
        return
        [
            .. Enumerable.Range(0, options.TierPeriods + 1).Select(p => asOf.AddDays(-options.TierPeriodDays * (options.TierPeriods - p))),
        ];
    }
}

/// <summary>Customers of each tier in each period, periods oldest first and within each the tiers, lowest first.</summary>
internal sealed class TierCounts
{
    /// <summary>In the tier at its beginning; likewise below.</summary>
    public required int[] Members { get; init; }

    /// <summary>In a higher one at its end.</summary>
    public required int[] Rose { get; init; }

    /// <summary>In a lower one at its end.</summary>
    public required int[] Fell { get; init; }

    /// <summary>Without a purchase in it.</summary>
    public required int[] Silent { get; init; }

    /// <summary>With two purchase days or more.</summary>
    public required int[] Again { get; init; }

    /// <summary>Net spend in it.</summary>
    public required ExactSum[] Net { get; init; }

    public static TierCounts Of(int cells) => new()
    {
        Members = new int[cells], Rose = new int[cells], Fell = new int[cells], Silent = new int[cells], Again = new int[cells],
        Net = [.. Enumerable.Range(0, cells).Select(_ => new ExactSum())],
    };

    public void Add(TierCounts other)
    {
        Association.Add(Members, other.Members);
        Association.Add(Rose, other.Rose);
        Association.Add(Fell, other.Fell);
        Association.Add(Silent, other.Silent);
        Association.Add(Again, other.Again);
        for (int i = 0; i < Net.Length; i++)
        {
            Net[i].Add(other.Net[i]);
        }
    }
}
