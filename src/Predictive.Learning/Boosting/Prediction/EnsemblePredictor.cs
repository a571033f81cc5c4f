using Predictive.Learning.Boosting.Growing;
using Predictive.Learning.Boosting.Losses;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>Raw scores: base score plus the leaf values, added as doubles in tree order, whichever way the leaves were found.</summary>
internal sealed class EnsemblePredictor(EnsembleTree[] trees, int features, double baseScore)
{
    private const int BlockRows = 1024;

    public double Single(ReadOnlySpan<float> row)
    {
        double score = baseScore;
        foreach (EnsembleTree tree in trees)
        {
            score += tree.LeafValues[tree.LeafOf(row)];
        }

        return score;
    }

    public unsafe void Batch(RowSource source, Span<double> output, int threads, Loss? loss)
    {
        fixed (double* pinned = output)
        {
            double* scores = pinned;
            int blocks = (source.Rows + BlockRows - 1) / BlockRows;
            if (blocks < 2 || threads == 1)
            {
                for (int block = 0; block < blocks; block++)
                {
                    Block(source, block, scores, loss);
                }
            }
            else
            {
                Parallel.For(0, blocks, new ParallelOptions { MaxDegreeOfParallelism = WorkerTeam.Resolve(threads) }, block => Block(source, block, scores, loss));
            }
        }
    }

    private unsafe void Block(RowSource source, int block, double* scores, Loss? loss)
    {
        var row = new float[features];
        for (int i = block * BlockRows; i < Math.Min((block + 1) * BlockRows, source.Rows); i++)
        {
            source.CopyRow(i, row);
            double raw = Single(row);
            scores[i] = loss is null ? raw : loss.Prediction(raw);
        }
    }
}
