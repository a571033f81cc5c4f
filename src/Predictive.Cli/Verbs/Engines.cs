using Predictive.Learning;

namespace Predictive.Cli.Verbs;

/// <summary>The learning engines of this build.</summary>
internal static class Engines
{
    /// <summary>Engines compiled in, the default first.</summary>
    public static IReadOnlyList<ILearningEngine> All { get; } =
    [
        new BuiltInEngine(),
#if WITH_MLNET
        new Predictive.MLNet.MLNetEngine(),
#endif
    ];

    /// <summary>The named engine.</summary>
    /// <exception cref="RefusedInputException">This build lacks it; the message says how to get it.</exception>
    public static ILearningEngine Get(string name) =>
        All.FirstOrDefault(e => string.Equals(e.Name, name, StringComparison.OrdinalIgnoreCase))
        ?? throw new RefusedInputException($"The engine '{name}' is not in this build: {LearningEngines.Lacks(name, All)}.");
}
