using System.Diagnostics;

namespace Predictive.Embedding.Tests;

/// <summary>A command as a process of its own, that has to end well.</summary>
internal static class Command
{
    /// <summary>Runs it.</summary>
    /// <param name="command">Name or path.</param>
    /// <param name="args">Its arguments.</param>
    /// <param name="folder">Where; null = here.</param>
    /// <param name="environment">Variables beside those of this process.</param>
    /// <returns>What it wrote.</returns>
    public static string Run(string command, string[] args, string? folder = null, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo(command, args)
        {
            WorkingDirectory = folder ?? "", RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment.Append(("MSBUILDDISABLENODEREUSE", "1")))
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{command} {string.Join(' ', args)}: {said}{error.Result}");
        return said;
    }
}
