using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Transforms;
using Predictive.Learning;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.BuiltIn;
using Predictive.Learning.Linear;
using Predictive.MLNet.Data;

namespace Predictive.MLNet;

/// <summary>Takes what ML.NET learned out of its transformers and hands it over to Learning's own models.</summary>
/// <remarks>
/// <code>
/// trees     raw = base + Σ factor · leaf      factor  −slope of the calibrator (classifiers), 1 / trees (forest regression), else 1
///                                             base    −offset of the calibrator, the shift of the labels, or the logarithm of their scale
/// split     missing → −1e30, present → held within ±1e29, then ≤ threshold goes left
/// logistic  raw = bias + Σ w · scale · (x − offset)   x = the mean where it is missing
/// </code>
/// </remarks>
internal static class Conversion
{
    public static IPredictor Of(
        MLContext context, ITransformer model, byte[] original, TrainingData data, LearnerOptions options, Baseline baseline)
    {
        ITransformer[] parts = model is IEnumerable<ITransformer> chain ? [.. Flat(chain)] : [model];
        var (learned, platt) = parts.OfType<ISingleFeaturePredictionTransformer<object>>().First().Model switch
        {
            CalibratedModelParametersBase<FastTreeBinaryModelParameters, PlattCalibrator> m => (m.SubModel, m.Calibrator),
            CalibratedModelParametersBase<LightGbmBinaryModelParameters, PlattCalibrator> m => (m.SubModel, m.Calibrator),
            CalibratedModelParametersBase<LinearBinaryModelParameters, PlattCalibrator> m => ((object)m.SubModel, m.Calibrator),
            object other => (other, parts.OfType<ISingleFeaturePredictionTransformer<PlattCalibrator>>().FirstOrDefault()?.Model),
        };
        return learned is LinearBinaryModelParameters linear
            ? Predictors.Of(Linear(context, parts, linear, platt!, data.Features), original)
            : Predictors.Of(Trees(learned, platt, data, options, baseline), original);
    }

    private static TreeEnsemble Trees(object learned, PlattCalibrator? platt, TrainingData data, LearnerOptions options, Baseline baseline)
    {
        RegressionTreeBase[] trees = learned switch
        {
            TreeEnsembleModelParametersBasedOnRegressionTree boosted => [.. boosted.TrainedTreeEnsemble.Trees],
            TreeEnsembleModelParametersBasedOnQuantileRegressionTree bagged => [.. bagged.TrainedTreeEnsemble.Trees],
            _ => throw new LearningException($"ML.NET learned a '{learned.GetType().Name}'; expected trees or a linear model."),
        };
        double factor = platt is not null ? -platt.Slope : learned is FastForestRegressionModelParameters ? 1.0 / trees.Length : 1;
        double start =
            platt is not null ? -platt.Offset : learned is FastTreeTweedieModelParameters ? Math.Log(baseline.Scale) : baseline.Shift;
        return TreeEnsemble.Of(
            data.Features.Names, options.Objective, start, [.. trees.Where(IsTree).Select(t => Structure(t, factor))], data.Features,
            data.Weights, options.Threads);
    }

    // A tree that could not be split is kept by ML.NET with room for one and counts as 0.
    private static bool IsTree(RegressionTreeBase tree) => tree.NumberOfNodes > 0 && tree.LeftChild[0] != 0;

    private static TreeStructure Structure(RegressionTreeBase tree, double factor)
    {
        int splits = tree.NumberOfNodes;
        if (tree.CategoricalSplitFlags.Contains(true))
        {
            throw new LearningException("ML.NET grew a tree with a categorical split; every feature was given as a number.");
        }

        int[] left = [.. tree.LeftChild], right = [.. tree.RightChild];
        float[] threshold = [.. tree.NumericalSplitThresholds];
        var missingLeft = new bool[splits];
        for (int k = 0; k < splits; k++)
        {
            // What the pipeline puts in for a missing value is below every present one, so it goes left wherever anything does.
            bool missing = MLNetTrainers.Missing <= threshold[k], present = MLNetTrainers.Least <= threshold[k];
            missingLeft[k] = true;
            if (!present)
            {
                // No present value goes left: turned around, since no threshold says that of minus infinity.
                (left[k], right[k]) = (right[k], left[k]);
                (threshold[k], missingLeft[k]) = (float.PositiveInfinity, !missing);
            }
            else if (threshold[k] >= MLNetTrainers.Most)
            {
                threshold[k] = float.PositiveInfinity;
            }
        }

        return new TreeStructure
        {
            Left = left,
            Right = right,
            Feature = tree.NumericalSplitFeatureIndexes,
            Threshold = threshold,
            MissingLeft = missingLeft,
            Gain = tree.SplitGains,
            LeafValues = [.. tree.LeafValues.Select(v => factor * v)],
        };
    }

    private static LinearModel Linear(
        MLContext context, ITransformer[] parts, LinearBinaryModelParameters linear, PlattCalibrator platt, FeatureMatrix features)
    {
        int n = features.Columns;
        // The means are not public: a row with nothing in it shows what is put in for each.
        float[] absent = [.. Enumerable.Repeat(float.NaN, n)];
        IDataView filled = parts.OfType<MissingValueReplacingTransformer>().First()
            .Transform(
                context.Data.LoadFromEnumerable(
                    [new FeatureRow { Features = absent }], Rows.Definition(typeof(FeatureRow), features.Names)));
        float[] means = filled.GetColumn<float[]>(Rows.Features).First();
        var affine = (NormalizingTransformer.AffineNormalizerModelParameters<System.Collections.Immutable.ImmutableArray<float>>)
            parts.OfType<NormalizingTransformer>().First().GetNormalizerModelParameters(0);
        double factor = -platt.Slope, intercept = (factor * linear.Bias) - platt.Offset;
        var (coefficients, scales) = (new double[n], new double[n]);
        for (int j = 0; j < n; j++)
        {
            double scale = affine.Scale.Length > j ? affine.Scale[j] : 1, offset = affine.Offset.Length > j ? affine.Offset[j] : 0;
            coefficients[j] = factor * linear.Weights[j] * scale;
            scales[j] = scale == 0 ? 0 : 1 / Math.Abs(scale);
            intercept += coefficients[j] * (means[j] - offset);
        }

        return LinearModel.Of(features.Names, LinearLink.Logistic, intercept, [.. means], scales, coefficients);
    }

    private static IEnumerable<ITransformer> Flat(IEnumerable<ITransformer> chain) =>
        chain.SelectMany(t => t is IEnumerable<ITransformer> inner ? Flat(inner) : [t]);
}
