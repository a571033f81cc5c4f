using System.Diagnostics;
using System.Text;

namespace Predictive.EndToEnd.Tests;

/// <summary>The command on a pseudo terminal (util-linux <c>script</c>): what a pipe refuses is asked there, and typed.</summary>
public sealed class TerminalTests : IDisposable
{
    private const string Script = "/usr/bin/script";
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-terminal-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("1", 0, "EUR")]
    [InlineData("2", 0, "USD")]
    [InlineData("", 0, "EUR")]
    [InlineData("7\n2", 0, "USD")]
    [InlineData("q", 2, null)]
    public async Task Which_of_two_currencies_is_asked_and_typed(string typed, int exit, string? currency)
    {
        Assert.SkipUnless(File.Exists(Script), $"{Script} is not here; it makes a pseudo terminal.");
        string file = Path.Combine(_folder, "shop.csv"), data = Path.Combine(_folder, "data");
        await File.WriteAllTextAsync(
            file,
            "customer_id,date,amount,currency\na,2024-01-01,10.50,EUR\nb,2024-01-02,20.50,USD\nc,2024-01-03,5.25,EUR\n",
            TestContext.Current.CancellationToken);
        (int code, string shown) = await OnTerminal($"import {file} --out {data}", "Number (", typed + "\n");
        Assert.True(code == exit, shown);
        Assert.Contains("1) only EUR", shown, StringComparison.Ordinal);
        if (currency is null)
        {
            Assert.False(Directory.Exists(data));
        }
        else
        {
            Assert.Contains(
                $"\"currency\": \"{currency}\"",
                await File.ReadAllTextAsync(Path.Combine(data, "dataset.json"), TestContext.Current.CancellationToken),
                StringComparison.Ordinal);
        }
    }

    /// <summary>Runs the command, waits for a prompt, types.</summary>
    private static async Task<(int Exit, string Shown)> OnTerminal(string arguments, string prompt, string typed)
    {
        string dll = Path.Combine(AppContext.BaseDirectory, "predictive.dll");
        using Process process = Process.Start(new ProcessStartInfo(Script, ["-qec", $"dotnet {dll} {arguments}", "/dev/null"])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        })!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromMinutes(2));
        var shown = new StringBuilder();
        char[] part = new char[1024];
        bool isTyped = false;
        for (int n; (n = await process.StandardOutput.ReadAsync(part, patience.Token)) > 0;)
        {
            shown.Append(part, 0, n);
            if (!isTyped && shown.ToString().Contains(prompt, StringComparison.Ordinal))
            {
                isTyped = true;
                await process.StandardInput.WriteAsync(typed.AsMemory(), patience.Token);
                await process.StandardInput.FlushAsync(patience.Token);
            }
        }

        await process.WaitForExitAsync(patience.Token);
        return (process.ExitCode, shown.ToString());
    }
}
