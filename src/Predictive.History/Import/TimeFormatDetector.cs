namespace Predictive.History.Import;

/// <summary>Tells how times are written.</summary>
internal static class TimeFormatDetector
{
    private const string Clock = "H:mm[:ss[.f]][ tt][tt][ K][K]";

    private static readonly string[] DayFirst =
        ["dd/MM/yyyy", "dd-MM-yyyy", "dd.MM.yyyy", "dd/MM/yy", "dd-MM-yy", "dd.MM.yy"];

    // The same in the same places, month first.
    private static readonly string[] MonthFirst = [.. DayFirst.Select(d => $"MM{d[2]}dd{d[5..]}")];

    private static readonly string[] Plain =
    [
        "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyyMMdd", "yyyy年M月d日",
        "dd MMM yyyy", "dd-MMM-yyyy", "dd/MMM/yyyy", "dd. MMM yyyy", "dd MMM yy", "dd-MMM-yy", "MMM dd, yyyy", "MMM dd yyyy", "MMM-dd-yyyy",
        "MMM-dd-yy", "ddd, dd MMM yyyy", "ddd, MMM dd, yyyy",
    ];

    private static readonly string[] Others = ["yyyyMMdd'T'HHmmss[K]", "yyyyMMddHHmmss", "yyyyMMddHHmm"];

    /// <summary>The formats of the sample, and the text of the first without brackets.</summary>
    /// <param name="options">Formats that are given are only compiled and tried.</param>
    /// <param name="columns">Where the times stand.</param>
    /// <param name="sample">Times without outer blanks, with their lines.</param>
    /// <param name="zone">The dataset's clock.</param>
    /// <param name="encoding">That of the file.</param>
    /// <param name="readOn">Every time of the file, where day and month cannot be told apart yet.</param>
    public static (TimeReader Reader, string Text) Detect(
        ImportOptions options, CsvColumns columns, IReadOnlyList<(long Line, byte[] Text)> sample, TimeZoneInfo zone, CsvEncoding encoding,
        Func<IEnumerable<(long Line, byte[] Text)>> readOn)
    {
        string column = columns.NameOf(columns.Time);
        string[] examples = [.. sample.Take(3).Select(b => CsvEncodings.Decode(b.Text, encoding))];
        if (options.TimeFormat is { } given)
        {
            TimeFormat[] formats = [.. given.Split('|').Select(f => TimeFormat.Compile(f, zone, options.TimesAreUtc))];
            string text = given.Contains('[', StringComparison.Ordinal)
                && sample.FirstOrDefault(b => formats[0].TryParse(b.Text, out _)).Text is { } shown ? formats[0].Describe(shown) : given;
            return sample.Count == 0 || sample.Any(b => formats.Any(f => f.TryParse(b.Text, out _)))
                ? (new TimeReader(formats[0], formats[1..], []), text)
                : throw DatasetFaults.BadTimeFormat(
                    given, $"it reads none of the first {sample.Count} times of '{column}', for example {string.Join(", ", examples)}")
                        .Refuse();
        }

        if (sample.Count == 0)
        {
            // Every row will be left out for want of a time; any format serves.
            return (new TimeReader(TimeFormat.Compile("yyyy-MM-dd", zone), [], []), "yyyy-MM-dd");
        }

        TimeFormat Full(string date) => TimeFormat.Compile($"{date}[T{Clock}][ {Clock}][, {Clock}][K]", zone, options.TimesAreUtc);
        List<TimeFormat> day = [.. DayFirst.Select(Full)], month = [.. MonthFirst.Select(Full)],
            plain = [.. Plain.Select(Full), .. Others.Select(o => TimeFormat.Compile(o, zone, options.TimesAreUtc))];
        List<TimeFormat> counts = sample.All(b => b.Text.All(c => c is >= (byte)'0' and <= (byte)'9' or (byte)'.'))
            && sample.Any(b => IsEpoch(b.Text)) ? [TimeFormat.Compile("unix", zone)] : [];
        List<TimeFormat> candidates = [.. plain, .. day, .. month, .. counts];
        var hits = candidates.ConvertAll(c => sample.Count(b => c.TryParse(b.Text, out _)));
        int best = hits.Max();
        if (best * 2 < sample.Count || best == 0)
        {
            throw DatasetFaults.UnknownTimeFormat(options.Source, column, examples, LooksLikeExcel(sample)).Refuse();
        }

        TimeFormat first = candidates[hits.IndexOf(best)];
        if (counts.Contains(first))
        {
            // A fresh one: this one has counted the sample.
            return (new TimeReader(TimeFormat.Compile("unix", zone), [], []), UnitOf(sample[0].Text));
        }

        bool dayFirst = day.Contains(first), monthFirst = month.Contains(first);
        Witness? proof = null;
        if (dayFirst || monthFirst)
        {
            int at = dayFirst ? day.IndexOf(first) : month.IndexOf(first);
            (TimeFormat asDay, TimeFormat asMonth) = (day[at], month[at]);
            bool tie = hits[candidates.IndexOf(asDay)] == hits[candidates.IndexOf(asMonth)];
            (proof, Witness? swapped) = Proofs(tie ? readOn() : sample, asDay, asMonth, encoding, stopAtOne: true);
            if (tie)
            {
                if (proof is null && swapped is null)
                {
                    throw DatasetFaults.AmbiguousTimeFormat(
                        options.Source, column, asDay.Describe(sample[0].Text), asMonth.Describe(sample[0].Text), examples[0]).Refuse();
                }

                dayFirst = proof is not null;
                first = dayFirst ? asDay : asMonth;
            }

            proof = dayFirst ? proof : swapped;
        }

        IEnumerable<TimeFormat> same = dayFirst ? day : monthFirst || month.Contains(first) ? month : [];
        IEnumerable<TimeFormat> rivals = dayFirst ? month : month.Contains(first) ? day : [];
        byte[] example = sample.First(b => first.TryParse(b.Text, out _)).Text;
        return (
            new TimeReader(first, [.. plain.Concat(same).Where(f => f != first)], [.. rivals]) { Proof = proof }, first.Describe(example));
    }

