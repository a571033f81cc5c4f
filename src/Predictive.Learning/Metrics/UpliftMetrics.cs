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
    public static double Qini(ReadOnlySpan<double> predictions, ReadOnlySpan<bool> treated, ReadOnlySpan<double> outcome)
    {
        double treatedRows = 0;
        foreach (bool t in treated)
        {
            treatedRows += t ? 1 : 0;
        }

        return Area(
            predictions, treated, outcome, (yt, yc, nt, nc, _) => (yt - (nc > 0 ? yc * nt / nc : 0)) / treatedRows, lessRandom: true);
    }

    /// <summary>
    /// Area under the uplift curve (Y_t/N_t − Y_c/N_c) × share of rows, cumulated from the highest prediction; the x axis is the share of
    /// rows. Random targeting gives half the average effect.
    /// </summary>
    /// <inheritdoc cref="Qini" path="/param"/>
    public static double Auuc(ReadOnlySpan<double> predictions, ReadOnlySpan<bool> treated, ReadOnlySpan<double> outcome) =>
        Area(
            predictions, treated, outcome, (yt, yc, nt, nc, n) => ((nt > 0 ? yt / nt : 0) - (nc > 0 ? yc / nc : 0)) * (nt + nc) / n,
            lessRandom: false);

    private static double Area(
        ReadOnlySpan<double> predictions,
        ReadOnlySpan<bool> treated,
        ReadOnlySpan<double> outcome,
        Func<double, double, double, double, int, double> height,
        bool lessRandom)
    {
        Ranking.Check(predictions, treated.Length, "treatment flags");
        Ranking.Check(predictions, outcome.Length, "outcomes");
        Ranking.Check(outcome, outcome.Length, "outcomes");
        int[] order = Ranking.Descending(predictions);
        double yt = 0, yc = 0, nt = 0, nc = 0, area = 0, last = 0;
        for (int start = 0; start < order.Length;)
        {
            int end = Ranking.EndOfTies(predictions, order, start);
            for (int k = start; k < end; k++)
            {
                int i = order[k];
                if (treated[i])
                {
                    (yt, nt) = (yt + outcome[i], nt + 1);
                }
                else
                {
                    (yc, nc) = (yc + outcome[i], nc + 1);
                }
            }

            double now = height(yt, yc, nt, nc, order.Length);
            area += (last + now) / 2 * (end - start) / order.Length;
            last = now;
            start = end;
        }

        if (nt == 0 || nc == 0)
        {
            throw new ArgumentException($"Uplift needs treated and untreated rows; found {nt} treated and {nc} untreated.");
        }

        return lessRandom ? area - (last / 2) : area;
    }
}
