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
    /// Both areas of several rankings with their intervals, by the Poisson bootstrap of the rows: the same resamples for every ranking,
    /// so that differences between them are as sure as they can be. Of several trials: the mean of their areas by rows, each trial being
    /// ranked and resampled for itself.
    /// </summary>
    /// <param name="trials">At least one, each with the same number of rankings.</param>
    /// <param name="seed">Of the resamples.</param>
    /// <param name="resamples">How many. Default 1,000.</param>
    /// <param name="confidence">Of the intervals. Default .95.</param>
    /// <returns>Per ranking; differences are against the last one.</returns>
    public static UpliftQuality[] Judge(IReadOnlyList<UpliftTrial> trials, int seed, int resamples = 1000, double confidence = .95)
    {
        ArgumentNullException.ThrowIfNull(trials);
        int rankings = trials[0].Rankings.Count, rows = trials.Sum(t => t.Outcome.Length);
        UpliftCurve[][] curves = [.. trials.Select(t => t.Rankings.Select(r => new UpliftCurve(r, t.Treated, t.Outcome)).ToArray())];
        (double Qini, double Auuc)[] found = Mean([.. trials.Select(_ => Array.Empty<double>())]);
        var random = new Random(seed);
        double[][] weights = [.. trials.Select(t => new double[t.Outcome.Length])];
        var drawn = new List<(double Qini, double Auuc)[]>();
        for (int b = 0; b < resamples; b++)
        {
            foreach (double[] w in weights)
            {
                PoissonBootstrap.Draw(w, random);
            }

            (double Qini, double Auuc)[] areas = Mean(weights);
            // A resample without one side says nothing.
            if (double.IsFinite(areas[0].Qini))
            {
                drawn.Add(areas);
            }
        }

        return
        [
            .. Enumerable.Range(0, rankings).Select(r => new UpliftQuality(
                Of(found[r].Qini, drawn.Select(a => a[r].Qini), confidence), Of(found[r].Auuc, drawn.Select(a => a[r].Auuc), confidence),
                Of(found[r].Qini - found[^1].Qini, drawn.Select(a => a[r].Qini - a[^1].Qini), confidence))),
        ];

        (double Qini, double Auuc)[] Mean(double[][] by)
        {
            var mean = new (double Qini, double Auuc)[rankings];
            for (int t = 0; t < trials.Count; t++)
            {
                double share = trials[t].Outcome.Length / (double)rows;
                for (int r = 0; r < rankings; r++)
                {
                    (double qini, double auuc) = curves[t][r].Areas(by[t]);
                    mean[r] = (mean[r].Qini + (share * qini), mean[r].Auuc + (share * auuc));
                }
            }

            return mean;
        }
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

/// <summary>A randomised trial and how its rows are ranked.</summary>
/// <param name="Rankings">Predictions, one array a ranking.</param>
/// <param name="Treated">Whether each row was treated.</param>
/// <param name="Outcome">What came; a part that was known before the treatment may be taken off it, which changes nothing but the
/// noise.</param>
public sealed record UpliftTrial(IReadOnlyList<double[]> Rankings, bool[] Treated, double[] Outcome);

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
