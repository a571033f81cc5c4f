using Predictive.Api.Configuration;
using Predictive.Store;

namespace Predictive.Api.Http;

/// <summary>Takes the host's own paths out of what callers read: where files lie on the server is nobody else's business.</summary>
internal sealed class PublicText
{
    private readonly (string Path, string Name)[] _names;

    public PublicText(ScoringHostOptions options)
    {
        var names = new List<(string, string)>();
        Add(options.Models, "models");
        Add(options.KeyFile, "keys.json");
        if (!StoreDatabase.IsConnectionString(options.StoreLocation))
        {
            Add(options.StoreLocation, "the store");
        }

        if (options.Data is { } data)
        {
            Add(data, "the dataset");
        }

        Add(Path.GetTempPath(), "tmp/");
        Add(Environment.CurrentDirectory, ".");
        Add(AppContext.BaseDirectory, "program/");
        // The longest first: one may lie within another.
        _names = [.. names.OrderByDescending(n => n.Item1.Length)];

        void Add(string path, string name)
        {
            names.Add((Path.GetFullPath(path), name));
            if (path.Length > 3 && path.Contains(Path.DirectorySeparatorChar))
            {
                names.Add((path, name));
            }
        }
    }

    /// <summary>The text with names for paths.</summary>
    public string Of(string text)
    {
        foreach ((string path, string name) in _names)
        {
            if (path.Length > 1)
            {
                text = text.Replace(path, name, StringComparison.Ordinal);
            }
        }

        return text;
    }

    /// <summary>The same; null stays null.</summary>
    public string? OfOptional(string? text) => text is null ? null : Of(text);
}
