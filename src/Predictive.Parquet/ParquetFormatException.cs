namespace Predictive.Parquet;

/// <summary>
/// A file that is not what the Parquet format allows, or that uses a part of the format this library refuses by name.
/// The only exception the library throws because of a file's content.
/// </summary>
/// <remarks>The message reads <c>FILE, column COLUMN, byte OFFSET: what was found, what was expected</c>.</remarks>
public sealed class ParquetFormatException : Exception
{
    /// <summary>Makes the exception.</summary>
    /// <param name="file">Path or name of the source.</param>
    /// <param name="column">Dotted path of the column, or null where the fault concerns no single column.</param>
    /// <param name="offset">Byte offset in the file nearest to the fault, or −1 where there is none.</param>
    /// <param name="problem">What was found, what was expected and, where it helps, what to do; no trailing full stop needed.</param>
    /// <param name="inner">The exception that revealed the fault, if any.</param>
    public ParquetFormatException(string file, string? column, long offset, string problem, Exception? inner = null)
        : base(Describe(file, column, offset, problem), inner)
    {
        File = file;
        Column = column;
        Offset = offset;
        Problem = problem;
    }

    /// <summary>Path or name of the source.</summary>
    public string File { get; }

    /// <summary>Dotted path of the column, or null.</summary>
    public string? Column { get; }

    /// <summary>Byte offset in the file nearest to the fault, or −1.</summary>
    public long Offset { get; }

    /// <summary>The message without file, column and offset.</summary>
    public string Problem { get; }

    private static string Describe(string file, string? column, long offset, string problem) =>
        file + (column is null ? "" : $", column {column}") + (offset < 0 ? "" : $", byte {offset}") + ": " + problem;
}
