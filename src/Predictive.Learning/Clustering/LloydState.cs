using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Predictive.Learning.Clustering;

/// <summary>
/// Lloyd's algorithm over a table: assignments, cluster sums kept up to date by the rows that moved, and Hamerly's bounds (2010) that skip
/// blocks whose rows cannot have changed cluster. Work is cut into fixed chunks whose results are added in order, so threads change
/// nothing.
/// </summary>
internal sealed class LloydState
{
    private const int ChunkBlocks = 512;

    // Keeping bounds costs about as much as the distances to this many centre coordinates.
    private const int LeastWorkForBounds = 160;

    // Room for the rounding of float distances: a bound only counts as kept with this relative margin.
    private const float Slack = 1e-5f;

    private readonly RowTable _table;
    private readonly int _k;
    private readonly int _d;
    private readonly ParallelOptions _parallel;
    private readonly int[] _assigned;
    private readonly float[]? _upper;
    private readonly float[]? _lower;
    private readonly double[] _sums;
    private readonly long[] _counts;
    private readonly float[] _centres;
    private readonly float[] _moved;
    private readonly int _chunks;
    private readonly double[] _chunkSums;
    private readonly long[] _chunkCounts;
    private readonly int[] _chunkChanged;
    private bool _started;

    public LloydState(RowTable table, ReadOnlySpan<float> centres, int k, int threads)
    {
        (_table, _k, _d) = (table, k, table.Features);
        _parallel = new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount };
        _centres = centres.ToArray();
        _moved = new float[k];
        _assigned = new int[table.Blocks * RowTable.Lanes];
        Array.Fill(_assigned, -1);
        if (k * _d >= LeastWorkForBounds && k > 1)
        {
            _upper = new float[_assigned.Length];
            _lower = new float[_assigned.Length];
        }

