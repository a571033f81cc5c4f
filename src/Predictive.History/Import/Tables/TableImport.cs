// Over 300 lines: one row's way from the file into its table, beside what is said of it, reads better in one piece.
using System.Text;
using System.Text.Json;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Import.Tables;

/// <summary>
/// Turns a file into a table beside the transactions of a dataset: <c>customers.parquet</c>, <c>events.parquet</c>,
/// <c>contacts.parquet</c>, <c>products.parquet</c>, with <c>import-report-TABLE.json</c> and <c>rejects-TABLE.csv</c>.
/// </summary>
public sealed class TableImport
{
    private const int Examples = 5;

    private readonly TableImportOptions _options;
    private readonly TableSurvey _survey;
    private readonly RejectLog _rejects;
    private readonly TableFileWriter _table;
    private readonly CsvNumbers _numbers;
    private readonly Dictionary<UInt128, UInt128> _rowOf = [];
    private readonly HashSet<string> _there;
    private readonly Tally _twice = new(Examples);
    private long _rows, _kept, _first = long.MaxValue, _last = long.MinValue;

    private TableImport(
        TableImportOptions options, TableSurvey survey, RejectLog rejects, TableFileWriter table, HashSet<string> there)
    {
        (_options, _survey, _rejects, _table, _there) = (options, survey, rejects, table, there);
        _numbers = new CsvNumbers(survey.DecimalComma, survey.Encoding, lax: options.File.DecimalComma is null);
    }

    private TableLayout Layout => _survey.Plan.Layout;

    /// <summary>
    /// Imports one table. Nothing is left half-written: every file is written under a temporary name, flushed to disk, then renamed.
    /// </summary>
    /// <exception cref="DatasetException">The file, or a column, is missing or can be read in two ways; an id stands twice with different
    /// facts; no row can be kept; or the table is there and nothing says what becomes of it.</exception>
    public static TableImportReport Run(
        TableImportOptions options, IProgress<ImportProgress>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        ImportOptions file = options.File;
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(file.TimeZone, out TimeZoneInfo? zone))
        {
            throw DatasetFaults.UnknownTimeZone("The import", file.TimeZone).Refuse();
        }

        TableLayout layout = TableLayout.Of(options.Table);
        Delivery delivery = Delivery.OfTable(file, layout.Name);
        delivery.RefuseMapped(layout.Key, layout.Time);
        bool appends = file.Existing == ExistingData.Append;
        using var target = ImportFolder.Prepare(file.OutputFolder, layout.Name, appends, named: false, file.Existing);
        TableSurvey survey = TableSurvey.Of(options, zone, cancellation);
        options = options with { File = file with { Encoding = survey.EncodingName ?? file.Encoding } };
        using CsvSource source = CsvSource.Open(options.File);
        using var rejects = new RejectLog(target.Temporary(layout.RejectsFile), file.RawCells);
        using var table = new TableFileWriter(target.Temporary(layout.File), survey);
        var import = new TableImport(
            options, survey, rejects, table, appends && layout.IsKeyed ? delivery.Ids(layout.Key) : new HashSet<string>());
        import.Read(source, progress, cancellation);
        import.Judge();
        table.Complete();
        bool anyRejects = rejects.Complete();
        TableImportReport report = import.Report(source, anyRejects);
        if (appends)
        {
            report = report with
            {
                RejectsFile = anyRejects ? delivery.Place(layout.RejectsFile, report.SourceSha256) : null,
                AlreadyDelivered = delivery.IsThere(report.SourceSha256),
            };
        }

        if (!report.AlreadyDelivered)
        {
            import.RefuseTwice();
            target.Write(layout.ReportFile, [.. JsonSerializer.SerializeToUtf8Bytes(report, ImportReportJson.Options), (byte)'\n']);
            if (!delivery.IsDescribed)
            {
                target.Write(
                    DatasetFolder.DescriptionFile,
                    DatasetFolder.WriteDescription(new DatasetDescription { TimeZone = file.TimeZone }));
            }

            table.Dispose();
            rejects.Dispose();
            target.Publish(name => appends ? delivery.Place(name, report.SourceSha256) : name);
            if (appends)
            {
                delivery.Join();
            }
        }

