namespace Predictive.Cli.Terminal;

/// <summary>Exit codes of every verb; scripts depend on them.</summary>
public static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Done = 0;

    /// <summary>Failed for a reason outside the input: disk, network, a fault of ours.</summary>
    public const int Failed = 1;

    /// <summary>
    /// The input (data, options, a model file) was refused; the message says what was found, expected, where, and what to do.
    /// </summary>
    public const int Refused = 2;

    /// <summary>Trained, but the gate holds the version: the champion stays. The reasons are told.</summary>
    public const int Held = Worker.WorkerJob.Held;
}
