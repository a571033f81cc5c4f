using Predictive.Learning.BuiltIn;
using Predictive.Learning.Metrics;
using Predictive.Learning.Uplift;

namespace Predictive.Learning.Tests.Uplift;

/// <summary>Learners of uplift against trials whose truth was planted.</summary>
public class UpliftLearnerTests(ITestOutputHelper output)
{
    [Theory, InlineData(UpliftMethod.TLearner, .5), InlineData(UpliftMethod.XLearner, .5), InlineData(UpliftMethod.XLearner, .8)]
    public void Whom_a_contact_wins_and_whom_it_drives_away_is_found(UpliftMethod method, double contacted)
    {
        double found = 0, ceiling = 0;
        for (int seed = 1; seed <= 3; seed++)
        {
            PlantedTrial learned = new(6000, contacted, 1, seed), judged = new(6000, contacted, 1, seed + 100);
            UpliftModel model = UpliftModel.Learn(learned.Data, new BuiltInEngine(), new UpliftOptions { Method = method });
            double[] said = model.Uplift(judged.Data.Features);
            double[] risk = [.. judged.Data.Expected.Select(p => 1 - p)];
            UpliftQuality[] quality = Judge(judged, seed, said, judged.True, risk);
            output.WriteLine(
                $"{method} {contacted}, seed {seed}: {quality[0].Qini} of {quality[1].Qini}; ahead of risk {quality[0].QiniAhead}");
            Assert.True(quality[0].Qini.Low > 0);
            Assert.True(quality[0].QiniAhead.Low > 0);
            found += quality[0].Qini.Value;
            ceiling += quality[1].Qini.Value;
            Assert.InRange(Mean(said, judged.True, t => t > 0), .12, .4);
            Assert.InRange(Mean(said, judged.True, t => t < 0), -.3, -.07);
            Assert.InRange(Mean(said, judged.True, t => t == 0), -.06, .06);
        }

        Assert.InRange(found / ceiling, .8, 1.05);
    }

    [Fact]
    public void Where_nothing_is_changed_few_models_look_better_than_chance()
    {
        const int Trials = 60;
        int better = 0;
        for (int seed = 1; seed <= Trials; seed++)
        {
            PlantedTrial learned = new(1500, .7, 0, seed), judged = new(1500, .7, 0, seed + 1000);
            double[] said = UpliftModel.Learn(learned.Data, new BuiltInEngine()).Uplift(judged.Data.Features);
            better += Judge(judged, seed, said)[0].Qini.Low > 0 ? 1 : 0;
        }

        output.WriteLine($"{better} of {Trials} models of nothing looked better than chance; 2.5 % are expected");
        // More than 6 of 60 at 2.5 % happen once in 1,500 times.
        Assert.InRange(better, 0, 6);
    }

    [Fact]
    public void Several_trials_are_the_mean_of_their_areas_whatever_their_shares_of_contacted()
    {
        PlantedTrial one = new(1000, .8, 1, 1), other = new(3000, .4, 1, 2);
        UpliftTrial[] trials =
        [
            .. new[] { one, other }.Select(t => new UpliftTrial([t.True, new double[t.True.Length]], t.Data.Treated, t.Data.Outcome)),
        ];
        UpliftQuality[] both = UpliftMetrics.Judge(trials, 1, 300);
        double a = UpliftMetrics.Qini(one.True, one.Data.Treated, one.Data.Outcome);
        double b = UpliftMetrics.Qini(other.True, other.Data.Treated, other.Data.Outcome);
        Assert.Equal((.25 * a) + (.75 * b), both[0].Qini.Value, 12);
        Assert.Equal(both[0].Qini.Value, both[0].QiniAhead.Value, 12);
        Assert.Equal(0, both[1].Qini.High, 12);
        Assert.InRange(both[0].Qini.Value, both[0].Qini.Low, both[0].Qini.High);
    }

