using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>The four cells: current value × potential.</summary>
public enum ValueMatrixCell
{
    /// <summary>High value, growing.</summary>
    Star,

    /// <summary>High value, not growing.</summary>
    CashCow,

    /// <summary>Low value, growing.</summary>
    Potential,

    /// <summary>Low value, not growing.</summary>
    Problem,
}

/// <summary>Settings of the customer value matrix.</summary>
public sealed record ValueMatrixOptions
{
    /// <summary>Window of current value, days back from the as-of. Default 365.</summary>
    public int WindowDays { get; init; } = 365;

    /// <summary>Net spend in the window from which current value is high. Default null: the base's 80 % quantile.</summary>
    public double? HighValue { get; init; }

    /// <summary>
    /// Predicted net spend over the horizon without which there is no potential. Default null: the base's median prediction.
    /// </summary>
    public double? MinimumExpected { get; init; }

    /// <summary>
    /// Predicted spend over the customer's own present pace (spend in the window, scaled to the horizon) from which potential is high.
    /// Default null: the median of that ratio among customers at or above the minimum prediction.
    /// </summary>
    public double? GrowthRatio { get; init; }
}

/// <summary>The lines of the matrix.</summary>
/// <param name="HighValue">Net spend in the window from which current value is high.</param>
/// <param name="MinimumExpected">Prediction below which there is no potential.</param>
/// <param name="GrowthRatio">Prediction over own pace from which potential is high.</param>
/// <param name="HorizonDays">Horizon the predictions cover.</param>
public sealed record ValueMatrixCutoffs(double HighValue, double MinimumExpected, double GrowthRatio, int HorizonDays);

/// <summary>Place of one customer in the matrix.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="CurrentValue">Net spend in the window.</param>
/// <param name="Growth">Predicted spend over own pace; positive infinity where the window holds no spend.</param>
public sealed record ValueMatrixResult(ValueMatrixCell Cell, double CurrentValue, double Growth);

/// <summary>
/// Current value × potential: star, cash cow, potential, problem. Potential is predicted growth over the customer's own pace.
/// </summary>
public static class ValueMatrix
{
    /// <summary>Name of a cell as shown: star, cash cow, potential, problem.</summary>
    public static string NameOf(ValueMatrixCell cell) => cell == ValueMatrixCell.CashCow ? "cash cow" : cell.ToString().ToLowerInvariant();

    /// <summary>The lines for a base.</summary>
    /// <param name="history">The base.</param>
    /// <param name="customers">Whom the predictions are for.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="horizonDays">Horizon of the predictions.</param>
    /// <param name="expected">Predicted net spend per customer of <paramref name="customers"/>.</param>
    /// <param name="options">Settings.</param>
    public static ValueMatrixCutoffs Fit(
        TransactionHistory history, int[] customers, LocalTime asOf, int horizonDays, ReadOnlySpan<double> expected,
        ValueMatrixOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(customers);
        ArgumentNullException.ThrowIfNull(options);
        if (expected.Length != customers.Length)
        {
            throw new ArgumentException(
                $"{expected.Length} predictions for {customers.Length} customers; expected one each.", nameof(expected));
        }

        double[] value = BaseScan.Select(history, customers, asOf, (_, lines) => Spend(lines, asOf, options));
        double minimum = options.MinimumExpected ?? BaseScan.Quantile(BaseScan.Sorted(expected.ToArray()), .5);
        var ratios = new List<double>();
        for (int i = 0; i < value.Length; i++)
        {
            if (value[i] > 0 && expected[i] >= minimum)
            {
                ratios.Add(Growth(value[i], expected[i], horizonDays, options));
            }
        }

        return new ValueMatrixCutoffs(
            options.HighValue ?? BaseScan.Quantile(BaseScan.Sorted(value), .8),
            minimum,
            options.GrowthRatio ?? (ratios.Count == 0 ? 1 : BaseScan.Quantile(BaseScan.Sorted(ratios), .5)),
            horizonDays);
    }

    /// <summary>The cell of one customer; lines at or after the as-of are ignored.</summary>
    /// <param name="lines">The customer's lines.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="expected">Predicted net spend over the cut-offs' horizon.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>.</param>
    public static ValueMatrixResult Compute(
        CustomerLines lines, LocalTime asOf, double expected, ValueMatrixOptions options, ValueMatrixCutoffs cutoffs)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        double value = Spend(lines.Before(asOf), asOf, options);
        double growth = Growth(value, expected, cutoffs.HorizonDays, options);
        bool high = value >= cutoffs.HighValue && value > 0;
        bool potential = expected >= cutoffs.MinimumExpected && growth >= cutoffs.GrowthRatio;
        var cell = (high, potential) switch
        {
            (true, true) => ValueMatrixCell.Star,
            (true, false) => ValueMatrixCell.CashCow,
            (false, true) => ValueMatrixCell.Potential,
            _ => ValueMatrixCell.Problem,
        };
        return new ValueMatrixResult(cell, value, growth);
    }

    private static double Spend(CustomerLines before, LocalTime asOf, ValueMatrixOptions options) =>
        Value.Amount(before, asOf, new ValueOptions { WindowDays = options.WindowDays });

    private static double Growth(double value, double expected, int horizonDays, ValueMatrixOptions options) =>
        value > 0 ? expected / (value * horizonDays / options.WindowDays) : double.PositiveInfinity;
}
