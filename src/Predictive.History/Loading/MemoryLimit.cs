namespace Predictive.History.Loading;

/// <summary>
/// What <c>--memory</c> means: whoever loads plans by the bytes left for a history, and a hard limit on the runtime's heap makes the
/// promise good where a plan is off: the work then ends with an <see cref="OutOfMemoryException"/> instead of taking more.
/// </summary>
public static class MemoryLimit
{
    /// <summary>The least that can be allowed, bytes.</summary>
    public const long Least = 384L << 20;

    /// <summary>
    /// Taken beside the heap: the runtime, its code, the trees' histograms, stacks; and what the collector keeps of a heap, which grows
    /// with it (100M lines within 4 GB took 9 MB more than the first alone leaves).
    /// </summary>
    private static long BesideHeap(long limit) => (128L << 20) + (limit / 64);

    /// <summary>Below this, what is left behind does not matter.</summary>
    private const long SmallHeap = 512L << 20;

    /// <summary>The limit in force on this process, bytes; null = none.</summary>
    public static long? Bytes { get; private set; }

    /// <summary>Puts a limit on this process.</summary>
    /// <param name="bytes">Null = none: nothing is changed.</param>
    /// <exception cref="DatasetException">It is below <see cref="Least"/>.</exception>
    public static void Set(long? bytes)
    {
        if (bytes is not { } limit)
        {
            return;
        }

        if (limit < Least)
        {
            throw new DatasetException("memory-too-small", $"--memory is {limit >> 20} MB; expected at least {Least >> 20} MB.");
        }

        Bytes = limit;
        AppContext.SetData("GCHeapHardLimit", (ulong)(limit - BesideHeap(limit)));
        GC.RefreshMemoryLimit();
    }

    /// <summary>
    /// Gives back what a finished stage of a long work has left. Arrays of a hundred megabytes are collected so seldom by themselves that
    /// the next stage's would come on top of them. Does nothing where the heap is small.
    /// </summary>
    public static void Release()
    {
        if (GC.GetTotalMemory(forceFullCollection: false) > SmallHeap)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true);
        }
    }
}
