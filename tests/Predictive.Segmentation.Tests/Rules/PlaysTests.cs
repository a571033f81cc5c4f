using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

/// <summary>The table of plays against ../shared/reference/practice.md, and what it refuses.</summary>
public class PlaysTests
{
    private static readonly PlayOptions s_table = new();

    [Fact]
    public void Everybody_has_a_play_and_every_row_is_somebodys() => Plays.Validate(s_table);

    [Theory]
    // The plays of the matrix, where nothing is in danger.
    [InlineData("low", ValueMatrixCell.Star, LifecycleStage.Mature, "strategic partnership", "high")]
    [InlineData("low", ValueMatrixCell.CashCow, LifecycleStage.Mature, "satisfied at low cost", "medium")]
    [InlineData("low", ValueMatrixCell.Potential, LifecycleStage.Growing, "develop", "medium")]
    [InlineData("low", ValueMatrixCell.Problem, LifecycleStage.Mature, "least cost", "low")]
    // Those of the lifecycle.
    [InlineData("high", ValueMatrixCell.Problem, LifecycleStage.Acquired, "win the next order", "low")]
    [InlineData("medium", ValueMatrixCell.Star, LifecycleStage.Acquired, "win the next order", "medium")]
    [InlineData("high", ValueMatrixCell.Problem, LifecycleStage.Declining, "win back at the first signs", "low")]
    [InlineData("high", ValueMatrixCell.Problem, LifecycleStage.Left, "activate anew", "low")]
    [InlineData("high", ValueMatrixCell.Potential, LifecycleStage.Left, "activate anew", "low")] // 366 silent days: no onboarding
    // Risk and value together.
    [InlineData("high", ValueMatrixCell.CashCow, LifecycleStage.Left, "win back", "high")]
    // a risk of 37 % and first on the list: not "at low cost"
    [InlineData("medium", ValueMatrixCell.CashCow, LifecycleStage.Mature, "keep", "medium")]
    [InlineData("medium", ValueMatrixCell.Star, LifecycleStage.Growing, "keep", "high")]
    [InlineData("high", ValueMatrixCell.Potential, LifecycleStage.Mature, "wake", "medium")]
    public void Risk_value_and_lifecycle_decide_together(
        string risk, ValueMatrixCell cell, LifecycleStage stage, string goal, string resources)
    {
        PlayResult result = Plays.Compute(risk, cell, stage, s_table);
        Assert.Equal((goal, resources), (result.Play.Goal, result.Play.Resources));
        Assert.StartsWith(risk + " risk, spends ", result.Why, StringComparison.Ordinal);
    }

    [Fact]
    public void A_table_with_a_gap_a_dead_row_or_an_unknown_risk_is_refused_by_name()
    {
        var gap = Assert.Throws<RulesException>(() => Plays.Validate(new PlayOptions { Rules = [.. s_table.Rules.SkipLast(1)] }));
        Assert.Contains("no play for low risk, problem, mature", gap.Faults);
        var dead = Assert.Throws<RulesException>(
            () => Plays.Validate(new PlayOptions { Rules = [.. s_table.Rules, new PlayRule(new Play("never", "", "", "low"))] }));
        Assert.Contains("'never'", Assert.Single(dead.Faults), StringComparison.Ordinal);
        var unknown = Assert.Throws<RulesException>(() => Plays.Validate(new PlayOptions
        {
            Rules = [new PlayRule(new Play("odd", "", "", "low")) { Risk = ["extreme", "high"] }, .. s_table.Rules],
        }));
        Assert.Contains(unknown.Faults, f => f.Contains("'extreme'; expected low, medium, high", StringComparison.Ordinal));
    }
}
