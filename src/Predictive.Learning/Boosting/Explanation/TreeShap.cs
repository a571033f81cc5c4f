using System.Buffers;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Explanation;

/// <summary>
/// Exact path-dependent Shapley values of a tree ensemble (Lundberg, Erion and Lee, "Consistent Individualized Feature Attribution for Tree
/// Ensembles", 2018) in time linear in the leaves: a feature outside a coalition is averaged over both branches by the training weight that
/// took them.
/// </summary>
/// <remarks>
/// A leaf of value v below conditions j with share zⱼ and answer oⱼ ∈ {0, 1} plays the game v · Π (oⱼ inside the coalition, zⱼ outside).
/// Its Shapley value is an integral of a polynomial of degree below the number of features on the path,
/// <code>
/// φᵢ = v (oᵢ − zᵢ) ∫₀¹ Πⱼ≠ᵢ (zⱼ + t (oⱼ − zⱼ)) dt ,
/// </code>
/// which Gauss–Legendre nodes give exactly (the polynomials of Yu et al., "Linear TreeShap", 2022, evaluated there). Per tree and row one
/// pass down multiplies the products at the nodes t along the splits and one pass up adds them over the leaves, four nodes to a vector,
/// without a branch: what a split can contribute is in <see cref="ShapTable"/>. Every row is summed in tree order, alone or in a block: the
/// same bits.
/// </remarks>
internal sealed class TreeShap
{
    /// <summary>Rows explained together: their sums stay in the second-level cache while a tree's tables are in the first.</summary>
    private const int BlockRows = 32;

    /// <summary>Tables above this are built anew for each block instead of being kept.</summary>
    private const long MostTableBytes = 64L << 20;

    private readonly EnsembleTree[] _trees;
    private readonly ShapTable?[] _tables;
    private readonly int _features;
    private readonly int _edges;
    private readonly double _expected;

    public TreeShap(EnsembleTree[] trees, int features, double baseScore)
    {
        (_trees, _features, _expected) = (trees, features, baseScore);
        _tables = new ShapTable?[trees.Length];
        long bytes = 0;
        for (int t = 0; t < trees.Length; t++)
        {
            var table = new ShapTable(trees[t]);
            _expected += table.Mean;
            _edges = Math.Max(_edges, table.ScratchDoubles);
            bytes += table.Bytes;
            _tables[t] = bytes <= MostTableBytes ? table : null;
        }
    }

    /// <summary>Contributions per feature, then the expected raw score, for every row of a row-major table.</summary>
    public void Explain(ReadOnlySpan<float> rows, Span<double> contributions)
    {
        int count = _features == 0 ? contributions.Length : rows.Length / _features;
        int width = _features * ShapTable.Lanes;
        double[] sums = ArrayPool<double>.Shared.Rent(Math.Max(1, Math.Min(count, BlockRows) * width));
        double[] edges = ArrayPool<double>.Shared.Rent(Math.Max(1, _edges));
        byte[] answers = ArrayPool<byte>.Shared.Rent(Math.Max(1, _edges));
        for (int start = 0; start < count; start += BlockRows)
        {
            int block = Math.Min(BlockRows, count - start);
            sums.AsSpan(0, block * width).Clear();
            for (int t = 0; t < _trees.Length; t++)
            {
                if (_trees[t].Splits == 0)
                {
                    continue;
                }

                ShapTable table = _tables[t] ?? new ShapTable(_trees[t]);
                for (int i = 0; i < block; i++)
                {
                    table.Add(rows.Slice((start + i) * _features, _features), sums.AsSpan(i * width, width), edges, answers);
                }
            }

            for (int i = 0; i < block; i++)
            {
                Span<double> target = contributions.Slice((start + i) * (_features + 1), _features + 1);
                for (int j = 0; j < _features; j++)
                {
                    ReadOnlySpan<double> lanes = sums.AsSpan((i * width) + (j * ShapTable.Lanes), ShapTable.Lanes);
                    target[j] = lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
                }

                target[_features] = _expected;
            }
        }

        ArrayPool<double>.Shared.Return(sums);
        ArrayPool<double>.Shared.Return(edges);
        ArrayPool<byte>.Shared.Return(answers);
    }
}
