using System.Text.Unicode;

namespace Predictive.History.Import.Tables;

/// <summary>
/// One pass over a whole file before its rows are taken: how it is written, which of its columns hold numbers, how its times read.
/// </summary>
internal sealed record TableSurvey
{
    private const int TimesTried = 5_000;

    /// <summary>Where rows and fields are.</summary>
    public required CsvLayout Layout { get; init; }

    /// <summary>Which column is which.</summary>
    public required TablePlan Plan { get; init; }

    /// <summary>That of the text.</summary>
    public required CsvEncoding Encoding { get; init; }

    /// <summary>Its name, where it is another than the file's beginning says; null = the same.</summary>
    public string? EncodingName { get; init; }

    /// <summary>Whether each column of the plan holds numbers.</summary>
    public required bool[] IsNumber { get; init; }

    /// <summary>True = <c>1.234,50</c>.</summary>
    public required bool DecimalComma { get; init; }

    /// <summary>By what the decimal mark was told, where no number proves it.</summary>
    public string? DecimalHints { get; init; }

    /// <summary>Reads the times; null = the table has none.</summary>
    public TimeReader? Time { get; init; }

    /// <summary>Their format; empty = the table has none.</summary>
    public string TimeText { get; init; } = "";

    /// <summary>Looks the whole file over.</summary>
    /// <exception cref="DatasetException">It cannot be read, its columns cannot be told, or it contradicts itself.</exception>
    public static TableSurvey Of(TableImportOptions options, TimeZoneInfo zone, CancellationToken cancellation)
    {
        TableSurvey survey = Pass(options, zone, options.File.DecimalComma ?? false, cancellation, out var evidence, out bool isOther);
        if (isOther)
        {
            options = options with { File = options.File with { Encoding = "windows-1252" } };
            survey = Pass(options, zone, false, cancellation, out evidence, out _) with { EncodingName = "windows-1252" };
        }

        FormatChange? change = options.File.DecimalComma is not null ? null : FormatVerdict.Decimals(
            options.File.Source, survey.Layout.Delimiter, survey.TimeText, survey.DecimalComma, null, evidence);
        return change?.DecimalComma is not { } comma
            ? survey
            : Pass(options, zone, comma, cancellation, out _, out _) with
            {
                EncodingName = survey.EncodingName, DecimalHints = change.DecimalHints,
            };
    }

    private static TableSurvey Pass(
        TableImportOptions options, TimeZoneInfo zone, bool comma, CancellationToken cancellation, out DecimalEvidence evidence,
        out bool isOtherEncoding)
    {
        ImportOptions file = options.File;
        using CsvSource source = CsvSource.Open(file);
        TablePlan plan = TablePlan.Of(options, source);
        CsvLayout layout = CsvLayout.Detect(file, source);
        var rows = new CsvRowSource(source, new CsvRows(layout.Delimiter, layout.LineEnd))
        {
            ChunkTaken = cancellation.ThrowIfCancellationRequested,
        };
        int columns = plan.Columns.Count;
        var numbers = new CsvNumbers(comma, source.Encoding, lax: file.DecimalComma is null);
        var mustBe = new bool[columns];
        var mayBe = new bool[columns];
        var values = new long[columns];
        for (int c = 0; c < columns; c++)
        {
            mustBe[c] = plan.Layout.Numbers.Contains(plan.Columns[c].Name);
            mayBe[c] = mustBe[c] || (plan.Layout.IsKeyed && !plan.Layout.Canonical.Contains(plan.Columns[c].Name));
        }

        var times = new List<(long Line, byte[] Text)>();
        long damaged = 0, good = 0;
        Skip(rows, layout);
        while (rows.Read())
        {
            CsvRows row = rows.Rows;
            if (row.Unclosed || !LineImport.HasAllFields(row, plan.Header.Length))
            {
                continue;
            }

            if (source.Encoding == CsvEncoding.Utf8 && row.Row.IndexOfAnyExceptInRange((byte)0, (byte)0x7F) >= 0)
            {
                (damaged, good) = Utf8.IsValid(row.Row) ? (damaged, good + 1) : (damaged + 1, good);
            }

            if (plan.Time >= 0 && times.Count < TimesTried && LineImport.Blanks(row.Field(plan.Time)) is { IsEmpty: false } time)
            {
                times.Add((rows.Line, time.ToArray()));
            }

            numbers.Line = rows.Line;
            for (int c = 0; c < columns; c++)
            {
                ReadOnlySpan<byte> text = LineImport.Blanks(row.Field(plan.Columns[c].Column));
                if (mayBe[c] && !LineImport.IsMissing(text))
                {
                    values[c]++;
                    // 01234 is a postal code: text.
                    bool code = text.Length > 1 && text[0] == (byte)'0' && char.IsAsciiDigit((char)text[1]);
                    mayBe[c] = (!code && numbers.TryParse(text, out _)) || mustBe[c];
                }
            }
        }

        (evidence, isOtherEncoding) = (numbers.Evidence, file.Encoding is null && !source.HasMark && damaged > good);
        (TimeReader Reader, string Text)? read = plan.Time < 0 ? null : TimeFormatDetector.Detect(
            file, CsvColumns.Only(plan.Header, plan.Time), times, zone, source.Encoding, () => AllTimes(file, layout, plan));
        return new TableSurvey
        {
            Layout = layout,
            Plan = plan,
            Encoding = source.Encoding,
            IsNumber = [.. mayBe.Select((may, c) => mustBe[c] || (may && values[c] > 0))],
            DecimalComma = comma,
            Time = read?.Reader,
            TimeText = read?.Text ?? "",
        };
    }

    /// <summary>Passes over the header and what stands above it.</summary>
    public static void Skip(CsvRowSource rows, CsvLayout layout)
    {
        for (int above = 0; above <= layout.RowsAbove; above++)
        {
            rows.Read();
        }
    }

    private static IEnumerable<(long Line, byte[] Text)> AllTimes(ImportOptions file, CsvLayout layout, TablePlan plan)
    {
        using CsvSource source = CsvSource.Open(file);
        var rows = new CsvRowSource(source, new CsvRows(layout.Delimiter, layout.LineEnd));
        Skip(rows, layout);
        while (rows.Read())
        {
            if (!rows.Rows.Unclosed && LineImport.HasAllFields(rows.Rows, plan.Header.Length)
                && LineImport.Blanks(rows.Rows.Field(plan.Time)).ToArray() is { Length: > 0 } time)
            {
                yield return (rows.Line, time);
            }
        }
    }
}
