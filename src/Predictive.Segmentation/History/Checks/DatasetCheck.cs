using Predictive.Parquet;
using Predictive.Segmentation.History.Loading;

namespace Predictive.Segmentation.History.Checks;

/// <summary>Looks a dataset over before anything is trained on it.</summary>
public static class DatasetCheck
{
    /// <summary>
    /// Checks a dataset folder or a single Parquet file. Faults of the data are findings, never exceptions: a dataset that cannot even be
    /// read gives a report whose blocking finding says why.
    /// </summary>
    public static CheckReport Run(
        string pathOrFolder, CheckOptions? options = null, IProgress<double>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(pathOrFolder);
        options ??= new CheckOptions();
        var findings = new List<Finding>();
        TableScan? scan = null;
        try
        {
            scan = Transactions(pathOrFolder, options, findings, progress, cancellation);
        }
        catch (DatasetException e)
        {
            findings.AddRange(e.Findings);
        }
        catch (ParquetFormatException e)
        {
            findings.Add(DatasetFaults.UnreadableFile(e));
        }
        catch (IOException e)
        {
            findings.Add(DatasetFaults.UnreadableFile(pathOrFolder, e.Message));
        }

        return Report(findings, scan);
    }

    /// <summary>Checks a history already loaded: everything that does not need the files.</summary>
    public static IReadOnlyList<Finding> Run(TransactionHistory history, CheckOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        options ??= new CheckOptions();
        if (history.LineCount == 0)
        {
            return [DatasetFaults.EmptyTable("transactions")];
        }

        var profile = new TableProfile(options.Examples);
        for (int c = 0; c < history.CustomerCount; c++)
        {
            var lines = history.Lines(c);
            for (int i = 0; i < lines.Count; i++)
            {
                profile.Add(c, lines.OrderedAt[i], lines.Amount[i], lines.Quantity.IsEmpty ? double.NaN : lines.Quantity[i]);
            }
        }

        return Sort(Judgement.Of(profile, options, history.CustomerId));
    }

    private static TableScan Transactions(
        string pathOrFolder, CheckOptions options, List<Finding> findings, IProgress<double>? progress, CancellationToken cancellation)
    {
        // Opened as the loader opens it, so that what the loader would refuse is refused here in the same words.
        using var table = TransactionSource.Open(pathOrFolder, new LoadOptions());
        string name = Path.GetFileName(table.Table);
        var schema = TransactionSchema.Of(table);
        var scan = new TableScan(table, schema, options);
        foreach (var part in table.Parts)
        {
            scan.Read(part, cancellation);
            progress?.Report((double)scan.Rows / table.Rows);
        }

        Missing(findings, name, scan.NoCustomer, schema.Customer, "customer id", scan.Rows);
        Missing(findings, name, scan.NoTime, schema.OrderedAt, "time", scan.Rows);
        Missing(findings, name, scan.NoAmount, schema.Amount ?? "amount", "amount", scan.Rows);
        if (scan.Profile.Lines == 0)
        {
            findings.Add(DatasetFaults.NoUsableRows(
                name, scan.Rows, $"{scan.NoCustomer.Count:N0} without a customer, {scan.NoTime.Count:N0} without a time, {scan.NoAmount.Count:N0} without an amount"));
        }

        if (scan.Equal.Count > 0)
        {
            findings.Add(schema.Order is not null
                ? new Finding("duplicate-line", FindingSeverity.Warning, FormattableString.Invariant($"{scan.Equal.Count:N0} line(s) equal an earlier line of the same order in every column here, and count twice. They may be real where the source tells them apart by a column that was not imported; otherwise mend the source."), name, schema.Order, scan.Equal.Count, scan.Equal.Examples)
                : new Finding("equal-line", FindingSeverity.Info, FormattableString.Invariant($"{scan.Equal.Count:N0} line(s) equal an earlier line in every column. Without an order id they may be real and are kept."), name, null, scan.Equal.Count, scan.Equal.Examples));
        }

        if (scan.Redelivered > 0)
        {
            findings.Add(new Finding("redelivered", FindingSeverity.Info, FormattableString.Invariant($"{scan.Redelivered:N0} lines were delivered before, in an earlier file; they count once."), name, null, scan.Redelivered, [.. table.Redelivered!.Files.Take(options.Examples)]));
        }

        findings.AddRange(Judgement.Of(scan.Profile, options, scan.CustomerName));
        findings.AddRange(TableCheck.Of(table, scan.Customers, options, cancellation));
        return scan;
    }

    private static void Missing(List<Finding> findings, string table, Tally tally, string column, string what, long rows)
    {
        if (tally.Count > 0)
        {
            findings.Add(new Finding(
                $"missing-{what.Replace(' ', '-')}",
                FindingSeverity.Blocking,
                FormattableString.Invariant($"{tally.Count:N0} of {rows:N0} lines ({(double)tally.Count / rows:P1}) have no {what}; every line needs one. Leave such lines out, as 'predictive import' does."),
                table,
                column,
                tally.Count,
                tally.Examples));
        }
    }

    private static CheckReport Report(List<Finding> findings, TableScan? scan)
    {
        var profile = scan?.Profile is { Lines: > 0 } some ? some : null;
        return new CheckReport
        {
            Usable = !findings.Exists(f => f.Severity == FindingSeverity.Blocking),
            Lines = scan?.Rows ?? 0,
            Customers = profile?.Customers ?? 0,
            First = profile is null ? null : new AsOf(profile.FirstMicros).ToString(),
            Last = profile is null ? null : new AsOf(profile.LastMicros).ToString(),
            Findings = Sort(findings),
        };
    }

    private static IReadOnlyList<Finding> Sort(IEnumerable<Finding> findings) =>
        [.. findings.OrderByDescending(f => f.Severity).ThenBy(f => f.Code, StringComparer.Ordinal).ThenBy(f => f.Table, StringComparer.Ordinal)];
}
