using System.Text;
using nietras.SeparatedValues;

namespace Predictive.History.Sheets;

/// <summary>
/// A table as CSV: UTF-8, commas, lines that end with a line feed, fields quoted as RFC 4180 has it. Text that a spreadsheet would run is
/// defused (<see cref="SheetText"/>).
/// </summary>
internal sealed class CsvSheet : IDisposable
{
    private readonly SepWriter _writer;
    private readonly bool _raw;

    /// <summary>Starts with the header.</summary>
    /// <param name="stream">Left open.</param>
    /// <param name="columns">Their names.</param>
    /// <param name="raw">True = text is written as it is.</param>
    public CsvSheet(Stream stream, IReadOnlyList<string> columns, bool raw)
    {
        _raw = raw;
        var text = new StreamWriter(stream, new UTF8Encoding(false), 1 << 16, leaveOpen: true) { NewLine = "\n" };
        _writer = Sep.New(',').Writer(options => options with { Escape = true }).To(text, leaveOpen: false);
        _writer.Header.Add(columns);
        _writer.Header.Write();
    }

    /// <summary>Adds a row: as many values as columns.</summary>
    public void Write(ReadOnlySpan<object?> values)
    {
        using SepWriter.Row row = _writer.NewRow();
        for (int c = 0; c < values.Length; c++)
        {
            row[c].Set(SheetCell.Csv(values[c], _raw));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _writer.Dispose();
}
