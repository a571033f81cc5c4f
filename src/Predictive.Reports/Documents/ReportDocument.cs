using Predictive.Reports.Charts;

namespace Predictive.Reports.Documents;

/// <summary>A report as its reader gets it, before it is a page, a text or a sheet.</summary>
/// <param name="Tag">Language, such as <c>en</c>.</param>
/// <param name="Title">What it is.</param>
/// <param name="Subtitle">What it stands on.</param>
/// <param name="Tiles">The figures that count, in a row at the top.</param>
/// <param name="Sections">What it says, in order.</param>
public sealed record ReportDocument(
    string Tag, string Title, string Subtitle, IReadOnlyList<DocumentTile> Tiles, IReadOnlyList<DocumentSection> Sections)
{
    /// <summary>What stands below a table or picture, {0} = the definitions of its figures; null = nothing does.</summary>
    public string? DefinedBy { get; init; }

    /// <summary>The line below a block; null = it names no definition.</summary>
    /// <param name="block">One of the sections'.</param>
    public string? Defined(DocumentBlock block)
    {
        ArgumentNullException.ThrowIfNull(block);
        return DefinedBy is null || block.Metrics.Count == 0
            ? null
            : string.Format(System.Globalization.CultureInfo.InvariantCulture, DefinedBy, string.Join(", ", block.Metrics));
    }
}

/// <summary>A figure at the top.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">The figure.</param>
/// <param name="Against">What it is held against; empty = nothing.</param>
public sealed record DocumentTile(string Name, string Value, string Against);

/// <summary>A part of a report.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Blocks">What stands below it.</param>
public sealed record DocumentSection(string Title, IReadOnlyList<DocumentBlock> Blocks);

/// <summary>Something below a heading.</summary>
public abstract record DocumentBlock
{
    /// <summary>Definitions its figures were computed with, such as <c>revenue/1</c>; told below it. Default none.</summary>
    public IReadOnlyList<string> Metrics { get; init; } = [];
}

/// <summary>Sentences that belong together.</summary>
/// <param name="Text">Of them.</param>
/// <param name="IsSoft">Whether it only explains.</param>
public sealed record DocumentText(string Text, bool IsSoft = false) : DocumentBlock;

/// <summary>Points, one under the other.</summary>
/// <param name="Points">The texts.</param>
/// <param name="Language">Their language, where it is not the document's; null = it is.</param>
public sealed record DocumentPoints(IReadOnlyList<string> Points, string? Language = null) : DocumentBlock;

/// <summary>A table; numbers stand to the right, the first column to the left.</summary>
/// <param name="Title">Above it; null = none.</param>
/// <param name="Columns">Heads.</param>
/// <param name="Rows">A text per column.</param>
/// <param name="Words">Columns that are words.</param>
public sealed record DocumentTable(
    string? Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows, IReadOnlyList<int>? Words = null)
    : DocumentBlock;

/// <summary>What a picture of bars shows.</summary>
public enum DocumentBars
{
    /// <summary>One upright bar a month.</summary>
    Months,

    /// <summary>Bars that lie, longest first.</summary>
    Lying,

    /// <summary>Bars to both sides of nothing.</summary>
    Effects,
}

/// <summary>A picture.</summary>
/// <param name="Label">What a reader who cannot see it is told.</param>
/// <param name="Kind">How it is drawn.</param>
/// <param name="Bars">What it shows.</param>
/// <param name="Short">How a number of an axis is written.</param>
public sealed record DocumentChart(string Label, DocumentBars Kind, IReadOnlyList<ChartBar> Bars, Func<double, string> Short)
    : DocumentBlock;
