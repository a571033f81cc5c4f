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
    /// <summary>What current value measures. Default net spend.</summary>
    public ValueMeasure Measure { get; init; } = ValueMeasure.Spend;

    /// <summary>Kinds of events that count where activity is measured. Default visit, login, session.</summary>
    public IReadOnlyList<string> Activity { get; init; } = ValueOptions.ActivityKinds;

    /// <summary>What potential is a mix of. Default predicted growth alone.</summary>
    public PotentialOptions Potential { get; init; } = new();

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
/// <param name="PotentialFrom">Mixed potential, 0 to 100, from which it is high; 0 where potential is growth alone.</param>
/// <param name="Categories">Categories of the base, for the cross-sell gap; 0 = none.</param>
public sealed record ValueMatrixCutoffs(
    double HighValue, double MinimumExpected, double GrowthRatio, int HorizonDays, double PotentialFrom = 0, int Categories = 0);

/// <summary>Place of one customer in the matrix.</summary>
/// <param name="Cell">The cell.</param>
/// <param name="CurrentValue">Net spend in the window.</param>
/// <param name="Growth">Predicted spend over own pace; positive infinity where the window holds no spend.</param>
/// <param name="Potential">The mix, 0 to 100; NaN where potential is growth alone, or nothing of the mix is known.</param>
public sealed record ValueMatrixResult(ValueMatrixCell Cell, double CurrentValue, double Growth, double Potential = double.NaN);

/// <summary>
/// Current value × potential: star, cash cow, potential, problem. Potential is predicted growth over the customer's own pace, or a mix of
/// that with the cross-sell gap and attributes (<see cref="PotentialOptions"/>); value is spend, profit or the RFM score.
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
    /// <param name="rfm">Settings and cut-offs of RFM; needed where that is the value.</param>
    public static ValueMatrixCutoffs Fit(
        TransactionHistory history, int[] customers, LocalTime asOf, int horizonDays, ReadOnlySpan<double> expected,
        ValueMatrixOptions options, (RfmOptions Options, RfmCutoffs Cutoffs)? rfm = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(customers);
        ArgumentNullException.ThrowIfNull(options);
        if (expected.Length != customers.Length)
        {
            throw new ArgumentException(
                $"{expected.Length} predictions for {customers.Length} customers; expected one each.", nameof(expected));
        }

        Validate(options);
        double[] spend = BaseScan.Select(history, customers, asOf, (_, lines) => Spend(lines, asOf, options));
        double[] value = options.Measure == ValueMeasure.Spend
            ? spend
            : BaseScan.Select(history, customers, asOf, (_, lines) => CurrentValue(lines, asOf, options, rfm));
        double minimum = options.MinimumExpected ?? BaseScan.Quantile(BaseScan.Sorted(expected.ToArray()), .5);
        var ratios = new List<double>();
        for (int i = 0; i < spend.Length; i++)
        {
            if (spend[i] > 0 && expected[i] >= minimum)
            {
                ratios.Add(Growth(spend[i], expected[i], horizonDays, options));
            }
        }

        var cutoffs = new ValueMatrixCutoffs(
            options.HighValue ?? BaseScan.Quantile(BaseScan.Sorted(value), .8),
            minimum,
            options.GrowthRatio ?? (ratios.Count == 0 ? 1 : BaseScan.Quantile(BaseScan.Sorted(ratios), .5)),
            horizonDays);
        if (options.Potential.IsGrowthAlone)
        {
            return cutoffs;
        }

        cutoffs = cutoffs with { Categories = history.Columns.Categories?.Length ?? 0 };
        double[] predicted = expected.ToArray();
        var position = customers.Select((c, i) => (c, i)).ToDictionary(p => p.c, p => p.i);
        double[] potentials = BaseScan.Select(
            history, customers, asOf,
            (c, lines) => Potential.Compute(
                lines, Growth(spend[position[c]], predicted[position[c]], horizonDays, options), predicted[position[c]], options.Potential,
                cutoffs));
        return cutoffs with
        {
            PotentialFrom = options.Potential.HighFrom ?? BaseScan.Quantile(BaseScan.Sorted(potentials.Where(double.IsFinite)), .5),
        };
    }

    /// <summary>The cell of one customer; lines at or after the as-of are ignored.</summary>
    /// <param name="lines">The customer's lines.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="expected">Predicted net spend over the cut-offs' horizon.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cutoffs">From <see cref="Fit"/>.</param>
    /// <param name="rfm">As for <see cref="Fit"/>.</param>
    public static ValueMatrixResult Compute(
        CustomerLines lines, LocalTime asOf, double expected, ValueMatrixOptions options, ValueMatrixCutoffs cutoffs,
        (RfmOptions Options, RfmCutoffs Cutoffs)? rfm = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(cutoffs);
        CustomerLines before = lines.Before(asOf);
        double spend = Spend(before, asOf, options);
        double value = options.Measure == ValueMeasure.Spend ? spend : CurrentValue(before, asOf, options, rfm);
        double growth = Growth(spend, expected, cutoffs.HorizonDays, options);
        bool high = value >= cutoffs.HighValue && value > 0;
        double mix = options.Potential.IsGrowthAlone
            ? double.NaN
            : Potential.Compute(before, growth, expected, options.Potential, cutoffs);
        bool potential = options.Potential.IsGrowthAlone
            ? expected >= cutoffs.MinimumExpected && growth >= cutoffs.GrowthRatio
            : mix >= cutoffs.PotentialFrom;
        var cell = (high, potential) switch
        {
            (true, true) => ValueMatrixCell.Star,
            (true, false) => ValueMatrixCell.CashCow,
            (false, true) => ValueMatrixCell.Potential,
            _ => ValueMatrixCell.Problem,
        };
        return new ValueMatrixResult(cell, value, growth, mix);
    }

    internal static void Validate(ValueMatrixOptions options)
    {
        var faults = new List<string>();
        if (options.WindowDays < 1)
        {
            faults.Add($"the window is {options.WindowDays} days; expected at least 1");
        }

        Potential.Validate(options.Potential, faults);
        RulesException.ThrowIfAny("the value matrix", faults);
    }

    private static double CurrentValue(
        CustomerLines before, LocalTime asOf, ValueMatrixOptions options, (RfmOptions Options, RfmCutoffs Cutoffs)? rfm) =>
        Value.Amount(
            before, asOf,
            new ValueOptions { Measure = options.Measure, Activity = options.Activity, WindowDays = options.WindowDays }, rfm);

    private static double Spend(CustomerLines before, LocalTime asOf, ValueMatrixOptions options) =>
        Value.Amount(before, asOf, new ValueOptions { WindowDays = options.WindowDays });

    private static double Growth(double value, double expected, int horizonDays, ValueMatrixOptions options) =>
        value > 0 ? expected / (value * horizonDays / options.WindowDays) : double.PositiveInfinity;
}
