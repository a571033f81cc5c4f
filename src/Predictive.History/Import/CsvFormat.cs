
namespace Predictive.History.Import;

/// <summary>How a CSV file is laid out, told from its beginning (and, for day against month, from as much of it as it takes).</summary>
internal sealed class CsvFormat
{
    private const int SampleRows = 5_000;
    private static readonly byte[] Delimiters = [(byte)',', (byte)';', (byte)'\t', (byte)'|'];

    private CsvFormat()
    {
    }

    public required CsvEncoding Encoding { get; init; }

    public required byte Delimiter { get; init; }

    public required byte LineEnd { get; init; }

    public required bool DecimalComma { get; init; }

    public required TimeFormat Time { get; init; }

    /// <summary>The time format as a person writes it.</summary>
    public required string TimeText { get; init; }

    public required CsvColumns Columns { get; init; }

    /// <summary>Tells the format from the first chunk.</summary>
    /// <param name="options">What is given is not guessed.</param>
    /// <param name="encoding">Told from the bytes.</param>
    /// <param name="head">The first chunk.</param>
    /// <param name="zone">The dataset's clock.</param>
    public static CsvFormat Detect(ImportOptions options, CsvEncoding encoding, CsvChunk head, TimeZoneInfo zone)
    {
        var bytes = head.Buffer.AsSpan(head.Start, head.End - head.Start);
        if (bytes.Trim(" \t\r\n"u8).IsEmpty)
        {
            throw DatasetFaults.EmptyTable(options.Source).Refuse();
        }

        if (bytes[..Math.Min(bytes.Length, 4096)].Contains((byte)0))
        {
            throw DatasetFaults.NotACsvFile(options.Source, "it holds zero bytes, so it is not text").Refuse();
        }

        byte lineEnd = bytes.Contains((byte)'\n') || !bytes.Contains((byte)'\r') ? (byte)'\n' : (byte)'\r';
        byte delimiter = options.Delimiter is { } given ? AsByte(given) : DelimiterOf(options, encoding, head, lineEnd);
        var rows = new CsvRows(delimiter, lineEnd);
        rows.Load(head.Buffer, head.Start, head.End);
        bool whole = bytes.Length < CsvSource.Headroom;
        rows.Read(last: true);
        var columns = CsvColumns.Find(options, HeaderOf(rows, encoding));

        var times = new List<byte[]>();
        var numbers = new DecimalVote();
        for (int n = 0; n < SampleRows && rows.Read(whole); n++)
        {
            if (rows.FieldCount < columns.Count || rows.Unclosed)
            {
                continue;
            }

            var field = rows.Field(columns.Time).Trim(" \t"u8);
            if (!field.IsEmpty)
            {
                times.Add(field.ToArray());
            }

            foreach (int column in columns.Numbers)
            {
                numbers.Add(rows.Field(column));
            }
        }

        bool comma = options.DecimalComma ?? numbers.Comma;
        var (time, text) = TimeFormatDetector.Detect(options, columns, times, zone, (encoding, delimiter, lineEnd));
        return new CsvFormat
        {
            Encoding = encoding,
            Delimiter = delimiter,
            LineEnd = lineEnd,
            DecimalComma = comma,
            Time = time,
            TimeText = text,
            Columns = columns,
        };
    }

    /// <summary>Names of the header row, blanks and quotes removed.</summary>
    public static string[] HeaderOf(CsvRows rows, CsvEncoding encoding)
    {
        string[] names = new string[rows.FieldCount];
        for (int i = 0; i < names.Length; i++)
        {
            names[i] = CsvEncodings.Decode(rows.Field(i), encoding, out _).Trim();
        }

        return names;
    }

    private static byte AsByte(char delimiter) => delimiter is < (char)128 and not '"' and not '\n' and not '\r'
        ? (byte)delimiter
        : throw new ArgumentException($"The delimiter '{delimiter}' must be one ASCII character other than a quote or a line end.");

    /// <summary>The delimiter under which most of the wanted columns are found, then the one with the steadiest number of fields.</summary>
    private static byte DelimiterOf(ImportOptions options, CsvEncoding encoding, CsvChunk head, byte lineEnd)
    {
        var wanted = CsvColumns.Wanted(options).Select(w => w.Source).ToHashSet(StringComparer.Ordinal);
        byte best = Delimiters[0];
        (int Found, double Steady, int Fields) bestScore = (-1, 0, 0);
        foreach (byte delimiter in Delimiters)
        {
            var rows = new CsvRows(delimiter, lineEnd);
            rows.Load(head.Buffer, head.Start, head.End);
            rows.Read(last: true);
            int fields = rows.FieldCount;
            int found = HeaderOf(rows, encoding).Count(wanted.Contains);
            int same = 0, seen = 0;
            while (seen < 200 && rows.Read(last: false))
            {
                seen++;
                same += rows.FieldCount == fields ? 1 : 0;
            }

            var score = (found, fields > 1 ? (same + 1.0) / (seen + 1.0) : 0, fields);
            if (score.CompareTo(bestScore) > 0)
            {
                (best, bestScore) = (delimiter, score);
            }
        }

        return best;
    }

    /// <summary>Weighs which of point and comma is the decimal sign.</summary>
    private sealed class DecimalVote
    {
        private int _comma;
        private int _point;

        public bool Comma => _comma > _point;

        public void Add(ReadOnlySpan<byte> text)
        {
            int comma = text.LastIndexOf((byte)','), point = text.LastIndexOf((byte)'.');
            if (comma >= 0 && point >= 0)
            {
                Vote(comma > point);
            }
            else if (comma >= 0)
            {
                // 1,234,567 is grouped; 12,5 has a decimal comma; 1,234 may be either and says nothing.
                if (text.Count((byte)',') > 1)
                {
                    Vote(false);
                }
                else if (Digits(text[(comma + 1)..]) != 3)
                {
                    Vote(true);
                }
            }
            else if (point >= 0)
            {
                if (text.Count((byte)'.') > 1)
                {
                    Vote(true);
                }
                else if (Digits(text[(point + 1)..]) != 3)
                {
                    Vote(false);
                }
            }
        }

        private void Vote(bool comma)
        {
            _comma += comma ? 1 : 0;
            _point += comma ? 0 : 1;
        }

        private static int Digits(ReadOnlySpan<byte> text)
        {
            int n = 0;
            while (n < text.Length && (uint)(text[n] - '0') <= 9)
            {
                n++;
            }

            return n;
        }
    }
}
