using Predictive.Acting.Campaigns;

namespace Predictive.Acting.Tests.Campaigns;

/// <summary>The draw: its share, within strata, the same again.</summary>
public class HoldoutDrawTests
{
    private static Candidate[] Members(int n, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, n).Select(i => new Candidate(
            i, i, $"C{i:0000}", random.NextDouble(), 100 * random.NextDouble(), 0))];
    }

    [Theory]
    [InlineData(500, .2)]
    [InlineData(97, .33)]
    [InlineData(10, .01)]
    [InlineData(4, .99)]
    public void The_share_is_held_out_to_within_one_in_the_whole_and_in_every_stratum(int n, double share)
    {
        Candidate[] members = Members(n);
        int[] strata = HoldoutDraw.Strata(members);
        bool[] heldOut = HoldoutDraw.HeldOut(members, strata, share, "c", 1);
        int wanted = Math.Clamp((int)Math.Round(share * n), 1, n - 1);
        Assert.Equal(wanted, heldOut.Count(h => h));
        foreach (var stratum in Enumerable.Range(0, n).GroupBy(i => strata[i]))
        {
            Assert.InRange(stratum.Count(i => heldOut[i]) - (stratum.Count() * wanted / (double)n), -1.0001, 1.0001);
        }
    }

    [Fact]
    public void The_same_campaign_draws_the_same_and_another_others()
    {
        Candidate[] members = Members(500);
        int[] strata = HoldoutDraw.Strata(members);
        bool[] first = HoldoutDraw.HeldOut(members, strata, .2, "c", 1);
        Assert.Equal(first, HoldoutDraw.HeldOut(members, strata, .2, "c", 1));
        Assert.NotEqual(first, HoldoutDraw.HeldOut(members, strata, .2, "d", 1));
        Assert.NotEqual(first, HoldoutDraw.HeldOut(members, strata, .2, "c", 2));
        Assert.Equal(9, strata.Distinct().Count());
    }

    // Over many campaigns everybody is held out about as often: a fifth of 400 times is 80 ± 8.
    [Fact]
    public void Everybody_has_the_same_chance()
    {
        Candidate[] members = Members(60);
        int[] strata = HoldoutDraw.Strata(members), times = new int[60];
        for (int c = 0; c < 400; c++)
        {
            bool[] heldOut = HoldoutDraw.HeldOut(members, strata, .2, $"campaign {c}", 1);
            for (int i = 0; i < 60; i++)
            {
                times[i] += heldOut[i] ? 1 : 0;
            }
        }

        Assert.All(times, t => Assert.InRange(t, 46, 114));
    }
}
