using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MathNet.Numerics.Integration;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Explanation;

/// <summary>What the splits of one tree can do to a row's Shapley values; see <see cref="TreeShap"/> for the formula.</summary>
/// <remarks>
/// A row is known to a tree by its <i>answers</i>: one bit per split, 1 = left. Rows of equal answers have equal contributions.
/// Edge 2k leads from split k to the left, 2k + 1 to the right. Splits of one feature on one path are one condition: an edge replaces the
/// condition of the nearest edge above it on the same feature, its <i>prior</i> (that of both edges of a split is the same), so what a
/// split does depends on three states only:
/// <code>
/// state 0   the row fails the prior, and so both edges
/// state 1   the row meets the prior (without one, that is met) and goes right
/// state 2   the row meets the prior and goes left
/// Down      factor of the products at the nodes t, left edge then right edge; times the leaf's value where the edge ends in a leaf
/// Up        weight × ((o − z) / factor(o, z) − the same of the prior), which turns products into contributions
/// </code>
/// </remarks>
internal sealed class ShapTable
{
    /// <summary>Splits per word of answers.</summary>
    public const int WordBits = 32;

    /// <summary>Nodes t per vector.</summary>
    private const int Lanes = 4;

    private const int States = 3;

    private readonly EnsembleTree _tree;
    private readonly int _splits;
    private readonly int _nodes; // a multiple of Lanes
    private readonly Place[] _places;
    private readonly bool _numeric;
    private readonly int[] _asked; // feature per split, filled up to whole words
    private readonly float[] _thresholds; // the same
    private readonly uint[] _missingLeft; // bit per split
    private readonly double[] _down;
    private readonly double[] _up;

    public ShapTable(EnsembleTree tree)
    {
        _tree = tree;
        _splits = tree.Splits;
        _numeric = Array.TrueForAll(tree.Sets, set => set is null);
        (_asked, _thresholds, _missingLeft) = (new int[Words * WordBits], new float[Words * WordBits], new uint[Words]);
        for (int k = 0; k < _splits; k++)
        {
            (_asked[k], _thresholds[k]) = (tree.Feature[k], tree.Threshold[k]);
            _missingLeft[k / WordBits] |= (tree.MissingLeft[k] ? 1u : 0) << (k % WordBits);
        }

        int[] prior = new int[_splits], above = new int[_splits];
        double[] share = Shares(tree, out double mean);
        Mean = mean;
        int root = 2 * _splits, most = 0;
        var conditions = new int[root + 1]; // features on the path down to and with an edge
        Array.Fill(above, root);
        for (int k = 0; k < _splits; k++)
        {
            // Children are split after their parent, so that the path above is known.
            foreach ((int child, int edge) in new[] { (tree.Left[k], 2 * k), (tree.Right[k], (2 * k) + 1) })
            {
                if (child >= 0)
                {
                    above[child] = edge;
                }
            }

            int same = above[k];
            while (same != root && tree.Feature[same >> 1] != tree.Feature[k])
            {
                same = above[same >> 1];
            }

            prior[k] = same;
            conditions[2 * k] = conditions[(2 * k) + 1] = conditions[above[k]] + (same == root ? 1 : 0);
            most = Math.Max(most, conditions[2 * k]);
        }

        // n nodes integrate polynomials of degree 2n − 1 exactly; the degree is one below the number of conditions.
        GaussLegendreRule rule = Rule((most + 1) / 2);
        _nodes = rule.Order;
        _down = new double[_splits * States * 2 * _nodes];
        _up = new double[_splits * States * 2 * _nodes];
        var zero = new double[root + 1]; // share of coalitions without the feature that come this way
        zero[root] = 1;
        for (int edge = 0; edge < root; edge++)
        {
            int split = edge >> 1, same = prior[split];
            zero[edge] = zero[same] * ((edge & 1) == 0 ? share[split] : 1 - share[split]);
            int child = (edge & 1) == 0 ? tree.Left[split] : tree.Right[split];
            double value = child < 0 ? tree.LeafValues[~child] : 1;
            for (int state = 0; state < States; state++)
            {
                double one = state == 2 - (edge & 1) ? 1 : 0, onePrior = state == 0 ? 0 : 1;
                for (int n = 0; n < _nodes; n++)
                {
                    double t = rule.GetAbscissa(n), factor = zero[edge] + (t * (one - zero[edge])),
                        before = zero[same] + (t * (onePrior - zero[same]));
                    int at = (((((split * States) + state) * 2) + (edge & 1)) * _nodes) + n;
                    _down[at] = before == 0 ? 0 : value * factor / before;
                    _up[at] = rule.GetWeight(n) * (Slope(one, zero[edge], factor) - Slope(onePrior, zero[same], before));
                }
            }
        }

        Features = [.. tree.Feature.Distinct().Order()];
        _places = new Place[_splits];
        for (int k = 0; k < _splits; k++)
        {
            // Met where the row's state at the prior's split is 2 (its left edge) or 1 (its right edge).
            int same = prior[k];
            _places[k] = new Place(Array.IndexOf(Features, tree.Feature[k]) * Lanes, same >> 1, 1 - (same & 1), above[k] * _nodes);
        }

        // A condition that nobody without the feature and not this row meets contributes nothing.
        static double Slope(double one, double zero, double factor) => factor == 0 ? 0 : (one - zero) / factor;
    }

