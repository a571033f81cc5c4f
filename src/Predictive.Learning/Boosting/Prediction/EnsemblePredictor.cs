using Predictive.Learning.Boosting.Memory;
using Predictive.Learning.Boosting.Growing;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Prediction;

/// <summary>
/// Raw scores: base score plus the leaf values, added as doubles in the order of <see cref="TreeValues"/>, whichever way the leaves were
/// found; so single rows and batches, one thread and many, agree to the last bit.
/// </summary>
internal sealed class EnsemblePredictor(EnsembleTree[] trees, int features, double baseScore)
{
    private const int BlockRows = 8 * SplitProgram.Rows;

    // Made on first use: loading a model to explain or to list it should not pay for it.
    private readonly Lazy<SplitProgram?> _program = new(() => SplitProgram.Create(trees, features));

    public double Single(ReadOnlySpan<float> row) =>
        _program.Value?.Single is { } program ? program.Score(row, baseScore) : TreeValues.Walk(trees, row, baseScore);

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
                Parallel.For(
                    0, blocks, new ParallelOptions { MaxDegreeOfParallelism = WorkerTeam.Resolve(threads) },
                    block => Block(source, block, scores, loss));
            }
        }
    }

    private unsafe void Block(RowSource source, int block, double* scores, Loss? loss)
    {
        int begin = block * BlockRows;
        int end = Math.Min(begin + BlockRows, source.Rows);
        if (_program.Value is { } program)
        {
            using var codes = new NativeBuffer<sbyte>(Math.Max(program.Coding.Slots, 1) * (long)SplitProgram.Rows, zeroed: true);
            double* part = stackalloc double[SplitProgram.Rows];
            for (int first = begin; first < end; first += SplitProgram.Rows)
            {
                int count = Math.Min(SplitProgram.Rows, end - first);
                program.Coding.Code(source, first, count, codes.Pointer, SplitProgram.Rows);
                new Span<double>(part, SplitProgram.Rows).Fill(baseScore);
                program.AddBlock(codes.Pointer, part);
                new ReadOnlySpan<double>(part, count).CopyTo(new Span<double>(scores + first, count));
            }
        }
        else
        {
            var row = new float[features];
            for (int i = begin; i < end; i++)
            {
                source.CopyRow(i, row);
                scores[i] = TreeValues.Walk(trees, row, baseScore);
            }
        }

        for (int i = begin; loss is not null && i < end; i++)
        {
            scores[i] = loss.Prediction(scores[i]);
        }
    }
}
