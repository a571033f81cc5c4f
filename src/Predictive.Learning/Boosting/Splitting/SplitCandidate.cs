namespace Predictive.Learning.Boosting.Splitting;

/// <summary>The best split of a node found so far. Sums are in levels.</summary>
internal struct SplitCandidate
{
    /// <summary>Reduction of the regularised loss; 0 = no split.</summary>
    public double Gain;

    public int Feature;

    /// <summary>Numeric: bins up to this one go left.</summary>
    public int Bin;

    /// <summary>Missing values go left.</summary>
    public bool MissingLeft;

    /// <summary>Bins that go left, one bit each; null for a numeric split.</summary>
    public ulong[]? LeftBins;

    public int LeftGradient;

    public int LeftHessian;

    public int LeftCount;
}

/// <summary>What a node's rows sum to, in levels, and where its value must lie under monotone constraints.</summary>
internal struct NodeTotals
{
    public int Gradient;
    public int Hessian;
    public int Count;
    public double LowerBound;
    public double UpperBound;
}