    /// <summary>Mean leaf value over the training rows.</summary>
    public double Mean { get; }

    /// <summary>Features that the tree asks, ascending.</summary>
    public int[] Features { get; }

    /// <summary>Words of a row's answers.</summary>
    public int Words => (_splits + WordBits - 1) / WordBits;

    /// <summary>Room that <see cref="Contribute"/> needs: the products of each edge, and sums per feature.</summary>
    public int ScratchDoubles => (((2 * _splits) + 1) * _nodes) + (Features.Length * Lanes);

    public long Bytes => sizeof(double) * 2L * _down.Length;

    /// <summary>The answers of one row.</summary>
    /// <param name="row">Its features.</param>
    /// <param name="answers"><see cref="Words"/> words.</param>
    public unsafe void Answer(ReadOnlySpan<float> row, Span<uint> answers)
    {
        if (!_numeric || !Avx2.IsSupported)
        {
            answers.Clear();
            for (int k = 0; k < _splits; k++)
            {
                answers[k / WordBits] |= (_tree.GoesLeft(k, row[_tree.Feature[k]]) ? 1u : 0) << (k % WordBits);
            }

            return;
        }

        // Eight splits at a time: their values gathered, compared, and the outcomes as bits.
        fixed (float* values = row)
        {
            ref int asked = ref MemoryMarshal.GetArrayDataReference(_asked);
            ref float thresholds = ref MemoryMarshal.GetArrayDataReference(_thresholds);
            for (int w = 0; w < answers.Length; w++)
            {
                uint left = 0, missing = 0;
                for (int b = 0; b < WordBits; b += 8)
                {
                    nuint at = (nuint)((w * WordBits) + b);
                    Vector256<float> value = Avx2.GatherVector256(values, Vector256.LoadUnsafe(ref asked, at), sizeof(float));
                    left |= Vector256.LessThanOrEqual(value, Vector256.LoadUnsafe(ref thresholds, at)).ExtractMostSignificantBits() << b;
                    missing |= (~Vector256.Equals(value, value)).ExtractMostSignificantBits() << b;
                }

                int splits = Math.Min(WordBits, _splits - (w * WordBits));
                answers[w] = (left | (missing & _missingLeft[w])) & (uint.MaxValue >> (WordBits - splits));
            }
        }
    }

    /// <summary>The answers of a block of rows.</summary>
    /// <param name="columns">The features, each a stretch of <paramref name="stride"/> values.</param>
    /// <param name="stride">Rows there is room for: a multiple of 8.</param>
    /// <param name="answers">Word by word, each a stretch of <paramref name="stride"/> rows.</param>
    public void Answer(ReadOnlySpan<float> columns, int stride, Span<uint> answers)
    {
        answers.Clear();
        for (int k = 0; k < _splits; k++)
        {
            ReadOnlySpan<float> column = columns.Slice(_tree.Feature[k] * stride, stride);
            Span<uint> words = answers.Slice(k / WordBits * stride, stride);
            uint bit = 1u << (k % WordBits);
            if (!_numeric)
            {
                for (int i = 0; i < stride; i++)
                {
                    words[i] |= _tree.GoesLeft(k, column[i]) ? bit : 0;
                }

                continue;
            }

            ref float from = ref MemoryMarshal.GetReference(column);
            ref uint to = ref MemoryMarshal.GetReference(words);
            Vector256<float> threshold = Vector256.Create(_tree.Threshold[k]);
            Vector256<uint> bits = Vector256.Create(bit), missing = Vector256.Create(_tree.MissingLeft[k] ? uint.MaxValue : 0);
            for (nuint i = 0; i < (nuint)stride; i += 8)
            {
                Vector256<float> value = Vector256.LoadUnsafe(ref from, i);
                Vector256<uint> left =
                    Vector256.LessThanOrEqual(value, threshold).AsUInt32() | (~Vector256.Equals(value, value).AsUInt32() & missing);
                (Vector256.LoadUnsafe(ref to, i) | (left & bits)).StoreUnsafe(ref to, i);
            }
        }
    }

