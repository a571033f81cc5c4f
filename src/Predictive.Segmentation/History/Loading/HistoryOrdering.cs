namespace Predictive.Segmentation.History.Loading;

/// <summary>Puts each customer's lines into time order, stably, and gives text codes their final values.</summary>
internal sealed class HistoryOrdering(Scatter columns, int[] offsets, int threads, bool keepOrderIds, CancellationToken cancellation)
{
    private readonly ParallelOptions _parallel = new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };

    /// <summary>Does both.</summary>
    public void Run()
    {
        int customers = offsets.Length - 1;
        const int Chunk = 4096;
        Parallel.For(
            0,
            (customers + Chunk - 1) / Chunk,
            _parallel,
            () => new Sorter(columns),
            (chunk, _, sorter) =>
            {
                for (int c = chunk * Chunk; c < Math.Min(customers, (chunk + 1) * Chunk); c++)
                {
                    sorter.Sort(offsets[c], offsets[c + 1]);
                }

                return sorter;
            },
            _ => { });
        for (int text = 0; text < columns.Texts.Length; text++)
        {
            if (columns.Source.Texts[text].Kind == HistoryColumns.Order && !keepOrderIds)
            {
                Densify(columns.Texts[text]);
            }
            else
            {
                Rank(text);
            }
        }
    }

    /// <summary>Order codes only need to be equal within a customer where the ids are: 0, 1, 2 ... by first line, which keeps them small.</summary>
    private void Densify(int[] codes)
    {
        int customers = offsets.Length - 1;
        Parallel.For(0, threads, _parallel, t =>
        {
            // Provisional codes depend on thread timing; the dense ones do not.
            var seen = new Dictionary<int, int>();
            int from = (int)((long)customers * t / threads), to = (int)((long)customers * (t + 1) / threads);
            for (int c = from; c < to; c++)
            {
                seen.Clear();
                int last = -1, lastDense = -1;
                for (int i = offsets[c]; i < offsets[c + 1]; i++)
                {
                    int code = codes[i];
                    if (code >= 0 && code != last)
                    {
                        if (!seen.TryGetValue(code, out lastDense))
                        {
                            seen.Add(code, lastDense = seen.Count);
                        }

                        last = code;
                    }

                    codes[i] = code < 0 ? -1 : lastDense;
                }
            }
        });
    }

    private void Rank(int text)
    {
        int[] codes = columns.Texts[text];
        var used = new bool[columns.Distinct(text)];
        foreach (int code in codes)
        {
            if (code >= 0)
            {
                used[code] = true;
            }
        }

        int[] ranks = columns.SetNames(text, used);
        Parallel.For(0, threads, _parallel, t =>
        {
            foreach (ref int code in codes.AsSpan((int)((long)codes.Length * t / threads)..(int)((long)codes.Length * (t + 1) / threads)))
            {
                code = code < 0 ? -1 : ranks[code];
            }
        });
    }

    /// <summary>Sorts stretches of all columns by time; scratch space of one thread.</summary>
    private sealed class Sorter(Scatter columns)
    {
        private (long Time, int Line)[] _keys = [];
        private long[] _scratch = [];

        public void Sort(int start, int end)
        {
            ReadOnlySpan<long> times = columns.OrderedAt.AsSpan(start, end - start);
            bool sorted = true;
            for (int i = 1; i < times.Length && sorted; i++)
            {
                sorted = times[i] >= times[i - 1];
            }

            if (sorted)
            {
                return;
            }

            if (_keys.Length < times.Length)
            {
                _keys = new (long, int)[times.Length * 2];
                _scratch = new long[times.Length * 2];
            }

            Span<(long Time, int Line)> keys = _keys.AsSpan(0, times.Length);
            for (int i = 0; i < keys.Length; i++)
            {
                keys[i] = (times[i], i);
            }

            // The line number breaks ties, so equal times keep their source order.
            keys.Sort(static (a, b) => a.Time != b.Time ? a.Time.CompareTo(b.Time) : a.Line.CompareTo(b.Line));
            for (int i = 0; i < keys.Length; i++)
            {
                columns.OrderedAt[start + i] = keys[i].Time;
            }

            Permute(columns.Amount, start, keys);
            foreach (int[] text in columns.Texts)
            {
                Permute(text, start, keys);
            }

            foreach (float[] number in columns.Numbers)
            {
                Permute(number, start, keys);
            }
        }

        private void Permute<T>(T[] column, int start, ReadOnlySpan<(long Time, int Line)> keys)
            where T : unmanaged
        {
            Span<T> scratch = System.Runtime.InteropServices.MemoryMarshal.Cast<long, T>(_scratch.AsSpan())[..keys.Length];
            column.AsSpan(start, keys.Length).CopyTo(scratch);
            for (int i = 0; i < keys.Length; i++)
            {
                column[start + i] = scratch[keys[i].Line];
            }
        }
    }
}
