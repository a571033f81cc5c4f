using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace.Option;
using Predictive.Learning;
using Predictive.Learning.Metrics;
using Predictive.Learning.Tuning;
using SearchSpace = Microsoft.ML.SearchSpace.SearchSpace;

namespace Predictive.MLNet;

/// <summary>
/// An AutoML experiment over a sweepable pipeline of this engine's own trainers, judged by grouped cross-validation. The tuner's cost of a trial is counted in
/// work, not seconds, so that the same number of trials and seed gives the same trials on any machine.
/// </summary>
internal static class AutoMLSearch
{
    private const string PipelineParameter = "_pipeline_";

    public static SearchResult Run(TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress, CancellationToken cancellation)
    {
        if ((options.Budget is null && options.Trials is null) || options.Trials < 1 || options.Budget <= TimeSpan.Zero)
        {
            throw new LearningException($"The search has trials {options.Trials?.ToString() ?? "unset"} and budget {options.Budget?.ToString() ?? "unset"}; expected at least one of them, above 0.");
        }

        var context = new MLContext(options.Seed);
        using var trials = new Trials(data, options, progress, cancellation);
        SweepablePipeline pipeline = trials.Pipeline(context);
        AutoMLExperiment experiment = context.Auto().CreateExperiment(new AutoMLExperiment.AutoMLExperimentSettings { Seed = options.Seed });
        experiment.SetPipeline(pipeline).SetTrialRunner(_ => trials);
        if (options.Trials is { } most)
        {
            experiment.SetMaxModelToExplore(most);
        }

        using var spent = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        trials.Stop = spent.Cancel;
        try
        {
            experiment.RunAsync(spent.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException && trials.Board.Count > 0 && !cancellation.IsCancellationRequested)
        {
            // The budget ended the experiment; the board stands.
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException or ArgumentException)
        {
            throw new LearningException($"No trial could be trained: {e.Message}", e);
        }

        cancellation.ThrowIfCancellationRequested();
        return new SearchResult([.. trials.Board.OrderBy(t => t.Loss).ThenBy(t => t.Number)]);
    }

    private sealed class Trials : ITrialRunner
    {
        private readonly MLNetEngine _engine = new();
        private readonly SearchOptions _options;
        private readonly IProgress<SearchTrial>? _progress;
        private readonly CancellationToken _cancellation;
        private readonly (TrainingData Train, TrainingData Test)[] _parts;
        private readonly long _began;
        private LearnerOptions _built = new();
        private double _best = double.PositiveInfinity;
        private SweepablePipeline? _pipeline;

        public Trials(TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress, CancellationToken cancellation)
        {
            (_options, _progress, _cancellation) = (options, progress, cancellation);
            int[] fold = GroupedFolds.Assign(data, options.Folds, options.Seed);
            _parts = [.. Enumerable.Range(0, options.Folds).Select(f => (GroupedFolds.Take(data, fold, f, false), GroupedFolds.Take(data, fold, f, true)))];
            _began = options.Clock.GetTimestamp();
        }

        public List<SearchTrial> Board { get; } = [];

        public Action Stop { get; set; } = () => { };

        public SweepablePipeline Pipeline(MLContext context)
        {
            Objective objective = _options.Classification ? Objective.Logistic : _options.Objective;
            var start = new LearnerOptions { Objective = objective, Seed = _options.Seed };
            List<SweepableEstimator> learners = [Sweepable(start, new SearchSpace
            {
                ["Trees"] = new UniformIntOption(16, 512, true, 50),
                ["Leaves"] = new UniformIntOption(4, 128, true, 8),
                ["LearningRate"] = new UniformDoubleOption(.01, .3, true, .1),
                ["MinRowsPerLeaf"] = new UniformIntOption(5, 200, true, 20),
                ["FeatureSampling"] = new UniformDoubleOption(.3, 1, false, .8),
            })];
            if (objective is Objective.Logistic or Objective.Squared)
            {
                learners.Add(Sweepable(start with { Learner = LearnerKind.RandomForest }, new SearchSpace
                {
                    ["Trees"] = new UniformIntOption(16, 256, true, 32),
                    ["Leaves"] = new UniformIntOption(8, 512, true, 32),
                    ["MinRowsPerLeaf"] = new UniformIntOption(5, 128, true, 20),
                    ["FeatureSampling"] = new UniformDoubleOption(.2, 1, false, .6),
                }));
            }

            if (objective is Objective.Logistic or Objective.Poisson)
            {
                learners.Add(Sweepable(start with { Learner = LearnerKind.Linear }, new SearchSpace { ["L2"] = new UniformDoubleOption(.01, 100, true, 1) }));
            }

            return _pipeline = context.Transforms.CopyColumns(Rows.Features, Rows.Features).Append([.. learners]);
        }

        public Task<TrialResult> RunAsync(TrialSettings settings, CancellationToken ct)
        {
            _cancellation.ThrowIfCancellationRequested();
            long began = _options.Clock.GetTimestamp();
            _pipeline!.BuildFromOption(new MLContext(_options.Seed), settings.Parameter[PipelineParameter]);
            LearnerOptions tried = _built;
            double sum = 0, total = 0;
            foreach (var (train, test) in _parts)
            {
                ct.ThrowIfCancellationRequested();
                IPredictor model = _options.Classification ? _engine.TrainClassifier(train, tried, null, _cancellation) : _engine.TrainRegressor(train, tried, null, _cancellation);
                var predictions = new double[test.Features.Rows];
                model.Predict(test.Features, predictions);
                double weight = test.Weights?.Sum(w => (double)w) ?? test.Labels.Length;
                sum += weight * Loss(predictions, test, tried);
                total += weight;
            }

            double loss = sum / total;
            bool best = loss < _best;
            _best = Math.Min(_best, loss);
            var trial = new SearchTrial(Board.Count + 1, tried, loss, _options.Clock.GetElapsedTime(began).TotalSeconds, best);
            Board.Add(trial);
            _progress?.Report(trial);
            if (_options.Budget is { } budget && _options.Clock.GetElapsedTime(_began) >= budget)
            {
                Stop();
            }

            return Task.FromResult(new TrialResult
            {
                TrialSettings = settings,
                Loss = loss,
                Metric = loss,
                DurationInMilliseconds = tried.Learner == LearnerKind.Linear ? 100 : tried.Trees * Math.Log2(tried.Leaves),
            });
        }

        public void Dispose()
        {
            // The experiment disposes of its runner after every trial; there is nothing to give back.
        }

        // The pipeline is built to learn what the tuner proposes; each fold then trains a pipeline of its own.
        private SweepableEstimator Sweepable(LearnerOptions start, SearchSpace space) => new(
            (context, parameter) =>
            {
                LearnerOptions options = start;
                foreach (string name in parameter.Keys)
                {
                    options = name switch
                    {
                        "Trees" => options with { Trees = parameter[name].AsType<int>() },
                        "Leaves" => options with { Leaves = parameter[name].AsType<int>() },
                        "LearningRate" => options with { LearningRate = parameter[name].AsType<double>() },
                        "MinRowsPerLeaf" => options with { MinRowsPerLeaf = parameter[name].AsType<int>() },
                        "FeatureSampling" => options with { FeatureSampling = parameter[name].AsType<double>() },
                        "L2" => options with { L2 = parameter[name].AsType<double>() },
                        _ => options,
                    };
                }

                _built = options;
                return Trainers.Create(context, options, new Baseline(0, 1));
            },
            space);

        private double Loss(double[] predictions, TrainingData test, LearnerOptions tried)
        {
            if (_options.Classification)
            {
                return ClassificationMetrics.LogLoss(predictions, test.Labels, test.Weights);
            }

            double power = tried.Objective switch { Objective.Squared => 0, Objective.Poisson => 1, Objective.Gamma => 2, _ => tried.TweediePower };
            double sum = 0, total = 0;
            for (int i = 0; i < predictions.Length; i++)
            {
                double weight = test.Weights?[i] ?? 1, y = test.Labels[i], m = power == 0 ? predictions[i] : Math.Max(predictions[i], 1e-12);
                sum += weight * (power switch
                {
                    0 => (y - m) * (y - m),
                    1 => m - (y * Math.Log(m)),
                    2 => (y / m) + Math.Log(m),
                    _ => (Math.Pow(m, 2 - power) / (2 - power)) - (y * Math.Pow(m, 1 - power) / (1 - power)),
                });
                total += weight;
            }

            return sum / total;
        }
    }
}
