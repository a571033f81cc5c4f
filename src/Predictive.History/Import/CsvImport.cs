using System.Text.Json;

namespace Predictive.History.Import;

/// <summary>
/// Turns a CSV file into a canonical dataset folder: transactions.parquet, dataset.json, import-report.json and rejects.csv.
/// </summary>
public static class CsvImport
{
    /// <summary>Name of the report beside the data.</summary>
    public const string ReportFile = "import-report.json";

    /// <summary>Name of the file with the rows left out: line, reason, value, row. Absent where none was.</summary>
    public const string RejectsFile = "rejects.csv";

    /// <summary>
    /// Imports one file. Nothing is left half-written: every file is written under a temporary name, flushed to disk, then renamed. Where
    /// customer or time are not named, the columns are found first (<see cref="ImportPlan"/>).
    /// </summary>
    /// <exception cref="DatasetException">The file or a column is missing, the format cannot be told, or no line can be kept.</exception>
    public static ImportReport Run(
        ImportOptions options, IProgress<ImportProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.RowGroupLines, 1);
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out var zone))
        {
            throw DatasetFaults.UnknownTimeZone("The import", options.TimeZone).Refuse();
        }

        options = options.IsPlanned ? options : ImportPlan.Of(options).Settled().Options;

        // What the whole file proves against its beginning is taken for granted the next time: the encoding, then the decimal mark.
        FormatChange known = new();
        for (int attempt = 0; ; attempt++)
        {
            (ImportReport? report, FormatChange? change) = Attempt(options, known, zone, progress, cancellation);
            if (report is not null)
            {
                return report;
            }

            known = new FormatChange(
                change!.Encoding ?? known.Encoding, change.DecimalComma ?? known.DecimalComma, change.DecimalHints ?? known.DecimalHints);
            if (attempt == 3)
            {
                throw new InvalidOperationException($"The format of '{options.Source}' does not settle: {known}.");
            }
        }
    }

    private static (ImportReport? Report, FormatChange? Change) Attempt(
        ImportOptions options, FormatChange known, TimeZoneInfo zone, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        Delivery? delivery = options.SourceName is null && options.Existing != ExistingData.Append ? null : Delivery.Of(options);
        Delivery.RefuseOtherClock(options);
        options = options with { Encoding = known.Encoding ?? options.Encoding };
        using var source = CsvSource.Open(options);
        var format = CsvFormat.Detect(options, source, zone, () => CsvSource.Open(options));
        format = format with { DecimalComma = known.DecimalComma ?? format.DecimalComma, DecimalHints = known.DecimalHints };
        using var target =
            ImportFolder.Prepare(
                options.OutputFolder, "transactions", delivery is not null, options.SourceName is not null, options.Existing);
        using var rejects = new RejectLog(target.Temporary(RejectsFile), options.RawCells);
        using var table =
            new TransactionTableWriter(target.Temporary("transactions.parquet"), format.Columns, format.Encoding, options.RowGroupLines);
        using var keeper = new LineKeeper(format, table, rejects, source.ExpectedRows(format.LineEnd), source.Return);
        var lines = new LineImport(options, format, keeper);

        var rows = new CsvRowSource(source, new CsvRows(format.Delimiter, format.LineEnd));
        rows.ChunkTaken = () =>
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new ImportProgress(source.BytesRead, source.FileBytes, lines.Rows));
        };
        rows.ChunkLeft = lines.LeaveChunk;
        for (int above = 0; above <= format.RowsAbove; above++)
        {
            rows.Read();
        }

        while (rows.Read())
        {
            lines.Take(rows);
        }

        lines.LeaveChunk(rows.Rows.Buffer);
        keeper.Complete();
        if (keeper.Kept > 0)
        {
            table.Complete();
        }

        if (FormatVerdict.Of(options, source, format, lines, table) is { } change)
        {
            return (null, change);
        }

        if (keeper.Kept == 0)
        {
            throw (lines.Rows == 0 ? DatasetFaults.EmptyTable(options.Source) : DatasetFaults.NoUsableRows(
                options.Source, lines.Rows, string.Join("; ", rejects.Rejected.Select(r => $"{r.Count} with {r.Text}")))).Refuse();
        }

        bool anyRejects = rejects.Complete();
        var report = lines.Report(options, source, format, table, rejects, anyRejects);
        table.Dispose();
        rejects.Dispose();
        if (delivery is not null)
        {
            report = report with
            {
                RejectsFile = anyRejects ? delivery.Place(RejectsFile, report.SourceSha256) : null,
                AlreadyDelivered = delivery.IsThere(report.SourceSha256),
            };
        }

        if (!report.AlreadyDelivered)
        {
            target.Write(ReportFile, Json(report));
            if (delivery is null || !delivery.IsDescribed)
            {
                string? currency = options.Currency ?? lines.OnlyCurrency;
                target.Write(
                    DatasetFolder.DescriptionFile,
                    DatasetFolder.WriteDescription(new DatasetDescription { Currency = currency, TimeZone = options.TimeZone }));
            }

            target.Publish(name => delivery?.Place(name, report.SourceSha256) ?? name);
            delivery?.Join();
        }

        progress?.Report(new ImportProgress(source.FileBytes, source.FileBytes, lines.Rows));
        return (report, null);
    }

    /// <summary>The report as one JSON document in camel case; equal reports give equal bytes.</summary>
    public static byte[] Json(ImportReport report) =>
        [.. JsonSerializer.SerializeToUtf8Bytes(report, ImportReportJson.Options), (byte)'\n'];
}
