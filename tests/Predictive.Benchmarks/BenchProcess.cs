using System.Diagnostics;
using System.Globalization;

namespace Predictive.Benchmarks;

/// <summary>Options of a bench, and this program again in a process of its own, so that a crash or a peak of memory is its own.</summary>
internal static class BenchProcess
{
    /// <summary>The word after a name; null = not there.</summary>
    public static string? Option(string[] args, string name) => Array.IndexOf(args, name) is var i and >= 0 && i + 1 < args.Length
        ? args[i + 1] : null;

    /// <summary>The number after a name.</summary>
    public static int Option(string[] args, string name, int fallback) => Option(args, name) is { } text
        ? int.Parse(text, CultureInfo.InvariantCulture) : fallback;

    /// <summary>A folder beside the repository.</summary>
    public static string Shared(string relative)
    {
        DirectoryInfo? folder = new(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Predictive.sln")))
        {
            folder = folder.Parent;
        }

        return Path.GetFullPath(Path.Combine(folder?.FullName ?? Directory.GetCurrentDirectory(), "..", "shared", relative));
    }

    /// <summary>Starts this program with other arguments; its output is redirected.</summary>
    public static Process Start(params string[] args) => Run(args, profiled: false);

    /// <summary>The same for what serves: as deploy/ starts it, compiled by the profile that the runtime takes.</summary>
    public static Process StartHost(params string[] args) => Run(args, profiled: true);

    private static Process Run(string[] args, bool profiled)
    {
        string self = Environment.ProcessPath!;
        bool isHost = Path.GetFileNameWithoutExtension(self) == "dotnet";
        var start = new ProcessStartInfo(self, [.. isHost ? new[] { "exec", typeof(BenchProcess).Assembly.Location } : [],
            .. args]) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (profiled)
        {
            start.Environment["DOTNET_TieredPGO"] = "1";
        }

        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, e) =>
        {
            if (e.Data is not null)
            {
                Console.Error.WriteLine(e.Data);
            }
        };
        process.BeginErrorReadLine();
        return process;
    }
}
