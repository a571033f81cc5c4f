using Predictive.Learning.BuiltIn;
using Predictive.Learning.Tuning;

namespace Predictive.Learning.Tests.Tuning;

public class LearnerSearchTests
{
    private static readonly BuiltInEngine Engine = new();

    [Fact]
    public void The_same_trials_and_seed_give_the_same_leaderboard()
    {
        TrainingData data = Sample(400, 3);
        var options = new SearchOptions { Trials = 12, Folds = 3, Seed = 5 };
        var seen = new List<SearchTrial>();
        SearchResult first = Engine.Search(data, options, new Collect(seen)), second = Engine.Search(data, options);
        Assert.Equal(12, first.Leaderboard.Count);
        Assert.Equal(
            first.Leaderboard.Select(t => (t.Number, t.Options, t.Loss)), second.Leaderboard.Select(t => (t.Number, t.Options, t.Loss)));
        Assert.Equal(Enumerable.Range(1, 12), seen.Select(t => t.Number));
        Assert.Equal(first.Leaderboard.Select(t => t.Loss).Order(), first.Leaderboard.Select(t => t.Loss));
        Assert.Equal(seen.Last(t => t.Best).Loss, first.Leaderboard[0].Loss);
        Assert.Equal(Engine.Trainers.Select(t => t.Learner).Order(), first.Leaderboard.Select(t => t.Options.Learner).Distinct().Order());
        Assert.Equal(12, first.Leaderboard.Select(t => t.Options).Distinct().Count());
    }

    [Fact]
    public void More_trials_extend_the_same_course_and_never_lose()
    {
        TrainingData data = Sample(300, 4);
        SearchResult few = Engine.Search(data, new SearchOptions { Trials = 5, Folds = 2 }),
            more = Engine.Search(data, new SearchOptions { Trials = 15, Folds = 2 });
        Assert.Equal(
            few.Leaderboard.OrderBy(t => t.Number).Select(t => t.Loss),
            more.Leaderboard.OrderBy(t => t.Number).Take(5).Select(t => t.Loss));
        Assert.True(more.Leaderboard[0].Loss <= few.Leaderboard[0].Loss);
    }

    [Fact]
    public void Finds_the_learner_the_data_were_made_for()
    {
        // A straight line needs the linear model, a checkerboard needs trees.
        Assert.Equal(LearnerKind.Linear, Engine.Search(Sample(1000, 6), new SearchOptions { Trials = 10, Folds = 3 }).Best.Learner);
        Assert.NotEqual(
            LearnerKind.Linear,
            Engine.Search(Sample(1000, 6, checkerboard: true), new SearchOptions { Trials = 10, Folds = 3 }).Best.Learner);
    }

    [Fact]
    public void A_regressor_is_judged_by_its_own_loss()
    {
        TrainingData data = Sample(600, 7);
        var counts = data with { Labels = [.. data.Features.Column(0).ToArray().Select(v => (float)Math.Floor(Math.Exp(v)))] };
        foreach (Objective objective in new[]
        {
            Objective.Squared, Objective.Poisson, Objective.Tweedie, Objective.Quantile, Objective.Huber,
        })
        {
            SearchResult result =
                Engine.Search(counts, new SearchOptions { Classification = false, Objective = objective, Trials = 4, Folds = 2 });
            Assert.Equal(objective, result.Best.Objective);
            Assert.True(double.IsFinite(result.Leaderboard[0].Loss));
        }
    }

    [Fact]
    public void The_budget_ends_the_search_after_at_least_one_trial()
    {
        var clock = new TickingClock(TimeSpan.FromSeconds(1));
        SearchResult result =
            Engine.Search(Sample(200, 8), new SearchOptions { Budget = TimeSpan.FromSeconds(30), Folds = 2, Clock = clock });
        Assert.InRange(result.Leaderboard.Count, 1, 30);
        Assert.Single(
            Engine.Search(Sample(200, 8), new SearchOptions { Budget = TimeSpan.FromTicks(1), Folds = 2, Clock = clock }).Leaderboard);
        Assert.Contains(
            "budget unset", Assert.Throws<LearningException>(() => Engine.Search(Sample(200, 8), new SearchOptions())).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Groups_stay_together_in_folds_of_nearly_equal_size()
    {
        TrainingData data = Sample(1001, 9);
        int[] groups = [.. Enumerable.Range(0, 1001).Select(i => i * i % 83)];
        int[] fold = GroupedFolds.Assign(data with { Groups = groups }, 4, 2);
        Assert.All(groups.Zip(fold).GroupBy(p => p.First), g => Assert.Single(g.Select(p => p.Second).Distinct()));
        int[] sizes = [.. Enumerable.Range(0, 4).Select(f => fold.Count(v => v == f))];
        Assert.True(sizes.Max() - sizes.Min() <= 30, string.Join(", ", sizes));
        Assert.Equal(fold, GroupedFolds.Assign(data with { Groups = groups }, 4, 2));

        // Without groups both classes are dealt out evenly.
        int[] rows = GroupedFolds.Assign(data, 4, 2);
        int[] positives = [.. Enumerable.Range(0, 4).Select(f => Enumerable.Range(0, 1001).Count(i => rows[i] == f && data.Labels[i] > 0))];
        Assert.True(positives.Max() - positives.Min() <= 1);
        Assert.Throws<LearningException>(() => GroupedFolds.Assign(data with { Groups = new int[1001] }, 2, 1));
    }

    private static TrainingData Sample(int rows, int seed, bool checkerboard = false)
    {
        var random = new Random(seed);
        float[][] columns =
        [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, rows).Select(_ => (float)((random.NextDouble() * 4) - 2)).ToArray())];
        float[] labels = [.. Enumerable.Range(0, rows).Select(i =>
        {
            double score = checkerboard ? 3 * Math.Sign(columns[0][i] * columns[1][i]) : (1.5 * columns[0][i]) - columns[1][i];
            return random.NextDouble() < 1 / (1 + Math.Exp(-score)) ? 1f : 0f;
        })];
        return new TrainingData(new FeatureMatrix(["a", "b", "c"], columns), labels);
    }

    private sealed class Collect(List<SearchTrial> seen) : IProgress<SearchTrial>
    {
        public void Report(SearchTrial value) => seen.Add(value);
    }

    /// <summary>A clock that moves on by a fixed step whenever it is read.</summary>
    private sealed class TickingClock(TimeSpan step) : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += step.Ticks;
    }
}
