using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Training.Evaluation;
using Predictive.Segmentation.Models.Evaluation;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>Model quality beside the named baselines, one row each.</summary>
internal static class QualityTable
{
    public static Table Of(ChurnMetrics? churn, ClvMetrics? clv, IReadOnlyDictionary<string, BaselineMetrics> baselines) =>
        Of([("this model", churn, clv, null)], baselines);

    /// <summary>Several engines' models on one window, under each other; the baselines do not depend on the engine.</summary>
    public static Table Of(IReadOnlyList<BacktestReport> reports) =>
        Of(
            reports.Count == 1
                ? [("this model", reports[0].Churn, reports[0].Clv, reports[0].Noise)]
                : [.. reports.Select(r => (r.EngineLabel, r.Churn, r.Clv, r.Noise))],
            reports[0].Baselines);

    /// <summary>Models of any origin on one window.</summary>
    public static Table Of(
        IEnumerable<(string Name, ChurnMetrics? Churn, ClvMetrics? Clv, WindowNoise? Noise)> models,
        IReadOnlyDictionary<string, BaselineMetrics> baselines)
    {
        Table table = UserConsole.NewTable(
            "", ">churn AUC", ">PR AUC", ">log loss", ">ECE", ">top-decile lift", ">CLV Gini", ">Spearman", ">top-decile capture",
            ">predicted / actual");
        foreach ((string name, ChurnMetrics? churn, ClvMetrics? clv, WindowNoise? noise) in models)
        {
            Row(table, name, churn, clv);
            if (noise?.Model is { } n)
            {
                table.AddRow("± standard error", Cell(n.Auc), "", Cell(n.LogLoss), "", "", Cell(n.Gini), Cell(n.Spearman), "", "");
            }
        }

        foreach ((string name, BaselineMetrics baseline) in baselines)
        {
            Row(table, name, baseline.Churn, baseline.Clv);
        }

        return table;
    }

    private static void Row(Table table, string name, ChurnMetrics? churn, ClvMetrics? clv) => table.AddRow(
        Markup.Escape(name),
        Cell(churn?.Auc), Cell(churn?.PrAuc), Cell(churn?.LogLoss), Cell(churn?.Ece), Cell(churn?.TopDecileLift, "0.00"),
        Cell(clv?.Gini), Cell(clv?.Spearman), Cell(clv?.TopDecileCapture),
        Cell(clv is null || clv.ActualTotal == 0 ? null : clv.PredictedTotal / clv.ActualTotal, "0.00"));

    private static string Cell(double? value, string format = "0.0000") =>
        value is { } v && double.IsFinite(v) ? v.ToString(format, CultureInfo.InvariantCulture) : "";
}
