using Predictive.History;
using Predictive.Segmentation.Models;

namespace Predictive.Training.Recommendation;

/// <summary>Counts popularity and co-purchases strictly before a local time.</summary>
internal static class RecommenderCounts
{
    public static RecommenderModel Fit(
        TransactionHistory history, LocalTime asOf, RecommendedItem kind, RecommenderWeights weights, RecommenderOptions options)
    {
        string[] names = (kind == RecommendedItem.Category ? history.Columns.Categories : history.Columns.Products)!;
        var popularity = new double[names.Length];
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines before = history.Lines(c).Before(asOf);
            ReadOnlySpan<int> codes = kind == RecommendedItem.Category ? before.Category : before.Product;
            for (int i = 0; i < before.Count; i++)
            {
                if (before.Amount[i] > 0 && codes[i] >= 0)
                {
                    popularity[codes[i]] +=
                        Math.Pow(2, -(asOf.Micros - before.OrderedAt[i]) / (options.HalfLifeDays * LocalTime.MicrosPerDay));
                }
            }
        }

        int[] kept = [.. Enumerable.Range(0, names.Length).Where(i => popularity[i] > 0)
            .OrderByDescending(i => popularity[i]).ThenBy(i => names[i], StringComparer.Ordinal).Take(options.MaximumItems)];
        var itemOfCode = new int[names.Length];
        Array.Fill(itemOfCode, -1);
        for (int i = 0; i < kept.Length; i++)
        {
            itemOfCode[kept[i]] = i;
        }

        double total = kept.Sum(k => popularity[k]);
        return new RecommenderModel(
            kind,
            [.. kept.Select(k => names[k])],
            [.. kept.Select(k => popularity[k] / total)],
            Neighbours(history, asOf, kind, itemOfCode, kept.Length, options),
            options.HalfLifeDays,
            weights);
    }

    private static ItemNeighbour[][] Neighbours(
        TransactionHistory history, LocalTime asOf, RecommendedItem kind, int[] itemOfCode, int items, RecommenderOptions options)
    {
        // Dense counts: at most 1,000² of four bytes by default.
        var both = new int[items * items];
        var buyers = new int[items];
        var own = new SortedSet<int>();
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines before = history.Lines(c).Before(asOf);
            ReadOnlySpan<int> codes = kind == RecommendedItem.Category ? before.Category : before.Product;
            own.Clear();
            for (int i = before.Count - 1; i >= 0 && own.Count < options.MostItemsOfCustomer; i--)
            {
                int item = before.Amount[i] > 0 && codes[i] >= 0 ? itemOfCode[codes[i]] : -1;
                if (item >= 0)
                {
                    own.Add(item);
                }
            }

            int[] list = [.. own];
            foreach (int a in list)
            {
                buyers[a]++;
                foreach (int b in list)
                {
                    both[(a * items) + b]++;
                }
            }
        }

        var neighbours = new ItemNeighbour[items][];
        for (int a = 0; a < items; a++)
        {
            int row = a * items, item = a;
            neighbours[a] = [.. Enumerable.Range(0, items)
                .Where(b => b != item && both[row + b] > 0)
                .Select(b => new ItemNeighbour(b, both[row + b] / Math.Sqrt((double)buyers[item] * buyers[b])))
                .OrderByDescending(n => n.Similarity).ThenBy(n => n.Item).Take(options.Neighbours)];
        }

        return neighbours;
    }
}
