using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;

namespace Predictive.Learning.Boosting.Explanation;

/// <content>Rows that come one at a time: what the trees told others who answered alike is kept.</content>
internal sealed partial class TreeShap
{
    // What is kept lies all over the memory, and a row asks for some of every tree: first where all of it lies, then all of it is fetched,
    // and only then added up, so that the waits are one.
    private unsafe void OneByOne(ReadOnlySpan<float> rows, int count, Span<double> contributions, double[] scratch, byte[] states)
    {
        uint[] answers = ArrayPool<uint>.Shared.Rent(Math.Max(1, _words * _trees.Length));
        int[] slots = ArrayPool<int>.Shared.Rent(_trees.Length);
        double[]?[] met = ArrayPool<double[]?>.Shared.Rent(_trees.Length);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<float> row = rows.Slice(i * _features, _features);
            Span<double> sums = contributions.Slice(i * (_features + 1), _features);
            for (int t = 0; t < _trees.Length; t++)
            {
                if (_tables[t] is { Words: > 0 } table)
                {
                    Span<uint> own = answers.AsSpan(t * _words, table.Words);
                    table.Answer(row, own);
                    slots[t] = SlotOf(own, _known[t].Length);
                    Fetch(Unsafe.AsPointer(ref _known[t][slots[t]]));
                }
            }

            for (int t = 0; t < _trees.Length; t++)
            {
                if (_tables[t] is { Words: > 0 } && (met[t] = Volatile.Read(ref _known[t][slots[t]])) is { } kept)
                {
                    // As long as most are; a garbage collection that moves it meanwhile costs the wait, nothing else.
                    byte* at = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(kept));
                    Fetch(at);
                    Fetch(at + 64);
                }
            }

            for (int t = 0; t < _trees.Length; t++)
            {
                if (_trees[t].Splits == 0)
                {
                    continue;
                }

                ShapTable table = _tables[t] ?? new ShapTable(_trees[t]);
                ReadOnlySpan<uint> own = answers.AsSpan(t * _words, table.Words);
                int head = (own.Length + 1) / 2;
                if (_tables[t] is null)
                {
                    table.Answer(row, answers.AsSpan(t * _words, table.Words));
                    met[t] = null;
                }

                double[]? one = met[t];
                if (one is null || !own.SequenceEqual(MemoryMarshal.Cast<double, uint>(one.AsSpan(0, head))[..own.Length]))
                {
                    one = new double[head + table.Features.Length];
                    own.CopyTo(MemoryMarshal.Cast<double, uint>(one.AsSpan(0, head)));
                    table.Contribute(own, one.AsSpan(head), scratch, states);
                    if (_tables[t] is not null)
                    {
                        Volatile.Write(ref _known[t][slots[t]], one);
                    }
                }

                AddTo(sums, table.Features, one.AsSpan(head));
            }
        }

        ArrayPool<uint>.Shared.Return(answers);
        ArrayPool<int>.Shared.Return(slots);
        ArrayPool<double[]?>.Shared.Return(met, clearArray: true);
    }

    private static unsafe void Fetch(void* address)
    {
        if (Sse.IsSupported)
        {
            Sse.Prefetch0(address);
        }
    }

    private static int SlotOf(ReadOnlySpan<uint> answers, int slots)
    {
        ulong hash = 0;
        foreach (uint word in answers)
        {
            hash = Mixed(hash, word);
        }

        return SlotOf(hash, slots);
    }
}
