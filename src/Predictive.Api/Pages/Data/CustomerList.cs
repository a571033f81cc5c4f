using Predictive.Api.Serving;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

/// <summary>Customers of a filter and a search by id, the first of them by one column: one scan.</summary>
/// <param name="Rows">Rows of the scores on this page.</param>
/// <param name="Customers">How many there are in all.</param>
/// <param name="Spend">Their net spend in the RFM window.</param>
/// <param name="Leavers">Of them, expected to leave.</param>
/// <param name="Loss">Their value at stake.</param>
public sealed record CustomerList(IReadOnlyList<int> Rows, int Customers, double Spend, double Leavers, double Loss)
{
    /// <summary>Columns a list can be ordered by.</summary>
    public static IReadOnlyList<string> Orders { get; } = ["stake", "spend", "expected", "risk", "recent", "id"];

    /// <summary>The list.</summary>
    /// <param name="snapshot">What serves.</param>
    /// <param name="filter">Who passes.</param>
    /// <param name="search">Part of the id; empty = any.</param>
    /// <param name="order">One of <see cref="Orders"/>.</param>
    /// <param name="from">Rows passed over.</param>
    /// <param name="count">Rows of a page.</param>
    public static CustomerList Of(
        ServingSnapshot snapshot, CustomerFilter filter, string? search, string order, int from, int count)
    {
        ArgumentNullException.ThrowIfNull(filter);
        CustomerBase all = CustomerBase.Of(snapshot);
        ScoreTable scores = all.Scores;
        bool searched = !string.IsNullOrEmpty(search);
        Func<int, double> key = order switch
        {
            "spend" => i => scores.Monetary[i],
            "expected" => i => scores.ClvExpected[i],
            "risk" => i => scores.ChurnProbability[i],
            "recent" => i => -scores.RecencyDays[i],
            "id" => i => -i,
            _ => i => all.Loss[i],
        };
        // The best so many are kept in a heap with the worst on top; rows of equal keys go by their place in the base.
        int most = from + count;
        var best = new PriorityQueue<int, (double, int)>();
        int customers = 0;
        double spend = 0, leavers = 0, loss = 0;
        for (int i = 0; i < scores.Count; i++)
        {
            if (!filter.Admits(i)
                || (searched && !scores.CustomerId(i).Contains(search!, StringComparison.OrdinalIgnoreCase)))
            {
                continue;
            }

            customers++;
            spend += scores.Monetary[i];
            leavers += scores.ChurnProbability[i];
            loss += all.Loss[i];
            // Who has the very id that was typed comes first.
            double value = searched && scores.CustomerId(i).Equals(search, StringComparison.OrdinalIgnoreCase)
                ? double.PositiveInfinity
                : key(i);
            if (best.Count < most)
            {
                best.Enqueue(i, (value, -i));
            }
            else
            {
                best.EnqueueDequeue(i, (value, -i));
            }
        }

        var rows = new int[best.Count];
        for (int k = rows.Length - 1; k >= 0; k--)
        {
            rows[k] = best.Dequeue();
        }

        return new CustomerList([.. rows.Skip(from)], customers, spend, leavers, loss);
    }

    /// <summary>
    /// Customers like one: of the same portrait, nearest in silence, orders, spend (as logarithms) and risk, each over its spread.
    /// </summary>
    /// <param name="snapshot">What serves.</param>
    /// <param name="row">The one.</param>
    /// <param name="count">At most so many.</param>
    public static IReadOnlyList<int> Alike(ServingSnapshot snapshot, int row, int count)
    {
        ScoreTable scores = CustomerBase.Of(snapshot).Scores;
        Span<double> own = stackalloc double[MeasureCount], other = stackalloc double[MeasureCount];
        Measure(scores, row, own);
        var best = new PriorityQueue<int, (double, int)>();
        for (int i = 0; i < scores.Count; i++)
        {
            if (i == row || scores.PortraitIndex[i] != scores.PortraitIndex[row])
            {
                continue;
            }

            double distance = 0;
            Measure(scores, i, other);
            for (int k = 0; k < own.Length; k++)
            {
                distance += (own[k] - other[k]) * (own[k] - other[k]);
            }

            if (best.Count < count)
            {
                best.Enqueue(i, (-distance, -i));
            }
            else
            {
                best.EnqueueDequeue(i, (-distance, -i));
            }
        }

        var rows = new int[best.Count];
        for (int k = rows.Length - 1; k >= 0; k--)
        {
            rows[k] = best.Dequeue();
        }

        return rows;
    }

    private const int MeasureCount = 4;

    // Logarithms of days, orders and money have spreads of about one on any shop; a probability's is a quarter of that.
    private static void Measure(ScoreTable scores, int i, Span<double> measures)
    {
        measures[0] = Math.Log(1 + scores.RecencyDays[i]);
        measures[1] = Math.Log(1 + scores.Frequency[i]);
        measures[2] = Math.Log(1 + Math.Max(0, scores.Monetary[i]));
        measures[3] = 4 * scores.ChurnProbability[i];
    }
}
