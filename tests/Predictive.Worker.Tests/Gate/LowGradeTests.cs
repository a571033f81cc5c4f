using Predictive.Segmentation.Models.Evaluation;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Tests.Gate;

/// <summary>What a grade D holds: what is worse than its baselines beyond noise, unless the champion is no better graded.</summary>
public class LowGradeTests
{
    // Gain and noise of AUC and Gini against the best baseline, the champion's grade, whether the twins were as good: held or not.
    [Theory]
    [InlineData(-.03, .02, .01, .02, false, false, false)] // 1.5 standard errors: a third of all trainings have that by chance
    [InlineData(-.03, .009, .01, .02, false, true, true)] // 3.3: worse, and the champion is not
    [InlineData(-.03, .009, .01, .02, true, true, false)] // worse, as the champion, and as good as it
    [InlineData(-.03, .009, .01, .02, true, false, true)] // worse, as the champion, and worse than it or not judged
    [InlineData(.02, .01, -.1, .05, false, true, false)] // value: two standard errors
    [InlineData(.02, .01, -.1, .02, false, true, true)] // value: five
    [InlineData(.02, .01, -.015, .001, false, true, false)] // fifteen, but grade C allows .02
    public void Is_judged_by_noise(
        double auc, double aucNoise, double gini, double giniNoise, bool isChampionLow, bool isAsGood, bool isHeld)
    {
        var grade = new ModelGrade("D", "D", "D", [])
        {
            Comparisons =
            [
                new(Measures.Auc, .7 + auc, "rfm", .7, auc, aucNoise),
                new(Measures.LogLoss, .8, "rfm", .5, -.3, .001), // never decides: a grade D is not made of it
                new(Measures.Gini, .5 + gini, "bgnbd", .5, gini, giniNoise),
                new(Measures.Spearman, .5, "bgnbd", .5, 0, .01),
            ],
        };
        (GateReason? reason, string? note) = PromotionGate.LowGrade(grade, isChampionLow, isAsGood, new GateOptions());
        Assert.Equal(isHeld, reason is not null);
        Assert.NotEqual(reason is null, note is null);
        if (reason is not null)
        {
            Assert.Equal("grade", reason.Code);
            Assert.Contains("standard errors; expected at most 3", reason.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Without_the_noise_it_is_taken_at_its_letter()
    {
        Assert.NotNull(PromotionGate.LowGrade(null, isChampionLow: false, isAsGood: true, new GateOptions()).Reason);
        var grade = new ModelGrade("D", "B", "D", []) { Comparisons = [new(Measures.Auc, .6, "rfm", .65, -.05, null)] };
        GateReason reason = PromotionGate.LowGrade(grade, isChampionLow: false, isAsGood: true, new GateOptions()).Reason!;
        Assert.Equal("grade D: worse than its baselines out of time: churn AUC 0.050 worse than rfm; expected at most 3.", reason.Text);
    }
}
