using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>Settings of the lifetime value.</summary>
public sealed record LifetimeValueOptions
{
    /// <summary>Years the residual looks ahead; nothing later counts. Default 3.</summary>
    public double LimitYears { get; init; } = 3;

    /// <summary>Discount a year, as a share. Default .1.</summary>
    public double DiscountRate { get; init; } = .1;

    /// <summary>Lifetime value from which a customer is in the middle band. Default null: the base's median.</summary>
    public double? MiddleFrom { get; init; }

    /// <summary>Lifetime value from which a customer is in the high band. Default null: the base's 80 % quantile.</summary>
    public double? HighFrom { get; init; }
}

/// <summary>Where the bands begin.</summary>
/// <param name="MiddleFrom">Lifetime value from which the band is middle.</param>
/// <param name="HighFrom">Lifetime value from which it is high.</param>
public sealed record LifetimeValueCutoffs(double MiddleFrom, double HighFrom);

/// <summary>Lifetime value of one customer, whole cents.</summary>
/// <param name="Past">Net spend so far.</param>
/// <param name="Residual">What is still expected, discounted, up to the limit.</param>
/// <param name="Total">Both.</param>
/// <param name="LimitYears">How far the residual looks.</param>
/// <param name="Band">low, middle or high.</param>
public sealed record LifetimeValueResult(double Past, double Residual, double Total, double LimitYears, string Band);

/// <summary>
/// Past net spend plus the discounted residual: Σ over the coming horizons k = 1, 2 ... up to the limit of E · r^(k−1) / (1 + d)^t, where
/// E is
/// the predicted net spend of one horizon (not below 0), r = 1 − churn the share that stays from one to the next, d the yearly discount
/// and t
/// the middle of horizon k in years. The last horizon counts for the part of it within the limit. (Gupta and Lehmann 2003, with a limit.)
/// </summary>
/// <remarks>r is held constant: whoever stays grows more loyal, so the residual of the unsure is a little low.</remarks>
public static class LifetimeValue
{
    /// <summary>Where the bands begin in a base.</summary>
    /// <param name="totals">Lifetime values, any order.</param>
    /// <param name="options">Settings.</param>
    public static LifetimeValueCutoffs Fit(IEnumerable<double> totals, LifetimeValueOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Validate(options);
        double[] ascending = BaseScan.Sorted(totals);
        double middle = options.MiddleFrom ?? BaseScan.Quantile(ascending, .5);
        return new LifetimeValueCutoffs(middle, options.HighFrom ?? Math.Max(middle, BaseScan.Quantile(ascending, .8)));
    }

    /// <summary>The value of one customer.</summary>
    /// <param name="past">Net spend so far.</param>
    /// <param name="churnProbability">Chance of no purchase within the horizon.</param>
    /// <param name="expectedSpend">Predicted net spend within the horizon.</param>
    /// <param name="horizonDays">Its length.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>; null = every band is "low", for fitting.</param>
    public static LifetimeValueResult Compute(
        double past, double churnProbability, double expectedSpend, int horizonDays, LifetimeValueOptions options,
        LifetimeValueCutoffs? cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        double limit = options.LimitYears * 365 / horizonDays, stays = 1, residual = 0;
        for (int k = 0; k < limit; k++)
        {
            double part = Math.Min(1, limit - k), years = (k + (part / 2)) * horizonDays / 365;
            residual += part * Math.Max(expectedSpend, 0) * stays / Math.Pow(1 + options.DiscountRate, years);
            stays *= 1 - churnProbability;
        }

        double total = Cents.Of(past + residual);
        string band = cutoffs is null || total < cutoffs.MiddleFrom ? "low" : total >= cutoffs.HighFrom ? "high" : "middle";
        return new LifetimeValueResult(Cents.Of(past), Cents.Of(residual), total, options.LimitYears, band);
    }

    internal static void Validate(LifetimeValueOptions options)
    {
        var faults = new List<string>();
        if (!(options.LimitYears is > 0 and <= 50) || !(options.DiscountRate is >= 0 and < 10))
        {
            faults.Add($"limit {options.LimitYears} years, discount {options.DiscountRate}; expected above 0 to 50, and 0 or more");
        }

        if (options.MiddleFrom > options.HighFrom)
        {
            faults.Add($"middle from {options.MiddleFrom}, high from {options.HighFrom}; expected middle at or below high");
        }

        RulesException.ThrowIfAny("the lifetime value", faults);
    }
}
