using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Spectre.Console;
using Predictive.Segmentation.Rules;

namespace Predictive.Cli.Verbs;

/// <summary>The at-risk list as a person reads it.</summary>
internal static class AtRiskTable
{
    private const int MostReasons = 2;

    public static Table Of(IReadOnlyList<AtRiskRow> rows)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        Table table = UserConsole.NewTable(">#", "customer", ">churn risk", ">can be saved", ">at stake", "segment", "why", "what to do");
        foreach (AtRiskRow row in rows)
        {
            CustomerScore s = row.Score;
            table.AddRow(
                row.Rank.ToString(c),
                Markup.Escape(s.CustomerId),
                s.Churn.Probability.ToString("P0", c),
                row.ExpectedSaving.ToString("N0", c),
                row.ExpectedLoss.ToString("N0", c),
                Markup.Escape(s.Rfm.Segment),
                Markup.Escape(string.Join("; ", s.Churn.Reasons.Take(MostReasons).Select(r => r.Text))),
                Markup.Escape($"{s.Play.Goal} ({s.Play.Channel}): {s.Play.Action}"));
        }

        return table;
    }
}
