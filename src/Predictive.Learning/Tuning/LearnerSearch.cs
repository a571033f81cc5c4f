namespace Predictive.Learning.Tuning;

/// <summary>
/// Searches an engine's trainers and their settings: each trainer has a cost-frugal local search of its own, and each next trial goes to a
/// trainer drawn with a chance inverse to the estimated cost of improving on the best (Wang et al. 2021, FLAML). Costs are counted in work,
/// not seconds, so the same number of trials and seed gives the same trials on any machine.
/// </summary>
public static class LearnerSearch
{
    // Proposals that round to settings already tried are free; a space that yields nothing else is exhausted.
    private const int MostRepeats = 50;

    /// <summary>Runs until the trials or the time are spent; at least one trial is run.</summary>
    /// <param name="engine">Whose trainers are tried.</param>
    /// <param name="data">Its groups stay together in the folds.</param>
    /// <param name="options">Budget, folds, seed.</param>
    /// <param name="progress">Told after each trial.</param>
    /// <param name="cancellation">Stops between trainings.</param>
    /// <exception cref="LearningException">No budget is set, or nothing can be trained on the data.</exception>
    public static SearchResult Run(
        ILearningEngine engine, TrainingData data, SearchOptions options, IProgress<SearchTrial>? progress = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(engine);
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(options);
        var folds = new CrossValidation(engine, data, options);
        var random = new Random(options.Seed);
        Objective objective = options.Classification ? Objective.Logistic : options.Objective;
        LocalSearch[] searches =
        [
            .. engine.Trainers.Where(t => t.Objectives.Contains(objective))
                .Select(t => new LocalSearch(SearchSpace.For(t, objective, options.Seed), new Random(random.Next()))),
        ];
        var board = new List<SearchTrial>();
        var tried = new Dictionary<LearnerOptions, double>();
        long start = options.Clock.GetTimestamp();
        double best = double.PositiveInfinity;
        string? fault = null;
        for (int repeats = 0; repeats < MostRepeats && !Spent();)
        {
            LocalSearch search = Next(searches, best, random);
            LearnerOptions settings = search.Propose();
            double cost = SearchSpace.Cost(settings, data.Features.Columns);
            if (tried.TryGetValue(settings, out double known))
            {
                repeats++;
                search.Tell(known, cost / 100);
                continue;
            }

            repeats = 0;
            long began = options.Clock.GetTimestamp();
            double? loss = null;
            try
            {
                loss = folds.Loss(settings, () => board.Count > 0 && TimeSpent(), cancellation);
                if (loss is null)
                {
                    break; // the time ran out within the trial
                }
            }
            catch (LearningException e)
            {
                fault ??= e.Message;
            }

            double value = loss is { } l && double.IsFinite(l) ? l : double.PositiveInfinity;
            tried[settings] = value;
            search.Tell(value, cost);
            bool better = value < best;
            best = Math.Min(best, value);
            var trial = new SearchTrial(tried.Count, settings, value, options.Clock.GetElapsedTime(began).TotalSeconds, better);
            if (double.IsFinite(value))
            {
                board.Add(trial);
            }

            progress?.Report(trial);
        }

        if (board.Count == 0)
        {
            throw new LearningException($"No trial could be trained: {fault ?? "no learner offers this objective"}");
        }

        return new SearchResult([.. board.OrderBy(t => t.Loss).ThenBy(t => t.Number)]);

        bool TimeSpent() => options.Budget is { } budget && options.Clock.GetElapsedTime(start) >= budget;
        bool Spent() => (options.Trials is { } most && tried.Count >= most) || (board.Count > 0 && TimeSpent());
    }

    // Every trainer gets its cheap start first; then by estimated cost of improvement.
    private static LocalSearch Next(LocalSearch[] searches, double best, Random random)
    {
        if (searches.Length == 0)
        {
            throw new LearningException("The engine has no trainer for this objective.");
        }

        if (Array.Find(searches, s => !s.Started) is { } fresh)
        {
            return fresh;
        }

        double[] chance = [.. searches.Select(s =>
        {
            double own = Math.Max(s.Spent - s.SpentAtBest, s.SpentAtBest - s.SpentBefore);
            double gap = s.BestLoss - best, won = s.LossBefore - s.BestLoss, rate = won / Math.Max(s.SpentAtBest - s.SpentBefore, 1e-9);
            double catchUp = gap <= 0 ? 0 : double.IsFinite(rate) && rate > 0 ? 2 * gap / rate : 2 * s.Spent;
            return 1 / Math.Max(Math.Max(own, catchUp), 1e-9);
        })];
        double draw = random.NextDouble() * chance.Sum();
        int k = 0;
        while (k < searches.Length - 1 && draw >= chance[k])
        {
            draw -= chance[k++];
        }

        return searches[k];
    }
}
