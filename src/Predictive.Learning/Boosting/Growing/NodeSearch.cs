using Predictive.Learning.Boosting.Memory;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;
using Predictive.Learning.Boosting.Binning;
using Predictive.Learning.Boosting.Histograms;
using Predictive.Learning.Boosting.Splitting;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Growing;

/// <summary>
/// Builds the histogram of a node and finds its best split, and by subtraction that of its sibling. Large nodes are shared out by rows
/// (each worker fills a histogram of its own; integer sums make the order irrelevant), middling ones by groups of features, tiny ones
/// stay on the calling thread.
/// </summary>
internal sealed unsafe class NodeSearch : IDisposable
{
    private const int TileRows = 1024;
    private const int ChunkRows = 8 * TileRows;

    // Bin updates (rows × features) below which waking the other threads costs more than it saves.
    private const long ParallelUpdates = 24_000;

    private readonly BinnedData _data;
    private readonly HistogramLayout _layout;
    private readonly SplitFinder _finder;
    private readonly WorkerTeam _team;
    private readonly WorkerScratch[] _scratch;
    private readonly int[] _monotone;
    private readonly (int First, int Width)[] _groups;
    private readonly SplitCandidate[] _bestSmall;
    private readonly SplitCandidate[] _bestLarge;
    private bool[] _active;
    private PackedLayout _packing;
    private long* _packed;

    public NodeSearch(BinnedData data, HistogramLayout layout, SplitFinder finder, int[] monotone, WorkerTeam team)
    {
        (_data, _layout, _finder, _monotone, _team) = (data, layout, finder, monotone, team);
        int columns = data.Features.Length;
        _groups = [.. Enumerable.Range(0, (columns + 7) / 8).Select(g => (g * 8, Math.Min(8, columns - (g * 8))))];
        _scratch = [.. Enumerable.Range(0, team.Size).Select(w => new WorkerScratch(columns, w == 0 ? 0 : layout.Size, ChunkRows))];
        _bestSmall = new SplitCandidate[columns];
        _bestLarge = new SplitCandidate[columns];
        _active = new bool[columns];
    }

    public void Dispose()
    {
        foreach (WorkerScratch scratch in _scratch)
        {
            scratch.Dispose();
        }
    }

    /// <summary>Before each tree: the packed gradients of all rows, and the features it may use.</summary>
    public void Start(long* packed, PackedLayout packing, bool[] active)
    {
        _packed = packed;
        _packing = packing;
        _active = active;
    }

    /// <summary>Histogram, totals and best split of the root.</summary>
    /// <param name="root">Its range, and whether it is every row.</param>
    /// <param name="rows">Rows of the range.</param>
    /// <param name="all">The rows are 0, 1, 2 ... without a gap.</param>
    /// <param name="histogram">Filled.</param>
    public void Root(LeafNode root, int* rows, bool all, int* histogram)
    {
        BuildByRows(all ? null : rows, root.Rows, histogram);
        int feature = Array.IndexOf(_active, true);
        int offset = _layout.Offsets[feature];
        for (int b = 0; b < _layout.Bins[feature]; b++)
        {
            root.Totals.Gradient += histogram[offset + b];
            root.Totals.Hessian += histogram[_layout.Size + offset + b];
            root.Totals.Count += histogram[(2 * _layout.Size) + offset + b];
        }

        ForEachGroup(root.Rows, (g, _) => SearchGroup(g, root, histogram, null, null));
        Reduce(_bestSmall, root);
    }

