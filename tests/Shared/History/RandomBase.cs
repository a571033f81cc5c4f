using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Tests;

/// <summary>
/// A seeded base with everything that happens: refunds, zero amounts, orders over several lines, missing ids, times around midnight.
/// </summary>
internal static class RandomBase
{
    public static readonly DateTime Start = new(2024, 1, 1);

    public static List<TransactionLine> Lines(int seed, int customers = 60, int days = 400, bool orderIds = true, bool optional = true)
    {
        var random = new Random(seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < customers; c++)
        {
            int orders = 1 + (int)(20 * Math.Pow(random.NextDouble(), 3));
            for (int o = 0; o < orders; o++)
            {
                DateTime at = Start.AddDays(random.Next(days)).AddSeconds(random.Next(3) == 0 ? 0 : random.Next(86_400));
                string? order = orderIds && random.Next(10) > 0 ? $"o{c}-{o}" : null;
                for (int l = random.Next(1, 5); l > 0; l--)
                {
                    double amount = random.Next(12) switch { 0 =>
                        0, 1 => -Math.Round(random.NextDouble() * 30, 2), _ => Math.Round(random.NextDouble() * 100, 2) };
                    lines.Add(new TransactionLine(
                        $"c{c:000}", at, amount, order, optional ? $"p{random.Next(40)}" : null,
                        optional && random.Next(5) > 0 ? $"k{random.Next(6)}" : null, optional ? random.Next(1, 9) : null));
                }
            }
        }

        return lines;
    }
}