    /// <summary>The contributions of a row.</summary>
    /// <param name="answers">Its answers, word by word.</param>
    /// <param name="contributions">One per feature of <see cref="Features"/>.</param>
    /// <param name="scratch"><see cref="ScratchDoubles"/>.</param>
    /// <param name="states">Scratch: one state per split, and one.</param>
    public void Contribute(ReadOnlySpan<uint> answers, Span<double> contributions, Span<double> scratch, Span<byte> states)
    {
        Span<double> sums = scratch.Slice(((2 * _splits) + 1) * _nodes, Features.Length * Lanes);
        sums.Clear();
        scratch.Slice(2 * _splits * _nodes, _nodes).Fill(1);
        states[_splits] = 2;
        int nodes = _nodes;
        ref double e = ref MemoryMarshal.GetReference(scratch);
        ref byte stateOf = ref MemoryMarshal.GetReference(states);
        ref double down = ref MemoryMarshal.GetArrayDataReference(_down);
        ref double up = ref MemoryMarshal.GetArrayDataReference(_up);
        ref double sum = ref MemoryMarshal.GetReference(sums);
        ref Place places = ref MemoryMarshal.GetArrayDataReference(_places);
        for (int k = 0; k < _splits; k++)
        {
            ref readonly Place place = ref Unsafe.Add(ref places, k);
            int met = (Unsafe.Add(ref stateOf, place.Prior) >> place.PriorSide) & 1,
                state = met << (int)((answers[k / WordBits] >> (k % WordBits)) & 1);
            Unsafe.Add(ref stateOf, k) = (byte)state;
            int from = ((k * States) + state) * 2 * nodes, at = k * 2 * nodes;
            for (int n = 0; n < nodes; n += Lanes)
            {
                Vector256<double> product = Load(ref e, place.Above + n);
                Store(product * Load(ref down, from + n), ref e, at + n);
                Store(product * Load(ref down, from + nodes + n), ref e, at + nodes + n);
            }
        }

        for (int k = _splits - 1; k >= 0; k--)
        {
            ref readonly Place place = ref Unsafe.Add(ref places, k);
            int at = k * 2 * nodes, from = ((k * States) + Unsafe.Add(ref stateOf, k)) * 2 * nodes;
            Vector256<double> total = Load(ref sum, place.Sum);
            for (int n = 0; n < nodes; n += Lanes)
            {
                Vector256<double> a = Load(ref e, at + n), b = Load(ref e, at + nodes + n);
                total += (a * Load(ref up, from + n)) + (b * Load(ref up, from + nodes + n));
                Store(a + b, ref e, place.Above + n);
            }

            Store(total, ref sum, place.Sum);
        }

        for (int f = 0; f < Features.Length; f++)
        {
            ReadOnlySpan<double> lanes = sums.Slice(f * Lanes, Lanes);
            contributions[f] = lanes[0] + lanes[1] + (lanes[2] + lanes[3]);
        }
    }

    /// <summary>A split, and where it stands in the tree.</summary>
    /// <param name="Sum">Where the sums of its feature begin.</param>
    /// <param name="Prior">Split of the nearest edge above it on the same feature; the root's (met by every row) where there is
    /// none.</param>
    /// <param name="PriorSide">1 = that edge leads to the left.</param>
    /// <param name="Above">Where the products of the edge that leads to it begin.</param>
    private readonly record struct Place(int Sum, int Prior, int PriorSide, int Above);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Load(ref double from, int index) => Vector256.LoadUnsafe(ref from, (nuint)index);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<double> value, ref double to, int index) => value.StoreUnsafe(ref to, (nuint)index);

    // The numerics library has these orders tabulated to full precision; others it would compute to 1e-10 only.
    private static GaussLegendreRule Rule(int leastNodes)
    {
        foreach (int order in (ReadOnlySpan<int>)[4, 8, 12, 16, 20, 32, 64, 96, 128, 256, 512])
        {
            if (order >= leastNodes)
            {
                return new GaussLegendreRule(0, 1, order);
            }
        }

        return new GaussLegendreRule(0, 1, 1024);
    }

    // Share of each split's training weight that went left, and the mean leaf value.
    private static double[] Shares(EnsembleTree tree, out double mean)
    {
        int splits = tree.Splits;
        double[] cover = new double[splits], average = new double[splits], shares = new double[splits];
        for (int k = splits - 1; k >= 0; k--)
        {
            var (left, leftMean) = Child(tree.Left[k]);
            var (right, rightMean) = Child(tree.Right[k]);
            cover[k] = left + right;
            shares[k] = cover[k] > 0 ? left / cover[k] : 0.5;
            average[k] = (shares[k] * leftMean) + ((1 - shares[k]) * rightMean);
        }

        mean = splits > 0 ? average[0] : tree.LeafValues[0];
        return shares;

        (double Cover, double Mean) Child(int node) =>
            node < 0 ? (tree.LeafCovers[~node], tree.LeafValues[~node]) : (cover[node], average[node]);
    }
}
