using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using MathNet.Numerics.Integration;
using Predictive.Learning.Boosting.Prediction;

namespace Predictive.Learning.Boosting.Explanation;

/// <summary>What the edges of one tree can do to a row's Shapley values; see <see cref="TreeShap"/> for the formula.</summary>
/// <remarks>
/// Edge 2k leads from split k to the left, 2k + 1 to the right. Splits of one feature on one path are one condition: an edge replaces the
/// condition of the nearest edge above it on the same feature, its <i>prior</i>, so what it does depends on three states only:
/// <code>
/// state 0   the row fails the prior (and so this)
/// state 1   the row meets the prior, fails this edge
/// state 2   the row meets both; without a prior, that one is met
/// Down      factor of the products at the nodes t; times the leaf's value where the edge ends in a leaf
/// Up        weight × ((o − z) / factor(o, z) − the same of the prior), which turns products into contributions
/// </code>
/// </remarks>
internal sealed class ShapTable
{
    /// <summary>Nodes t per vector.</summary>
    public const int Lanes = 4;

    private const int States = 3;

    private readonly EnsembleTree _tree;
    private readonly int _splits;
    private readonly int _nodes; // a multiple of Lanes
    private readonly Place[] _places;
    private readonly bool _numeric;
    private readonly double[] _down;
    private readonly double[] _up;

    public ShapTable(EnsembleTree tree)
    {
        _tree = tree;
        _splits = tree.Splits;
        _numeric = Array.TrueForAll(tree.Sets, set => set is null);
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
        _down = new double[2 * _splits * States * _nodes];
        _up = new double[2 * _splits * States * _nodes];
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
                double one = state == 2 ? 1 : 0, onePrior = state == 0 ? 0 : 1;
                for (int n = 0; n < _nodes; n++)
                {
                    double t = rule.GetAbscissa(n), factor = zero[edge] + (t * (one - zero[edge])),
                        before = zero[same] + (t * (onePrior - zero[same]));
                    int at = (((edge * States) + state) * _nodes) + n;
                    _down[at] = before == 0 ? 0 : value * factor / before;
                    _up[at] = rule.GetWeight(n) * (Slope(one, zero[edge], factor) - Slope(onePrior, zero[same], before));
                }
            }
        }

        _places = new Place[_splits];
        for (int k = 0; k < _splits; k++)
        {
            _places[k] = new Place(tree.Feature[k], tree.Threshold[k], prior[k], above[k] * _nodes, tree.MissingLeft[k]);
        }

        // A condition that nobody without the feature and not this row meets contributes nothing.
        static double Slope(double one, double zero, double factor) => factor == 0 ? 0 : (one - zero) / factor;
    }

    /// <summary>Mean leaf value over the training rows.</summary>
    public double Mean { get; }

    /// <summary>Room that <see cref="Add"/> needs per edge.</summary>
    public int ScratchDoubles => ((2 * _splits) + 1) * _nodes;

    public long Bytes => sizeof(double) * 2L * _down.Length;

    /// <summary>Adds a row's contributions, <see cref="Lanes"/> partial sums per feature.</summary>
    /// <param name="row">Its features.</param>
    /// <param name="sums">Lanes per feature.</param>
    /// <param name="edges">Scratch: the products, then the sums over leaves, of each edge.</param>
    /// <param name="states">Scratch: one state per edge.</param>
    public void Add(ReadOnlySpan<float> row, Span<double> sums, Span<double> edges, Span<byte> states)
    {
        edges.Slice(2 * _splits * _nodes, _nodes).Fill(1);
        states[2 * _splits] = 2;
        if (_nodes == Lanes)
        {
            Add<One>(row, sums, edges, states);
        }
        else
        {
            Add<Several>(row, sums, edges, states);
        }
    }

    // The compiler makes one body per kind of width; where it is one vector, the loops over vectors vanish.
    private void Add<TWidth>(ReadOnlySpan<float> row, Span<double> sums, Span<double> edges, Span<byte> states)
        where TWidth : struct
    {
        int nodes = typeof(TWidth) == typeof(One) ? Lanes : _nodes;
        ref double e = ref MemoryMarshal.GetReference(edges);
        ref byte stateOf = ref MemoryMarshal.GetReference(states);
        ref double down = ref MemoryMarshal.GetArrayDataReference(_down);
        ref double up = ref MemoryMarshal.GetArrayDataReference(_up);
        ref double sum = ref MemoryMarshal.GetReference(sums);
        ref Place places = ref MemoryMarshal.GetArrayDataReference(_places);
        for (int k = 0; k < _splits; k++)
        {
            ref readonly Place place = ref Unsafe.Add(ref places, k);
            float value = row[place.Feature];
            bool goesLeft = _numeric ? value <= place.Threshold | (place.MissingLeft & float.IsNaN(value)) : _tree.GoesLeft(k, value);
            int met = Unsafe.Add(ref stateOf, place.Prior) >> 1, left = goesLeft ? 1 : 0, edge = 2 * k;
            int stateLeft = met << left, stateRight = met << (1 - left);
            Unsafe.Add(ref stateOf, edge) = (byte)stateLeft;
            Unsafe.Add(ref stateOf, edge + 1) = (byte)stateRight;
            int fromLeft = ((edge * States) + stateLeft) * nodes, fromRight = (((edge + 1) * States) + stateRight) * nodes,
                at = edge * nodes;
            for (int n = 0; n < nodes; n += Lanes)
            {
                Vector256<double> product = Load(ref e, place.Above + n);
                Store(product * Load(ref down, fromLeft + n), ref e, at + n);
                Store(product * Load(ref down, fromRight + n), ref e, at + nodes + n);
            }
        }

        for (int k = _splits - 1; k >= 0; k--)
        {
            ref readonly Place place = ref Unsafe.Add(ref places, k);
            int edge = 2 * k, at = edge * nodes, feature = place.Feature * Lanes;
            int fromLeft = ((edge * States) + Unsafe.Add(ref stateOf, edge)) * nodes,
                fromRight = (((edge + 1) * States) + Unsafe.Add(ref stateOf, edge + 1)) * nodes;
            Vector256<double> total = Load(ref sum, feature);
            for (int n = 0; n < nodes; n += Lanes)
            {
                Vector256<double> a = Load(ref e, at + n), b = Load(ref e, at + nodes + n);
                total += (a * Load(ref up, fromLeft + n)) + (b * Load(ref up, fromRight + n));
                Store(a + b, ref e, place.Above + n);
            }

            Store(total, ref sum, feature);
        }
    }

    /// <summary>A split, and where it stands in the tree.</summary>
    /// <param name="Feature">What it asks.</param>
    /// <param name="Threshold">Numeric splits: values up to it go left.</param>
    /// <param name="Prior">The nearest edge above it on the same feature; the root's (met by every row) where there is none.</param>
    /// <param name="Above">Where the products of the edge that leads to it begin.</param>
    /// <param name="MissingLeft">Side of missing values.</param>
    private readonly record struct Place(int Feature, float Threshold, int Prior, int Above, bool MissingLeft);

    private readonly struct One;

    private readonly struct Several;

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
