using Predictive.Learning.Boosting.Memory;
using System.Runtime.CompilerServices;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>
/// The rows of a tree, leaf after leaf: each leaf is a range of one array. Splitting a leaf reorders its range stably, left rows first,
/// so that rows stay ascending within every leaf (memory is then walked forwards) and the result does not depend on the threads.
/// </summary>
internal sealed unsafe class RowPartition : IDisposable
{
    /// <summary>Rows from which a split is worth both threads.</summary>
    public const int ParallelRows = 32_768;

    private readonly NativeBuffer<int> _rows;
    private readonly NativeBuffer<int> _left;
    private readonly NativeBuffer<int> _right;
    private readonly WorkerTeam _team;
    private readonly int[] _leftCounts;
    private readonly byte[] _goesLeft = GC.AllocateUninitializedArray<byte>(256, pinned: true);

    public RowPartition(int capacity, WorkerTeam team)
    {
        _team = team;
        _rows = new NativeBuffer<int>(capacity);
        _left = new NativeBuffer<int>(team.Size > 1 ? capacity : 0);
        _right = new NativeBuffer<int>(capacity);
        _leftCounts = new int[4 * team.Size];
    }

    /// <summary>The rows, leaf after leaf.</summary>
    public int* Rows => _rows.Pointer;

    public void Dispose()
    {
        _rows.Dispose();
        _left.Dispose();
        _right.Dispose();
    }

    /// <summary>All rows, or the drawn ones, in ascending order, as one leaf.</summary>
    public void Reset(int count, int[]? drawn)
    {
        if (drawn is not null)
        {
            drawn.AsSpan(0, count).CopyTo(new Span<int>(Rows, count));
            return;
        }

        for (int i = 0; i < count; i++)
        {
            Rows[i] = i;
        }
    }

    /// <summary>Bit b says whether bin b goes left.</summary>
    public void SetLeftBins(int lastLeftBin, int missingBin, bool missingLeft, ulong[]? leftBins)
    {
        for (int b = 0; b < 256; b++)
        {
            bool left = leftBins is null ? b <= lastLeftBin : (leftBins[b >> 6] >> (b & 63) & 1) != 0;
            _goesLeft[b] = (byte)((b == missingBin ? missingLeft : left) ? 1 : 0);
        }
    }

    /// <summary>Splits the leaf at [begin, end) by the bins of one column; returns the number of rows that went left.</summary>
    public int Split(int begin, int end, byte* column)
    {
        int count = end - begin;
        fixed (byte* goesLeft = _goesLeft)
        {
            if (_team.Size == 1 || count < ParallelRows)
            {
                int* range = Rows + begin;
                int left = Divide(range, count, column, goesLeft, range, _right.Pointer);
                Unsafe.CopyBlock(range + left, _right.Pointer, (uint)(count - left) * sizeof(int));
                return left;
            }
        }

        return SplitTogether(begin, count, column);
    }

    private int SplitTogether(int begin, int count, byte* column)
    {
        int parts = _leftCounts.Length;
        int size = (count + parts - 1) / parts;
        int next = -1;
        int* rows = Rows + begin;
        int* lefts = _left.Pointer;
        int* rights = _right.Pointer;
        _team.Run(_ =>
        {
            fixed (byte* goesLeft = _goesLeft)
            {
                for (int part; (part = Interlocked.Increment(ref next)) < parts;)
                {
                    int first = Math.Min(part * size, count);
                    int length = Math.Min(size, count - first);
                    _leftCounts[part] = Divide(rows + first, length, column, goesLeft, lefts + first, rights + first);
                }
            }
        });

        int left = _leftCounts.Sum();
        next = -1;
        _team.Run(_ =>
        {
            for (int part; (part = Interlocked.Increment(ref next)) < parts;)
            {
                int first = Math.Min(part * size, count);
                int length = Math.Min(size, count - first);
                int leftBefore = 0;
                for (int p = 0; p < part; p++)
                {
                    leftBefore += _leftCounts[p];
                }

                int lefty = _leftCounts[part];
                Unsafe.CopyBlock(rows + leftBefore, lefts + first, (uint)lefty * sizeof(int));
                Unsafe.CopyBlock(rows + left + (first - leftBefore), rights + first, (uint)(length - lefty) * sizeof(int));
            }
        });
        return left;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int Divide(int* rows, int count, byte* column, byte* goesLeft, int* left, int* right)
    {
        int lefts = 0;
        for (int i = 0; i < count; i++)
        {
            int row = rows[i];
            left[lefts] = row; // both are written, one is kept: no branch to mispredict
            right[i - lefts] = row;
            lefts += goesLeft[column[row]];
        }

        return lefts;
    }
}
