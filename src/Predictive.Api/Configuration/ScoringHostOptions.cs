using Predictive.Store;

namespace Predictive.Api.Configuration;

/// <summary>What a scoring host serves, and what it lets a caller ask of it. Immutable.</summary>
public sealed record ScoringHostOptions
{
    /// <summary>Who a customer is; null = as dataset.json says.</summary>
    public Predictive.History.CustomerLevel? Level { get; init; }

    /// <summary>Folder of the model registry. Default <c>models</c>.</summary>
    public string Models { get; init; } = "models";

    /// <summary>Registry name of the model in service. Default <c>default</c>.</summary>
    public string Name { get; init; } = "default";

    /// <summary>Dataset folder or Parquet file that customers are looked up in. Null = none: only inline histories can be scored.</summary>
    public string? Data { get; init; }

    /// <summary>Memory the dataset may take, bytes; a larger one is refused at the start. Null = no limit.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>File of the API keys. Default <c>keys.json</c> in <see cref="Models"/>.</summary>
    public string? Keys { get; init; }

    /// <summary>
    /// What is remembered between runs (jobs, audit, events): a SQLite file, or a connection string of PostgreSQL. Default <c>store.db</c>
    /// in <see cref="Models"/>.
    /// </summary>
    public string? Store { get; init; }

    /// <summary>
    /// Where to listen, separated by semicolons: <c>http</c> or <c>https</c>, an IP address, <c>localhost</c> or <c>*</c>, a port.
    /// Addresses beyond this machine need API keys. Default <c>http://127.0.0.1:5080</c>.
    /// </summary>
    public string Urls { get; init; } = "http://127.0.0.1:5080";

    /// <summary>
    /// Host names that requests may name. Default: those of this machine where only this machine is listened to, else any (whoever calls
    /// then carries a key, which no foreign page has).
    /// </summary>
    public IReadOnlyList<string>? Hosts { get; init; }

    /// <summary>PEM file of the certificate for <c>https</c>; read again when it changes. Default: none.</summary>
    public string? Certificate { get; init; }

    /// <summary>PEM file of its private key. Default: in <see cref="Certificate"/>.</summary>
    public string? CertificateKey { get; init; }

    /// <summary>How often registry, dataset, keys and clock are looked at. Default 2 s.</summary>
    public TimeSpan PollInterval { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Most transactions in one inline history. Default 20,000.</summary>
    public int MaxInlineTransactions { get; init; } = 20_000;

    /// <summary>
    /// Largest body of one inline history, and largest line of a batch, in bytes. Default 8 MiB. A batch as a whole has no limit.
    /// </summary>
    public int MaxBodyBytes { get; init; } = 8 << 20;

    /// <summary>Largest file of transactions that the pages take in, in bytes. Default 512 MiB.</summary>
    public long MaxDeliveryBytes { get; init; } = 512L << 20;

    /// <summary>Time in which a body must have arrived; for a batch, time without a byte after which it ends. Default 10 s.</summary>
    public TimeSpan BodyTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Time that requests under way get to end when the host is told to stop. Default 30 s.</summary>
    public TimeSpan DrainTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Time between being told to stop and closing the door: the host says that it is not ready and still answers, so that whoever spreads
    /// requests over several hosts sends the next ones elsewhere. <see cref="DrainTimeout"/> comes after it. Default none.
    /// </summary>
    public TimeSpan StopNotice { get; init; }

    /// <summary>Most connections. Default 1,024.</summary>
    public int MaxConnections { get; init; } = 1024;

    /// <summary>
    /// Requests of one key (without keys: of one address) answered at the same time; more are told to come back. Default 256.
    /// </summary>
    public int MaxConcurrentPerKey { get; init; } = 256;

    /// <summary>Requests a second of one key (without keys: of one address). Null = no limit.</summary>
    public int? RequestsPerSecond { get; init; }

    /// <summary>Computations over the whole base that may wait for their turn; more are told to come back. Default 16.</summary>
    public int MaxQueued { get; init; } = 16;

    /// <summary>Memory for answers kept ready, in bytes. Default 256 MiB.</summary>
    public long ReadyBytes { get; init; } = 256L << 20;

    /// <summary>Whether each request is logged, one line. Default true.</summary>
    public bool LogRequests { get; init; } = true;

    /// <summary>Whether the log is JSON, one object a line. Default false: text, one entry a line.</summary>
    public bool LogAsJson { get; init; }

    /// <summary>Share of the requests that a challenger scores too, after they were answered, 0–1. Default .05.</summary>
    public double ShadowShare { get; init; } = .05;

    /// <summary>Share of the customers whom a challenger answers, 0–1; always the same ones. Default 0.</summary>
    public double CanaryShare { get; init; }

    /// <summary>Id or note of the API key whose requests a challenger answers. Default: none.</summary>
    public string? CanaryKey { get; init; }

    internal string StoreLocation => Store ?? Path.Combine(Models, StoreDatabase.FileName);

    internal string KeyFile => Keys ?? Path.Combine(Models, "keys.json");
}
