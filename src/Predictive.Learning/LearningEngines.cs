namespace Predictive.Learning;

/// <summary>The engines there are, whether or not a build has them.</summary>
public static class LearningEngines
{
    /// <summary>The default: no dependency, in every build.</summary>
    public const string BuiltIn = "built-in";

    /// <summary>ML.NET: only in builds that ask for it.</summary>
    public const string MLNet = "mlnet";

    /// <summary>How to get the ML.NET engine, as a command.</summary>
    public const string GetMLNet = "dotnet build -c Release -p:WithMLNet=true, where the Microsoft.ML packages can be restored";

    /// <summary>Says that a build lacks an engine, and how to get it: part of a sentence, without a full stop.</summary>
    /// <param name="name">The engine asked for.</param>
    /// <param name="has">What the build has.</param>
    public static string Lacks(string name, IEnumerable<ILearningEngine> has)
    {
        ArgumentNullException.ThrowIfNull(has);
        string there = $"this build has {string.Join(", ", has.Select(e => $"'{e.Name}'"))}";
        return string.Equals(name, MLNet, StringComparison.OrdinalIgnoreCase) ? $"{there}; a build with '{MLNet}': {GetMLNet}" : there;
    }
}
