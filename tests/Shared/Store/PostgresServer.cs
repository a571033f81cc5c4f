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
public sealed class PostgresServer : IDisposable
{
    private const string User = "predictive";

    private readonly Lock _lock = new();
    private string? _folder, _connection;
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
        Assert.SkipUnless(binaries is not null, "needs PostgreSQL (Debian's package postgresql); it is not there");
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
        Run([.. asUser, Path.Combine(binaries!, "initdb"), .. options]);
        int port = FreePort();
        var start = new ProcessStartInfo
        {
            RedirectStandardError = true, RedirectStandardOutput = true, UseShellExecute = false, WorkingDirectory = "/",
        };
        string[] line =
        [
            .. asUser, Path.Combine(binaries!, "postgres"), "-D", data, "-p", port.ToString(CultureInfo.InvariantCulture),
            "-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off",
        ];
        start.FileName = line[0];
        foreach (string word in line[1..])
        {
            start.ArgumentList.Add(word);
        }

        _server = Process.Start(start)!;
        _server.ErrorDataReceived += (_, _) => { };
        _server.OutputDataReceived += (_, _) => { };
        _server.BeginErrorReadLine();
        _server.BeginOutputReadLine();
        string connection = string.Create(CultureInfo.InvariantCulture, $"Host=127.0.0.1;Port={port};Username={User};Timeout=5");
        for (int attempt = 0; ; attempt++)
        {
            try
            {
                using var probe = new NpgsqlConnection($"{connection};Database=postgres;Pooling=false");
                probe.Open();
                _connection = connection;
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
        Assert.True(process.ExitCode == 0, $"{string.Join(' ', line)}: {error.Result} {output.Result}");
    }
}
