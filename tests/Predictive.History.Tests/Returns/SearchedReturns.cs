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
        double[] units = lines.Quantity.IsEmpty
            ? [.. Enumerable.Repeat(double.NaN, n)] : [.. lines.Quantity.ToArray().Select(q => Math.Abs((double)q))];
        units = [.. units.Select((u, i) => product[i] >= 0 && u > 0 ? u : double.NaN)];
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
                TakeGoods(own.Intersect(ofProduct));
                TakeAll(own);
            }
            else
            {
                TakeGoods(ofProduct);
                if (taken.Count == before)
                {
                    TakeAmount();
                }
            }

            unmatched += taken.Count == before ? 1 : 0;

            // Units where both sides state them and at least half their price comes back; else money, and nine tenths are the whole.
            void TakeGoods(IEnumerable<int> from)
            {
                double left = units[r], each = rest / left, over = 0;
                foreach (int i in from.Where(i => open[i] > Dust))
                {
                    bool byUnits = left > 0 && units[i] > 0;
                    double some = Math.Min(left, units[i]), cost = some == units[i] ? open[i] : open[i] * some / units[i];
                    if (rest <= Dust || left == 0)
                    {
                        continue;
                    }

                    if (byUnits && some * each >= cost / 2)
                    {
                        taken.Add((r, i, cost));
                        (open[i], units[i], left) = (open[i] - cost, units[i] - some, left - some);
                        (rest, over) = (rest - (some * each), over + Math.Max(0, (some * each) - cost));
                        continue;
                    }

                    TakeAll([i]);
                    if (!byUnits && open[i] > Dust && open[i] <= (.1 * amount[i]) + Dust)
                    {
                        taken.Add((r, i, open[i]));
                        open[i] = 0;
                    }
                }

                rest += over;
            }

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
                        units[i] = double.NaN;
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
            kept[back] = kept[back] >= -Dust ? 0 : kept[back];
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
                int units = random.Next(1, 5);
                double[] fees = [1, 1, .95, .85, .4, 1.1];
                lines.Add(new TransactionLine(
                    $"c{c}",
                    new DateTime(2024, 1, 1).AddDays(random.Next(30)).AddHours(random.Next(2)),
                    back ? -Math.Round(amount * random.Next(1, 3) * fees[random.Next(fees.Length)], 2) : amount,
                    orderIds && random.Next(8) > 0 ? $"o{random.Next(count)}" : null,
                    random.Next(5) == 0 ? null : product,
                    Quantity: random.Next(3) == 0 ? null : back ? -units : units));
            }
        }

        return [.. lines];
    }
}
