using Predictive.Training.Portraits;

namespace Predictive.Training.Tests.Portraits;

public class CentreMatchingTests
{
    [Fact]
    public void The_least_total_is_found_where_greed_fails()
    {
        // Greedy takes the 1 and then has to pay 100; the best pairing is 2 + 3.
        Assert.Equal([1, 0], CentreMatching.Match(new double[,] { { 1, 2 }, { 3, 100 } }));
    }

    [Theory]
    [InlineData(4, 4)]
    [InlineData(3, 6)]
    [InlineData(6, 3)]
    [InlineData(1, 5)]
    public void Never_worse_than_any_other_pairing(int rows, int columns)
    {
        const int Seed = 11;
        var random = new Random(Seed);
        for (int round = 0; round < 50; round++)
        {
            var cost = new double[rows, columns];
            for (int i = 0; i < rows; i++)
            {
                for (int j = 0; j < columns; j++)
                {
                    cost[i, j] = random.Next(0, 20);
                }
            }

            int[] match = CentreMatching.Match(cost);
            int[] used = [.. match.Where(m => m >= 0)];
            Assert.Equal(Math.Min(rows, columns), used.Distinct().Count());
            Assert.Equal(used.Length, used.Distinct().Count());
            Assert.Equal(Best(cost, 0, 0, Math.Max(0, rows - columns)), match.Select((j, i) => j < 0 ? 0 : cost[i, j]).Sum());
        }
    }

    /// <summary>Every pairing, by brute force; rows beyond the columns may stay alone.</summary>
    private static double Best(double[,] cost, int row, int taken, int mayStay)
    {
        if (row == cost.GetLength(0))
        {
            return 0;
        }

        double best = mayStay > 0 ? Best(cost, row + 1, taken, mayStay - 1) : double.PositiveInfinity;
        for (int j = 0; j < cost.GetLength(1); j++)
        {
            if ((taken & (1 << j)) == 0)
            {
                best = Math.Min(best, cost[row, j] + Best(cost, row + 1, taken | (1 << j), mayStay));
            }
        }

        return best;
    }
}
