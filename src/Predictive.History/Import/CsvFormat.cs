namespace Predictive.History.Import;

/// <summary>
/// How a CSV file is laid out, told from its beginning (and, for day against month, from as much of it as it takes). What the rest of the
/// file proves against it overturns it: <see cref="FormatVerdict"/>.
/// </summary>
internal sealed record CsvFormat
{
    private const int SampleRows = 5_000;

    private CsvFormat()
    {
    }

    public required CsvEncoding Encoding { get; init; }

    public required byte Delimiter { get; init; }

    public required byte LineEnd { get; init; }

    /// <summary>Rows above the header: <c>sep=;</c>, the title of a report.</summary>
    public required int RowsAbove { get; init; }

    public required bool DecimalComma { get; init; }

    /// <summary>By what the decimal mark was told, where no number proves it; null = by proof, given, or of no consequence.</summary>
    public string? DecimalHints { get; init; }

    public required TimeReader Time { get; init; }

    /// <summary>The time format as a person writes it.</summary>
    public required string TimeText { get; init; }

    public required CsvColumns Columns { get; init; }

    /// <summary>Tells the format from the first chunk.</summary>
    /// <param name="options">What is given is not guessed.</param>
    /// <param name="source">The file, open, its first chunk not yet taken.</param>
    /// <param name="zone">The dataset's clock.</param>
    /// <param name="reopen">Opens the file once more.</param>
    public static CsvFormat Detect(ImportOptions options, CsvSource source, TimeZoneInfo zone, Func<CsvSource> reopen)
    {
        CsvLayout layout = CsvLayout.Detect(options, source);
        CsvEncoding encoding = source.Encoding;
        CsvChunk head = source.Head;
        bool whole = head.End - head.Start < CsvSource.Headroom;
        CsvRows rows = layout.Open(head, encoding, out string[] header);
        var columns = CsvColumns.Find(options, header);

        var times = new List<(long Line, byte[] Text)>();
        var numbers = new CsvNumbers(false, encoding, lax: true);
        long line = layout.RowsAbove + 1;
        for (int n = 0; n < SampleRows && rows.Read(whole); n++)
        {
            line += 1 + rows.InnerLines;
            if (rows.FieldCount < columns.Count || rows.Unclosed)
            {
                continue;
            }

            byte[] time = TimeOf(rows, columns);
            if (time.Length > 0)
            {
                times.Add((line, time));
            }

            foreach (int column in columns.Numbers)
            {
                numbers.TryParse(rows.Field(column).Trim(" \t"u8), out _);
            }
        }

        bool comma = options.DecimalComma ?? numbers.Evidence.OtherProofs > numbers.Evidence.Proofs;
        var (reader, text) = TimeFormatDetector.Detect(options, columns, times, zone, encoding, () => AllTimes(reopen, layout, columns));
        return new CsvFormat
        {
            Encoding = encoding,
            Delimiter = layout.Delimiter,
            LineEnd = layout.LineEnd,
            RowsAbove = layout.RowsAbove,
            DecimalComma = comma,
            Time = reader,
            TimeText = text,
            Columns = columns,
        };
    }

    /// <summary>Every time of the file, line by line.</summary>
    /// <param name="reopen">Opens the file once more.</param>
    public IEnumerable<(long Line, byte[] Text)> Times(Func<CsvSource> reopen) =>
        AllTimes(reopen, new CsvLayout(Delimiter, LineEnd, RowsAbove), Columns);

    /// <summary>The time of a row as it is read: with the time of day behind it where that has a column of its own.</summary>
    private static byte[] TimeOf(CsvRows rows, CsvColumns columns)
    {
        byte[] date = rows.Field(columns.Time).Trim(" \t"u8).ToArray();
        var clock = columns.TimeOfDay < 0 ? default : rows.Field(columns.TimeOfDay).Trim(" \t"u8);
        return clock.IsEmpty || date.Length == 0 ? date : [.. date, (byte)' ', .. clock];
    }

    private static IEnumerable<(long Line, byte[] Text)> AllTimes(Func<CsvSource> reopen, CsvLayout layout, CsvColumns columns)
    {
        using CsvSource source = reopen();
        var rows = new CsvRowSource(source, new CsvRows(layout.Delimiter, layout.LineEnd));
        for (int above = 0; above <= layout.RowsAbove; above++)
        {
            rows.Read();
        }

        while (rows.Read())
        {
            if (rows.Rows.FieldCount >= columns.Count && !rows.Rows.Unclosed && TimeOf(rows.Rows, columns) is { Length: > 0 } time)
            {
                yield return (rows.Line, time);
            }
        }
    }
}
