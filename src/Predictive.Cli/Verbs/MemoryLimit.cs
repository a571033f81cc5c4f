using Predictive.History.Loading;

namespace Predictive.Cli.Verbs;

/// <summary>
/// What <c>--memory</c> means: plans by the sizes below, and a hard limit on the runtime's heap that makes the promise good where a plan is off: the
/// command then ends with a message instead of taking more.
/// </summary>
internal static class MemoryLimit
{
    /// <summary>Taken beside the heap: the runtime, its code, the trees' histograms, stacks.</summary>
    private const long BesideHeap = 128L << 20;

    private const long Least = 384L << 20;

    // Peak memory of `train` on simulated bases (2 threads, `/usr/bin/time -v predictive train`): 20,000 customers 592 MB, 100,000 customers 864 MB,
    // lines not counted: 500 MB and 3.4 kB a customer. Rounded up.
    private const long LearnFixed = 580L << 20;
    private const long LearnPerCustomer = 4_500;

    /// <summary>A model, the words of a block of scores, the row group being written.</summary>
    private const long ScoreFixed = 144L << 20;

    /// <summary>The limit in force; null = none.</summary>
    public static long? Bytes { get; private set; }

    /// <summary>Puts a limit on this process.</summary>
    /// <exception cref="RefusedInputException">It is below what the runtime itself takes.</exception>
    public static void Set(long? bytes)
    {
        if (bytes is not { } limit)
        {
            return;
        }

        if (limit < Least)
        {
            throw new RefusedInputException($"--memory is {limit >> 20} MB; expected at least {Least >> 20} MB.");
        }

        Bytes = limit;
        AppContext.SetData("GCHeapHardLimit", (ulong)(limit - BesideHeap));
        GC.RefreshMemoryLimit();
    }

    /// <summary>What learning takes beside the history.</summary>
    public static SampleBudget ToLearn(string purpose, int seed) => new(purpose, LearnFixed, LearnPerCustomer, 1_000, seed);

    /// <summary>What is left for the history while it is scored.</summary>
    public static long ToScore(long bytes) => bytes - ScoreFixed;
}
