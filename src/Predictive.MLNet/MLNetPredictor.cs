using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.FastTree;
using Microsoft.ML.Transforms;
using Predictive.Learning;
using BoostedClassifier = Microsoft.ML.Calibrators.CalibratedModelParametersBase<Microsoft.ML.Trainers.FastTree.FastTreeBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>;
using LinearClassifier = Microsoft.ML.Calibrators.CalibratedModelParametersBase<Microsoft.ML.Trainers.LinearBinaryModelParameters, Microsoft.ML.Calibrators.PlattCalibrator>;

namespace Predictive.MLNet;

/// <summary>An ML.NET classifier or regressor behind the engine's seam. Rows are scored singly through a pool of prediction engines.</summary>
/// <remarks>
/// A probability is computed from ML.NET's score with the calibrator's own slope and offset in double precision. Contributions are ML.NET's feature
/// contribution calculation, not normalised: the change of the score along each tree's path. They do not add up to the score exactly as Shapley values do;
/// the base slot holds the remainder, so that the sum is exact.
/// </remarks>
internal sealed class MLNetPredictor : IPredictor
{
    private const int RowsPerPart = 8192;

    // Keeps probabilities inside (0, 1).
    private const double MostLogOdds = 30;

    private readonly byte[] _payload;
    private readonly MLContext _context = new(1);
    private readonly ITransformer _model;
    private readonly Lazy<ITransformer> _reasons;
    private readonly ConcurrentBag<PredictionEngine<FeatureRow, Scored>> _scorers = [];
    private readonly ConcurrentBag<PredictionEngine<FeatureRow, Reasoned>> _explainers = [];
    private readonly string[] _names;
    private readonly bool _classifier;
    private readonly bool _logLink;
    private readonly double _slope = -1;
    private readonly double _offset;

    public MLNetPredictor(byte[] payload)
    {
        _payload = payload;
        _model = ModelZip.Load(_context, payload, out DataViewSchema schema);
        _names = Rows.Names(schema);
        ITransformer[] parts = _model is IEnumerable<ITransformer> chain ? [.. Flat(chain)] : [_model];
        ITransformer predictor = parts.FirstOrDefault(p => p is ISingleFeaturePredictionTransformer<object>)
            ?? throw new LearningException("The ML.NET model holds no predictor; expected a model this engine saved.");
        FeatureContributionCalculatingEstimator reasons;
        VBuffer<float> gains = default;
        switch (predictor)
        {
            case ISingleFeaturePredictionTransformer<BoostedClassifier> p:
                (Learner, _classifier, _slope, _offset) = (LearnerKind.BoostedTrees, true, p.Model.Calibrator.Slope, p.Model.Calibrator.Offset);
                p.Model.SubModel.GetFeatureWeights(ref gains);
                reasons = _context.Transforms.CalculateFeatureContribution(p, _names.Length, _names.Length, normalize: false);
                break;
            case ISingleFeaturePredictionTransformer<LinearClassifier> p:
                (Learner, _classifier, _slope, _offset) = (LearnerKind.Linear, true, p.Model.Calibrator.Slope, p.Model.Calibrator.Offset);
                gains = Weights(p.Model.SubModel.Weights);
                reasons = _context.Transforms.CalculateFeatureContribution(p, _names.Length, _names.Length, normalize: false);
                break;
            case ISingleFeaturePredictionTransformer<ICalculateFeatureContribution> p:
                Learner = p.Model is FastForestBinaryModelParameters or FastForestRegressionModelParameters ? LearnerKind.RandomForest
                    : p.Model is LinearModelParameters ? LearnerKind.Linear : LearnerKind.BoostedTrees;
                _logLink = p.Model is FastTreeTweedieModelParameters or PoissonRegressionModelParameters;
                if (p.Model is FastForestBinaryModelParameters)
                {
                    _classifier = true;
                    PlattCalibrator platt = parts.OfType<ISingleFeaturePredictionTransformer<PlattCalibrator>>().FirstOrDefault()?.Model
                        ?? throw new LearningException("The ML.NET forest is not calibrated; expected a model this engine saved.");
                    (_slope, _offset) = (platt.Slope, platt.Offset);
                }

                if (p.Model is TreeEnsembleModelParameters trees)
                {
                    trees.GetFeatureWeights(ref gains);
                }
                else if (p.Model is LinearModelParameters linear)
                {
                    gains = Weights(linear.Weights);
                }

                reasons = _context.Transforms.CalculateFeatureContribution(p, _names.Length, _names.Length, normalize: false);
                break;
            default:
                throw new LearningException($"The ML.NET model holds a '{predictor.GetType().Name}'; expected a model this engine saved.");
        }

        Importance = Shares(gains, _names.Length);
        _reasons = new Lazy<ITransformer>(() =>
            _model.Append(reasons.Fit(_model.Transform(Rows.Empty(_context, _names)))));
    }

