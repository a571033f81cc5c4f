using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using Predictive.History;
using Predictive.History.Simulation;
using Predictive.Tests;

namespace Predictive.Embedding.Tests;

/// <summary>Notebooks run from top to bottom, as a reader would run them.</summary>
public sealed class NotebookTests(ITestOutputHelper output)
{
    // A smaller shop where a model is trained; the planted effect needs the customers of data-samples.
    [Fact]
    public void Their_twins_in_CSharp_publish_bring_columns_explain_find_a_planted_effect_and_live_in_ML_NET()
    {
        string folder = Directory.CreateTempSubdirectory("predictive-twins-").FullName, models = Path.Combine(folder, "models");
        try
        {
            LocalTime end = LocalTime.MidnightAfter(Simulator.GenerateTo(
                Path.Combine(folder, "data-samples"), new SimulationOptions { Customers = 600, Years = 1.5, Seed = 5 }).History.LastMicros);
            var twins = new Twins(Path.Combine(folder, "twins"), "01-retrain.cs", "02-own-features.cs", "03-drivers.cs", "04-uplift.cs");
            string made = Twin("01-retrain.cs", folder, models);
            Assert.Matches(@"(?m)^this model +AUC 0\.[789]\d{3}   log loss 0\.[3-6]\d{3}   Gini 0\.[5-9]\d{3}", made);
            Assert.Matches(@"(?m)^gammaGamma +AUC    log loss    Gini 0\.\d{4}", made);
            Assert.Contains($"default version 1 as of {end} serves: True", made, StringComparison.Ordinal);
            string own = Twin("02-own-features.cs", folder);
            Assert.Matches(@"(?m)^1,\d{3} rows to learn from, 5\d\d to judge, 68 features", own);
            Assert.Equal(5, Regex.Count(
                own, @"(?m)^(built-in|mlnet|the product)( \+ own columns)? +AUC 0\.[78]\d{3}   log loss 0\.[3-6]\d{3}"));
            Assert.Contains("as a file of scores: the same AUC: True", own, StringComparison.Ordinal);
            string drivers = Twin("03-drivers.cs", folder, models);
            Assert.Contains("effects sum to the scores within a millionth: True", drivers, StringComparison.Ordinal);
            Assert.Equal(10, Regex.Count(drivers, @"(?m)spread \d\.\d{3}$"));
            string uplift = Twin("04-uplift.cs", SharedData.RepositoryRoot);
            Assert.Matches(@"(?m)^recency_days at least [78]\d.*: \+\d\d\.\d points \(\+\d", uplift);
            Assert.Matches(@"(?m)^recency_days below [789]\d.*: -\d+\.\d points \(-\d+\.\d to -\d", uplift);

            // One as its first line says, with every kind of directive.
            string ml = Run("dotnet", "run", "-c", "Release", Path.Combine("notebooks", "05-mlnet.cs"), "--", folder);
            Assert.Matches(@"(?m)^transactions: \d+,\d{3} lines, \d+ columns, \d+,\d{3}", ml);
            Assert.Matches(@"(?m)^customers: 5\d\d with 68 features, \d\d\.\d ?% bought nothing more", ml);
            Assert.Matches(@"(?m)^HistogramBoosting: AUC 0\.[78]\d\d, log loss 0\.[456]\d\d", ml);
            Assert.Matches(@"(?m)^FastTree: AUC 0\.[78]\d\d", ml);
            Assert.Contains("loaded by mlContext.Model.Load: the same chances", ml, StringComparison.Ordinal);

            string Twin(string file, params string[] where) => Run("dotnet", twins.Started(file, where));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public void The_notebooks_in_Python_share_a_training_and_a_backtest()
    {
        const string Python = "/usr/bin/python3";
        using Process? asked = File.Exists(Python) ? Process.Start(Python, ["-c", "import sklearn, xgboost"]) : null;
        asked?.WaitForExit();
        Assert.SkipUnless(asked?.ExitCode == 0, "needs Debian's python3-sklearn and python3-xgboost; they are not there");
        string said = Run(
            Python, "-B", "notebooks/run.py", "notebooks/01-retrain.ipynb", "notebooks/02-own-features.ipynb",
            "notebooks/03-drivers.ipynb", "notebooks/04-campaigns.ipynb");

        // 01: judged, trained, listed.
        Assert.Matches(@"(?m)^this model +0\.8[2-5]\d\d +0\.4[789]\d\d", said);
        Assert.Matches(@"(?m)^default version 1 as of 2025-10-01 serves: True$", said);
        Assert.Matches(@"(?m)^5\. C\d{6}: risk \d+%, expected loss \d+: .+", said);

        // 02: own features, and the file that import-scores takes.
        Assert.Matches(@"(?m)^7,\d{3} rows to learn from, 3,\d{3} to judge, 68 features", said);
        Assert.Matches(@"(?m)^XGBoost \+ own columns +AUC 0\.8\d{3}", said);
        Assert.Matches(@"(?m)^the product +AUC 0\.8[2-5]\d\d   log loss 0\.4[789]\d\d", said);
        Assert.Matches(@"(?m)^2025-07-01,C\d{6},0\.\d+,\d+", said);

        // 03: the model in numpy and the effects are the product's scores; the facts that matter stay the same ones.
        Assert.Contains("the same within a millionth: True", said, StringComparison.Ordinal);
        Assert.Matches(@"(?m)^pareto_alive +0\.\d{3} ", said);
        Assert.Matches(@"(?m)^pareto_active +from 0\.\d+ to 0\.\d+: mean risk [67]\d% to [45]\d%", said);
        Assert.Matches(@"rank correlation 0\.9\d\d on average", said);

        // 04: the planted truth comes back: a contact wins 24 of 100 who waver, loses 12 of 100 who would have stayed; of a group that
        // also holds some of the others, what was played on it.
        Assert.Contains("better than chance: True", said, StringComparison.Ordinal);
        var (winsLow, winsHigh, won) = Points(said, @"for reading: risk of \d+ % or more");
        var (losesLow, losesHigh, lost) = Points(said, @"for reading: risk below");
        Assert.InRange(won, 15, 24);
        Assert.InRange(lost, -12, -11);
        Assert.InRange(won, winsLow, winsHigh);
        Assert.InRange(lost, losesLow, losesHigh);
        Assert.True(winsLow > 0 && losesHigh < -3, said);
        Assert.Matches(@"(?m)^third: \+\d", said);
        Assert.Contains("(uplift, learned from 2 campaigns)", said, StringComparison.Ordinal);
    }

    // The interval and the truth of a line such as "...: +21.2 points (+12.5 to +30.0), played +19.2".
    private static (double Low, double High, double Played) Points(string said, string line)
    {
        Match found = Regex.Match(said, $@"(?m)^{line}.*points \(([-+][\d.]+) to ([-+][\d.]+)\), played ([-+][\d.]+)");
        Assert.True(found.Success, said);
        return (Number(1), Number(2), Number(3));

        double Number(int group) => double.Parse(found.Groups[group].Value, CultureInfo.InvariantCulture);
    }

    private string Run(string command, params string[] args)
    {
        // Many short processes on few cores: no time for profiles, no threads that wait by spinning.
        string said = Command.Run(
            command, args, SharedData.RepositoryRoot, ("DOTNET_TieredPGO", "0"), ("OMP_WAIT_POLICY", "passive"));
        output.WriteLine(said);
        return said;
    }
}
