using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Predictive.Warehouse.Tests;

/// <summary>
/// Another machine, as the system knows it: a network namespace with one cable (veth) to this one, whose packets can be made to vanish, as
/// behind a switch that died: nothing is refused and nothing answers. On this side every server is reached by a relay.
/// </summary>
internal sealed class CutOff : IDisposable
{
    private static int s_made;

    private readonly string _name, _here, _there;
    private readonly IPAddress _address;
    private readonly List<TcpListener> _relays = [];
    private readonly CancellationTokenSource _over = new();

    private CutOff()
    {
        int number = ((Environment.ProcessId * 7) + Interlocked.Increment(ref s_made)) % 16_000;
        (_name, _here, _there) = ($"prns{number}", $"prh{number}", $"prt{number}");
        _address = new IPAddress([10, (byte)(192 + (number >> 8)), (byte)number, 1]);
    }

    /// <summary>The machine; null where that is not permitted here.</summary>
    public static CutOff? Make()
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        var made = new CutOff();
        string other = made._address.ToString()[..^1] + "2/30";
        if (Did("ip", "netns", "add", made._name)
            && Did("ip", "link", "add", made._here, "type", "veth", "peer", "name", made._there, "netns", made._name)
            && Did("ip", "addr", "add", $"{made._address}/30", "dev", made._here)
            && Did("ip", "link", "set", made._here, "up")
            && Did("ip", "-n", made._name, "addr", "add", other, "dev", made._there)
            && Did("ip", "-n", made._name, "link", "set", made._there, "up")
            && Did("ip", "-n", made._name, "link", "set", "lo", "up")
            && Did("ip", "netns", "exec", made._name, "iptables", "-A", "INPUT", "-s", "198.51.100.1", "-j", "DROP"))
        {
            return made;
        }

        made.Dispose();
        return null;
    }

    /// <summary>Where a port of this machine's loopback is reached from there.</summary>
    public string Reach(int port)
    {
        var relay = new TcpListener(_address, 0);
        relay.Start();
        _relays.Add(relay);
        _ = Task.Run(async () =>
        {
            while (!_over.IsCancellationRequested)
            {
                TcpClient from = await relay.AcceptTcpClientAsync(_over.Token);
                _ = Task.Run(() => HandAsync(from, port));
            }
        });
        return string.Create(CultureInfo.InvariantCulture, $"{_address}:{((IPEndPoint)relay.LocalEndpoint).Port}");
    }

    /// <summary>From now on no packet arrives there.</summary>
    public void Cut() => Assert.True(Rule("-A"));

    /// <summary>Packets arrive again.</summary>
    public void Mend() => Assert.True(Rule("-D"));

    /// <summary>Starts the command line there.</summary>
    public Process Start(params string[] args) => Process.Start(new ProcessStartInfo(
        "ip", ["netns", "exec", _name, "dotnet", "exec", Path.Combine(AppContext.BaseDirectory, "predictive.dll"), .. args])
    {
        RedirectStandardOutput = true, RedirectStandardError = true,
    })!;

    /// <summary>Asks a server of that machine from that machine: its own loopback is not cut.</summary>
    /// <returns>Status and body; 0 where nobody listens.</returns>
    public (int Status, string Body) Ask(string url)
    {
        using Process curl = Process.Start(new ProcessStartInfo(
            "ip", ["netns", "exec", _name, "curl", "--silent", "--max-time", "60", "--write-out", "\n%{http_code}", url])
        {
            RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        string[] said = curl.StandardOutput.ReadToEnd().Split('\n');
        curl.WaitForExit();
        return (int.Parse(said[^1], CultureInfo.InvariantCulture), string.Join('\n', said[..^1]));
    }

    public void Dispose()
    {
        _over.Cancel();
        _relays.ForEach(r => r.Dispose());
        Did("ip", "link", "del", _here);
        Did("ip", "netns", "del", _name);
        _over.Dispose();
    }

    private bool Rule(string how) => Did("ip", "netns", "exec", _name, "iptables", how, "INPUT", "-i", _there, "-j", "DROP");

    private async Task HandAsync(TcpClient from, int port)
    {
        try
        {
            using (from)
            using (var to = new TcpClient())
            {
                await to.ConnectAsync(IPAddress.Loopback, port, _over.Token);
                await Task.WhenAny(
                    from.GetStream().CopyToAsync(to.GetStream(), _over.Token), to.GetStream().CopyToAsync(from.GetStream(), _over.Token));
            }
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException)
        {
            // One of the two went, or the test is over.
        }
    }

    private static bool Did(string program, params string[] args)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, args)
            {
                RedirectStandardError = true, RedirectStandardOutput = true,
            })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
