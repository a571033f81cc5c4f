namespace Predictive.Segmentation.Registry;

/// <summary>What tells whether a file is still the one that was read: its length and the time of its last write.</summary>
/// <param name="Length">Bytes.</param>
/// <param name="WrittenTicks">Last write, ticks in UTC.</param>
public readonly record struct FileIdentity(long Length, long WrittenTicks)
{
    /// <summary>Of the file there now; the default value where there is none or it cannot be looked at.</summary>
    public static FileIdentity Of(string path)
    {
        try
        {
            var file = new FileInfo(path);
            return file.Exists ? new FileIdentity(file.Length, file.LastWriteTimeUtc.Ticks) : default;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
