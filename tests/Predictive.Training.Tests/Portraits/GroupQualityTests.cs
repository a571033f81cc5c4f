using Predictive.Learning;
using Predictive.Training.Portraits;

namespace Predictive.Training.Tests.Portraits;

public class GroupQualityTests
{
    [Fact]
    public void Silhouettes_by_hand()
    {
        // Points 0, 1 | 10: for 0, a = 1, b = 10 -> .9; for 1, a = 1, b = 9 -> 8/9; alone in its group -> 0.
        var data = new FeatureMatrix(["x"], [[0, 1, 10]]);
        double[] silhouettes = GroupQuality.Silhouettes(data, [0, 0, 1], 2);
        Assert.Equal(0.9, silhouettes[0], 6);
        Assert.Equal(8 / 9.0, silhouettes[1], 6);
        Assert.Equal(0, silhouettes[2]);
    }

    [Fact]
    public void Best_jaccard_by_hand()
    {
        // Group 0 = rows 0–2, other's group 1 = rows 0–1: 2/3. Group 1 = row 3, other's group 0 = rows 2–3: 1/2.
        double[] best = GroupQuality.BestJaccard([0, 0, 0, 1], [1, 1, 0, 0], 2);
        Assert.Equal(2 / 3.0, best[0], 12);
        Assert.Equal(0.5, best[1], 12);
    }
}
