using Predictive.History;
using Predictive.History.Returns;
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
        PortfolioOptions options = book.Options.Portfolio;
        LocalTime[] bounds =
        [
            .. Enumerable.Range(0, options.TierPeriods + 1).Select(p => asOf.AddDays(-options.TierPeriodDays * (options.TierPeriods - p))),
        ];
        int tiers = book.Tiers.Tiers.Count, cells = options.TierPeriods * tiers;
        var total = new Counts(cells);
        TransactionHistory marked = ReturnMatching.Mark(history, asOf);
        const int Chunk = 512;
        var chunks = new Counts[(history.CustomerCount + Chunk - 1) / Chunk];
        Parallel.For(
            0, chunks.Length,
            chunk =>
            {
                var counts = new Counts(cells);
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
                        counts.Net[cell] += within.Net;
                    }
                }

                chunks[chunk] = counts;
            });

        // Sums of money in the order of the customers, whatever the threads did.
        foreach (Counts counts in chunks)
        {
            total.Add(counts);
        }

        return
        [
            .. Enumerable.Range(0, cells).Select(cell =>
            {
                int members = total.Members[cell];
                double Share(int part) => members == 0 ? 0 : part / (double)members;
                return new TierPeriod(
                    bounds[cell / tiers].ToString(), bounds[(cell / tiers) + 1].ToString(), book.Tiers.Tiers[cell % tiers].Name, members,
                    Share(total.Rose[cell]), Share(total.Fell[cell]), Share(total.Silent[cell]), Share(total.Again[cell]),
                    Cents.Of(total.Net[cell]));
            }),
        ];
    }

    private sealed class Counts(int cells)
    {
        public int[] Members { get; } = new int[cells];

        public int[] Rose { get; } = new int[cells];

        public int[] Fell { get; } = new int[cells];

        public int[] Silent { get; } = new int[cells];

        public int[] Again { get; } = new int[cells];

        public double[] Net { get; } = new double[cells];

        public void Add(Counts other)
        {
            for (int i = 0; i < cells; i++)
            {
                Members[i] += other.Members[i];
                Rose[i] += other.Rose[i];
                Fell[i] += other.Fell[i];
                Silent[i] += other.Silent[i];
                Again[i] += other.Again[i];
                Net[i] += other.Net[i];
            }
        }
    }
}