        (_sums, _counts) = (new double[k * _d], new long[k]);
        _chunks = (table.Blocks + ChunkBlocks - 1) / ChunkBlocks;
        (_chunkSums, _chunkCounts, _chunkChanged) = (new double[_chunks * k * _d], new long[_chunks * k], new int[_chunks]);
    }

    public ReadOnlySpan<float> Centres => _centres;

    public ReadOnlySpan<int> Assigned => _assigned.AsSpan(0, _table.Rows);

    public ReadOnlySpan<long> Counts => _counts;

    /// <summary>Assigns every row to its nearest centre; returns how many changed.</summary>
    public int Assign()
    {
        float largestMove = 0;
        float[]? half = null;
        if (_upper is not null && _started)
        {
            largestMove = _moved.Max();
            half = HalfDistanceToNearestCentre();
        }

        Parallel.For(0, _chunks, _parallel, chunk => AssignChunk(chunk, largestMove, half));
        _started = true;
        int changed = 0;
        for (int chunk = 0; chunk < _chunks; chunk++)
        {
            changed += _chunkChanged[chunk];
            if (_chunkChanged[chunk] == 0)
            {
                continue;
            }

            ReadOnlySpan<double> own = _chunkSums.AsSpan(chunk * _k * _d, _k * _d);
            for (int i = 0; i < own.Length; i++)
            {
                _sums[i] += own[i];
            }

            for (int c = 0; c < _k; c++)
            {
                _counts[c] += _chunkCounts[(chunk * _k) + c];
            }
        }

        return changed;
    }

    /// <summary>Moves every centre to the mean of its rows; an empty cluster keeps its centre. Returns the largest move.</summary>
    public float MoveCentres()
    {
        float largest = 0;
        for (int c = 0; c < _k; c++)
        {
            double square = 0;
            if (_counts[c] > 0)
            {
                for (int j = 0; j < _d; j++)
                {
                    float mean = (float)(_sums[(c * _d) + j] / _counts[c]);
                    double move = mean - _centres[(c * _d) + j];
                    square += move * move;
                    _centres[(c * _d) + j] = mean;
                }
            }

            _moved[c] = (float)Math.Sqrt(square);
            largest = Math.Max(largest, _moved[c]);
        }

        return largest;
    }

    /// <summary>Σ squared distances of the rows to the centre each is assigned to.</summary>
    public double Inertia()
    {
        var partial = new double[_chunks];
        Parallel.For(0, _chunks, _parallel, chunk =>
        {
            double sum = 0;
            Span<float> row = stackalloc float[_d];
            int end = Math.Min(_table.Rows, (chunk + 1) * ChunkBlocks * RowTable.Lanes);
            for (int i = chunk * ChunkBlocks * RowTable.Lanes; i < end; i++)
            {
                _table.CopyRow(i, row);
                double own = 0;
                for (int j = 0; j < _d; j++)
                {
                    double difference = (double)row[j] - _centres[(_assigned[i] * _d) + j];
                    own += difference * difference;
                }

                sum += own;
            }

            partial[chunk] = sum;
        });
        double total = 0;
        foreach (double p in partial)
        {
            total += p;
        }

        return total;
    }

    private void AssignChunk(int chunk, float largestMove, float[]? half)
    {
        Span<double> sums = _chunkSums.AsSpan(chunk * _k * _d, _k * _d);
        Span<long> counts = _chunkCounts.AsSpan(chunk * _k, _k);
        ref float values = ref MemoryMarshal.GetArrayDataReference(_table.Values);
        ref float centres = ref MemoryMarshal.GetArrayDataReference(_centres);
        ref int assigned = ref MemoryMarshal.GetArrayDataReference(_assigned);
        int changed = 0, end = Math.Min(_table.Blocks, (chunk + 1) * ChunkBlocks);
        for (int b = chunk * ChunkBlocks; b < end; b++)
        {
            int row = b * RowTable.Lanes;
            if (half is not null && Settled(row, largestMove, half))
            {
                continue;
            }

            NearestCentre.OfBlock(
                ref System.Runtime.CompilerServices.Unsafe.Add(ref values, b * _d * RowTable.Lanes), ref centres, _k, _d,
                out Vector256<int> best, out Vector256<float> first, out Vector256<float> second);
            if (_upper is not null)
            {
                Vector256.Sqrt(first).CopyTo(_upper, row);
                Vector256.Sqrt(second).CopyTo(_lower!, row);
            }

            Vector256<int> before = Vector256.LoadUnsafe(ref assigned, (nuint)row);
            if (before == best)
            {
                continue;
            }

            best.StoreUnsafe(ref assigned, (nuint)row);
            if (changed == 0)
            {
                sums.Clear();
                counts.Clear();
            }

            int lanes = Math.Min(RowTable.Lanes, _table.Rows - row);
            for (int lane = 0; lane < lanes; lane++)
            {
                int from = before[lane], to = best[lane];
                if (from == to)
                {
                    continue;
                }

                changed++;
                counts[to]++;
                if (from >= 0)
                {
                    counts[from]--;
                }

                int at = (b * _d * RowTable.Lanes) + lane;
                for (int j = 0; j < _d; j++, at += RowTable.Lanes)
                {
                    double x = _table.Values[at];
                    sums[(to * _d) + j] += x;
                    if (from >= 0)
                    {
                        sums[(from * _d) + j] -= x;
                    }
                }
            }
        }

        _chunkChanged[chunk] = changed;
    }

    // True where no row of the block can have a nearer centre than its own: upper bound ≤ max(lower bound, half the way to the next
    // centre).
    private bool Settled(int row, float largestMove, float[] half)
    {
        float[] upper = _upper!, lower = _lower!;
        bool settled = true;
        for (int i = row; i < row + RowTable.Lanes; i++)
        {
            int own = _assigned[i];
            float up = upper[i] + _moved[own], low = lower[i] - largestMove;
            (upper[i], lower[i]) = (up, low);
            settled &= up * (1 + Slack) < Math.Max(low, half[own]);
        }

        return settled;
    }

    private float[] HalfDistanceToNearestCentre()
    {
        var half = new float[_k];
        for (int c = 0; c < _k; c++)
        {
            double nearest = double.PositiveInfinity;
            for (int other = 0; other < _k; other++)
            {
                if (other == c)
                {
                    continue;
                }

                double sum = 0;
                for (int j = 0; j < _d; j++)
                {
                    double difference = (double)_centres[(c * _d) + j] - _centres[(other * _d) + j];
                    sum += difference * difference;
                }

                nearest = Math.Min(nearest, sum);
            }

            half[c] = (float)(Math.Sqrt(nearest) / 2);
        }

        return half;
    }
}
