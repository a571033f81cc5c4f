using System.Globalization;
using System.Text;

namespace Predictive.History.Warehouse;

/// <summary>
/// Where a table lies that is not a file: <c>clickhouse://host:8123/db?table=t</c> (<c>clickhouses://</c> over TLS) or
/// <c>postgres://host:5432/db?table=schema.t</c>. It holds no credentials: those come from the environment (<see cref="Credentials"/>).
/// </summary>
/// <remarks>
/// <c>table</c> is required. Optional: <c>description</c>, a dataset.json that maps its columns; <c>final</c> and <c>distinct</c>
/// (ClickHouse), <c>1</c> = newest rows of a ReplacingMergeTree, no line twice; <c>timeout</c>, seconds of silence before a server counts
/// as gone, default 60; <c>limit</c>, seconds a query may take, default 3,600; <c>refresh</c>, seconds between two looks of a host or
/// worker, default 600; <c>compress</c>, <c>gzip</c> or <c>none</c>, default gzip beyond this machine; <c>ca</c>, a PEM file with the
/// authority that signed the server's certificate.
/// </remarks>
internal sealed record WarehouseAddress
{
    private static readonly string[] s_numbers = ["timeout", "limit", "refresh"], s_flags = ["final", "distinct"],
        s_known = ["table", "description", .. s_flags, .. s_numbers, "compress", "ca"];

    private readonly SortedDictionary<string, string> _options = new(StringComparer.Ordinal);

    private WarehouseAddress(string scheme, string host, int port, string database) =>
        (Scheme, Host, Port, Database) = (scheme, host, port, database);

    /// <summary><c>clickhouse</c>, <c>clickhouses</c> or <c>postgres</c>.</summary>
    public string Scheme { get; }

    /// <summary>The server.</summary>
    public string Host { get; }

    /// <summary>Its port.</summary>
    public int Port { get; }

    /// <summary>The database.</summary>
    public string Database { get; }

    /// <summary>The table.</summary>
    public string Table => _options["table"];

    /// <summary>A dataset.json with the mapping; null = none is named.</summary>
    public string? Description => _options.GetValueOrDefault("description");

    /// <summary>A file with the authority of the server's certificate; null = those of this machine.</summary>
    public string? Authority => _options.GetValueOrDefault("ca");

    /// <summary>Whether only the newest rows of a ReplacingMergeTree count.</summary>
    public bool IsFinal => _options.GetValueOrDefault("final") == "1";

    /// <summary>Whether lines that are equal count once.</summary>
    public bool IsDistinct => _options.GetValueOrDefault("distinct") == "1";

    /// <summary>Silence after which a server counts as gone.</summary>
    public TimeSpan Timeout => Seconds("timeout", 60);

    /// <summary>What a query may take.</summary>
    public TimeSpan Limit => Seconds("limit", 3_600);

    /// <summary>Between two looks of a process that goes on.</summary>
    public TimeSpan Refresh => Seconds("refresh", 600);

    /// <summary>Whether answers come compressed.</summary>
    public bool IsCompressed => _options.GetValueOrDefault("compress") is { } asked
        ? asked == "gzip"
        : Host is not ("localhost" or "127.0.0.1" or "::1" or "[::1]");

    /// <summary>Whether the connection is encrypted.</summary>
    public bool IsSecure => Scheme == "clickhouses";

    /// <summary>Whether the engine is ClickHouse.</summary>
    public bool IsClickHouse => Scheme.StartsWith("clickhouse", StringComparison.Ordinal);

    /// <summary>Server and table, for messages.</summary>
    public string Place => string.Create(CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}/{Database}, table {Table}");

    /// <summary>The address again: equal addresses, equal text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(string.Create(
            CultureInfo.InvariantCulture, $"{Scheme}://{Host}:{Port}/{Uri.EscapeDataString(Database)}"));
        foreach (var (name, value) in _options)
        {
            text.Append(text.ToString().Contains('?', StringComparison.Ordinal) ? '&' : '?').Append(name).Append('=')
                .Append(Uri.EscapeDataString(value));
        }

        return text.ToString();
    }

    /// <summary>What says which lines it means: without where their mapping lies and how long to wait for them.</summary>
    public string Identity => Without(["description", "ca", "compress", .. s_numbers]).ToString();

    /// <summary>The address without the description it names.</summary>
    public WarehouseAddress WithoutDescription => Without("description");

    /// <summary>The address of another table of the same database.</summary>
    public WarehouseAddress Of(string table)
    {
        WarehouseAddress other = Without("table");
        other._options.Add("table", table);
        return other;
    }

    /// <summary>Whether a text is an address and no path.</summary>
    public static bool IsAddress(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return text.Contains("://", StringComparison.Ordinal);
    }

    /// <summary>Reads an address.</summary>
    /// <exception cref="DatasetException">It cannot be understood; what it holds of credentials is not repeated.</exception>
    public static WarehouseAddress Read(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? uri) || uri.Host.Length == 0)
        {
            throw Refused("It is no address of a table");
        }

        if (uri.UserInfo.Length > 0)
        {
            throw Refused(
                $"The address of {uri.Host} holds a user or password, which logs and lists would show. Leave them out and set "
                    + $"{Credentials.VariablesOf(uri.Scheme)}");
        }

        int standard = uri.Scheme switch
        {
            "clickhouse" => 8123,
            "clickhouses" => 8443,
            "postgres" => 5432,
            _ => throw Refused($"The scheme is '{uri.Scheme}'"),
        };
        string database = Uri.UnescapeDataString(uri.AbsolutePath.Trim('/'));
        if (database.Length == 0 || database.Contains('/', StringComparison.Ordinal))
        {
            throw Refused($"The path of the address of {uri.Host} names no database");
        }

        var address = new WarehouseAddress(uri.Scheme, uri.Host, uri.IsDefaultPort || uri.Port <= 0 ? standard : uri.Port, database);
        foreach (string pair in uri.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] parts = pair.Split('=', 2);
            string name = Uri.UnescapeDataString(parts[0]), value = parts.Length == 2 ? Uri.UnescapeDataString(parts[1]) : "";
            if (!s_known.Contains(name))
            {
                throw Refused($"The address of {uri.Host} has an unknown option '{name}'; there are {string.Join(", ", s_known)}");
            }

            bool isGood = s_numbers.Contains(name)
                ? int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds is > 0 and <= 864_000
                : s_flags.Contains(name) ? value is "0" or "1"
                : name == "compress" ? value is "gzip" or "none"
                : value.Length > 0;
            if (!isGood || !address._options.TryAdd(name, value))
            {
                throw Refused($"The option '{name}' of the address of {uri.Host} is '{value}', or is there twice");
            }
        }

        return address._options.ContainsKey("table") ? address : throw Refused($"The address of {uri.Host} names no table");
    }

    private WarehouseAddress Without(params string[] names)
    {
        var other = new WarehouseAddress(Scheme, Host, Port, Database);
        foreach (var (name, value) in _options)
        {
            if (!names.Contains(name))
            {
                other._options.Add(name, value);
            }
        }

        return other;
    }

    private TimeSpan Seconds(string name, int standard) => TimeSpan.FromSeconds(
        _options.TryGetValue(name, out string? text) ? int.Parse(text, CultureInfo.InvariantCulture) : standard);

    private static DatasetException Refused(string what) => new(
        "bad-address",
        $"{what}; expected clickhouse://HOST:8123/DATABASE?table=NAME, clickhouses:// for TLS, or postgres://HOST:5432/DATABASE?table=NAME "
            + "(src/Predictive.History/Warehouse/README.md).");
}
