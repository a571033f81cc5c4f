using System.Runtime.InteropServices;

namespace Predictive.History.Loading;

/// <summary>Puts each customer's lines into <see cref="LineOrder"/>.</summary>
internal static class HistoryOrdering
{
    private const int Chunk = 4096;

    /// <summary>Sorts every column in place, customer by customer.</summary>
    /// <param name="order">The columns.</param>
    /// <param name="offsets">First line of each customer, and the end.</param>
    /// <param name="threads">How many to use.</param>
    /// <param name="cancellation">Ends early.</param>
    public static void Sort(LineOrder order, int[] offsets, int threads, CancellationToken cancellation = default)
    {
        int customers = offsets.Length - 1;
        if (customers <= Chunk)
        {
            // One history that came with a request: no loop over threads, which costs more than the sorting.
            var alone = new Sorter(order);
            for (int c = 0; c < customers; c++)
            {
                alone.Sort(offsets[c], offsets[c + 1]);
            }

            return;
        }

        Parallel.For(
            0,
            (customers + Chunk - 1) / Chunk,
            new ParallelOptions { MaxDegreeOfParallelism = Math.Max(1, threads), CancellationToken = cancellation },
            () => new Sorter(order),
            (chunk, _, sorter) =>
            {
                for (int c = chunk * Chunk; c < Math.Min(customers, (chunk + 1) * Chunk); c++)
                {
                    sorter.Sort(offsets[c], offsets[c + 1]);
                }

                return sorter;
            },
            _ => { });
    }

    /// <summary>Order hashes only need to be equal within a customer where the ids are: 0, 1, 2 ... by first line; −1 = no id.</summary>
    public static int[] Densify(ulong[] hashes, int[] offsets, int threads)
    {
        int customers = offsets.Length - 1;
        var codes = new int[hashes.Length];
        Parallel.For(0, threads, t =>
        {
            var seen = new Dictionary<ulong, int>();
            int from = (int)((long)customers * t / threads), to = (int)((long)customers * (t + 1) / threads);
            for (int c = from; c < to; c++)
            {
                seen.Clear();
                ulong last = 0;
                int lastDense = -1;
                for (int i = offsets[c]; i < offsets[c + 1]; i++)
                {
                    ulong hash = hashes[i];
                    if (hash != 0 && hash != last)
                    {
                        if (!seen.TryGetValue(hash, out lastDense))
                        {
                            seen.Add(hash, lastDense = seen.Count);
                        }

                        last = hash;
                    }

                    codes[i] = hash == 0 ? -1 : lastDense;
                }
            }
        });
        return codes;
    }

    /// <summary>Scratch space of one thread.</summary>
    private sealed class Sorter(LineOrder order)
    {
        // Made when the first customer is out of order: of a history that came with a request mostly never.
        private Array[]? _columns;
        private Comparison<int>? _content;
        private int[] _lines = [];
        private ulong[] _scratch = [];

        public void Sort(int start, int end)
        {
            long[] times = order.OrderedAt;
            bool sorted = true;
            for (int i = start + 1; i < end && sorted; i++)
            {
                sorted = times[i] > times[i - 1] || (times[i] == times[i - 1] && order.Content(i - 1, i) <= 0);
            }

            if (sorted)
            {
                return;
            }

            int count = end - start;
            if (_lines.Length < count)
            {
                (_lines, _scratch) = (new int[count * 2], new ulong[count * 2]);
            }

            Span<int> lines = _lines.AsSpan(0, count);
            for (int i = 0; i < count; i++)
            {
                lines[i] = start + i;
            }

            // By time, which most lines differ in and which sorts as plain numbers; what is left equal by what it says.
            Span<long> sortedTimes = times.AsSpan(start, count);
            sortedTimes.Sort(lines);
            for (int first = 0, after; first < count; first = after)
            {
                for (after = first + 1; after < count && sortedTimes[after] == sortedTimes[first];)
                {
                    after++;
                }

                if (after - first > 1)
                {
                    lines[first..after].Sort(_content ??= order.Content);
                }
            }

            foreach (Array column in _columns ??= [.. order.Columns.Where(c => !ReferenceEquals(c, order.OrderedAt))])
            {
                switch (column)
                {
                    case long[] c:
                        Permute(c, start, lines);
                        break;
                    case ulong[] c:
                        Permute(c, start, lines);
                        break;
                    case double[] c:
                        Permute(c, start, lines);
                        break;
                    case float[] c:
                        Permute(c, start, lines);
                        break;
                    default:
                        Permute((int[])column, start, lines);
                        break;
                }
            }
        }

        private void Permute<T>(T[] column, int start, ReadOnlySpan<int> lines)
            where T : unmanaged
        {
            Span<T> scratch = MemoryMarshal.Cast<ulong, T>(_scratch.AsSpan())[..lines.Length];
            column.AsSpan(start, lines.Length).CopyTo(scratch);
            for (int i = 0; i < lines.Length; i++)
            {
                column[start + i] = scratch[lines[i] - start];
            }
        }
    }
}
