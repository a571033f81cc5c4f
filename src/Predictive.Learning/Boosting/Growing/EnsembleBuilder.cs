using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Prediction;
using Predictive.Learning.Boosting.Binning;
using Predictive.Learning.Boosting.Splitting;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>Turns grown trees (bins) into trees that predict (values).</summary>
internal sealed class EnsembleBuilder(
    IReadOnlyList<string> featureNames, BoostingOptions options, FeatureBins[] features, TreeEnsemble? continueFrom)
{
    /// <summary>Raw score before any tree.</summary>
    public double BaseScore { get; set; }

    /// <summary>The trees so far, those of the ensemble continued first.</summary>
    public List<EnsembleTree> Trees { get; } = continueFrom is null ? [] : [.. continueFrom.Members];

    public void Add(GrownTree tree, float[] values, float[] covers)
    {
        int splits = tree.Splits.Count;
        var thresholds = new float[splits];
        var sets = new CategorySet?[splits];
        for (int k = 0; k < splits; k++)
        {
            SplitCandidate split = tree.Splits[k];
            FeatureBins bins = features[split.Feature];
            if (bins.Codes is { } codes)
            {
                sets[k] = new CategorySet(codes, split.LeftBins!);
            }
            else
            {
                thresholds[k] = split.Bin < bins.Edges.Length ? bins.Edges[split.Bin] : float.PositiveInfinity; // every present value left
            }
        }

        Trees.Add(new EnsembleTree(
            [.. tree.Leaf],
            [.. tree.Splits.Select(split => split.Feature)],
            thresholds,
            [.. tree.Splits.Select(split => split.MissingLeft)],
            sets,
            [.. tree.Splits.Select(split => (float)Math.Min(split.Gain, float.MaxValue))],
            values,
            covers));
    }

    /// <summary>Keeps the first <paramref name="trees"/> trees.</summary>
    public void Truncate(int trees) => Trees.RemoveRange(trees, Trees.Count - trees);

    public TreeEnsemble Build()
        => new(
            [.. featureNames], options.Objective, new LossParameters(options.TweediePower, options.Quantile, options.HuberDelta),
            BaseScore, [.. Trees]);
}
