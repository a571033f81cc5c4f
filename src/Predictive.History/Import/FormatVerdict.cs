namespace Predictive.History.Import;

/// <summary>
/// What the whole file says of the format that its beginning suggested: it holds; another one does, and the file is to be read once more;
/// or two readings are possible, and the user decides.
/// </summary>
internal static class FormatVerdict
{
    /// <summary>Judges a pass over the whole file.</summary>
    /// <param name="options">What is given is not judged.</param>
    /// <param name="source">The file.</param>
    /// <param name="format">As read.</param>
    /// <param name="lines">What came of it.</param>
    /// <param name="table">The same.</param>
    /// <returns>The options to read it with once more; null = what was read holds.</returns>
    /// <exception cref="DatasetException">The file contradicts itself.</exception>
    public static FormatChange? Of(
        ImportOptions options, CsvSource source, CsvFormat format, LineImport lines, TransactionTableWriter table)
    {
        string file = options.Source;
        if (format.Time.Contradiction is not null)
        {
            throw MixedTimes(file, format).Refuse();
        }

        if (options.Encoding is null && !source.HasMark && source.Encoding == CsvEncoding.Utf8 && table.Texts.Damaged > table.Texts.Good)
        {
            return new FormatChange(Encoding: "windows-1252");
        }

        if (options.DecimalComma is null
            && Decimals(file, format.Delimiter, format.TimeText, format.DecimalComma, format.DecimalHints, lines.Decimals) is { } change)
        {
            return change;
        }

        if (options.Currency is null && !lines.CurrenciesAreSettled && lines.Currencies.Count > 1)
        {
            throw DatasetFaults.SeveralCurrencies(
                file, [.. lines.Currencies.Select(c => (c.Currency, c.Count))]).Refuse();
        }

        return null;
    }

    /// <summary>What a file is refused for that writes day and month in both orders, with a row of each.</summary>
    public static Finding MixedTimes(string file, CsvFormat format) =>
        MixedTimes(file, format.Columns.NameOf(format.Columns.Time), format.TimeText, format.Time);

    /// <inheritdoc cref="MixedTimes(string, CsvFormat)"/>
    public static Finding MixedTimes(string file, string column, string timeText, TimeReader time) => DatasetFaults.MixedTimeOrder(
        file, column, timeText, time.Proof?.ToString() ?? "most of the rest", time.ContradictionFormat!, time.Contradiction.ToString()!,
        time.Contradictions);

    /// <summary>Judges the decimal mark by every number of the file.</summary>
    /// <param name="file">Its name, for a refusal.</param>
    /// <param name="delimiter">Between fields.</param>
    /// <param name="timeText">How times are written; empty = it has none.</param>
    /// <param name="comma">The mark the numbers were read with.</param>
    /// <param name="hints">Why that one, where nothing proves it.</param>
    /// <param name="seen">What the numbers say.</param>
    /// <exception cref="DatasetException">The file contradicts itself.</exception>
    public static FormatChange? Decimals(string file, byte delimiter, string timeText, bool comma, string? hints, DecimalEvidence seen)
    {
        if (seen.OtherProofs > 0 && seen.Proofs == 0)
        {
            return new FormatChange(DecimalComma: !comma);
        }

        if (seen.Doubtful == 0)
        {
            return null;
        }

        string doubt = seen.Doubt!.Value.ToString();
        if (seen.OtherProofs > 0)
        {
            string mine = seen.Proof!.Value.ToString(), other = seen.OtherProof!.Value.ToString();
            throw DatasetFaults.MixedDecimalMark(
                file, comma ? other : mine, comma ? mine : other, doubt, seen.Doubtful).Refuse();
        }

        if (seen.Proofs > 0 || hints is not null)
        {
            return null;
        }

        // Nothing proves either: every mark has three digits behind it. 2.350 beside 890 is how thousands are written, in a file with
        // semicolons or German dates the more so; the comma is the mark of thousands where it is also no delimiter's rival.
        bool isPoint = seen.Doubt.Value.Text.Contains('.', StringComparison.Ordinal);
        var found = new List<string>();
        if (seen.ShortPlain > 0 && seen.LongPlain == 0)
        {
            found.Add("numbers below a thousand stand without a mark, none above it does");
        }

        if (isPoint && delimiter == (byte)';')
        {
            found.Add("fields are separated by ';'");
        }

        if (isPoint && timeText.StartsWith("dd.MM", StringComparison.Ordinal))
        {
            found.Add("dates are written " + timeText);
        }

        if (!isPoint && delimiter == (byte)',')
        {
            found.Add("fields are separated by commas");
        }

        // The first hint must be among them: a file that writes three decimals throughout has semicolons and German dates as well.
        bool thousands = seen.ShortPlain > 0 && seen.LongPlain == 0 && found.Count >= 2 && !seen.DoubtIsMixed;
        if (!thousands)
        {
            string digits = seen.Doubt.Value.Text;
            throw DatasetFaults.AmbiguousDecimalMark(
                file, doubt, digits.Replace(',', '.'),
                digits.Replace(".", "", StringComparison.Ordinal).Replace(",", "", StringComparison.Ordinal), seen.Doubtful).Refuse();
        }

        return new FormatChange(
            DecimalComma: isPoint,
            DecimalHints: $"{(isPoint ? "'.'" : "','")} was taken for the mark of thousands, as in {doubt}: three digits follow every "
                + $"one, {string.Join(", ", found)}; if that is wrong, give --decimal {(isPoint ? "." : ",")}");
    }
}

/// <summary>What the next reading of a file is to take for granted; null = as before.</summary>
/// <param name="Encoding">Name of an encoding.</param>
/// <param name="DecimalComma">The decimal mark.</param>
/// <param name="DecimalHints">Why, where nothing proves it.</param>
internal sealed record FormatChange(string? Encoding = null, bool? DecimalComma = null, string? DecimalHints = null);
