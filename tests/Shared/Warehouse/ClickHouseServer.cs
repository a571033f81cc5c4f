using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;

namespace Predictive.Tests;

/// <summary>
/// Two ClickHouse servers of the tests' own, the shards of the cluster <c>two</c>: Debian's package, on loopback, free ports, the clock of
/// Shanghai, data folders that go with them. Where the package is absent the test skips.
/// </summary>
public sealed partial class ClickHouseServer : IDisposable
{
    /// <summary>The user; the password is awkward on purpose.</summary>
    public const string User = "u", Password = "p'\"\\ ü";

    private const string Binary = "/usr/sbin/clickhouse-server";

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-clickhouse-").FullName;
    private readonly Process?[] _servers = new Process?[2];
    private readonly int[] _http, _tcp;
    private readonly HttpClient _client = new();

    /// <summary>Starts both.</summary>
    /// <param name="megabytes">Memory a query may take.</param>
    public ClickHouseServer(int megabytes = 2_000)
    {
        int[] ports = FreePorts(6);
        (_http, _tcp) = (ports[..2], ports[2..4]);
        for (int shard = 0; IsThere && shard < 2; shard++)
        {
            Configure(shard, ports[4 + shard], megabytes);
            Start(shard);
        }

        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}")));
    }

    /// <summary>Whether the package is installed.</summary>
    public static bool IsThere => OperatingSystem.IsLinux() && File.Exists(Binary);

    /// <summary>The address of a table of the first shard.</summary>
    public string Address(string table, string options = "", int shard = 0) => string.Create(
        CultureInfo.InvariantCulture, $"clickhouse://127.0.0.1:{_http[shard]}/default?table={Uri.EscapeDataString(table)}{options}");

    /// <summary>Port of the HTTP interface of a shard.</summary>
    public int Port(int shard = 0) => _http[shard];

    /// <summary>Process of a shard.</summary>
    public int ProcessOf(int shard) => _servers[shard]!.Id;

    /// <summary>Port of the native interface of a shard.</summary>
    public int NativePort(int shard) => _tcp[shard];

    /// <summary>Runs a statement.</summary>
    /// <returns>The answer, tab-separated.</returns>
    public string Run(string sql, int shard = 0)
    {
        Need(IsThere, "needs ClickHouse (Debian's package clickhouse-server); it is not there");
        using HttpResponseMessage answer = _client.PostAsync(
            $"http://127.0.0.1:{_http[shard]}/?allow_experimental_low_cardinality_type=1&insert_distributed_sync=1", new StringContent(sql))
            .GetAwaiter().GetResult();
        string text = answer.Content.ReadAsStringAsync().GetAwaiter().GetResult();
        return answer.IsSuccessStatusCode ? text.TrimEnd('\n') : throw new InvalidOperationException($"{sql}: {text}");
    }

    /// <summary>Runs a statement on both.</summary>
    public void RunOnBoth(string sql)
    {
        Run(sql);
        Run(sql, 1);
    }

    /// <summary>Rows that a shard has read by questions with these words since it started, or since <paramref name="since"/>.</summary>
    /// <param name="words">Within the question.</param>
    /// <param name="since">Its <c>toUInt32(now())</c>.</param>
    /// <param name="shard">Which; of the first, with what others read for it.</param>
    public long RowsRead(string words, long since = 0, int shard = 0)
    {
        Run("SYSTEM FLUSH LOGS", shard);
        return long.Parse(
            Run(
                $"SELECT sum(read_rows) FROM system.query_log WHERE type = 2 AND is_initial_query AND event_time >= toDateTime({since}) "
                    + $"AND position(query, '{words}') > 0 AND position(query, 'query_log') = 0",
                shard),
            CultureInfo.InvariantCulture);
    }

    /// <summary>A shard is gone as if its machine were.</summary>
    public void Kill(int shard)
    {
        _servers[shard]!.Kill();
        _servers[shard]!.WaitForExit();
    }

    /// <summary>Starts a shard, again with the same data.</summary>
    public void Start(int shard)
    {
        string folder = FolderOf(shard);
        _servers[shard] = Process.Start(new ProcessStartInfo(Binary, [$"--config-file={Path.Combine(folder, "config.xml")}"])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = folder,
        })!;
        Process server = _servers[shard]!;
        server.ErrorDataReceived += (_, _) => { };
        server.OutputDataReceived += (_, _) => { };
        server.BeginErrorReadLine();
        server.BeginOutputReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using HttpResponseMessage ping = _client.GetAsync($"http://127.0.0.1:{_http[shard]}/ping").GetAwaiter().GetResult();
                return;
            }
            catch (HttpRequestException) when (attempt < 600 && !server.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }

    public void Dispose()
    {
        foreach (Process? server in _servers)
        {
            if (server is { HasExited: false })
            {
                server.Kill();
                server.WaitForExit();
            }

            server?.Dispose();
        }

        _client.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    // Tests skip without it; a bench fails.
    static partial void Need(bool isThere, string words);

    private string FolderOf(int shard) => Path.Combine(_folder, shard.ToString(CultureInfo.InvariantCulture));

    private void Configure(int shard, int interserver, int megabytes)
    {
        string folder = FolderOf(shard), password = System.Security.SecurityElement.Escape(Password)!;
        Directory.CreateDirectory(Path.Combine(folder, "data"));
        Directory.CreateDirectory(Path.Combine(folder, "tmp"));
        string shards = string.Concat(_tcp.Select(p =>
            $"<shard><replica><host>127.0.0.1</host><port>{p}</port><user>{User}</user><password>{password}</password></replica></shard>"));
        File.WriteAllText(Path.Combine(folder, "config.xml"),
            $"""
            <?xml version="1.0"?>
            <yandex>
              <logger><level>error</level><log>{folder}/log</log><errorlog>{folder}/errors</errorlog><count>1</count></logger>
              <http_port>{_http[shard]}</http_port><tcp_port>{_tcp[shard]}</tcp_port>
              <interserver_http_port>{interserver}</interserver_http_port><listen_host>127.0.0.1</listen_host>
              <path>{folder}/data/</path><tmp_path>{folder}/tmp/</tmp_path><users_config>users.xml</users_config>
              <default_profile>default</default_profile><default_database>default</default_database>
              <mark_cache_size>67108864</mark_cache_size><timezone>Asia/Shanghai</timezone>
              <query_log><database>system</database><table>query_log</table>
                <flush_interval_milliseconds>1000</flush_interval_milliseconds></query_log>
              <remote_servers><two>{shards}</two></remote_servers>
            </yandex>
            """);
        File.WriteAllText(Path.Combine(folder, "users.xml"),
            $"""
            <?xml version="1.0"?>
            <yandex>
              <profiles><default><max_memory_usage>{megabytes}000000</max_memory_usage><log_queries>1</log_queries></default></profiles>
              <users><{User}><password>{password}</password><networks><ip>127.0.0.1</ip></networks>
                <profile>default</profile><quota>default</quota></{User}></users>
              <quotas><default/></quotas>
            </yandex>
            """);
    }

    private static int[] FreePorts(int count)
    {
        TcpListener[] listeners = [.. Enumerable.Range(0, count).Select(_ => new TcpListener(IPAddress.Loopback, 0))];
        foreach (TcpListener listener in listeners)
        {
            listener.Start();
        }

        int[] ports = [.. listeners.Select(l => ((IPEndPoint)l.LocalEndpoint).Port)];
        foreach (TcpListener listener in listeners)
        {
            listener.Dispose();
        }

        return ports;
    }
}
