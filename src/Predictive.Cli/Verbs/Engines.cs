using Predictive.Learning;

namespace Predictive.Cli.Verbs;

/// <summary>The learning engines of this build.</summary>
internal static class Engines
{
    public const string BuiltIn = "built-in";
    public const string MLNet = "mlnet";

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
        ?? throw new RefusedInputException(string.Equals(name, MLNet, StringComparison.OrdinalIgnoreCase)
            ? "The engine 'mlnet' is not in this build. Build with -p:WithMLNet=true where the Microsoft.ML packages can be restored: dotnet build -c Release -p:WithMLNet=true"
            : $"There is no engine '{name}'; this build has: {string.Join(", ", All.Select(e => e.Name))}.");
}
