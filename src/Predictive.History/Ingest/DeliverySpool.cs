using System.Security.Cryptography;
using System.Text.Json;

namespace Predictive.History.Ingest;

/// <summary>A file that waits to be imported.</summary>
/// <param name="File">Its name as its owner has it, without a folder.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Actor">Who brought it.</param>
/// <param name="At">When.</param>
/// <param name="Answers">Answers to what could be read in two ways, in the order of the questions.</param>
public sealed record SpooledDelivery(string File, long Bytes, string Actor, DateTimeOffset At, IReadOnlyList<int> Answers);

/// <summary>
/// Files that were brought over HTTP and wait, outside the dataset, until somebody has seen what an import makes of them: one folder each
/// beside the models. A host writes them, a worker reads them.
/// </summary>
/// <param name="models">Folder of the model registry.</param>
public sealed class DeliverySpool(string models)
{
    /// <summary>Kind of a job, named by the delivery, that reads it and tells what an import would make of it.</summary>
    public const string PreviewJob = "delivery-preview";

    /// <summary>Kind of a job, named by the delivery, that adds it to the dataset.</summary>
    public const string ImportJob = "delivery";

    private const string Note = "delivery.json", Content = "content";
    private const int IdBytes = 12;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { RespectNullableAnnotations = true };

    private string Root => Path.Combine(models, ".deliveries");

    /// <summary>Whether an id is one that <see cref="Add"/> may have given.</summary>
    public static bool IsId(string? id) => id is { Length: 2 * IdBytes } && id.All(char.IsAsciiHexDigitLower);

    /// <summary>Takes a file in.</summary>
    /// <param name="name">As its owner has it; a folder before it is dropped.</param>
    /// <param name="content">The bytes.</param>
    /// <param name="actor">Who brings it.</param>
    /// <param name="at">When.</param>
    /// <param name="cancellation">Ends early; nothing stays then.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public async Task<string> Add(string name, Stream content, string actor, DateTimeOffset at, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(content);
        string id = RandomNumberGenerator.GetHexString(2 * IdBytes, lowercase: true), folder = Path.Combine(Root, id);
        Directory.CreateDirectory(folder);
        try
        {
            long bytes;
            await using (FileStream file = File.Create(Path.Combine(folder, Content)))
            {
                await content.CopyToAsync(file, cancellation);
                file.Flush(flushToDisk: true);
                bytes = file.Length;
            }

            string plain = name.Split('/', '\\')[^1];
            Write(id, new SpooledDelivery(plain.Length == 0 ? "delivery" : plain, bytes, actor, at, []));
            return id;
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>A delivery; null = there is none of that id, or no more.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public SpooledDelivery? Find(string? id)
    {
        if (!IsId(id) || !File.Exists(Path.Combine(Root, id!, Note)))
        {
            return null;
        }

        try
        {
            return JsonSerializer.Deserialize<SpooledDelivery>(File.ReadAllText(Path.Combine(Root, id!, Note)), s_json);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>Notes an answer.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Answer(string id, IReadOnlyList<int> answers)
    {
        if (Find(id) is { } delivery)
        {
            Write(id, delivery with { Answers = answers });
        }
    }

    /// <summary>The file under its own name, in a folder of its own: an import tells the name in its report.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public string FileOf(string id, SpooledDelivery delivery)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        string named = Path.Combine(Root, id, "file", SafeName(delivery.File));
        Directory.CreateDirectory(Path.GetDirectoryName(named)!);
        if (!File.Exists(named))
        {
            File.CreateSymbolicLink(named, Path.Combine("..", Content));
        }

        return named;
    }

    /// <summary>Where a preview may write.</summary>
    public string ScratchOf(string id) => Path.Combine(Root, id, "preview");

    /// <summary>Removes a delivery.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Remove(string id)
    {
        if (IsId(id) && Directory.Exists(Path.Combine(Root, id)))
        {
            Directory.Delete(Path.Combine(Root, id), recursive: true);
        }
    }

    /// <summary>Removes what came before a time.</summary>
    /// <exception cref="IOException">The disk fails.</exception>
    public void Forget(DateTimeOffset before)
    {
        if (Directory.Exists(Root))
        {
            foreach (string id in Directory.GetDirectories(Root).Select(Path.GetFileName).Where(IsId).OfType<string>())
            {
                if (Find(id) is not { } delivery || delivery.At < before)
                {
                    Remove(id);
                }
            }
        }
    }

    // Control characters and separators have no place in a file's name; what is left is the owner's.
    private static string SafeName(string name)
    {
        string safe = string.Concat(name.Where(c => !char.IsControl(c) && c is not ('/' or '\\' or ':'))).TrimStart('.');
        return safe.Length is 0 ? "delivery" : safe[..Math.Min(safe.Length, 120)];
    }

    private void Write(string id, SpooledDelivery delivery) =>
        AtomicFile.Write(Path.Combine(Root, id, Note), stream => JsonSerializer.Serialize(stream, delivery, s_json));
}
