
namespace Predictive.History.Import;

/// <summary>One file of one named source among others: where it goes, and whether it came before.</summary>
/// <remarks>
/// <code>
/// transactions/source=NAME/SHA.parquet    SHA = the first 16 digits of the source file's SHA-256
/// rejects-NAME-SHA.csv, import-report-NAME-SHA.json, dataset.json
/// </code>
/// </remarks>
internal sealed class Delivery
{
    private readonly string _folder;
    private readonly string _source;

    private Delivery(string folder, string source) => (_folder, _source) = (folder, source);

    /// <summary>True where the dataset has its dataset.json already; it stays.</summary>
    public bool IsDescribed => File.Exists(Path.Combine(_folder, DatasetFolder.DescriptionFile));

    /// <summary>The delivery the options ask for.</summary>
    /// <exception cref="DatasetException">The source's name cannot be a folder's, or the dataset runs on another clock.</exception>
    public static Delivery Of(ImportOptions options)
    {
        string name = options.SourceName!;
        if (name.Length is 0 or > 64 || !char.IsAsciiLetterOrDigit(name[0]) || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'))
        {
            throw DatasetFaults.BadSourceName(name).Refuse();
        }

        var delivery = new Delivery(options.OutputFolder, name);
        if (delivery.IsDescribed && DatasetFolder.ReadDescription(options.OutputFolder).TimeZone is var zone && zone != options.TimeZone)
        {
            throw DatasetFaults.OutputInUse(options.OutputFolder, $"its clock is {zone}, the import's {options.TimeZone}; give --time-zone {zone}").Refuse();
        }

        return delivery;
    }

    /// <summary>Where a file of the import goes.</summary>
    public string Place(string name, string sha256) => name switch
    {
        DatasetFolder.DescriptionFile => name,
        "transactions.parquet" => Path.Combine("transactions", "source=" + _source, sha256[..16] + ".parquet"),
        _ => $"{Path.GetFileNameWithoutExtension(name)}-{_source}-{sha256[..16]}{Path.GetExtension(name)}",
    };

    /// <summary>True where the same file was delivered before.</summary>
    public bool IsThere(string sha256) => File.Exists(Path.Combine(_folder, Place("transactions.parquet", sha256)));
}
