namespace Predictive.History.Simulation;

/// <summary>What the simulator makes. Equal options give equal bytes.</summary>
public sealed record SimulationOptions
{
    /// <summary>Customers who ever buy within the simulated span. Default 3,000.</summary>
    public int Customers { get; init; } = 3000;

    /// <summary>Length of the span, years. Default 2.</summary>
    public double Years { get; init; } = 2;

    /// <summary>Seed of every random choice. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>First day without data; the span ends at its midnight. Default 2025-10-01.</summary>
    public DateOnly End { get; init; } = new(2025, 10, 1);

    /// <summary>Mean days between orders of a typical active customer (the median of the customers' own means). Default 110.</summary>
    public double CadenceDays { get; init; } = 110;

    /// <summary>Spread of the customers' purchase rates: shape of their Gamma distribution; small = very unequal. Default 1.3.</summary>
    public double RateShape { get; init; } = 1.3;

    /// <summary>
    /// Mean days until a customer drops out for good, median over customers. Default 1800. Positive infinity: nobody drops out.
    /// </summary>
    public double LifetimeDays { get; init; } = 1800;

    /// <summary>Spread of the customers' dropout rates: shape of their Gamma distribution. Default 1.2.</summary>
    public double DropoutShape { get; init; } = 1.2;

    /// <summary>Mean regularity of the gaps: 1 = random (exponential), larger = more like clockwork. Default 4.</summary>
    public double Regularity { get; init; } = 4;

    /// <summary>
    /// Share of the customers who were already customers when the span begins (with a life behind them: an aged base). Default .35.
    /// </summary>
    public double ExistingShare { get; init; } = .35;

    /// <summary>Share of new customers who never return after the first order. Default .05.</summary>
    public double OneTimeShare { get; init; } = .05;

    /// <summary>Growth of new customers per year: .5 = half as many again each year; negative = shrinking intake. Default .1.</summary>
    public double GrowthPerYear { get; init; } = .1;

    /// <summary>Share of customers who slow down gradually before they leave (ageing) instead of stopping at once. Default .6.</summary>
    public double AgeingShare { get; init; } = .6;

    /// <summary>Strength of the season: 0 = none, .5 = the peak is about three times the trough. Default .3.</summary>
    public double Season { get; init; } = .3;

    /// <summary>Day of the year at the peak of the season. Default 340 (early December).</summary>
    public int SeasonPeakDay { get; init; } = 340;

    /// <summary>Promotions per year, a week each, evenly spread with jitter. Default 4.</summary>
    public int PromotionsPerYear { get; init; } = 4;

    /// <summary>
    /// Factor on the purchase rate of promotion-minded customers during a promotion (others get a quarter of the effect). Default 2.
    /// </summary>
    public double PromotionLift { get; init; } = 2;

    /// <summary>Share of orders that are refunded in part or whole, mean over customers. Default .05.</summary>
    public double RefundShare { get; init; } = .05;

    /// <summary>Share of customers who are wholesalers: regular, ten times the quantity, longer lives. Default .015.</summary>
    public double WholesalerShare { get; init; } = .015;

    /// <summary>Categories, each with its own products. Default 12.</summary>
    public int Categories { get; init; } = 12;

    /// <summary>Products in all. Default 240.</summary>
    public int Products { get; init; } = 240;

    /// <summary>Lines per order, mean. Default 2.2.</summary>
    public double LinesPerOrder { get; init; } = 2.2;

    /// <summary>Median value of a line, before quantity. Default 14.</summary>
    public double LineValue { get; init; } = 14;

    /// <summary>First midnight of the span.</summary>
    public DateOnly Start => End.AddDays(-SpanDays);

    /// <summary>Days in the span.</summary>
    public int SpanDays => (int)Math.Round(Years * 365.25);

    /// <summary>Refuses options that make no sense, naming every fault.</summary>
    /// <exception cref="ArgumentException">With all faults.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        Check(Customers is >= 1 and <= 5_000_000, $"customers is {Customers}; expected 1–5,000,000");
        Check(Years is > 0 and <= 50 && SpanDays >= 30, $"years is {Years}; expected at least a month and at most 50");
        Check(CadenceDays is > 0 and < 10_000 && LifetimeDays > 0, "cadence and lifetime must be positive days");
        Check(RateShape > 0 && DropoutShape > 0 && Regularity is >= 1 and <= 50, "shapes must be positive and regularity 1–50");
        Check(
            Share(ExistingShare) && Share(AgeingShare) && Share(RefundShare) && Share(WholesalerShare) && Share(OneTimeShare),
            "shares must be within 0–1");
        Check(
            GrowthPerYear is > -1 and <= 20 && Season is >= 0 and < 1 && PromotionLift >= 1 && PromotionsPerYear is >= 0 and <= 52,
            "growth > −1, season within [0, 1), promotion lift ≥ 1 and at most 52 promotions a year expected");
        Check(
            Categories >= 1 && Products >= Categories && LinesPerOrder >= 1 && LineValue > 0,
            "at least one category, a product each, one line per order and a positive value expected");
        if (faults.Count > 0)
        {
            throw new ArgumentException($"The simulation options cannot be used: {string.Join("; ", faults)}.");
        }

        void Check(bool ok, string fault)
        {
            if (!ok)
            {
                faults.Add(fault);
            }
        }

        static bool Share(double value) => value is >= 0 and <= 1;
    }
}
