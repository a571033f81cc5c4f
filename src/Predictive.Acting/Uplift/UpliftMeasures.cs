using Predictive.Learning;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;

namespace Predictive.Acting.Uplift;

/// <summary>
/// What uplift is learned from: the measures a marketer knows. Few and steady, for a campaign has thousands of rows and not millions, and a
/// model of another version means the same by them.
/// </summary>
internal static class UpliftMeasures
{
    private const string Risk = "churn_probability", Value = "clv_expected";

    /// <summary>Names, in the order of the columns.</summary>
    public static IReadOnlyList<string> Names => SegmentTree.Measures;

    /// <summary>Rows of a table; what the model predicts is given, for a campaign keeps what it knew when it was made.</summary>
    /// <param name="table">Customers as of a time.</param>
    /// <param name="rows">Rows of it.</param>
    /// <param name="risk">Probability to buy nothing, per row asked for; NaN = not known.</param>
    /// <param name="value">Expected spend, per row asked for; NaN = not known.</param>
    public static FeatureMatrix Of(SegmentTable table, int[] rows, double[] risk, double[] value) => new(
        Names,
        [
            .. Names.Select(name => name switch
            {
                Risk => Array.ConvertAll(risk, v => (float)v),
                Value => Array.ConvertAll(value, v => (float)v),
                _ when table.Has(name) && table.Numbers(name) is var column => Array.ConvertAll(rows, r => (float)column[r]),
                _ => [.. Enumerable.Repeat(float.NaN, rows.Length)],
            }),
        ],
        rows.Length);
}
