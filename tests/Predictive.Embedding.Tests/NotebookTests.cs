using System.Diagnostics;
using Predictive.Tests;

namespace Predictive.Embedding.Tests;

/// <summary>Notebooks run from top to bottom, as a reader would run them.</summary>
public sealed class NotebookTests(ITestOutputHelper output)
{
    [Fact]
    public void ML_NET_on_data_samples()
    {
        string said = Run("dotnet", "run", "-c", "Release", Path.Combine("notebooks", "05-mlnet.cs"));
        Assert.Matches(@"(?m)^transactions: \d+,\d{3} lines, \d+ columns, \d+,\d{3}", said);
        Assert.Matches(@"(?m)^customers: 3,\d{3} with 68 features, \d\d\.\d ?% bought nothing more", said);
        Assert.Matches(@"(?m)^HistogramBoosting: AUC 0\.(7[5-9]|8\d)\d, log loss 0\.[45]\d\d", said);
        Assert.Matches(@"(?m)^FastTree: AUC 0\.(7[5-9]|8\d)\d", said);
        Assert.Contains("loaded by mlContext.Model.Load: the same chances", said, StringComparison.Ordinal);
    }

    [Fact]
    public void Own_features_beside_the_product()
    {
        const string Python = "/usr/bin/python3";
        using Process? asked = File.Exists(Python) ? Process.Start(Python, ["-c", "import sklearn, xgboost"]) : null;
        asked?.WaitForExit();
        Assert.SkipUnless(asked?.ExitCode == 0, "needs Debian's python3-sklearn and python3-xgboost; they are not there");
        string said = Run(Python, "-B", "notebooks/run.py", "notebooks/02-own-features.ipynb");
        Assert.Matches(@"(?m)^7,\d{3} rows to learn from, 3,\d{3} to judge, 68 features", said);
        Assert.Matches(@"(?m)^XGBoost \+ own columns +AUC 0\.8\d{3}", said);
        Assert.Matches(@"(?m)^the product +AUC 0\.8[2-5]\d\d   log loss 0\.4[789]\d\d", said);
    }

    private string Run(string command, params string[] args)
    {
        var start = new ProcessStartInfo(command, args)
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
