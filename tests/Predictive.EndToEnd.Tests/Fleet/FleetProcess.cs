using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>The command line as a process that can be killed, with all that it told.</summary>
internal sealed class FleetProcess : IDisposable
{
    private readonly Process _process;
    private readonly List<string> _told = [];

    public FleetProcess(string folder, params string[] args)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. args])
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += (_, e) => Tell(e.Data);
        _process.ErrorDataReceived += (_, e) => Tell(e.Data);
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public bool HasEnded => _process.HasExited;

    /// <summary>What it has written, both streams.</summary>
    public string[] Told
    {
        get
        {
            lock (_told)
            {
                return [.. _told];
            }
        }
    }

    /// <summary>Runs a command to its end.</summary>
    public static string Done(string folder, params string[] args)
    {
        using var process = new FleetProcess(folder, args);
        process._process.WaitForExit();
        string told = string.Join('\n', process.Told);
        return process._process.ExitCode == 0
            ? told
            : throw new InvalidOperationException($"predictive {string.Join(' ', args)}: exit code {process._process.ExitCode}\n{told}");
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>SIGKILL: nothing of it runs any more when this returns.</summary>
    public void Kill()
    {
        _process.Kill();
        _process.WaitForExit();
    }

    /// <summary>SIGTERM; its exit code, or null where it did not end.</summary>
    public int? Stop(TimeSpan patience)
    {
        using (Process kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            kill.WaitForExit();
        }

        return _process.WaitForExit(patience) ? _process.ExitCode : null;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            Kill();
        }

        _process.Dispose();
    }

    private void Tell(string? line)
    {
        if (line is not null)
        {
            lock (_told)
            {
                _told.Add(line);
            }
        }
    }
}
