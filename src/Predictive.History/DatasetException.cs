namespace Predictive.History;

/// <summary>How much a finding weighs.</summary>
public enum FindingSeverity
{
    /// <summary>Worth knowing.</summary>
    Info,

    /// <summary>The data can be used, results may suffer.</summary>
    Warning,

    /// <summary>The data cannot be used until this is mended.</summary>
    Blocking,
}

/// <summary>One thing found in a dataset.</summary>
/// <param name="Code">A stable machine name, such as <c>missing-column</c>.</param>
/// <param name="Severity">Blocking findings refuse the dataset.</param>
/// <param name="Message">What was found, what was expected, where, and what to do.</param>
/// <param name="Table">The table or file it is about; null = the dataset.</param>
/// <param name="Column">The column it is about; null = none in particular.</param>
/// <param name="Count">Rows (or things) concerned.</param>
/// <param name="Examples">The first few, as a user would recognise them.</param>
public sealed record Finding(
    string Code,
    FindingSeverity Severity,
    string Message,
    string? Table = null,
    string? Column = null,
    long Count = 1,
    IReadOnlyList<string>? Examples = null);

/// <summary>
/// The one exception for a refused dataset: what is wrong with the data, for the person who can mend it. The CLI ends with exit code 2.
/// </summary>
public sealed class DatasetException : Exception
{
    /// <summary>With its findings; at least one is blocking.</summary>
    public DatasetException(IReadOnlyList<Finding> findings, Exception? inner = null)
        : base(
            string.Join(Environment.NewLine, findings.Where(f => f.Severity == FindingSeverity.Blocking).Select(f => f.Message)), inner) =>
                Findings = findings;

    /// <summary>With one blocking finding.</summary>
    public DatasetException(
        string code, string message, string? table = null, string? column = null, long count = 1, Exception? inner = null)
        : this([new Finding(code, FindingSeverity.Blocking, message, table, column, count)], inner)
    {
    }

    /// <summary>Everything found, blocking or not.</summary>
    public IReadOnlyList<Finding> Findings { get; }
}
