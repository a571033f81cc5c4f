using Predictive.Segmentation.Models;

namespace Predictive.Training.Evaluation;

/// <summary>Logistic regression of one variable, for the baselines.</summary>
internal static class SimpleLogistic
{
    /// <summary>Maximum likelihood by Newton steps, with a penalty of one row on the standardised slope so that a perfect separation stays finite.</summary>
    public static (double Intercept, double Slope) Fit(ReadOnlySpan<double> x, ReadOnlySpan<float> y)
    {
        double mean = 0, squares = 0;
        foreach (double v in x)
        {
            mean += v / x.Length;
        }

        foreach (double v in x)
        {
            squares += (v - mean) * (v - mean) / x.Length;
        }

        double sd = Math.Sqrt(squares);
        if (!(sd > 1e-12))
        {
            sd = 1;
        }

        double a = 0, b = 0;
        for (int step = 0; step < 50; step++)
        {
            double ga = -1e-6 * a, gb = -b, haa = 1e-6, hab = 0, hbb = 1;
            for (int i = 0; i < x.Length; i++)
            {
                double z = (x[i] - mean) / sd, p = LogOdds.ToProbability(a + (b * z)), w = p * (1 - p), e = y[i] - p;
                ga += e;
                gb += e * z;
                haa += w;
                hab += w * z;
                hbb += w * z * z;
            }

            double det = (haa * hbb) - (hab * hab);
            double da = ((hbb * ga) - (hab * gb)) / det, db = ((haa * gb) - (hab * ga)) / det;
            // A Newton step from afar may overshoot: hold it.
            double size = Math.Max(Math.Abs(da), Math.Abs(db)), held = size > 2 ? 2 / size : 1;
            a += held * da;
            b += held * db;
            if (size < 1e-10)
            {
                break;
            }
        }

        return (a - (b * mean / sd), b / sd);
    }
}
