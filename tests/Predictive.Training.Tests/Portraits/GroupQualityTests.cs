using Predictive.Training.Portraits;

namespace Predictive.Training.Tests.Portraits;

public class GroupQualityTests
{
    [Fact]
    public void Best_jaccard_by_hand()
    {
        // Group 0 = rows 0–2, other's group 1 = rows 0–1: 2/3. Group 1 = row 3, other's group 0 = rows 2–3: 1/2.
        double[] best = GroupQuality.BestJaccard([0, 0, 0, 1], [1, 1, 0, 0], 2);
        Assert.Equal(2 / 3.0, best[0], 12);
        Assert.Equal(0.5, best[1], 12);
    }
}
