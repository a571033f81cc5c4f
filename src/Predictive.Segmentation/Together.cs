using System.Runtime.ExceptionServices;

namespace Predictive.Segmentation;

/// <summary>Independent steps on all cores.</summary>
internal static class Together
{
    /// <summary>Runs the steps one after the other, or at once as the other form does.</summary>
    public static void Run(bool atOnce, params Action[] steps)
    {
        if (atOnce)
        {
            Run(steps);
            return;
        }

        foreach (Action step in steps)
        {
            step();
        }
    }

    /// <summary>
    /// Runs every step, begun in their order: the longest go first. What the first of them in order threw is thrown as it was.
    /// </summary>
    public static void Run(params Action[] steps)
    {
        var faults = new Exception?[steps.Length];
        int taken = 0;
        Parallel.For(0, Math.Min(steps.Length, Environment.ProcessorCount), _ =>
        {
            for (int i = Interlocked.Increment(ref taken) - 1; i < steps.Length; i = Interlocked.Increment(ref taken) - 1)
            {
                try
                {
                    steps[i]();
                }
                catch (Exception e)
                {
                    faults[i] = e;
                }
            }
        });
        if (Array.Find(faults, f => f is not null) is { } fault)
        {
            ExceptionDispatchInfo.Throw(fault);
        }
    }
}