    public LearnerKind Learner { get; }

    public IReadOnlyList<string> FeatureNames => _names;

    public IReadOnlyList<double> Importance { get; }

    public void Predict(FeatureMatrix data, Span<double> output)
    {
        if (!data.Names.SequenceEqual(_names, StringComparer.Ordinal) || output.Length < data.Rows)
        {
            throw new ArgumentException($"The table has {data.Columns} columns and {output.Length} slots for {data.Rows} rows; the model reads {_names.Length} columns: {string.Join(", ", _names)}.");
        }

        var result = new double[data.Rows];
        Parallel.For(0, (data.Rows + RowsPerPart - 1) / RowsPerPart, part =>
        {
            int row = part * RowsPerPart;
            IDataView scored = _model.Transform(Rows.Scoring(_context, data, row, Math.Min(data.Rows, row + RowsPerPart)));
            foreach (float score in scored.GetColumn<float>("Score"))
            {
                result[row++] = Prediction(score);
            }
        });
        result.CopyTo(output);
    }

    public double Predict(ReadOnlySpan<float> row)
    {
        Check(row);
        if (!_scorers.TryTake(out PredictionEngine<FeatureRow, Scored>? engine))
        {
            engine = _context.Model.CreatePredictionEngine<FeatureRow, Scored>(_model, inputSchemaDefinition: Rows.Definition(typeof(FeatureRow), _names));
        }

        float score = engine.Predict(new FeatureRow { Features = row.ToArray() }).Score;
        _scorers.Add(engine);
        return Prediction(score);
    }

    public void Explain(ReadOnlySpan<float> row, Span<double> contributions)
    {
        Check(row);
        if (contributions.Length != _names.Length + 1)
        {
            throw new ArgumentException($"Got room for {contributions.Length} contributions; expected {_names.Length + 1}.", nameof(contributions));
        }

        if (!_explainers.TryTake(out PredictionEngine<FeatureRow, Reasoned>? engine))
        {
            engine = _context.Model.CreatePredictionEngine<FeatureRow, Reasoned>(_reasons.Value, inputSchemaDefinition: Rows.Definition(typeof(FeatureRow), _names));
        }

        Reasoned reasoned = engine.Predict(new FeatureRow { Features = row.ToArray() });
        _explainers.Add(engine);
        double scale = _classifier ? -_slope : 1, sum = 0;
        for (int j = 0; j < _names.Length; j++)
        {
            contributions[j] = scale * reasoned.FeatureContributions[j];
            sum += contributions[j];
        }

        double raw = _classifier ? LogOdds(reasoned.Score) : _logLink ? Math.Log(Math.Max(reasoned.Score, 1e-20f)) : reasoned.Score;
        contributions[^1] = raw - sum;
    }

    public void Save(Stream stream) => stream.Write(_payload);

    private static IEnumerable<ITransformer> Flat(IEnumerable<ITransformer> chain) =>
        chain.SelectMany(t => t is IEnumerable<ITransformer> inner ? Flat(inner) : [t]);

    private static VBuffer<float> Weights(IReadOnlyList<float> weights) => new(weights.Count, [.. weights]);

    private static double[] Shares(in VBuffer<float> gains, int features)
    {
        var shares = new double[features];
        foreach (KeyValuePair<int, float> gain in gains.Items())
        {
            shares[gain.Key] = Math.Abs((double)gain.Value);
        }

        double total = shares.Sum();
        return [.. shares.Select(s => total > 0 ? s / total : 1.0 / features)];
    }

    private double LogOdds(float score) => Math.Clamp(-((_slope * score) + _offset), -MostLogOdds, MostLogOdds);

    private double Prediction(float score) => _classifier ? 1 / (1 + Math.Exp(-LogOdds(score))) : score;

    private void Check(ReadOnlySpan<float> row)
    {
        if (row.Length != _names.Length)
        {
            throw new ArgumentException($"The row has {row.Length} values; the model reads {_names.Length}.", nameof(row));
        }
    }

    private sealed class Scored
    {
        public float Score { get; set; }
    }

    private sealed class Reasoned
    {
        public float Score { get; set; }

        public float[] FeatureContributions { get; set; } = [];
    }
}
