using MathNet.Numerics.LinearAlgebra;
using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Models.Evaluation;

namespace Predictive.Training.Levels;

/// <summary>
/// What the next window does to a level (log-odds of churn, or the logarithm of a total), told by the windows that have passed.
/// </summary>
/// <remarks>
/// The misses e(u) of the lifetimes models on past windows (<see cref="PastWindows"/>) are laid on a constant and one wave of a year,
/// <code>
/// e(u) ≈ a + b·sin 2π(u − T)/year + c·cos 2π(u − T)/year
/// </code>
/// by weighted ridge regression: weight 2^(−age / 180 d) / 3 (neighbours share two thirds of their days), less where a window had
/// less than half of the history before it (a base's first months drift for reasons of their own); penalty 1 on a (few windows say little)
/// and .03 / min(1, years spanned)⁸ on b and c: what has been seen for less than a year cannot be told from drift. The miss to expect is a
/// + c; the season, c less its mean over the windows that the models were trained on. Evidence: the <c>modelstudy</c> bench; the table is
/// in the folder's README.
/// </remarks>
/// <param name="Error">What the lifetimes models will miss.</param>
/// <param name="Season">How far the coming window's season lies above the training windows'.</param>
/// <param name="Windows">Past windows it stands on.</param>
/// <param name="Years">Years that they span, at most 1: how much of the season has been seen.</param>
internal readonly record struct LevelForecast(double Error, double Season, int Windows, double Years)
{
    private const double DaysPerYear = 365.25;

    /// <summary>Days in which a past window's weight halves.</summary>
    private const double HalfLifeDays = 180;

    private const double ConstantPenalty = 1, WavePenalty = 0.03, SpanPower = 8, SharePower = 1;

    /// <summary>
    /// Past windows that the lifetimes models count for: the learned level stands on windows alone, so it is worth as many as there are.
    /// </summary>
    private const double LifetimesWindows = 2;

    /// <summary>
    /// Weight of the lifetimes models against the learned ones: 2 / (windows + 2), times the share of a year that has been seen: parameters
    /// of a base's first months miss the level by more than the windows do.
    /// </summary>
    public double LifetimesShare => Share(SharePower);

    /// <summary>The same for another power of the years.</summary>
    internal double Share(double power) => LifetimesWindows / (Windows + LifetimesWindows) * Math.Pow(Years, power);

    /// <summary>Fits the wave to one kind of miss.</summary>
    /// <param name="windows">Past windows.</param>
    /// <param name="miss">Which miss; NaN = left out.</param>
    /// <param name="now">T: where the coming window starts.</param>
    /// <param name="horizonDays">H.</param>
    /// <param name="historyDays">Days of history before T.</param>
    /// <param name="trained">Weight of a window of that age (days before the newest) in the training of the learned models; 0 = not trained
    /// on.</param>
    public static LevelForecast Fit(
        IReadOnlyList<PastWindow> windows, Func<PastWindow, double> miss, LocalTime now, int horizonDays, double historyDays,
        Func<double, double> trained)
    {
        PastWindow[] known = [.. windows.Where(w => !double.IsNaN(miss(w)))];
        if (known.Length == 0)
        {
            return default;
        }

        double[] ages = [.. known.Select(w => now.DaysSince(w.AsOf) - horizonDays)];
        double span = Math.Min(1, (ages.Max() - ages.Min() + horizonDays) / DaysPerYear);
        double wave = WavePenalty / Math.Pow(span, SpanPower);
        var normal = Matrix<double>.Build.DenseOfDiagonalArray([ConstantPenalty, wave, wave]);
        var right = Vector<double>.Build.Dense(3);
        var waves = new Vector<double>[known.Length];
        for (int k = 0; k < known.Length; k++)
        {
            double angle = -2 * Math.PI * (ages[k] + horizonDays) / DaysPerYear;
            waves[k] = Vector<double>.Build.Dense([1, Math.Sin(angle), Math.Cos(angle)]);
            double before = historyDays - horizonDays - ages[k];
            double weight = Math.Pow(2, -ages[k] / HalfLifeDays) / 3 * Math.Min(1, 2 * before / historyDays);
            normal += weight * waves[k].OuterProduct(waves[k]);
            right += weight * miss(known[k]) * waves[k];
        }

        Vector<double> fit = normal.Solve(right);
        double total = 0, seen = 0;
        for (int k = 0; k < known.Length; k++)
        {
            double weight = trained(ages[k]);
            total += weight;
            seen += weight * ((fit[1] * waves[k][1]) + (fit[2] * waves[k][2]));
        }

        return new LevelForecast(fit[0] + fit[2], total > 0 ? fit[2] - (seen / total) : 0, known.Length, span);
    }

    /// <summary>The level to aim at: the learned models' moved by the season, and the lifetimes models' by what they will miss.</summary>
    /// <param name="learned">Log-odds or logarithm of a total by the learned models, as they come.</param>
    /// <param name="lifetimes">The same by the lifetimes models.</param>
    public double Combine(double learned, double lifetimes) => Combine(learned, lifetimes, LifetimesShare);

    /// <summary>The same with another weight of the lifetimes models.</summary>
    internal double Combine(double learned, double lifetimes, double share) =>
        ((1 - share) * (learned + Season)) + (share * (lifetimes + Error));
}

/// <summary>The forecasts of a base as of a local time.</summary>
/// <param name="Churn">Log-odds of the share that churns.</param>
/// <param name="Spend">Logarithm of the total net spend.</param>
/// <param name="Orders">Logarithm of the number of orders.</param>
internal sealed record LevelForecasts(LevelForecast Churn, LevelForecast Spend, LevelForecast Orders)
{
    /// <summary>What the report says of it.</summary>
    /// <param name="churnShift">What was added to every customer's log-odds of churn.</param>
    /// <param name="parts">The value model, scaled to the forecast.</param>
    public LevelReport Report(double churnShift, ClvParts parts) => new(
        Churn.Windows, Churn.LifetimesShare, Churn.Season, Churn.Error, churnShift, Spend.Season, Spend.Error, parts.Level,
        parts.OrdersLevel);
}
