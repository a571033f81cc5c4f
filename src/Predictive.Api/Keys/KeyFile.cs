using System.Text.Json;
using Predictive.History;
using Predictive.Segmentation.Registry;

namespace Predictive.Api.Keys;

/// <summary><c>keys.json</c>: the API keys of a registry's hosts, hashed. Written whole; only its owner may read it.</summary>
/// <param name="path">Usually in the registry's folder.</param>
public sealed class KeyFile(string path)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        RespectNullableAnnotations = true,
        RespectRequiredConstructorParameters = true,
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter() },
    };

    /// <summary>Where it is.</summary>
    public string Path { get; } = System.IO.Path.GetFullPath(path);

    /// <summary>Every key ever made, oldest first; empty where there is no file.</summary>
    /// <exception cref="ModelPackageException">The file is damaged or cannot be read.</exception>
    public IReadOnlyList<ApiKey> Read()
    {
        try
        {
            ApiKey[] keys =
                JsonSerializer.Deserialize<ApiKey[]>(File.ReadAllBytes(Path), s_json) ?? throw new JsonException("it holds null");
            return keys.All(k => k is not null) && keys.DistinctBy(k => k.Id).Count() == keys.Length
                ? keys
                : throw new JsonException("it holds a null, or one id twice");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is JsonException or IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new ModelPackageException(
                Path,
                $"cannot be read as API keys ({e.Message.TrimEnd('.')}). Restore it, or remove it and make new keys: predictive keys add.",
                e);
        }
    }

    /// <summary>Adds a key.</summary>
    /// <returns>The key as it is kept, and its text: the only time it can be seen.</returns>
    public (ApiKey Key, string Text) Add(KeyRole role, DateTimeOffset now, DateTimeOffset? expires = null, string? note = null)
    {
        var made = ApiKey.Create(role, now, expires, note);
        Change(keys => [.. keys, made.Key]);
        return made;
    }

    /// <summary>Revokes a key; it stays in the list.</summary>
    /// <exception cref="ModelPackageException">There is no such key.</exception>
    public ApiKey Revoke(string id, DateTimeOffset now)
    {
        ApiKey? revoked = null;
        Change(
            keys => [.. keys.Select(k => k.Id == id ? revoked = k with { RevokedAt = k.RevokedAt ?? now } : k)], () => revoked is not null,
            id);
        return revoked!;
    }

    private void Change(Func<IReadOnlyList<ApiKey>, ApiKey[]> change, Func<bool>? found = null, string id = "")
    {
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(Path)!);
        try
        {
            using var turn =
                new FileStream(Path + ".lock", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            ApiKey[] keys = change(Read());
            if (found is not null && !found())
            {
                throw new ModelPackageException(Path, $"has no key '{id}'; 'predictive keys list' shows the ids.");
            }

            AtomicFile.Write(Path, stream =>
            {
                if (!OperatingSystem.IsWindows() && stream is FileStream file)
                {
                    File.SetUnixFileMode(file.SafeFileHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
                }

                stream.Write(JsonSerializer.SerializeToUtf8Bytes(keys, s_json));
                stream.WriteByte((byte)'\n');
            });
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ModelPackageException(Path, $"cannot be written ({e.Message.TrimEnd('.')}). Nothing was changed.", e);
        }
    }
}
