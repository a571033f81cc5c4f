using System.Text.Json;

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

    private Delivery(string folder, string? source) => (_folder, _source) = (folder, source);

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
        "transactions.parquet" => Path.Combine("transactions", _source is null ? "" : "source=" + _source, sha256[..16] + ".parquet"),
        _ => $"{Path.GetFileNameWithoutExtension(name)}-{(_source is null ? "" : _source + "-")}{sha256[..16]}{Path.GetExtension(name)}",
    };

    /// <summary>True where the same file was delivered before.</summary>
    public bool IsThere(string sha256) =>
        File.Exists(Path.Combine(_folder, Place("transactions.parquet", sha256))) || (Single is { } first && first == sha256);

    /// <summary>
    /// SHA-256 of the file that the dataset's one transactions.parquet came from; null where it has none, or does not say.
    /// </summary>
    private string? Single
    {
        get
        {
            string report = Path.Combine(_folder, CsvImport.ReportFile);
            if (!File.Exists(Path.Combine(_folder, "transactions.parquet")) || !File.Exists(report))
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
        string one = Path.Combine(_folder, "transactions.parquet");
        if (File.Exists(one))
        {
            string name = (Single ?? "first").PadRight(16, '0')[..16];
            Directory.CreateDirectory(Path.Combine(_folder, "transactions"));
            File.Move(one, Path.Combine(_folder, "transactions", name + ".parquet"), overwrite: true);
        }
    }
}
