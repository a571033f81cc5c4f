namespace Predictive.History.Import;

/// <summary>Where the rows, the fields and the header of a CSV file are.</summary>
/// <param name="Delimiter">Between fields.</param>
/// <param name="LineEnd">Between rows.</param>
/// <param name="RowsAbove">Rows above the header: <c>sep=;</c>, the title of a report.</param>
internal sealed record CsvLayout(byte Delimiter, byte LineEnd, int RowsAbove)
{
    private const int ProbeRows = 200;
    private const int MostRowsAbove = 20;
    private static readonly byte[] Delimiters = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    /// <summary>Tells the layout from the first chunk.</summary>
    /// <exception cref="DatasetException">The file is empty, no text, or in an encoding that must be named.</exception>
    public static CsvLayout Detect(ImportOptions options, CsvSource source)
    {
        CsvChunk head = source.Head;
        var bytes = head.Buffer.AsSpan(head.Start, head.End - head.Start);
        if (bytes.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw DatasetFaults.EmptyTable(options.Source).Refuse();
        }

        // A zero byte here and there is a damaged row; many are no text at all.
        var start = bytes[..Math.Min(bytes.Length, 4096)];
        if (start.Count((byte)0) * 20 > start.Length)
        {
            throw DatasetFaults.NotACsvFile(options.Source, "it holds zero bytes, so it is not text").Refuse();
        }

        if (source.Encoding == CsvEncoding.Latin1 && options.Encoding is null && CsvEncodings.LooksDoubleByte(bytes))
        {
            throw DatasetFaults.UnknownEncoding(options.Source).Refuse();
        }

        byte lineEnd = bytes.Contains((byte)'\n') || !bytes.Contains((byte)'\r') ? (byte)'\n' : (byte)'\r';

        // Excel's own note on the delimiter, which it takes off when it reads.
        if (bytes.StartsWith("sep="u8) && bytes.Length > 6 && bytes[5] is (byte)'\r' or (byte)'\n'
            && bytes[4] is not ((byte)'\r' or (byte)'\n' or (byte)'"'))
        {
            return new CsvLayout(options.Delimiter is { } other ? AsByte(other) : bytes[4], lineEnd, 1);
        }

        byte delimiter = options.Delimiter is { } given ? AsByte(given) : DelimiterOf(options, source, lineEnd);
        return new CsvLayout(delimiter, lineEnd, Above(options, source, delimiter, lineEnd));
    }

    /// <summary>The rows of the first chunk, behind the header.</summary>
    public CsvRows Open(CsvChunk head, CsvEncoding encoding, out string[] header)
    {
        var rows = new CsvRows(Delimiter, LineEnd);
        rows.Load(head.Buffer, head.Start, head.End);
        for (int above = 0; above <= RowsAbove; above++)
        {
            rows.Read(last: true);
        }

        header = HeaderOf(rows, encoding);
        return rows;
    }

    /// <summary>Names of the header row, blanks and quotes removed.</summary>
    public static string[] HeaderOf(CsvRows rows, CsvEncoding encoding)
    {
        string[] names = new string[rows.FieldCount];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = CsvEncodings.Decode(rows.Field(i), encoding).Trim();
        }

        return names;
    }

    private static byte AsByte(char delimiter) => delimiter is < (char)128 and not '"' and not '\n' and not '\r'
        ? (byte)delimiter
        : throw new ArgumentException($"The delimiter '{delimiter}' must be one ASCII character other than a quote or a line end.");

    // A column without a name is found in every row that has an empty field.
    private static HashSet<string> Wanted(ImportOptions options) =>
        [.. CsvColumns.Wanted(options).Select(w => w.Source).Where(s => s.Length > 0)];

    /// <summary>The delimiter under which most of the wanted columns are found, then the one with the steadiest number of fields.</summary>
    private static byte DelimiterOf(ImportOptions options, CsvSource source, byte lineEnd)
    {
        HashSet<string> wanted = Wanted(options);
        byte best = Delimiters[0];
        (int Found, double Steady, int Fields) bestScore = (-1, 0, 0);
        foreach (byte delimiter in Delimiters)
        {
            var (found, counts, _) = Probe(source, delimiter, lineEnd, wanted);
            int fields = counts.Count == 0 ? 0 : Mode(counts);
            var score = (found, fields > 1 ? (double)counts.Count(c => c == fields) / counts.Count : 0, fields);
            if (score.CompareTo(bestScore) > 0)
            {
                (best, bestScore) = (delimiter, score);
            }
        }

        return best;
    }

    /// <summary>
    /// Rows above the header: those before the first with as many fields as most rows have, where the first has fewer and lacks what is
    /// wanted.
    /// </summary>
    private static int Above(ImportOptions options, CsvSource source, byte delimiter, byte lineEnd)
    {
        HashSet<string> wanted = Wanted(options);
        var rows = new CsvRows(delimiter, lineEnd);
        CsvChunk head = source.Head;
        rows.Load(head.Buffer, head.Start, head.End);
        rows.Read(last: true);
        if (rows.FieldCount > 1 && HeaderOf(rows, source.Encoding).Any(wanted.Contains))
        {
            return 0;
        }

        (_, List<int> counts, List<int> filled) = Probe(source, delimiter, lineEnd, wanted);
        int mode = Mode(counts), at = counts.IndexOf(mode);
        if (at == 0)
        {
            // Rows of a title that were filled up with empty fields: the header is the first row whose fields are nearly all filled.
            at = filled.FindIndex(f => f >= Math.Max(3, mode - Math.Max(1, mode / 5)));
            return mode > 2 && filled[0] * 2 <= mode && at is > 0 and <= MostRowsAbove && filled.Take(at).All(f => f * 2 <= mode) ? at : 0;
        }

        return mode > 2 && counts[0] * 2 <= mode && at <= MostRowsAbove && counts.Skip(at).Take(5).All(c => c == mode) ? at : 0;
    }

    private static (int Found, List<int> Counts, List<int> Filled) Probe(
        CsvSource source, byte delimiter, byte lineEnd, HashSet<string> wanted)
    {
        var rows = new CsvRows(delimiter, lineEnd);
        CsvChunk head = source.Head;
        bool whole = head.End - head.Start < CsvSource.Headroom;
        rows.Load(head.Buffer, head.Start, head.End);
        List<int> counts = [], filled = [];
        int found = 0;
        while (counts.Count < ProbeRows && rows.Read(last: whole || counts.Count == 0))
        {
            found = counts.Count <= MostRowsAbove ? Math.Max(found, HeaderOf(rows, source.Encoding).Count(wanted.Contains)) : found;
            counts.Add(rows.FieldCount);
            filled.Add(counts.Count <= MostRowsAbove + 1 ? HeaderOf(rows, source.Encoding).Count(h => h.Length > 0) : rows.FieldCount);
        }

        return (found, counts, filled);
    }

    private static int Mode(List<int> counts) =>
        counts.GroupBy(c => c).OrderByDescending(g => g.Count()).ThenByDescending(g => g.Key).First().Key;
}
