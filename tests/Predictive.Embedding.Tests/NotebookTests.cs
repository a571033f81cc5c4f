using System.Diagnostics;
using Predictive.Tests;

namespace Predictive.Embedding.Tests;

/// <summary>The notebooks in C# run from top to bottom, as a reader would run them.</summary>
public sealed class NotebookTests(ITestOutputHelper output)
{
    [Fact]
    public void ML_NET_on_data_samples()
    {
        string said = Run("05-mlnet.cs");
        Assert.Matches(@"(?m)^transactions: \d+,\d{3} lines, \d+ columns, \d+,\d{3}", said);
        Assert.Matches(@"(?m)^customers: 3,\d{3} with 68 features, \d\d\.\d ?% bought nothing more", said);
        Assert.Matches(@"(?m)^HistogramBoosting: AUC 0\.(7[5-9]|8\d)\d, log loss 0\.[45]\d\d", said);
        Assert.Matches(@"(?m)^FastTree: AUC 0\.(7[5-9]|8\d)\d", said);
        Assert.Contains("loaded by mlContext.Model.Load: the same chances", said, StringComparison.Ordinal);
    }

    private string Run(string notebook)
    {
        var start = new ProcessStartInfo("dotnet", ["run", "-c", "Release", Path.Combine("notebooks", notebook)])
        {
            WorkingDirectory = SharedData.RepositoryRoot, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        output.WriteLine(said);
        Assert.True(process.ExitCode == 0, said + error.Result);
        return said;
    }
}
