using Predictive.History.Loading;
using Predictive.History.Returns;

namespace Predictive.History.Tests.Returns;

/// <summary>The matching said in the plainest way: for each return a search through all earlier lines.</summary>
internal static class SearchedReturns
{
    private const double Dust = 1e-6;

    public static (ReturnCounts Counts, double[] Kept) Match(CustomerLines lines)
    {
        int n = lines.Count;
        double[] amount = lines.Amount.ToArray(), open = new double[n], kept = lines.Amount.ToArray();
        long[] at = lines.OrderedAt.ToArray();
        var order = new string[n];
        for (int i = 0; i < n; i++)
        {
            int code = lines.Order.IsEmpty ? -1 : lines.Order[i];
            order[i] = code >= 0 ? $"id {code}" : amount[i] > 0 ? $"day {LocalTime.DayOf(at[i])}" : "none";
            open[i] = Math.Max(amount[i], 0);
        }

        int[] product = lines.Product.IsEmpty ? [.. Enumerable.Repeat(-1, n)] : lines.Product.ToArray();
        var taken = new List<(int Return, int From, double Money)>();
        int unmatched = 0;
        for (int r = 0; r < n; r++)
        {
            if (amount[r] >= 0)
            {
                continue;
            }

            double rest = -amount[r];
            int before = taken.Count;
            int[] earlier = [.. Enumerable.Range(0, n).Where(i => amount[i] > 0 && at[i] <= at[r]).Reverse()];
            int[] own = [.. earlier.Where(i => order[i] == order[r])];
            int[] ofProduct = [.. earlier.Where(i => product[r] >= 0 && product[i] == product[r])];
            if (own.Length > 0)
            {
                TakeAll(own.Intersect(ofProduct));
                TakeAll(own);
            }
            else
            {
                TakeAll(ofProduct);
                if (taken.Count == before)
                {
                    TakeAmount();
                }
            }

            unmatched += taken.Count == before ? 1 : 0;

            void TakeAll(IEnumerable<int> from)
            {
                foreach (int i in from)
                {
                    double money = Math.Min(open[i], rest);
                    if (open[i] > Dust && rest > Dust)
                    {
                        taken.Add((r, i, money));
                        open[i] -= money;
                        rest -= money;
                    }
                }
            }

            void TakeAmount()
            {
                foreach (int i in earlier)
                {
                    // An order is as late as its last line, and before that line where both would do.
                    int[] whole = [.. earlier.Where(j => order[j] == order[i])];
                    if (whole[0] == i && whole.Length > 1 && whole.All(j => open[j] == amount[j]) && Same(whole.Sum(j => amount[j]), rest))
                    {
                        TakeAll(whole);
                        return;
                    }

                    if (open[i] == amount[i] && Same(open[i], rest))
                    {
                        TakeAll([i]);
                        return;
                    }
                }
            }
        }

        HashSet<string> all = [.. Enumerable.Range(0, n).Where(i => amount[i] > 0).Select(i => order[i])];
        HashSet<string> returned = [.. all.Where(o => Enumerable.Range(0, n).Where(i => order[i] == o).Sum(i => open[i]) <= Dust)];
        foreach (var (back, from, money) in taken.Where(t => returned.Contains(order[t.From])))
        {
            kept[back] += money;
            kept[back] = Math.Abs(kept[back]) <= Dust ? 0 : kept[back];
        }

        for (int i = 0; i < n; i++)
        {
            kept[i] = amount[i] > 0 && returned.Contains(order[i]) ? 0 : kept[i];
        }

        return (new ReturnCounts(all.Count - returned.Count, returned.Count, unmatched), kept);

        static bool Same(double a, double b) => Math.Round(a * 100) == Math.Round(b * 100);
    }
}

/// <summary>Histories in which much comes back: in its order, by product, by amount, in parts, too much, out of the blue.</summary>
internal static class RandomReturns
{
    public static TransactionLine[] Lines(int seed, bool orderIds)
    {
        var random = new Random(seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 3; c++)
        {
            int count = random.Next(1, 30);
            for (int i = 0; i < count; i++)
            {
                string product = $"p{random.Next(4)}";
                double amount = random.Next(1, 9) * 5 + (random.Next(3) == 0 ? .1 : 0);
                bool back = random.Next(3) == 0;
                lines.Add(new TransactionLine(
                    $"c{c}",
                    new DateTime(2024, 1, 1).AddDays(random.Next(30)).AddHours(random.Next(2)),
                    back ? -amount * random.Next(1, 3) : amount,
                    orderIds && random.Next(8) > 0 ? $"o{random.Next(count)}" : null,
                    random.Next(5) == 0 ? null : product));
            }
        }

        return [.. lines];
    }
}
