using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Segmentation.Tests.Rules;

/// <summary>Small bases written by hand, and random ones by seed.</summary>
internal static class Bases
{
    public static readonly DateOnly Day0 = new(2024, 1, 1);

    public static LocalTime At(int day) => LocalTime.StartOf(Day0.AddDays(day));

    public static TransactionLine Line(
        string customer, int day, double amount, string? order = null, string? category = null, int hour = 12) =>
        new(customer, Day0.AddDays(day).ToDateTime(new TimeOnly(hour, 0)), amount, order, null, category);

    /// <summary>Purchases of one customer, one amount each, on the days given.</summary>
    public static TransactionHistory Days(params int[] days) => TransactionHistoryBuilder.Build(days.Select(d => Line("a", d, 10)));

    public static TransactionHistory Random(int seed, int customers, int span = 400)
    {
        var random = new Random(seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < customers; c++)
        {
            int day = random.Next(span), step = random.Next(1, 60), orders = random.Next(1, 25);
            for (int o = 0; o < orders && day < span; o++, day += 1 + random.Next(2 * step))
            {
                for (int l = random.Next(1, 4); l > 0; l--)
                {
                    double amount = Math.Round(random.NextDouble() * 90, 2) - (random.Next(12) == 0 ? 60 : 0);
                    lines.Add(Line($"c{c:000}", day, amount, $"o{c}-{o}", $"k{random.Next(6)}", random.Next(24)));
                }
            }
        }

        return TransactionHistoryBuilder.Build(lines);
    }
}
