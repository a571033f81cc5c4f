namespace Predictive.Segmentation.Rules;

/// <summary>The one exception for rule settings that cannot be used: every fault at once, for the person who edits them.</summary>
public sealed class RulesException : Exception
{
    /// <summary>With what was being read and everything wrong with it.</summary>
    /// <param name="what">The setting or table, such as <c>the RFM segment table</c>.</param>
    /// <param name="faults">At least one; each says what was found and what was expected.</param>
    /// <param name="inner">What caused it, if anything.</param>
    public RulesException(string what, IReadOnlyList<string> faults, Exception? inner = null)
        : base($"{what} cannot be used: {string.Join("; ", faults)}.", inner) => Faults = faults;

    /// <summary>The faults, in reading order.</summary>
    public IReadOnlyList<string> Faults { get; }

    internal static void ThrowIfAny(string what, List<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new RulesException(what, faults);
        }
    }
}
