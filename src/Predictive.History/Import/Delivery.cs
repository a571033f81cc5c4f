using System.Text.Json;
using Predictive.History.Loading;
using Predictive.History.Parquet;

namespace Predictive.History.Import;

/// <summary>One file of one named source among others: where it goes, and whether it came before.</summary>
/// <remarks>
/// <code>
/// transactions/source=NAME/SHA.parquet    SHA = the first 16 digits of the source file's SHA-256
/// rejects-NAME-SHA.csv, import-report-NAME-SHA.json, dataset.json
/// transactions/SHA.parquet, rejects-SHA.csv, import-report-SHA.json    where it was appended without a name
/// </code>
/// </remarks>
internal sealed class Delivery
{
    private readonly string _folder;
    private readonly string? _source;
    private readonly string _table;

    private Delivery(string folder, string? source, string table = "transactions") => (_folder, _source, _table) = (folder, source, table);

    /// <summary>A dataset folder, to whose files another is added.</summary>
    internal static Delivery To(string folder) => new(folder, null);

    /// <summary>True where the dataset has its dataset.json already; it stays.</summary>
    public bool IsDescribed => File.Exists(Path.Combine(_folder, DatasetFolder.DescriptionFile));

    /// <summary>The delivery the options ask for.</summary>
    /// <exception cref="DatasetException">The source's name cannot be a folder's, or the dataset runs on another clock.</exception>
    public static Delivery Of(ImportOptions options)
    {
        string? name = options.SourceName;
        if (name is null)
        {
            return Checked(new Delivery(options.OutputFolder, null), options);
        }

        if (name.Length is 0 or > 64 || !char.IsAsciiLetterOrDigit(name[0])
            || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw DatasetFaults.BadSourceName(name).Refuse();
        }

        return Checked(new Delivery(options.OutputFolder, name), options);
    }

    /// <summary>The delivery of a table beside the transactions.</summary>
    /// <exception cref="DatasetException">The dataset runs on another clock.</exception>
    public static Delivery OfTable(ImportOptions options, string table) =>
        Checked(new Delivery(options.OutputFolder, null, table), options);

    /// <summary>A dataset.json that calls the columns otherwise would not find them.</summary>
    /// <param name="names">The names the table will have.</param>
    /// <exception cref="DatasetException">It does.</exception>
    public void RefuseMapped(params string?[] names)
    {
        if (!IsDescribed)
        {
            return;
        }

        DatasetDescription description = DatasetFolder.ReadDescription(_folder);
        IReadOnlyDictionary<string, string> columns = _table switch
        {
            "customers" => description.CustomerColumns,
            "events" => description.EventColumns,
            _ => new Dictionary<string, string>(),
        };
        foreach (var (canonical, source) in columns.Where(c => names.Contains(c.Key) && c.Key != c.Value))
        {
            throw DatasetFaults.OutputInUse(
                _folder, $"its dataset.json calls {canonical} of {_table} '{source}', the import writes '{canonical}'; take that out of it")
                .Refuse();
        }
    }

    /// <summary>The ids that the table holds already; none where it is not there.</summary>
    /// <exception cref="DatasetException">It cannot be read.</exception>
    public HashSet<string> Ids(string column)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        string one = Path.Combine(_folder, _table + ".parquet"), many = Path.Combine(_folder, _table);
        foreach (string path in new[] { one, many }.Where(p => File.Exists(p) || Directory.Exists(p)))
        {
            using ParquetTable table = ParquetTable.Open(path);
            NameColumn names = NameColumn.Find(table, column)
                ?? throw DatasetFaults.MissingColumn(path, column, column, [.. table.ColumnNames]).Refuse();
            var codes = new NameCodes(id => ids.Add(id) ? 0 : 0);
            var read = new int[SideTable.Batch];
            foreach (TablePart part in table.Parts)
            {
                part.Read(SideTable.Batch, rows => codes.Open(rows, names), (_, n) => codes.Read(read.AsSpan(0, n)), default);
            }
        }

        return ids;
    }

    /// <summary>
    /// Refuses an import that would give a dataset another clock while tables beside the transactions keep times on the present one.
    /// </summary>
    /// <exception cref="DatasetException">It would.</exception>
    public static void RefuseOtherClock(ImportOptions options)
    {
        var there = new Delivery(options.OutputFolder, null);
        if (there.IsDescribed && Array.Exists(["events", "contacts"], t =>
            File.Exists(Path.Combine(options.OutputFolder, t + ".parquet")) || Directory.Exists(Path.Combine(options.OutputFolder, t))))
        {
            Checked(there, options);
        }
    }

    private static Delivery Checked(Delivery delivery, ImportOptions options)
    {
        if (delivery.IsDescribed && DatasetFolder.ReadDescription(options.OutputFolder).TimeZone is var zone && zone != options.TimeZone)
        {
            throw DatasetFaults.OutputInUse(
                options.OutputFolder, $"its clock is {zone}, the import's {options.TimeZone}; give --time-zone {zone}").Refuse();
        }

        return delivery;
    }

    /// <summary>Where a file of the import goes.</summary>
    public string Place(string name, string sha256) => name switch
    {
        DatasetFolder.DescriptionFile => name,
        _ when name == _table + ".parquet" =>
            Path.Combine(_table, _source is null ? "" : "source=" + _source, sha256[..16] + ".parquet"),
        _ => $"{Path.GetFileNameWithoutExtension(name)}-{(_source is null ? "" : _source + "-")}{sha256[..16]}{Path.GetExtension(name)}",
    };

    /// <summary>True where the same file was delivered before.</summary>
    public bool IsThere(string sha256) =>
        File.Exists(Path.Combine(_folder, Place(_table + ".parquet", sha256))) || (Single is { } first && first == sha256);

    /// <summary>
    /// SHA-256 of the file that the dataset's one file of the table came from; null where it has none, or does not say.
    /// </summary>
    private string? Single
    {
        get
        {
            string report = Path.Combine(_folder, _table == "transactions" ? CsvImport.ReportFile : $"import-report-{_table}.json");
            if (!File.Exists(Path.Combine(_folder, _table + ".parquet")) || !File.Exists(report))
            {
                return null;
            }

            using JsonDocument document = JsonDocument.Parse(File.ReadAllBytes(report));
            return document.RootElement.TryGetProperty("sourceSha256", out JsonElement sha) ? sha.GetString() : null;
        }
    }

    /// <summary>
    /// Turns a dataset of one file into a folder of files, the new one in its place already: while the one file is there it is the dataset;
    /// the rename that moves it beside the new one is the moment both are.
    /// </summary>
    public void Join()
    {
        string one = Path.Combine(_folder, _table + ".parquet");
        if (File.Exists(one))
        {
            string name = (Single ?? "first").PadRight(16, '0')[..16];
            Directory.CreateDirectory(Path.Combine(_folder, _table));
            File.Move(one, Path.Combine(_folder, _table, name + ".parquet"), overwrite: true);
        }
    }
}
