using System.Globalization;

namespace Predictive.History.Simulation;

/// <summary>What all simulated customers share: the calendar (season, weekday, promotions) and the assortment.</summary>
internal sealed class SimulatedWorld
{
    /// <summary>Days simulated before the span, for those who were customers already.</summary>
    public const int PastDays = 1100;

    private static readonly string[] Names =
    [
        "kitchen", "garden", "home", "toys", "stationery", "candles", "gifts", "bags", "lighting", "textiles", "christmas", "party", "pets",
        "sport", "books", "tools",
    ];

    private static readonly double[] Weekday = [.8, .95, 1, 1, 1.1, 1.2, .95];

    private SimulatedWorld()
    {
    }

    /// <summary>Local day (since 1970-01-01) the arrays below begin with.</summary>
    public required int FirstDay { get; init; }

    /// <summary>First day of the span.</summary>
    public required int StartDay { get; init; }

    /// <summary>First day after the span.</summary>
    public required int EndDay { get; init; }

    /// <summary>Factor on every purchase rate per day: season × weekday, mean about 1.</summary>
    public required double[] Calendar { get; init; }

    /// <summary>Whether a promotion runs, per day.</summary>
    public required bool[] Promotion { get; init; }

    public required string[] Categories { get; init; }

    /// <summary>Popularity of each category.</summary>
    public required double[] CategoryWeight { get; init; }

    public required string[] Products { get; init; }

    /// <summary>Products of category c are [ProductOffsets[c], ProductOffsets[c + 1]).</summary>
    public required int[] ProductOffsets { get; init; }

    /// <summary>Cumulative popularity within each category.</summary>
    public required double[][] ProductCumulative { get; init; }

    /// <summary>List price over the customer's line value.</summary>
    public required double[] PriceFactor { get; init; }

    /// <summary>Cost over list price, per category.</summary>
    public required double[] CostShare { get; init; }

    public static SimulatedWorld Make(SimulationOptions o)
    {
        var random = new SimulationRandom(o.Seed, -1);
        int end = DayOf(o.End), start = end - o.SpanDays, first = start - PastDays;
        double[] calendar = new double[end - first];
        for (int d = 0; d < calendar.Length; d++)
        {
            var date = LocalTime.DateOf(first + d);
            double phase = 2 * Math.PI * (date.DayOfYear - o.SeasonPeakDay) / 365.25;

            // A cosine with a sharper peak; its mean over the year is taken out below.
            calendar[d] =
                Math.Exp(o.Season * (Math.Cos(phase) + (.5 * Math.Exp(3 * (Math.Cos(phase) - 1))))) * Weekday[(int)date.DayOfWeek];
        }

        double mean = calendar.Average();
        for (int d = 0; d < calendar.Length; d++)
        {
            calendar[d] /= mean;
        }

        bool[] promotion = new bool[calendar.Length];
        if (o.PromotionsPerYear > 0)
        {
            double step = 365.25 / o.PromotionsPerYear;
            for (double at = step / 2; at < promotion.Length; at += step)
            {
                int from = (int)(at + random.Uniform(-.2 * step, .2 * step));
                promotion.AsSpan(Math.Clamp(from, 0, promotion.Length), Math.Clamp(promotion.Length - from, 0, 7)).Fill(true);
            }
        }

        string[] categories =
        [
            .. Enumerable.Range(0, o.Categories)
                .Select(c => c < Names.Length ? Names[c] : string.Create(CultureInfo.InvariantCulture, $"category {c + 1}")),
        ];
        int[] offsets = [.. Enumerable.Range(0, o.Categories + 1).Select(c => (int)((long)o.Products * c / o.Categories))];
        double[] price = new double[o.Products];
        string[] products = new string[o.Products];
        double[][] cumulative = new double[o.Categories][];
        for (int c = 0; c < o.Categories; c++)
        {
            double level = Math.Exp(.4 * random.Normal()), sum = 0;
            cumulative[c] = new double[offsets[c + 1] - offsets[c]];
            for (int p = offsets[c]; p < offsets[c + 1]; p++)
            {
                products[p] = string.Create(CultureInfo.InvariantCulture, $"P{p + 1:0000}");
                price[p] = level * Math.Exp(.5 * random.Normal());
                cumulative[c][p - offsets[c]] = sum += 1 / Math.Pow(p - offsets[c] + 1, .8);
            }
        }

        return new SimulatedWorld
        {
            FirstDay = first,
            StartDay = start,
            EndDay = end,
            Calendar = calendar,
            Promotion = promotion,
            Categories = categories,
            CategoryWeight = [.. Enumerable.Range(0, o.Categories).Select(c => 1 / Math.Sqrt(c + 1))],
            Products = products,
            ProductOffsets = offsets,
            ProductCumulative = cumulative,
            PriceFactor = price,
            CostShare = [.. Enumerable.Range(0, o.Categories).Select(_ => random.Uniform(.4, .75))],
        };
    }

    public static int DayOf(DateOnly date) => date.DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
}
