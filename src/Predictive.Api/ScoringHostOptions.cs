namespace Predictive.Api;

/// <summary>What a scoring host serves. Immutable.</summary>
public sealed record ScoringHostOptions
{
    /// <summary>Folder of the model registry. Default <c>models</c>.</summary>
    public string Models { get; init; } = "models";

    /// <summary>Registry name of the model in service. Default <c>default</c>.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Dataset folder or Parquet file that customers are looked up in. Null = none: only inline histories can be scored.</summary>
    public string? Data { get; init; }

    /// <summary>Memory the dataset may take, bytes; a larger one is refused at the start. Null = no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>Where to listen. Default <c>http://127.0.0.1:5080</c>.</summary>
    public string Urls { get; init; } = "http://127.0.0.1:5080";

    /// <summary>How often the registry is asked for a new champion. Default 2 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most transactions in one inline history. Default 20,000.</summary>
    public int MaxInlineTransactions { get; init; } = 20_000;

    /// <summary>Largest body of one inline history, and largest line of a batch, in bytes. Default 8 MiB.</summary>
    public int MaxBodyBytes { get; init; } = 8 << 20;
}
