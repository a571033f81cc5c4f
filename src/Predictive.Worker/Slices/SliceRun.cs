using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Worker.Slices;

/// <summary>
/// <c>run.json</c> of a run's folder: what all its workers do. Whoever comes first writes it; who comes later and was asked for something
/// else, or sees other data, is refused.
/// </summary>
internal sealed record SliceRun
{
    /// <summary>The file.</summary>
    public const string FileName = "run.json";

    private const int Small = 1 << 20, Edge = 1 << 16;
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>Names the run in the store.</summary>
    public required string Id { get; init; }

    /// <summary>Into how many parts the customers are cut.</summary>
    public required int Slices { get; init; }

    /// <summary>As of when.</summary>
    public required string AsOf { get; init; }

    /// <summary>The earlier time; null = nothing is compared.</summary>
    public required string? Since { get; init; }

    /// <summary>Who a customer is, where that was said.</summary>
    public required CustomerLevel? Level { get; init; }

    /// <summary>Length of the list of customers at risk.</summary>
    public required int Top { get; init; }

    /// <summary>The version in use.</summary>
    public required ModelStamp Model { get; init; }

    /// <summary>SHA-256 of its zip.</summary>
    public required string Package { get; init; }

    /// <summary>What the data was when the run began (<see cref="MarkOfAsync"/>).</summary>
    public required string Data { get; init; }

    /// <summary>The run of a job's folder: begun, or joined.</summary>
    /// <exception cref="DatasetException">The folder holds a run of something else.</exception>
    public static async Task<(SliceRun Run, CustomerScorer Scorer)> JoinAsync(SliceJob job, CancellationToken cancellation)
    {
        string file = Path.Combine(job.Output, FileName);
        SliceRun? there = Read(file);
        var registry = new ModelRegistry(job.Models, SmokeTest.Admit);

        // An alias is what it was when the run began.
        bool isNumber = int.TryParse(job.Version, NumberStyles.None, CultureInfo.InvariantCulture, out _);
        ModelVersion version = registry.Resolve(
            job.Name, isNumber || there is null ? job.Version : there.Model.Version.ToString(CultureInfo.InvariantCulture));
        var wanted = new SliceRun
        {
            Id = RandomNumberGenerator.GetHexString(16, lowercase: true),
            Slices = job.Slices, AsOf = job.AsOf.ToString(), Since = job.Since?.ToString(), Level = job.Level, Top = job.Top,
            Model = new ModelStamp(version.Name, version.Version),
            Package = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(version.Path, cancellation))),
            Data = await MarkOfAsync(job.Data, cancellation),
        };
        var scorer = new CustomerScorer(ModelBundle.Load(registry.Load(version)), wanted.Model);
        if (there is null)
        {
            Directory.CreateDirectory(job.Output);
            if (AtomicFile.TryCreate(file, stream => JsonSerializer.Serialize(stream, wanted, s_json)))
            {
                return (wanted, scorer);
            }

            // Another worker was first, and an alias may have moved in between.
            return await JoinAsync(job, cancellation);
        }

        string[] other =
        [
            .. new (string Name, object? Here, object? Asked)[]
            {
                ("slices", there.Slices, wanted.Slices), ("as-of", there.AsOf, wanted.AsOf), ("since", there.Since, wanted.Since),
                ("level", there.Level, wanted.Level), ("top", there.Top, wanted.Top), ("model", there.Model, wanted.Model),
                ("package", there.Package, wanted.Package), ("data", there.Data, wanted.Data),
            }.Where(p => !Equals(p.Here, p.Asked)).Select(p => p.Name is "data" or "package"
                ? $"the {p.Name} was another when it began"
                : $"its {p.Name} is {p.Here ?? "none"} and {p.Asked ?? "none"} was asked for"),
        ];
        return other.Length == 0 ? (there, scorer) : throw new DatasetException(
            "other-run",
            $"{file} is of another run: {string.Join("; ", other)}. Expected the same of all its workers: ask for the same, or name "
                + "another folder with --out.",
            file);
    }

    /// <summary>
    /// What says which lines, settings and tables a dataset is of: equal on every machine that has the same files. Of large files the size
    /// and both ends, where Parquet keeps what it knows of its columns; of a warehouse the census.
    /// </summary>
    public static async Task<string> MarkOfAsync(string data, CancellationToken cancellation)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        string? census = await WarehouseFolder.CensusAsync(data, cancellation);
        Append(hash, census ?? "files");
        foreach ((string name, FileInfo file) in Files(data, census is not null))
        {
            using FileStream stream = file.OpenRead();
            Append(hash, string.Create(CultureInfo.InvariantCulture, $"{name} {stream.Length}"));
            byte[] bytes = new byte[stream.Length <= Small ? stream.Length : Edge];
            await stream.ReadExactlyAsync(bytes, cancellation);
            hash.AppendData(bytes);
            if (stream.Length > Small)
            {
                stream.Seek(-Edge, SeekOrigin.End);
                await stream.ReadExactlyAsync(bytes, cancellation);
                hash.AppendData(bytes);
            }
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    // The copy of a table of a warehouse is this machine's own; the shop's own segments are of the result, but of no dataset.
    private static IEnumerable<(string Name, FileInfo File)> Files(string data, bool isInWarehouse)
    {
        var segments = new FileInfo(SegmentsFile.PathFor(data));
        return DatasetIdentity.Files(data).Where(f => !isInWarehouse || !IsOfTransactions(f.Name))
            .Concat(segments.Exists ? [(segments.Name, segments)] : []);

        static bool IsOfTransactions(string name) => name.Split('/')[0] is "transactions" or "transactions.parquet";
    }

    private static void Append(IncrementalHash hash, string text) => hash.AppendData(Encoding.UTF8.GetBytes(text + "\n"));

    private static SliceRun? Read(string file)
    {
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<SliceRun>(File.ReadAllBytes(file), s_json) : null;
        }
        catch (JsonException e)
        {
            throw new DatasetException(
                "bad-run", $"{file} is not of a run: {e.Message} Expected what `predictive worker --slices` writes there. Name another "
                    + "folder with --out.",
                file, inner: e);
        }
    }
}
