namespace Predictive.History.Import;

/// <content>The report.</content>
internal sealed partial class LineImport
{
    /// <summary>What the import did; call when everything is written.</summary>
    public ImportReport Report(
        ImportOptions options, CsvSource source, CsvFormat format, TransactionTableWriter table, RejectLog rejects, bool anyRejects)
    {
        var remarks = rejects.Remarks.ToList();
        remarks.AddRange(Remarks(options, format, table));
        return new ImportReport
        {
            SourceFile = string.Join(
                ", ", options.MoreSources.Prepend(options.Source).Select(p => Path.GetFileName(Path.TrimEndingDirectorySeparator(p)))),
            SourceSha256 = source.Sha256(),
            Format = new DetectedFormat(
                source.Kind,
                source.EncodingName,
                format.Delimiter == (byte)'\t' ? "tab" : ((char)format.Delimiter).ToString(),
                format.DecimalComma ? "," : ".",
                format.TimeText,
                [.. _numbers.Marks.Keys.Union(_money?.Currencies.Select(c => c.Currency).Where(c => c.Length > 0) ?? [])]),
            Columns = new SortedDictionary<string, string>(
                CsvColumns.Wanted(options).ToDictionary(w => w.Canonical, w => w.Source), StringComparer.Ordinal),
            Rows = Rows,
            Kept = _keeper.Kept,
            Rejected = rejects.Rejected,
            Remarks = remarks,
            Customers = table.Customers,
            NetAmount = Net(),
            First = new LocalTime(_keeper.First).ToString(),
            Last = new LocalTime(_keeper.Last).ToString(),
            RejectsFile = anyRejects ? CsvImport.RejectsFile : null,
        };
    }

    /// <summary>What was read with a doubt, or looks odd and was kept.</summary>
    private IEnumerable<ImportCount> Remarks(ImportOptions options, CsvFormat format, TransactionTableWriter table)
    {
        if (format.DecimalHints is { } hints)
        {
            yield return new ImportCount("decimal-by-hints", hints, Decimals.Doubtful + Decimals.Proofs, []);
        }

        if (Decimals.OtherProofs > 0)
        {
            yield return new ImportCount(
                "other-decimal-mark", $"a number that only a decimal {(format.DecimalComma ? "point" : "comma")} explains, read with that",
                Decimals.OtherProofs, Decimals.FirstOther);
        }

        if (format.Time.ByOthers > 0)
        {
            yield return new ImportCount(
                "other-time-format", $"a time written otherwise than {format.TimeText}, read as what it alone can be",
                format.Time.ByOthers, format.Time.FirstByOthers);
        }

        string[] units = ["seconds", "milliseconds", "microseconds", "nanoseconds"];
        string[] met = [.. units.Select((u, i) => (u, n: format.Time.Primary.BySize[i])).Where(u => u.n > 0)
            .Select(u => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{u.n:N0} in {u.u}"))];
        if (met.Length > 1)
        {
            yield return new ImportCount(
                "epoch-units", $"times count from 1970 in several units, each read by its size: {string.Join(", ", met)}",
                format.Time.Primary.BySize.Sum(), []);
        }

        if (Currencies.Count > 1 && !CurrenciesAreSettled)
        {
            yield return new ImportCount(
                "mixed-currency",
                $"amounts name several currencies ({string.Join(", ", Currencies.Select(c => c.Currency))}); all were taken as "
                    + $"{options.Currency}, as asked",
                Currencies.Sum(c => c.Count), []);
        }

        if (table.DamagedLines > 0)
        {
            yield return new ImportCount("damaged-text", "a text with bytes that are no UTF-8; they are marked �", table.DamagedLines, []);
        }

        if (table.LikeMissing.Count > 0)
        {
            string list = string.Join(
                ", ",
                table.LikeMissing.Select(l => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{l.Key} ({l.Value:N0})")));
            yield return new ImportCount(
                "id-like-missing",
                $"customer ids that look like a missing value, kept: {list}; leave them out with --no-customer "
                    + $"{string.Join(',', table.LikeMissing.Keys)}",
                table.LikeMissing.Values.Sum(), []);
        }

        if (table.DifferByCase > 0)
        {
            yield return new ImportCount(
                "id-differs-by-case",
                "customer ids that differ from another by upper and lower case alone, kept apart; --fold-case makes them one",
                table.DifferByCase, []);
        }
    }

    private decimal Net()
    {
        decimal net = 0;
        for (int scale = 0; scale < _keeper.Net.Length; scale++)
        {
            Int128 sum = _keeper.Net[scale];
            int digits = scale;
            for (; digits > 28 || Int128.Abs(sum) > (Int128)decimal.MaxValue; digits--)
            {
                sum /= 10;
            }

            decimal part = (decimal)sum;
            for (; digits > 0; digits--)
            {
                part /= 10;
            }

            net += part;
        }

        // Without the zeros that adding different scales leaves behind.
        return net / 1.0000000000000000000000000000m;
    }
}
