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
/// without a branch: what a split can contribute is in <see cref="ShapTable"/>. Rows that answer every split of a tree alike share its
/// contributions, so in a block each set of answers is worked out once, and of single rows those that were met before are kept. Every row
/// is summed in tree order, alone or in a block: the same bits.
/// </remarks>
internal sealed partial class TreeShap
{
    /// <summary>
    /// Rows explained together: the more, the more of them share their answers. A block takes 12 bytes per row and feature, beside the
    /// answers and contributions of one tree.
    /// </summary>
    private const int BlockRows = 1 << 14;

    /// <summary>Fewer than this are explained one by one.</summary>
    private const int FewRows = 16;

    /// <summary>Tables above this are built anew for each block instead of being kept.</summary>
    private const long MostTableBytes = 64L << 20;

    /// <summary>Room for what single rows have been told, over all trees.</summary>
    private const long MostKnownBytes = 16L << 20;

    private readonly EnsembleTree[] _trees;
    private readonly ShapTable?[] _tables;
    private readonly int _features;
    private readonly int _scratch;
    private readonly int _splits;
    private readonly int _words;
    private readonly int _width; // features of the tree that asks most
    private readonly double _expected;

    // What a tree says of the rows that answer it alike: the answers, then the contributions, by tree and hash of the answers. Single rows
    // are scored one after the other over days, and most answer most trees as somebody before them did. Never changed once it is in a slot,
    // so that threads need no lock.
    private readonly double[]?[][] _known;

    public TreeShap(EnsembleTree[] trees, int features, double baseScore)
    {
        (_trees, _features, _expected) = (trees, features, baseScore);
        _tables = new ShapTable?[trees.Length];
        long bytes = 0;
        for (int t = 0; t < trees.Length; t++)
        {
            var table = new ShapTable(trees[t]);
            _expected += table.Mean;
            _scratch = Math.Max(_scratch, table.ScratchDoubles);
            _splits = Math.Max(_splits, trees[t].Splits);
            _words = Math.Max(_words, table.Words);
            _width = Math.Max(_width, table.Features.Length);
            bytes += table.Bytes;
            _tables[t] = bytes <= MostTableBytes ? table : null;
        }

        // Of a set of answers: a reference, and an array with its head.
        long each = 40 + (sizeof(uint) * _words) + (sizeof(double) * _width);
        long slots = Math.Clamp(MostKnownBytes / Math.Max(1, trees.Length) / each, 1, 1 << 12);
        int kept = 1 << System.Numerics.BitOperations.Log2((ulong)slots);
        _known = [.. trees.Select(_ => new double[]?[kept])];
    }

    /// <summary>Contributions per feature, then the expected raw score, for every row of a row-major table.</summary>
    public void Explain(ReadOnlySpan<float> rows, Span<double> contributions)
    {
        int count = _features == 0 ? contributions.Length : rows.Length / _features;
        double[] scratch = ArrayPool<double>.Shared.Rent(Math.Max(1, _scratch));
        byte[] states = ArrayPool<byte>.Shared.Rent(_splits + 1);
        contributions.Clear();
        if (count < FewRows)
        {
            OneByOne(rows, count, contributions, scratch, states);
        }
        else
        {
            InBlocks(rows, count, contributions, scratch, states);
        }

        for (int i = 0; i < count; i++)
        {
            contributions[(i * (_features + 1)) + _features] = _expected;
        }

        ArrayPool<double>.Shared.Return(scratch);
        ArrayPool<byte>.Shared.Return(states);
    }

    private void InBlocks(ReadOnlySpan<float> rows, int count, Span<double> contributions, double[] scratch, byte[] states)
    {
        uint[] answers = ArrayPool<uint>.Shared.Rent(Math.Max(1, _words));
        var block = new Block(Math.Min(BlockRows, count), _features, _words);
        for (int start = 0; start < count; start += BlockRows)
        {
            int some = Math.Min(BlockRows, count - start);
            block.Fill(rows.Slice(start * _features, some * _features), some);
            Span<double> sums = contributions.Slice(start * (_features + 1), some * (_features + 1));
            for (int t = 0; t < _trees.Length; t++)
            {
                if (_trees[t].Splits > 0)
                {
                    block.Add(_tables[t] ?? new ShapTable(_trees[t]), some, sums, answers, scratch, states);
                }
            }
        }

        ArrayPool<uint>.Shared.Return(answers);
    }

    private static ulong Mixed(ulong hash, uint word) => (hash ^ word) * 0x9E3779B97F4A7C15;

    private static int SlotOf(ulong hash, int slots) => (int)(hash >> 32) & (slots - 1);

    private static void AddTo(Span<double> sums, int[] features, ReadOnlySpan<double> contributions)
    {
        for (int f = 0; f < features.Length; f++)
        {
            sums[features[f]] += contributions[f];
        }
    }

    /// <summary>Rows by column, and the sets of answers that one tree has met among them.</summary>
    private sealed class Block
    {
        private readonly int _features;
        private readonly int _stride;
        private readonly float[] _columns;
        private readonly uint[] _answers;
        private readonly int[] _slots;
        private readonly int[] _firstRow; // by set of answers
        private double[] _contributions = [];

        public Block(int rows, int features, int words)
        {
            (_features, _stride) = (features, (rows + 7) / 8 * 8);
            _columns = new float[features * _stride];
            _answers = new uint[Math.Max(1, words) * _stride];
            _slots = new int[(int)System.Numerics.BitOperations.RoundUpToPowerOf2((uint)_stride * 2)];
            _firstRow = new int[_stride];
        }

        /// <summary>Takes the rows in.</summary>
        public void Fill(ReadOnlySpan<float> rows, int count)
        {
            for (int i = 0; i < count; i++)
            {
                for (int j = 0; j < _features; j++)
                {
                    _columns[(j * _stride) + i] = rows[(i * _features) + j];
                }
            }
        }

        /// <summary>Adds a tree's contributions to each row's.</summary>
        public void Add(
            ShapTable table, int count, Span<double> sums, Span<uint> answers, Span<double> scratch, Span<byte> states)
        {
            int words = table.Words, width = table.Features.Length, sets = 0;
            table.Answer(_columns, _stride, _answers.AsSpan(0, words * _stride));
            Array.Clear(_slots);
            if (_contributions.Length < count * width)
            {
                _contributions = new double[_stride * width];
            }

            for (int i = 0; i < count; i++)
            {
                int slot = Home(i, words);
                for (; _slots[slot] != 0 && !AreEqual(_firstRow[_slots[slot] - 1], i, words); slot = (slot + 1) & (_slots.Length - 1))
                {
                }

                if (_slots[slot] == 0)
                {
                    for (int w = 0; w < words; w++)
                    {
                        answers[w] = _answers[(w * _stride) + i];
                    }

                    table.Contribute(answers, _contributions.AsSpan(sets * width, width), scratch, states);
                    _firstRow[sets++] = i;
                    _slots[slot] = sets;
                }

                AddTo(sums.Slice(i * (_features + 1), _features), table.Features, _contributions.AsSpan((_slots[slot] - 1) * width, width));
            }
        }

        private int Home(int row, int words)
        {
            ulong hash = 0;
            for (int w = 0; w < words; w++)
            {
                hash = Mixed(hash, _answers[(w * _stride) + row]);
            }

            return SlotOf(hash, _slots.Length);
        }

        private bool AreEqual(int a, int b, int words)
        {
            for (int w = 0; w < words; w++)
            {
                if (_answers[(w * _stride) + a] != _answers[(w * _stride) + b])
                {
                    return false;
                }
            }

            return true;
        }
    }
}
