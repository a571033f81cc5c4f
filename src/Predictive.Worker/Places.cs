namespace Predictive.Worker;

/// <summary>Places of this machine and what they are called where others read: jobs are read over HTTP.</summary>
internal sealed class Places(params (string Path, string Name)[] known)
{
    private readonly (string Path, string Name)[] _places = [.. known, (Path.GetTempPath(), "tmp/")];

    /// <summary>A text without them.</summary>
    public string Hide(string text)
    {
        foreach ((string path, string name) in _places)
        {
            text = text.Replace(Path.GetFullPath(path), name, StringComparison.Ordinal);
            text = path.Contains(Path.DirectorySeparatorChar, StringComparison.Ordinal)
                ? text.Replace(path, name, StringComparison.Ordinal)
                : text;
        }

        return text;
    }
}
