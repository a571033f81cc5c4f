using System.Diagnostics;
using Predictive.Tests;

namespace Predictive.EndToEnd.Tests;

/// <summary>The command line as a process of its own.</summary>
internal static class CommandLine
{
    public static Process Start(params string[] args) => Start([], args);

    public static Process Start((string Name, string Value)[] environment, string[] args)
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "predictive.dll");
        var start = new ProcessStartInfo("dotnet", [dll, .. args])
        {
            WorkingDirectory = SharedData.RepositoryRoot, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }

    public static async Task Done(params string[] args)
    {
        using Process process = Start(args);
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output);
    }
}