    /// <summary>
    /// Histograms and best splits of two siblings. On entry <paramref name="largeHistogram"/> holds the parent's; on return it holds the
    /// larger child's.
    /// </summary>
    public void Children(LeafNode small, int* rows, int* smallHistogram, LeafNode large, int* largeHistogram)
    {
        if (small.Rows > ChunkRows)
        {
            BuildByRows(rows, small.Rows, smallHistogram);
            ForEachGroup(int.MaxValue, (g, _) => SearchGroup(g, small, smallHistogram, large, largeHistogram));
        }
        else
        {
            foreach (WorkerScratch scratch in _scratch)
            {
                scratch.Gathered = false;
            }

            ForEachGroup(small.Rows + 256, (g, worker) =>
            {
                WorkerScratch scratch = _scratch[worker];
                if (!scratch.Gathered)
                {
                    Gather(rows, small.Rows, scratch.Words);
                    scratch.Gathered = true;
                }

                BuildGroup(g, rows, scratch.Words, small.Rows, scratch, smallHistogram);
                SearchGroup(g, small, smallHistogram, large, largeHistogram);
            });
        }

        Reduce(_bestSmall, small);
        Reduce(_bestLarge, large);
    }

    private void ForEachGroup(int rows, Action<int, int> body)
    {
        if (_team.Size == 1 || (long)rows * _data.Features.Length < ParallelUpdates)
        {
            for (int g = 0; g < _groups.Length; g++)
            {
                body(g, 0);
            }

            return;
        }

        int next = -1;
        _team.Run(worker =>
        {
            for (int g; (g = Interlocked.Increment(ref next)) < _groups.Length;)
            {
                body(g, worker);
            }
        });
    }

    private bool IsActive((int First, int Width) group) => _active.AsSpan(group.First, group.Width).Contains(true);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(int* rows, int count, long* words)
    {
        byte* bins = _data.ByRow;
        nint stride = _data.RowStride;
        for (int i = 0; i < count; i++)
        {
            if (Sse.IsSupported)
            {
                byte* row = bins + (rows[i] * stride); // the bins are needed in a moment: have all their lines on the way at once
                for (nint line = 0; line < stride; line += 64)
                {
                    Sse.Prefetch0(row + line);
                }

                Sse.Prefetch0(row + stride - 1);
            }

            words[i] = _packed[rows[i]];
        }
    }

    // All rows of a small node for one group of features, straight into the node's histogram.
    private void BuildGroup(int group, int* rows, long* words, int count, WorkerScratch scratch, int* histogram)
    {
        var (first, width) = _groups[group];
        if (!IsActive(_groups[group]))
        {
            return;
        }

        bool fresh = true;
        for (int done = 0; done < count;)
        {
            int part = Math.Min(_packing.ChunkRows, count - done);
            HistogramKernels.Accumulate(_data.ByRow + first, _data.RowStride, rows + done, words + done, part, scratch.Sums, width);
            Empty(first, width, scratch.Sums, histogram, fresh);
            fresh = false;
            done += part;
        }
    }

    // Chunks of rows go to whichever worker is free; tiles of them pass through one group of features after another.
    private void BuildByRows(int* rows, int count, int* histogram)
    {
        int chunks = (count + ChunkRows - 1) / ChunkRows;
        int next = -1;
        if (_team.Size == 1 || chunks == 1)
        {
            Work(0);
        }
        else
        {
            _team.Run(Work);
        }

        for (int w = 1; w < _scratch.Length; w++)
        {
            if (_scratch[w].Filled)
            {
                HistogramKernels.Combine(histogram, _scratch[w].Histogram, 3 * _layout.Size, add: true);
                _scratch[w].Filled = false;
            }
        }

        void Work(int worker)
        {
            WorkerScratch scratch = _scratch[worker];
            int* target = worker == 0 ? histogram : scratch.Histogram;
            int held = 0;
            bool fresh = true;
            for (int chunk; (chunk = Interlocked.Increment(ref next)) < chunks;)
            {
                int end = Math.Min((chunk + 1) * ChunkRows, count);
                for (int tile = chunk * ChunkRows; tile < end; tile += TileRows)
                {
                    int length = Math.Min(TileRows, end - tile);
                    if (held + length > _packing.ChunkRows)
                    {
                        EmptyAll(scratch, target, fresh);
                        (held, fresh) = (0, false);
                    }

                    AddTile(rows, tile, length, scratch);
                    held += length;
                }
            }

            if (worker == 0 || held > 0 || !fresh)
            {
                EmptyAll(scratch, target, fresh);
                scratch.Filled = worker != 0;
            }
        }
    }

