using System.Diagnostics;

namespace Predictive.Tests;

/// <summary>Runs one explicit test of this assembly in a process of its own, to be killed.</summary>
internal static class ChildTest
{
    public static Process Start(Type type, string method, params (string Variable, string Value)[] environment)
    {
        // This test assembly is an executable: it runs the explicit test named and nothing else.
        var start = new ProcessStartInfo(
            Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet")
        {
            ArgumentList = { "exec", type.Assembly.Location, "-explicit", "only", "-method", $"{type.FullName}.{method}" },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string variable, string value) in environment)
        {
            start.Environment[variable] = value;
        }

        Process child = Process.Start(start)!;
        child.OutputDataReceived += (_, _) => { };
        child.ErrorDataReceived += (_, _) => { };
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }
}
