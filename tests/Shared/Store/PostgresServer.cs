using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Predictive.Tests;

/// <summary>
/// A PostgreSQL server of the tests' own: Debian's package, on loopback, a free port and a data folder that goes with it. Started when a
/// test first asks; where the package is absent the test skips.
/// </summary>
public sealed partial class PostgresServer : IDisposable
{
    private const string User = "predictive";

    private readonly Lock _lock = new();
    private string? _folder, _connection;
    private string[] _line = [];
    private Process? _server;
    private int _databases;

    /// <summary>Connection string of a fresh, empty database; skips the running test where there is no PostgreSQL.</summary>
    public string NewDatabase()
    {
        lock (_lock)
        {
            if (_connection is null)
            {
                Start();
            }

            string name = string.Create(CultureInfo.InvariantCulture, $"t{++_databases}");
            using var connection = new NpgsqlConnection($"{_connection};Database=postgres;Pooling=false");
            connection.Open();
            using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
            command.ExecuteNonQuery();
            return $"{_connection};Database={name}";
        }
    }

    /// <summary>The server is gone as if its machine were: connections break, nothing is said.</summary>
    public void Kill()
    {
        // SIGQUIT is its shutdown without a word; the next start recovers as after a crash.
        Run("kill", "-QUIT", _server!.Id.ToString(CultureInfo.InvariantCulture));
        _server.WaitForExit();
    }

    /// <summary>The server is back, at the same place with the same data.</summary>
    public void Again() => Launch();

    public void Dispose()
    {
        if (_server is { HasExited: false } server)
        {
            // SIGINT is its fast shutdown.
            Run("kill", "-INT", server.Id.ToString(CultureInfo.InvariantCulture));
            if (!server.WaitForExit(10_000))
            {
                server.Kill(entireProcessTree: true);
            }
        }

        _server?.Dispose();
        if (_folder is not null)
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    // Tests skip without it (PostgresServer.Skip.cs); a bench fails.
    static partial void Need(bool isThere, string words);

    private static string? Binaries()
    {
        string[] debian = Directory.Exists("/usr/lib/postgresql")
            ? [.. Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(d => d, StringComparer.Ordinal)
                .Select(d => Path.Combine(d, "bin"))]
            : [];
        return debian.Concat((Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator))
            .FirstOrDefault(d => File.Exists(Path.Combine(d, "initdb")) && File.Exists(Path.Combine(d, "postgres")));
    }

    private void Start()
    {
        string? binaries = OperatingSystem.IsLinux() ? Binaries() : null;
        Need(binaries is not null, "needs PostgreSQL (Debian's package postgresql); it is not there");
        if (binaries is null)
        {
            throw new InvalidOperationException("There is no PostgreSQL here (Debian's package postgresql).");
        }

        _folder = Directory.CreateTempSubdirectory("predictive-postgres-").FullName;
        string data = Path.Combine(_folder, "data");
        Directory.CreateDirectory(data);
        // The server refuses to run as root.
        string[] asUser = Environment.UserName == "root"
            ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]
            : [];
        if (asUser.Length > 0)
        {
            Run("chown", "-R", "postgres", _folder);
        }

        string[] options = ["-D", data, "-U", User, "--auth=trust", "-E", "UTF8", "--locale=C", "--no-sync"];
        Run([.. asUser, Path.Combine(binaries, "initdb"), .. options]);
        int port = FreePort();
        _line =
        [
            .. asUser, Path.Combine(binaries, "postgres"), "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off",
        ];
        _connection = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username={User};Timeout=5");
        Launch();
    }

    private void Launch()
    {
        _server = Process.Start(new ProcessStartInfo(_line[0], _line[1..])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = "/",
        })!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.OutputDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        _server.BeginOutputReadLine();
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using var probe = new NpgsqlConnection($"{_connection};Database=postgres;Pooling=false");
                probe.Open();
                return;
            }
            catch (NpgsqlException) when (attempt < 600 && !_server.HasExited)
            {
                Thread.Sleep(50);
            }
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static void Run(params string[] line)
    {
        var start = new ProcessStartInfo(line[0])
        {
            RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/",
        };
        foreach (string word in line[1..])
        {
            start.ArgumentList.Add(word);
        }

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        process.WaitForExit();
        if (process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', line)}: {error.Result} {output.Result}");
        }
    }
}
