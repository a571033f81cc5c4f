namespace Predictive.Training.Portraits;

/// <summary>Pairs the groups of a new model with those of the previous one, so that a group that lives on keeps its id.</summary>
public static class CentreMatching
{
    /// <summary>
    /// The pairing with the least total cost (the Hungarian method in Jonker and Volgenant's shortest-path form, O(n³)); every row gets a
    /// column where there are enough.
    /// </summary>
    /// <param name="cost">Finite costs, rows × columns.</param>
    /// <returns>Column per row, −1 = none left.</returns>
    public static int[] Match(double[,] cost)
    {
        ArgumentNullException.ThrowIfNull(cost);
        int rows = cost.GetLength(0), columns = cost.GetLength(1), n = Math.Max(rows, columns);
        double fill = 0;
        foreach (double c in cost)
        {
            fill = Math.Max(fill, c);
        }

        // Padded to a square with equal costs, which change nothing. Indices from 1: column 0 is the root of each path.
        double At(int i, int j) => i <= rows && j <= columns ? cost[i - 1, j - 1] : fill;
        var rowPotential = new double[n + 1];
        var columnPotential = new double[n + 1];
        var rowOf = new int[n + 1];
        for (int i = 1; i <= n; i++)
        {
            var best = new double[n + 1];
            Array.Fill(best, double.PositiveInfinity);
            var from = new int[n + 1];
            var visited = new bool[n + 1];
            rowOf[0] = i;
            int j0 = 0;
            do
            {
                visited[j0] = true;
                int i0 = rowOf[j0], j1 = 0;
                double delta = double.PositiveInfinity;
                for (int j = 1; j <= n; j++)
                {
                    if (visited[j])
                    {
                        continue;
                    }

                    double reduced = At(i0, j) - rowPotential[i0] - columnPotential[j];
                    if (reduced < best[j])
                    {
                        (best[j], from[j]) = (reduced, j0);
                    }

                    if (best[j] < delta)
                    {
                        (delta, j1) = (best[j], j);
                    }
                }

                for (int j = 0; j <= n; j++)
                {
                    if (visited[j])
                    {
                        rowPotential[rowOf[j]] += delta;
                        columnPotential[j] -= delta;
                    }
                    else
                    {
                        best[j] -= delta;
                    }
                }

                j0 = j1;
            }
            while (rowOf[j0] != 0);

            do
            {
                int j1 = from[j0];
                rowOf[j0] = rowOf[j1];
                j0 = j1;
            }
            while (j0 != 0);
        }

        var match = new int[rows];
        Array.Fill(match, -1);
        for (int j = 1; j <= columns; j++)
        {
            if (rowOf[j] <= rows)
            {
                match[rowOf[j] - 1] = j - 1;
            }
        }

        return match;
    }
}
