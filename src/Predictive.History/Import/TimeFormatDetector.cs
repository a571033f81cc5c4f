
namespace Predictive.History.Import;

/// <summary>Tells how times are written.</summary>
internal static class TimeFormatDetector
{
    private const string Clock = "H:mm[:ss[.f]][ tt][tt][ K][K]";

    // Those that a day of 12 or less makes indistinguishable stand next to each other, day first.
    private static readonly string[] Dates =
    [
        "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyyMMdd",
        "dd/MM/yyyy", "MM/dd/yyyy", "dd-MM-yyyy", "MM-dd-yyyy", "dd.MM.yyyy", "MM.dd.yyyy",
        "dd/MM/yy", "MM/dd/yy", "dd-MM-yy", "MM-dd-yy", "dd.MM.yy", "MM.dd.yy",
        "dd MMM yyyy", "dd-MMM-yyyy", "dd/MMM/yyyy", "dd MMM yy", "dd-MMM-yy", "MMM dd, yyyy", "MMM dd yyyy", "ddd, dd MMM yyyy",
    ];

    private static readonly string[] Others = ["yyyyMMdd'T'HHmmss[K]", "yyyyMMddHHmmss", "yyyyMMddHHmm"];

    /// <summary>The format that reads most of the sample, and its text without brackets.</summary>
    /// <param name="options">A given format is only compiled and tried.</param>
    /// <param name="columns">Where the times stand.</param>
    /// <param name="sample">Times without outer blanks.</param>
    /// <param name="zone">The dataset's clock.</param>
    /// <param name="layout">To read the file further where day and month cannot be told apart yet.</param>
    public static (TimeFormat Format, string Text) Detect(
        ImportOptions options, CsvColumns columns, List<byte[]> sample, TimeZoneInfo zone, (CsvEncoding Encoding, byte Delimiter, byte LineEnd) layout)
    {
        string[] examples = [.. sample.Take(3).Select(b => CsvEncodings.Decode(b, layout.Encoding, out _))];
        if (options.TimeFormat is { } given)
        {
            var format = TimeFormat.Compile(given, zone);
            return sample.Count == 0 || sample.Exists(b => format.TryParse(b, out _))
                ? (format, given)
                : throw DatasetFaults.BadTimeFormat(given, $"it reads none of the first {sample.Count} times of '{options.TimeColumn}', for example {string.Join(", ", examples)}").Refuse();
        }

        if (sample.Count == 0)
        {
            // Every row will be left out for want of a time; any format serves.
            return (TimeFormat.Compile("yyyy-MM-dd", zone), "yyyy-MM-dd");
        }

        var candidates = Candidates(sample, zone);
        var hits = candidates.ConvertAll(c => sample.Count(b => c.TryParse(b, out _)));
        int best = hits.Count == 0 ? 0 : hits.Max();
        if (best * 2 < sample.Count || best == 0)
        {
            throw DatasetFaults.UnknownTimeFormat(options.Source, options.TimeColumn, examples).Refuse();
        }

        var first = candidates[hits.IndexOf(best)];
        var rivals = candidates.Where((c, i) => hits[i] == best && IsSwapped(first.Text, c.Text)).ToList();
        if (rivals.Count > 0)
        {
            first = Decide(options, columns, first, rivals[0], sample, layout);
        }

        byte[] example = sample.First(b => first.TryParse(b, out _));
        return (first, first.Describe(example));
    }

    private static List<TimeFormat> Candidates(List<byte[]> sample, TimeZoneInfo zone)
    {
        var candidates = Dates.Select(d => TimeFormat.Compile($"{d}[T{Clock}][ {Clock}][, {Clock}][K]", zone)).ToList();
        candidates.AddRange(Others.Select(o => TimeFormat.Compile(o, zone)));

        // A bare number is a count from 1970 where its length gives a year after 1973.
        var lengths = sample.Select(b => b.AsSpan().IndexOf((byte)'.') is var point and > 0 ? point : b.Length).Distinct().ToList();
        if (sample.TrueForAll(b => b.All(c => c is >= (byte)'0' and <= (byte)'9' or (byte)'.')))
        {
            candidates.AddRange(lengths.Select(n => n switch { 9 or 10 => "unix-s", 12 or 13 => "unix-ms", 15 or 16 => "unix-us", _ => null })
                .OfType<string>().Distinct().Select(u => TimeFormat.Compile(u, zone)));
        }

        return candidates;
    }

    private static bool IsSwapped(string a, string b) => a != b && a.StartsWith("dd", StringComparison.Ordinal) && b == $"MM{a[2]}dd{a[5..]}";

    /// <summary>Reads on until days above 12 tell the two apart.</summary>
    private static TimeFormat Decide(
        ImportOptions options, CsvColumns columns, TimeFormat day, TimeFormat month, List<byte[]> sample, (CsvEncoding Encoding, byte Delimiter, byte LineEnd) layout)
    {
        const int enough = 10;
        int onlyDay = 0, onlyMonth = 0;
        using var source = CsvSource.Open(options.Source);
        var rows = new CsvRowSource(source, new CsvRows(layout.Delimiter, layout.LineEnd));
        while (Math.Abs(onlyDay - onlyMonth) < enough && rows.Read())
        {
            if (rows.Rows.FieldCount >= columns.Count && !rows.Rows.Unclosed)
            {
                var text = rows.Rows.Field(columns.Time).Trim(" \t"u8);
                bool asDay = day.TryParse(text, out _), asMonth = month.TryParse(text, out _);
                onlyDay += asDay && !asMonth ? 1 : 0;
                onlyMonth += asMonth && !asDay ? 1 : 0;
            }
        }

        return onlyDay == onlyMonth
            ? throw DatasetFaults.AmbiguousTimeFormat(
                options.Source, options.TimeColumn, day.Describe(sample[0]), month.Describe(sample[0]), CsvEncodings.Decode(sample[0], layout.Encoding, out _)).Refuse()
            : onlyDay > onlyMonth ? day : month;
    }
}
