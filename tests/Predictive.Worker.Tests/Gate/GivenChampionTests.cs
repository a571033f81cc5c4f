using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Worker.Gate;

namespace Predictive.Worker.Tests.Gate;

/// <summary>A champion of scores from outside is not replaced unasked while they speak of days to come, and no longer than that.</summary>
public class GivenChampionTests
{
    private static readonly LocalTime s_asOf = LocalTime.StartOf(new DateOnly(2025, 7, 1));

    [Theory]
    [InlineData(0, true)]
    [InlineData(59, true)]
    [InlineData(60, false)]
    [InlineData(400, false)]
    public void Given_scores_stay_until_their_days_are_over(int days, bool stays)
    {
        var given = GivenScores.Of("xgboost", new string('a', 64), s_asOf, ["C1"], [new GivenScore(.5, 10, 1, 0, 20)]);
        (GateReason? reason, string? note) = PromotionGate.AgainstGiven(given, 60, s_asOf.AddDays(days));
        Assert.Equal(stays, reason is not null);
        Assert.Equal(stays, note is null);
        Assert.Contains("'xgboost' as of 2025-07-01", reason?.Text ?? note!, StringComparison.Ordinal);
        if (reason is not null)
        {
            Assert.Equal("champion-given", reason.Code);
            Assert.Empty(new GateOptions { Accept = ["champion-given"] }.Divide([reason]).Reasons);
        }
    }
}