    /// <summary>The first row that only the one order reads, and the first that only the other does.</summary>
    private static (Witness? Day, Witness? Month) Proofs(
        IEnumerable<(long Line, byte[] Text)> rows, TimeFormat day, TimeFormat month, CsvEncoding encoding, bool stopAtOne)
    {
        Witness? onlyDay = null, onlyMonth = null;
        foreach (var (line, text) in rows)
        {
            bool asDay = day.TryParse(text, out _), asMonth = month.TryParse(text, out _);
            if (asDay != asMonth)
            {
                var witness = new Witness(line, CsvEncodings.Decode(text, encoding));
                onlyDay ??= asDay ? witness : null;
                onlyMonth ??= asMonth ? witness : null;
                if (stopAtOne && rows is not ICollection<(long, byte[])>)
                {
                    break;
                }
            }
        }

        return (onlyDay, onlyMonth);
    }

    private static int Digits(byte[] text) => text.AsSpan().IndexOf((byte)'.') is var point and > 0 ? point : text.Length;

    private static bool IsEpoch(byte[] text) => Digits(text) is 9 or 10 or 12 or 13 or 15 or 16;

    private static string UnitOf(byte[] text) => Digits(text) switch { <= 11 => "unix-s", <= 14 => "unix-ms", _ => "unix-us" };

    /// <summary>Whether all are numbers as Excel stores the days of 1954 to 2119.</summary>
    private static bool LooksLikeExcel(IReadOnlyList<(long Line, byte[] Text)> sample) => sample.All(
        b => System.Buffers.Text.Utf8Parser.TryParse(b.Text, out double serial, out int used) && used == b.Text.Length
            && serial is >= 20_000 and < 80_000);
}
