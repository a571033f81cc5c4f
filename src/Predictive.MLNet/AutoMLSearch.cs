using Microsoft.ML;
using Microsoft.ML.AutoML;
using Microsoft.ML.SearchSpace.Option;
using Predictive.Learning;
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
        var context = new MLContext(options.Seed);
        using var trials = new Trials(new CrossValidation(new MLNetEngine(), data, options), options, progress, cancellation);
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
        private readonly CrossValidation _folds;
        private readonly SearchOptions _options;
        private readonly IProgress<SearchTrial>? _progress;
        private readonly CancellationToken _cancellation;
        private readonly long _began;
        private LearnerOptions _built = new();
        private double _best = double.PositiveInfinity;
        private SweepablePipeline? _pipeline;

        public Trials(CrossValidation folds, SearchOptions options, IProgress<SearchTrial>? progress, CancellationToken cancellation)
        {
            (_folds, _options, _progress, _cancellation) = (folds, options, progress, cancellation);
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
            if (_folds.Loss(tried, () => ct.IsCancellationRequested || (Board.Count > 0 && TimeSpent()), _cancellation) is not { } loss)
            {
                // The time ran out within the trial, or AutoML called it off: it does not count.
                if (TimeSpent())
                {
                    Stop();
                }

                throw new OperationCanceledException(ct);
            }

            bool best = loss < _best;
            _best = Math.Min(_best, loss);
            var trial = new SearchTrial(Board.Count + 1, tried, loss, _options.Clock.GetElapsedTime(began).TotalSeconds, best);
            Board.Add(trial);
            _progress?.Report(trial);
            if (TimeSpent())
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

        private bool TimeSpent() => _options.Budget is { } budget && _options.Clock.GetElapsedTime(_began) >= budget;
    }
}
