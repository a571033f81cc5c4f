using System.Globalization;
using Predictive.History.Loading;

namespace Predictive.History.Checks;

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
        var prospects = new HashSet<string>(StringComparer.Ordinal);
        TableScan? scan = null;
        try
        {
            scan = Transactions(pathOrFolder, options, findings, prospects, progress, cancellation);
        }
        catch (DatasetException e)
        {
            findings.AddRange(e.Findings);
        }
        catch (IOException e)
        {
            findings.Add(DatasetFaults.UnreadableFile(pathOrFolder, e.Message));
        }

        return Report(findings, scan, prospects.Count, LeftOut.Of(pathOrFolder));
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
        TransactionColumns columns = history.Columns;
        profile.Add(new LinesToCheck
        {
            Offsets = columns.Offsets,
            OrderedAt = columns.OrderedAt,
            Amount = columns.Amount,
            Quantity = columns.Quantity,
            Order = columns.Order,
            Product = columns.Product,
            CustomerId = history.CustomerId,
        });
        return Sort(Judgement.Of(profile, options, history.CustomerId));
    }

    private static TableScan Transactions(
        string pathOrFolder, CheckOptions options, List<Finding> findings, HashSet<string> prospects, IProgress<double>? progress,
        CancellationToken cancellation)
    {
        // Opened as the loader opens it, so that what the loader would refuse is refused here in the same words.
        using var table = TransactionSource.Open(pathOrFolder, new LoadOptions { Level = options.Level });
        string name = Path.GetFileName(table.Table);
        var scan = new TableScan(table, options, progress, cancellation);
        findings.AddRange(LineFaults.Findings(scan.Faults, table));
        if (scan.Profile.Lines == 0)
        {
            long Count(Func<LineFaults, long> of) => scan.Faults.Sum(of);
            findings.Add(DatasetFaults.NoUsableRows(name, scan.Rows, string.Create(
                CultureInfo.InvariantCulture,
                $"{Count(f => f.NoCustomer.Count):N0} without a customer, {Count(f => f.NoTime.Count + f.ImpossibleTime.Count):N0} "
                    + $"without a usable time, {Count(f => f.NoAmount.Count + f.ImpossibleAmount.Count):N0} without a usable amount")));
        }

        if (scan.Profile.Equal.Count > 0)
        {
            findings.Add(scan.OrderColumn is not null
                ? new Finding(
                    "duplicate-line", FindingSeverity.Warning,
                    string.Create(CultureInfo.InvariantCulture, 
                        $"{scan.Profile.Equal.Count:N0} line(s) equal an earlier line of the same order in every column here, and "
                        + $"count twice. They may be real where the source tells them apart by a column that was not imported; "
                            + $"otherwise mend the source."),
                    name, scan.OrderColumn, scan.Profile.Equal.Count, scan.Profile.Equal.Examples)
                : new Finding(
                    "equal-line", FindingSeverity.Info,
                    string.Create(CultureInfo.InvariantCulture, 
                        $"{scan.Profile.Equal.Count:N0} line(s) equal an earlier line in every column. Without an order id they may be "
                        + $"real and are kept."),
                    name, null, scan.Profile.Equal.Count, scan.Profile.Equal.Examples));
        }

        if (scan.Redelivered > 0)
        {
            findings.Add(
                new Finding(
                    "redelivered", FindingSeverity.Info,
                    string.Create(CultureInfo.InvariantCulture, $"{scan.Redelivered:N0} lines were delivered before, in an earlier "
                        + $"file; they count once."),
                    name, null, scan.Redelivered, [.. table.Redelivered!.Files.Take(options.Examples)]));
        }

        if (scan.Erased > 0)
        {
            findings.Add(
                new Finding(
                    "erased", FindingSeverity.Info,
                    string.Create(CultureInfo.InvariantCulture, $"{scan.Erased:N0} line(s) of erased customers left out; 'predictive "
                        + $"compact' takes them out of the files."),
                    name, null, scan.Erased, []));
        }

        findings.AddRange(Judgement.Of(scan.Profile, options, scan.Profile.CustomerId));
        try
        {
            // Read for what the loader would refuse.
            ProductJoin.Of(table.Folder, cancellation);
        }
        catch (DatasetException e)
        {
            findings.AddRange(e.Findings);
        }

        findings.AddRange(Columns(scan, name, options));
        findings.AddRange(TableCheck.Of(table, scan.CustomerSet, options, prospects, cancellation));
        return scan;
    }

    private static IEnumerable<Finding> Columns(TableScan scan, string table, CheckOptions options)
    {
        if (scan.Currencies.Count > 1)
        {
            yield return new Finding(
                "several-currencies",
                FindingSeverity.Warning,
                string.Create(CultureInfo.InvariantCulture, 
                    $"The amounts are in {scan.Currencies.Count:N0} currencies and are added up as they stand. Bring them to one: "
                    + $"predictive import --only CODE, or --rates FILE."),
                table,
                "currency",
                scan.Currencies.Sum(c => c.Lines),
                [.. scan.Currencies.Take(options.Examples).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Currency} "
                    + $"({c.Lines:N0} lines)"))]);
        }

        var none = scan.NoProducts(options.DominantShare);
        if (none.Count > 0)
        {
            yield return new Finding(
                "no-product",
                FindingSeverity.Info,
                string.Create(CultureInfo.InvariantCulture, 
                    $"{none.Count:N0} product(s) have one price and stand in a tenth of all orders or more, as postage, fees and bags "
                    + $"do. Where they are that: predictive import --exclude-product "
                        + $"{string.Join(',', none.Take(options.Examples).Select(p => p.Product))}."),
                table,
                "product_id",
                none.Sum(p => p.Lines),
                [
                    .. none.Take(options.Examples)
                        .Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Product} ({p.Lines:N0} lines at {p.Price:0.##})")),
                ]);
        }
    }

    private static CheckReport Report(List<Finding> findings, TableScan? scan, long prospects, IReadOnlyList<LeftOut> leftOut)
    {
        var profile = scan?.Profile is { Lines: > 0 } some ? some : null;
        return new CheckReport
        {
            Usable = !findings.Exists(f => f.Severity == FindingSeverity.Blocking),
            Lines = scan?.Rows ?? 0,
            Customers = profile?.Customers ?? 0,
            Prospects = prospects,
            First = profile is null ? null : new LocalTime(profile.FirstMicros).ToString(),
            Last = profile is null ? null : new LocalTime(profile.LastMicros).ToString(),
            Findings = Sort(findings),
            Months = profile is null ? [] : [.. profile.Months()],
            LeftOut = leftOut,
        };
    }

    private static IReadOnlyList<Finding> Sort(IEnumerable<Finding> findings) =>
        [
            .. findings.OrderByDescending(f => f.Severity).ThenBy(f => f.Code, StringComparer.Ordinal)
                .ThenBy(f => f.Table, StringComparer.Ordinal),
        ];
}
