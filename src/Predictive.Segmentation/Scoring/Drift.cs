using Predictive.Learning;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Scoring;

/// <summary>Settings of the drift report; the thresholds are the customary ones of credit scoring (Siddiqi 2006).</summary>
/// <param name="ModerateFrom">Population stability index from which a shift is moderate. Default 0.1.</param>
/// <param name="LargeFrom">Index from which it is large: retrain. Default 0.25.</param>
public sealed record DriftOptions(double ModerateFrom = 0.1, double LargeFrom = 0.25);

/// <summary>How far a scored population is from the training base.</summary>
/// <param name="Customers">Customers scored.</param>
/// <param name="Features">Largest shift first.</param>
/// <param name="Verdict">stable, moderate or large: the worst of the predictions and the features.</param>
/// <param name="ModerateFrom">Threshold in force.</param>
/// <param name="LargeFrom">Threshold in force.</param>
public sealed record DriftReport(
    int Customers, IReadOnlyList<DriftFinding> Features, string Verdict, double ModerateFrom, double LargeFrom);

/// <summary>The shift of one distribution.</summary>
/// <param name="Name">Feature or prediction.</param>
/// <param name="Psi">Population stability index: Σ (actual − expected) · ln(actual / expected) over the bins, shares held at 0.0001 or
/// above.</param>
/// <param name="MissingThen">Share missing at training.</param>
/// <param name="MissingNow">Share missing now.</param>
/// <param name="Verdict">stable, moderate or large.</param>
public sealed record DriftFinding(string Name, double Psi, double MissingThen, double MissingNow, string Verdict)
{
    /// <summary>Customers now in each bin of the baseline's distribution, the missing last.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public IReadOnlyList<long> Counts { get; init; } = [];
}

/// <summary>Counts a scored population into the bins of a baseline. One per thread; counts of several add up.</summary>
internal sealed class DriftCounter
{
    private readonly DriftBaseline _baseline;
    private readonly float[][] _edges;
    private readonly long[][] _counts;
    private long _rows;

    public DriftCounter(DriftBaseline baseline)
    {
        _baseline = baseline;
        _edges = [.. baseline.Distributions.Select(d => d.Edges.ToArray())];
        _counts = [.. baseline.Distributions.Select(d => new long[d.Shares.Count])];
    }

    public void Add(FeatureMatrix features, ReadOnlySpan<double> churn, ReadOnlySpan<double> clv)
    {
        for (int j = 0; j < features.Columns; j++)
        {
            long[] counts = _counts[j];
            ReadOnlySpan<float> edges = _edges[j];
            foreach (float value in features.Column(j))
            {
                counts[DriftDistribution.BinOf(edges, value)]++;
            }
        }

        Add(_counts[^2], _edges[^2], churn);
        Add(_counts[^1], _edges[^1], clv);
        _rows += features.Rows;
    }

    public void Add(DriftCounter other)
    {
        for (int j = 0; j < _counts.Length; j++)
        {
            for (int b = 0; b < _counts[j].Length; b++)
            {
                _counts[j][b] += other._counts[j][b];
            }
        }

        _rows += other._rows;
    }

    public DriftReport Report(DriftOptions options)
    {
        var findings = new DriftFinding[_counts.Length];
        for (int j = 0; j < findings.Length; j++)
        {
            DriftDistribution then = _baseline.Distributions[j];
            double psi = _rows == 0
                ? 0
                : DriftDistribution.Psi([.. then.Shares], Array.ConvertAll(_counts[j], count => count / (double)_rows));
            findings[j] =
                new DriftFinding(then.Name, psi, then.Shares[^1], _rows == 0 ? 0 : _counts[j][^1] / (double)_rows, Verdict(psi, options))
                {
                    Counts = [.. _counts[j]],
                };
        }

        string worst = Verdict(findings.Max(f => f.Psi), options);
        return new DriftReport(
            (int)_rows, [.. findings.OrderByDescending(f => f.Psi).ThenBy(f => f.Name, StringComparer.Ordinal)], worst,
            options.ModerateFrom, options.LargeFrom);
    }

    private static void Add(long[] counts, ReadOnlySpan<float> edges, ReadOnlySpan<double> values)
    {
        foreach (double value in values)
        {
            counts[DriftDistribution.BinOf(edges, (float)value)]++;
        }
    }

    private static string Verdict(double psi, DriftOptions options) =>
        psi >= options.LargeFrom ? "large" : psi >= options.ModerateFrom ? "moderate" : "stable";
}
