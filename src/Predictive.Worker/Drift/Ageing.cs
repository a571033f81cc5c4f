using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Worker.Drift;

/// <summary>
/// When a version will be stale: a straight line through the log loss above what was promised, against age, over all versions' windows that
/// have passed. It is stale where the line leaves twice the scatter of the points about it.
/// </summary>
/// <remarks>
/// Simple on purpose: windows overlap, share customers and seasons, and a break is no line. Where the slope is not told apart from 0 at two
/// standard errors, or there are fewer than four points, no day is named.
/// </remarks>
internal static class Ageing
{
    private const int FewestPoints = 4;

    /// <summary>The forecast for a version.</summary>
    /// <param name="outcomes">Of all versions.</param>
    /// <param name="trained">The version's as-of.</param>
    /// <param name="horizonDays">Days until a prediction can be judged.</param>
    public static StaleForecast Of(IReadOnlyList<OutcomeDrift> outcomes, LocalTime trained, int horizonDays)
    {
        (double Age, double Excess, double Error)[] points =
            [.. outcomes.Where(o => o.LogLossPromised is not null)
                .Select(o => ((double)o.AgeDays, o.LogLoss - o.LogLossPromised!.Value, o.LogLossError))];
        if (points.Length < FewestPoints || points.Select(p => p.Age).Distinct().Count() < 3)
        {
            return new StaleForecast(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"When it will be stale cannot be told yet: {points.Length} prediction(s) of judged versions have had their "
                        + $"{horizonDays} days, expected {FewestPoints} at three ages or more."));
        }

        double n = points.Length, age = points.Average(p => p.Age), excess = points.Average(p => p.Excess);
        double spread = points.Sum(p => (p.Age - age) * (p.Age - age));
        double slope = points.Sum(p => (p.Age - age) * (p.Excess - excess)) / spread, start = excess - (slope * age);
        double about = Math.Sqrt(points.Sum(p => Math.Pow(p.Excess - start - (slope * p.Age), 2)) / Math.Max(1, n - 2));
        // The scatter of few points may be small by luck: no less than their own sampling error.
        double scatter = Math.Max(about, points.Average(p => p.Error)), error = scatter / Math.Sqrt(spread), limit = 2 * scatter;
        if (slope <= 2 * error)
        {
            return new StaleForecast(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"No sign of ageing over the {points.Max(p => p.Age):0} days that can be judged: a day costs {slope:0.00000} ± "
                        + $"{error:0.00000} log loss.")) { LossPerDay = slope, LossPerDayError = error, Limit = limit };
        }

        int days = (int)Math.Clamp(Math.Ceiling((limit - start) / slope), 0, 3650);
        string day = trained.AddDays(days).ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new StaleForecast(
            string.Create(
                CultureInfo.InvariantCulture,
                $"Stale from {day} on, {days} days after its training: a day costs {slope:0.00000} ± {error:0.00000} log loss, and "
                    + $"{limit:0.0000} above the promise are beyond the scatter of {points.Length} judged windows."))
        {
            StaleOn = day, LossPerDay = slope, LossPerDayError = error, Limit = limit,
        };
    }
}
