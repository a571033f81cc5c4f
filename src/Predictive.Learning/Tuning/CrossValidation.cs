using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Metrics;

namespace Predictive.Learning.Tuning;

/// <summary>
/// How every engine's search judges settings: the mean loss over grouped folds that are cut once. Safe to use from several threads.
/// </summary>
public sealed class CrossValidation
{
    private readonly ILearningEngine _engine;
    private readonly SearchOptions _options;
    private readonly (TrainingData Train, TrainingData Test)[] _parts;

    /// <summary>Cuts the folds.</summary>
    /// <param name="engine">What trains.</param>
    /// <param name="data">Its groups stay together.</param>
    /// <param name="options">Budget, folds, seed, aim.</param>
    /// <exception cref="LearningException">No budget is set, or there are fewer groups than folds.</exception>
    public CrossValidation(ILearningEngine engine, TrainingData data, SearchOptions options)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        if ((options.Budget is null && options.Trials is null) || options.Trials < 1 || options.Budget <= TimeSpan.Zero)
        {
            throw new LearningException(
                $"The search has trials {options.Trials?.ToString() ?? "unset"} and budget {options.Budget?.ToString() ?? "unset"}; "
                    + "expected at least one of them, above 0.");
        }

        (_engine, _options) = (engine, options);
        int[] fold = GroupedFolds.Assign(data, options.Folds, options.Seed);
        _parts = [
            .. Enumerable.Range(0, options.Folds)
                .Select(f => (GroupedFolds.Take(data, fold, f, false), GroupedFolds.Take(data, fold, f, true))),
        ];
    }

    /// <summary>Mean validation loss per unit of weight: log loss for a classifier, the objective's for a regressor.</summary>
    /// <param name="settings">To judge.</param>
    /// <param name="stop">Asked before each fold.</param>
    /// <param name="cancellation">Stops between trainings.</param>
    /// <returns>Null where <paramref name="stop"/> said so.</returns>
    /// <exception cref="LearningException">The settings cannot be trained on the data.</exception>
    public double? Loss(LearnerOptions settings, Func<bool> stop, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(stop);
        double sum = 0, total = 0;
        foreach (var (train, test) in _parts)
        {
            cancellation.ThrowIfCancellationRequested();
            if (stop())
            {
                return null;
            }

            IPredictor model = _options.Classification
                ? _engine.TrainClassifier(train, settings, null, cancellation)
                : _engine.TrainRegressor(train, settings, null, cancellation);
            var predictions = new double[test.Features.Rows];
            model.Predict(test.Features, predictions);
            double weight = test.Weights?.Sum(w => (double)w) ?? test.Labels.Length;
            sum += weight * Mean(predictions, test, settings);
            total += weight;
        }

        return sum / total;
    }

    private double Mean(double[] predictions, TrainingData test, LearnerOptions settings)
    {
        if (_options.Classification)
        {
            return ClassificationMetrics.LogLoss(predictions, test.Labels, test.Weights);
        }

        Loss loss = Boosting.Losses.Loss.Create(_options.Objective, settings.TweediePower, settings.Quantile, 1);
        bool log = _options.Objective is Objective.Tweedie or Objective.Poisson or Objective.Gamma;
        double[] raw = log ? [.. predictions.Select(p => Math.Log(Math.Max(p, 1e-20)))] : predictions;
        return loss.Mean(raw, test.Labels, test.Weights);
    }
}