    private void AddTile(int* rows, int tile, int length, WorkerScratch scratch)
    {
        long* words = _packed + tile;
        byte* bins = _data.ByRow;
        if (rows == null)
        {
            bins += (long)tile * _data.RowStride;
        }
        else
        {
            rows += tile;
            words = scratch.Words;
            Gather(rows, length, words);
        }

        foreach (var group in _groups)
        {
            if (IsActive(group))
            {
                long* sums = scratch.Sums + ((long)group.First * HistogramKernels.Slots);
                HistogramKernels.Accumulate(bins + group.First, _data.RowStride, rows, words, length, sums, group.Width);
            }
        }
    }

    private void EmptyAll(WorkerScratch scratch, int* histogram, bool fresh)
    {
        foreach (var (first, width) in _groups)
        {
            Empty(first, width, scratch.Sums + ((long)first * HistogramKernels.Slots), histogram, fresh);
        }
    }

    private void Empty(int first, int width, long* sums, int* histogram, bool fresh)
    {
        for (int k = 0; k < width; k++)
        {
            int* target = histogram + _layout.Offsets[first + k];
            HistogramKernels.Empty(
                sums + ((long)k * HistogramKernels.Slots), _layout.Bins[first + k], target, target + _layout.Size,
                target + (2 * _layout.Size), _packing, fresh);
        }
    }

    private void SearchGroup(int group, LeafNode small, int* smallHistogram, LeafNode? large, int* largeHistogram)
    {
        var (first, width) = _groups[group];
        for (int j = first; j < first + width; j++)
        {
            _bestSmall[j].Gain = 0;
            _bestLarge[j].Gain = 0;
            if (!_active[j])
            {
                continue;
            }

            int* s = smallHistogram + _layout.Offsets[j];
            if (large is not null)
            {
                int* l = largeHistogram + _layout.Offsets[j];
                int padded = (_layout.Bins[j] + 7) & ~7;
                HistogramKernels.Combine(l, s, padded, add: false);
                HistogramKernels.Combine(l + _layout.Size, s + _layout.Size, padded, add: false);
                HistogramKernels.Combine(l + (2 * _layout.Size), s + (2 * _layout.Size), padded, add: false);
                _finder.Find(
                    j, _data.Features[j], l, l + _layout.Size, l + (2 * _layout.Size), large.Totals, _monotone[j], ref _bestLarge[j]);
            }

            _finder.Find(j, _data.Features[j], s, s + _layout.Size, s + (2 * _layout.Size), small.Totals, _monotone[j], ref _bestSmall[j]);
        }
    }

    private void Reduce(SplitCandidate[] perFeature, LeafNode node)
    {
        node.Best.Gain = 0;
        for (int j = 0; j < perFeature.Length; j++)
        {
            if (_active[j] && perFeature[j].Gain > node.Best.Gain)
            {
                node.Best = perFeature[j];
            }
        }
    }

    private sealed class WorkerScratch(int columns, int histogram, int words) : IDisposable
    {
        private readonly NativeBuffer<long> _sums = new(Math.Max(columns, 8) * (long)HistogramKernels.Slots, zeroed: true);
        private readonly NativeBuffer<int> _histogram = new(3L * histogram);
        private readonly NativeBuffer<long> _words = new(words);

        public bool Filled { get; set; }

        public bool Gathered { get; set; }

        public long* Sums => _sums.Pointer;

        public int* Histogram => _histogram.Pointer;

        public long* Words => _words.Pointer;

        public void Dispose()
        {
            _sums.Dispose();
            _histogram.Dispose();
            _words.Dispose();
        }
    }
}
