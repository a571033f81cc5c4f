using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>Follows the validation rows from round to round and remembers the best.</summary>
internal sealed class EarlyStopping
{
    private readonly BoostingValidation _validation;
    private readonly BoostingOptions _options;
    private readonly Loss _loss;
    private readonly double[] _raw;
    private readonly double[] _predictions;
    private readonly float[] _row;
    private double _best;
    private int _sinceBest;

    public EarlyStopping(BoostingValidation validation, BoostingOptions options, Loss loss, double baseScore, TreeEnsemble? continueFrom)
    {
        (_validation, _options, _loss) = (validation, options, loss);
        _raw = new double[validation.Data.Rows];
        _predictions = new double[validation.Metric is null ? 0 : validation.Data.Rows];
        _row = new float[validation.Data.Columns];
        if (continueFrom is null)
        {
            _raw.AsSpan().Fill(baseScore);
        }
        else
        {
            continueFrom.PredictRaw(validation.Data, _raw, options.Threads);
        }

        BestTrees = continueFrom?.Trees ?? 0;
        _best = Measure();
    }

    /// <summary>Number of trees at the best round.</summary>
    public int BestTrees { get; private set; }

    /// <summary>Adds the newest tree; true where the measure has not improved for long enough.</summary>
    public bool ShouldStop(EnsembleTree newest, int trees)
    {
        BoostingData data = _validation.Data;
        for (int i = 0; i < data.Rows; i++)
        {
            if (data.RowMajor is { } rowMajor)
            {
                _raw[i] += newest.LeafValues[newest.LeafOf(rowMajor.AsSpan(i * data.Columns, data.Columns))];
            }
            else
            {
                data.Matrix!.CopyRow(i, _row);
                _raw[i] += newest.LeafValues[newest.LeafOf(_row)];
            }
        }

        double measure = Measure();
        if (_validation.HigherIsBetter ? measure > _best : measure < _best)
        {
            (_best, BestTrees, _sinceBest) = (measure, trees, 0);
            return false;
        }

        return ++_sinceBest >= _options.EarlyStoppingRounds && _options.EarlyStoppingRounds > 0;
    }

    private double Measure()
    {
        BoostingData data = _validation.Data;
        if (_validation.Metric is null)
        {
            double mean = _loss.Mean(_raw, data.Labels, data.Weights);
            return _validation.HigherIsBetter ? -mean : mean;
        }

        for (int i = 0; i < _raw.Length; i++)
        {
            _predictions[i] = _loss.Prediction(_raw[i]);
        }

        double value = _validation.Metric(_predictions, data.Labels, data.Weights);
        return double.IsNaN(value) ? (_validation.HigherIsBetter ? double.NegativeInfinity : double.PositiveInfinity) : value;
    }
}
