namespace Predictive.History.Import;

/// <content>The report.</content>
internal sealed partial class LineImport
{
    /// <summary>What the import did; call when everything is written.</summary>
    public ImportReport Report(ImportOptions options, CsvSource source, CsvFormat format, TransactionTableWriter table, bool anyRejects)
    {
        var remarks = _rejects.Remarks.ToList();
        if (_numbers.Marks.Count > 1)
        {
            remarks.Add(new ImportCount(
                "mixed-currency", $"amounts name several currencies ({string.Join(", ", _numbers.Marks.Keys)}); they are added up as they stand", _numbers.Marks.Values.Sum(), []));
        }

        if (table.LatinTexts > 0)
        {
            remarks.Add(new ImportCount("latin-1-text", "distinct texts that are not UTF-8 were read as Latin-1", table.LatinTexts, []));
        }

        return new ImportReport
        {
            SourceFile = Path.GetFileName(options.Source),
            SourceSha256 = source.Sha256(),
            Format = new DetectedFormat(
                source.Gzip ? "gzip" : "none",
                CsvEncodings.NameOf(format.Encoding),
                format.Delimiter == (byte)'\t' ? "tab" : ((char)format.Delimiter).ToString(),
                format.DecimalComma ? "," : ".",
                format.TimeText,
                [.. _numbers.Marks.Keys]),
            Columns = new SortedDictionary<string, string>(CsvColumns.Wanted(options).ToDictionary(w => w.Canonical, w => w.Source), StringComparer.Ordinal),
            Rows = Rows,
            Kept = Kept,
            Rejected = _rejects.Rejected,
            Remarks = remarks,
            Customers = table.Customers,
            NetAmount = Net(),
            First = new AsOf(_first).ToString(),
            Last = new AsOf(_last).ToString(),
            RejectsFile = anyRejects ? CsvImport.RejectsFile : null,
        };
    }

    private decimal Net()
    {
        decimal net = 0;
        for (int scale = 0; scale < MaxScale; scale++)
        {
            Int128 sum = _net[scale];
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