        return report;
    }

    private void Read(CsvSource source, IProgress<ImportProgress>? progress, CancellationToken cancellation)
    {
        CsvLayout layout = _survey.Layout;
        var rows = new CsvRowSource(source, new CsvRows(layout.Delimiter, layout.LineEnd));
        rows.ChunkTaken = () =>
        {
            cancellation.ThrowIfCancellationRequested();
            progress?.Report(new ImportProgress(source.BytesRead, source.FileBytes, _rows));
        };
        TableSurvey.Skip(rows, layout);
        while (rows.Read())
        {
            if (rows.Rows.FieldCount > 1 || !LineImport.Blanks(rows.Rows.Row).IsEmpty)
            {
                _rows++;
                Take(rows);
            }
        }
    }

    private void Take(CsvRowSource source)
    {
        CsvRows row = source.Rows;
        TablePlan plan = _survey.Plan;
        RowFate? damage = row.Unclosed ? RowFate.UnclosedQuote
            : !LineImport.HasAllFields(row, plan.Header.Length) ? RowFate.FieldCount
            : row.Row.Contains((byte)0) ? RowFate.ZeroByte : null;
        if (damage is { } fate)
        {
            Reject(source, fate, -1);
            return;
        }

        ReadOnlySpan<byte> id = IdOf(row, plan.Key);
        if (id.IsEmpty)
        {
            Reject(source, Layout.Key == "product_id" ? RowFate.NoId : RowFate.NoCustomer, plan.Key);
            return;
        }

        for (int c = 0; c < Layout.Needed; c++)
        {
            int needed = plan.Columns.First(p => p.Name == Layout.Texts[c]).Column;
            if (LineImport.IsMissing(LineImport.Blanks(row.Field(needed))))
            {
                Reject(source, RowFate.NoKind, needed);
                return;
            }
        }

        if (_survey.Time is { } time)
        {
            ReadOnlySpan<byte> text = LineImport.Blanks(row.Field(plan.Time));
            if (!time.TryParse(text, source.Line, out long micros))
            {
                Reject(source, text.IsEmpty ? RowFate.NoTime : RowFate.BadTime, plan.Time);
                return;
            }

            _table.Time = micros;
            (_first, _last) = (Math.Min(_first, micros), Math.Max(_last, micros));
        }

        if (!IsNew(source, id))
        {
            return;
        }

        _table.Set(0, id);
        for (int c = _survey.Time is null ? 1 : 2; c < plan.Columns.Count; c++)
        {
            ReadOnlySpan<byte> text = LineImport.Blanks(row.Field(plan.Columns[c].Column));
            text = LineImport.IsMissing(text) ? default : text;
            if (_survey.IsNumber[c])
            {
                _table.Set(c, Number(source, text));
            }
            else
            {
                _table.Set(c, text);
            }
        }

        _table.Next();
        _kept++;
    }

    /// <summary>Without blanks, folded where asked; empty where it stands for nobody.</summary>
    private ReadOnlySpan<byte> IdOf(CsvRows row, int column)
    {
        ReadOnlySpan<byte> id = LineImport.Blanks(row.Field(column));
        if (LineImport.IsMissing(id))
        {
            return default;
        }

        if (_options.File.NoCustomer.Count == 0 && !_options.File.FoldCase)
        {
            return id;
        }

        string text = CsvEncodings.Decode(id, _survey.Encoding);
        return _options.File.NoCustomer.Contains(text, StringComparer.OrdinalIgnoreCase) ? default
            : _options.File.FoldCase && _survey.Encoding != CsvEncoding.Latin1 ? Encoding.UTF8.GetBytes(text.ToLowerInvariant()) : id;
    }

    /// <summary>
    /// False for a row that says again what one said; counted for the refusal where it says something else of the same id.
    /// </summary>
    private bool IsNew(CsvRowSource source, ReadOnlySpan<byte> id)
    {
        UInt128 key = RowHash.Wide(id);
        if (!Layout.IsKeyed)
        {
            _rowOf.TryAdd(key, 0);
            return true;
        }

        UInt128 row = RowHash.Wide(source.Rows.Row);
        if (_rowOf.TryAdd(key, row))
        {
            if (_there.Count > 0 && CsvEncodings.Decode(id, _survey.Encoding) is var text && _there.Contains(text))
            {
                _twice.Add((text, source.Line), static at => $"'{at.text}' (line {at.Line}), who is in the table already");
            }

            return true;
        }

        if (_rowOf[key] == row)
        {
            Reject(source, RowFate.EqualToEarlier, _survey.Plan.Key);
        }
        else
        {
            _twice.Add((CsvEncodings.Decode(id, _survey.Encoding), source.Line), static at => $"'{at.Item1}' (line {at.Line})");
        }

        return false;
    }

    private double Number(CsvRowSource source, ReadOnlySpan<byte> text)
    {
        if (text.IsEmpty)
        {
            return double.NaN;
        }

        if (_numbers.TryParse(text, out ExactNumber number))
        {
            return number.ToDouble();
        }

        _rejects.Remark(RowFate.BadOptionalNumber, source.Line);
        return double.NaN;
    }

    private void Reject(CsvRowSource source, RowFate fate, int column) => _rejects.Reject(
        fate, source.Line,
        column < 0 ? "" : CsvEncodings.Decode(source.Rows.Field(column), _survey.Encoding),
        CsvEncodings.Decode(source.Rows.Row, _survey.Encoding));

    private void Judge()
    {
        string file = _options.File.Source;
        if (_survey.Time is { Contradiction: not null } time)
        {
            throw FormatVerdict.MixedTimes(file, _survey.Plan.Header[_survey.Plan.Time], _survey.TimeText, time).Refuse();
        }

        if (_kept == 0)
        {
            throw (_rows == 0 ? DatasetFaults.EmptyTable(file) : DatasetFaults.NoUsableRows(
                file, _rows, string.Join("; ", _rejects.Rejected.Select(r => $"{r.Count} with {r.Text}")))).Refuse();
        }
    }

    private void RefuseTwice()
    {
        if (_twice.Count > 0)
        {
            throw new DatasetException(
                Layout.Key == "product_id" ? "product-twice" : "customer-twice",
                FormattableString.Invariant(
                    $"{_twice.Count:N0} row(s) of '{Path.GetFileName(_options.File.Source)}' give another row for an id: ")
                    + $"{string.Join(", ", _twice.Examples)}; expected one row per "
                    + $"{Layout.Key.Replace("_id", "", StringComparison.Ordinal)}. Keep the one that holds"
                    + (_there.Count > 0 ? ", or replace the whole table with --overwrite." : "."),
                Layout.Name);
        }
    }

    private TableImportReport Report(CsvSource source, bool anyRejects)
    {
        TablePlan plan = _survey.Plan;
        var remarks = _rejects.Remarks.ToList();
        if (_survey.DecimalHints is { } hints)
        {
            remarks.Add(new ImportCount("decimal-by-hints", hints, _numbers.Evidence.Doubtful, []));
        }

        return new TableImportReport
        {
            Table = Layout.Name,
            SourceFile = string.Join(
                ", ",
                _options.File.MoreSources.Prepend(_options.File.Source)
                    .Select(p => Path.GetFileName(Path.TrimEndingDirectorySeparator(p)))),
            SourceSha256 = source.Sha256(),
            Format = new DetectedFormat(
                source.Kind, source.EncodingName,
                _survey.Layout.Delimiter == (byte)'\t' ? "tab" : ((char)_survey.Layout.Delimiter).ToString(),
                _survey.DecimalComma ? "," : ".", _survey.TimeText, []),
            Columns = new SortedDictionary<string, string>(
                plan.Columns.ToDictionary(c => c.Name, c => plan.Header[c.Column]), StringComparer.Ordinal),
            Numbers = [.. plan.Columns.Where((_, c) => _survey.IsNumber[c]).Select(c => c.Name)],
            Unused = plan.Unused,
            Rows = _rows,
            Kept = _kept,
            Ids = _rowOf.Count,
            Rejected = _rejects.Rejected,
            Remarks = remarks,
            First = _survey.Time is null ? null : new LocalTime(_first).ToString(),
            Last = _survey.Time is null ? null : new LocalTime(_last).ToString(),
            RejectsFile = anyRejects ? Layout.RejectsFile : null,
        };
    }
}
