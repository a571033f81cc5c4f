namespace Predictive.Learning.Metrics;

/// <summary>
/// How well predicted uplift (the difference a treatment makes) ranks people, measured on a randomised trial: some rows treated, some not.
/// Rows with equal predictions enter together, the curve between two thresholds being straight.
/// </summary>
public static class UpliftMetrics
{
    /// <summary>
    /// Qini coefficient (Radcliffe 2007): area between the Qini curve Y_t − Y_c·N_t/N_c (incremental outcome among the treated, cumulated
    /// from the highest prediction, over all treated) and the straight line of random targeting; the x axis is the share of rows, 0 to 1. 0
    /// = random.
    /// </summary>
    /// <param name="predictions">Predicted uplift; only the order counts.</param>
    /// <param name="treated">Whether each row was treated.</param>
    /// <param name="outcome">What came: 0/1 or an amount.</param>
    public static double Qini(ReadOnlySpan<double> predictions, ReadOnlySpan<bool> treated, ReadOnlySpan<double> outcome) =>
        new UpliftCurve(predictions, treated, outcome).Areas().Qini;

    /// <summary>
    /// Area under the uplift curve (Y_t/N_t − Y_c/N_c) × share of rows, cumulated from the highest prediction; the x axis is the share of
    /// rows. Random targeting gives half the average effect.
    /// </summary>
    /// <inheritdoc cref="Qini" path="/param"/>
    public static double Auuc(ReadOnlySpan<double> predictions, ReadOnlySpan<bool> treated, ReadOnlySpan<double> outcome) =>
        new UpliftCurve(predictions, treated, outcome).Areas().Auuc;

    /// <summary>
    /// Both areas of several rankings of one trial with their intervals, by the Poisson bootstrap of its rows: the same resamples for every
    /// ranking, so that differences between them are as sure as they can be.
    /// </summary>
    /// <param name="rankings">Predictions, one array a ranking.</param>
    /// <param name="treated">Whether each row was treated.</param>
    /// <param name="outcome">What came; a part that was known before the treatment may be taken off it, which changes nothing but the
    /// noise.</param>
    /// <param name="seed">Of the resamples.</param>
    /// <param name="resamples">How many. Default 1,000.</param>
    /// <param name="confidence">Of the intervals. Default .95.</param>
    /// <returns>Per ranking; differences are against the last one.</returns>
    public static UpliftQuality[] Judge(
        IReadOnlyList<double[]> rankings, bool[] treated, double[] outcome, int seed, int resamples = 1000, double confidence = .95)
    {
        ArgumentNullException.ThrowIfNull(rankings);
        ArgumentNullException.ThrowIfNull(treated);
        ArgumentNullException.ThrowIfNull(outcome);
        UpliftCurve[] curves = [.. rankings.Select(r => new UpliftCurve(r, treated, outcome))];
        var drawn = new List<(double Qini, double Auuc)>[curves.Length];
        for (int c = 0; c < curves.Length; c++)
        {
            drawn[c] = [];
        }

        var random = new Random(seed);
        double[] weights = new double[outcome.Length];
        for (int b = 0; b < resamples; b++)
        {
            PoissonBootstrap.Draw(weights, random);
            (double Qini, double Auuc)[] areas = [.. curves.Select(c => c.Areas(weights))];
            for (int c = 0; c < curves.Length && double.IsFinite(areas[0].Qini); c++)
            {
                drawn[c].Add(areas[c]);
            }
        }

        return
        [
            .. curves.Select((curve, c) =>
            {
                (double qini, double auuc) = curve.Areas();
                (double rival, _) = curves[^1].Areas();
                return new UpliftQuality(
                    Of(qini, drawn[c].Select(a => a.Qini), confidence), Of(auuc, drawn[c].Select(a => a.Auuc), confidence),
                    Of(qini - rival, drawn[c].Zip(drawn[^1], (a, b) => a.Qini - b.Qini), confidence));
            }),
        ];
    }

    // Percentiles of the resamples.
    private static UpliftInterval Of(double value, IEnumerable<double> draws, double confidence)
    {
        double[] sorted = [.. draws.Order()];
        if (sorted.Length < 20)
        {
            return new UpliftInterval(value, double.NegativeInfinity, double.PositiveInfinity);
        }

        int low = (int)Math.Floor((1 - confidence) / 2 * sorted.Length);
        return new UpliftInterval(value, sorted[low], sorted[sorted.Length - 1 - low]);
    }
}

/// <summary>A figure with its interval.</summary>
/// <param name="Value">On the rows as they are.</param>
/// <param name="Low">Lower end.</param>
/// <param name="High">Upper end.</param>
public readonly record struct UpliftInterval(double Value, double Low, double High);

/// <summary>How well a ranking finds those whom a treatment changes.</summary>
/// <param name="Qini">Qini coefficient, in outcome per treated row; 0 = random.</param>
/// <param name="Auuc">Area under the uplift curve; random = half the average effect.</param>
/// <param name="QiniAhead">Qini less that of the last ranking.</param>
public readonly record struct UpliftQuality(UpliftInterval Qini, UpliftInterval Auuc, UpliftInterval QiniAhead);