    [Fact]
    public void What_was_expected_taken_off_changes_noise_and_not_the_area()
    {
        double plain = 0, less = 0, width = 0, widthLess = 0;
        for (int seed = 1; seed <= 10; seed++)
        {
            PlantedTrial trial = new(3000, .6, 1, seed);
            UpliftQuality a = UpliftMetrics.Judge([new([trial.True], trial.Data.Treated, trial.Data.Outcome)], seed, 200)[0];
            UpliftQuality b = Judge(trial, seed, trial.True)[0];
            (plain, less) = (plain + a.Qini.Value, less + b.Qini.Value);
            (width, widthLess) = (width + a.Qini.High - a.Qini.Low, widthLess + b.Qini.High - b.Qini.Low);
        }

        output.WriteLine($"area {plain / 10:0.0000} and {less / 10:0.0000}, width {width / 10:0.0000} and {widthLess / 10:0.0000}");
        Assert.InRange(less / plain, .85, 1.15);
        Assert.True(widthLess < width);
    }

    [Fact]
    public void The_tree_asks_what_was_planted_and_its_intervals_hold()
    {
        int holds = 0, leaves = 0;
        for (int seed = 1; seed <= 20; seed++)
        {
            PlantedTrial trial = new(4000, .6, 1, seed);
            IReadOnlyList<EffectLeaf> tree = EffectTree.Grow(trial.Data, new EffectTreeOptions { Seed = seed });
            Assert.InRange(tree.Count, 2, 4);
            Assert.Equal(0, tree[0].Questions[0].Feature);
            Assert.Equal(4000, tree.Sum(l => l.Rows) * 2, 3.0);
            foreach (EffectLeaf leaf in tree)
            {
                double truth = Enumerable.Range(0, 4000).Where(r => leaf.Questions.All(
                    q => trial.Data.Features.Column(q.Feature)[r] >= q.Cut == q.AtLeast)).Average(r => trial.True[r]);
                leaves++;
                holds += leaf.Low <= truth && truth <= leaf.High ? 1 : 0;
            }
        }

        output.WriteLine($"{holds} of {leaves} intervals hold the planted effect");
        Assert.InRange(holds / (double)leaves, .88, 1);
        Assert.Single(EffectTree.Grow(new PlantedTrial(4000, .6, 0, 3).Data));
    }

    [Fact]
    public void The_same_rows_give_the_same_model_and_what_cannot_be_learned_from_is_refused()
    {
        PlantedTrial trial = new(800, .8, 1, 5);
        double[] once = UpliftModel.Learn(trial.Data, new BuiltInEngine()).Uplift(trial.Data.Features);
        UpliftOptions oneThread = new();
        oneThread = oneThread with { Trees = oneThread.Trees with { Threads = 1 } };
        Assert.Equal(once, UpliftModel.Learn(trial.Data, new BuiltInEngine(), oneThread).Uplift(trial.Data.Features));
        int[] contacted = trial.Data.Side(true);
        LearningException refused = Assert.Throws<LearningException>(
            () => UpliftModel.Learn(trial.Data.Take(contacted), new BuiltInEngine()));
        Assert.Contains("0 were not", refused.Message, StringComparison.Ordinal);
        Assert.Throws<LearningException>(() => UpliftModel.Learn(
            trial.Data with { Chance = [.. trial.Data.Chance.Select(_ => 1.0)] }, new BuiltInEngine()));
        Assert.Throws<LearningException>(() => EffectTree.Grow(trial.Data.Take([.. contacted.Take(60)])));
        Assert.Throws<ArgumentException>(() => UpliftMetrics.Judge([new([[1, 2]], [true, true], [0, 1])], 1));
    }

    private static UpliftQuality[] Judge(PlantedTrial trial, int seed, params double[][] rankings) =>
        UpliftMetrics.Judge([new UpliftTrial(rankings, trial.Data.Treated, trial.Data.Surprise())], seed, 200);

    private static double Mean(double[] said, double[] truth, Func<double, bool> which) =>
        said.Zip(truth).Where(x => which(x.Second)).Average(x => x.First);
}
