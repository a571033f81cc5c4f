using System.Globalization;

namespace Predictive.Acting.Campaigns;

/// <summary>What a plan and a report say, in sentences to be read aloud.</summary>
public static class CampaignWords
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    /// <summary>What a campaign can find out, before it starts.</summary>
    public static IReadOnlyList<string> Before(CampaignPlan plan, int contacted, int heldOut)
    {
        ArgumentNullException.ThrowIfNull(plan);
        List<string> words =
        [
            string.Create(
                s_c,
                $"With {contacted + heldOut:N0} customers, {contacted:N0} to contact and {heldOut:N0} held out, you can see a "
                    + $"difference of "
                    + $"{Points(plan.DetectableRetention)} in who buys, and of {plan.DetectableSpend:N0} in spend per head; smaller "
                        + $"ones are "
                    + $"more often missed than seen."),
            string.Create(
                s_c, $"Left alone, about {plan.ExpectedRetention:P0} of them would buy within {plan.HorizonDays} days."),
        ];
        if (plan.ExpectedRetention + plan.DetectableRetention > 1)
        {
            words.Add("That is more than there is to gain: even if every contact worked, the report could hardly tell. Hold out more, or "
                + "take more customers.");
        }
        else if (plan.DetectableRetention > .1)
        {
            words.Add("Few contacts change that much: a larger holdout, or more customers, would tell smaller differences.");
        }

        if (plan.IsDaily)
        {
            words.Add("You may look every day: the intervals hold at every look, and are about half as wide again for it.");
        }

        return words;
    }

    /// <summary>The verdict on a campaign, first the one sentence that counts.</summary>
    public static IReadOnlyList<string> Verdict(CampaignReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var words = new List<string>();
        switch (report.Stage)
        {
            case ReportStage.NoOutcomes:
                return ["Nothing is known yet of what the customers did: predictive campaign outcomes reads it from later transactions "
                    + "or a "
                    + "file."];
            case ReportStage.TooEarly:
                words.Add(string.Create(
                    s_c,
                    $"Too early to say: the window is open through {report.Campaign.To:yyyy-MM-dd}, and the outcomes reach "
                        + $"{report.Through:yyyy-MM-dd}. The figures hold at the end only; who looks before will see effects that are not "
                        + $"there. (A campaign made with --daily can be looked at every day.)"));
                break;
            default:
                words.Add(Verdict(report, report.Stage == ReportStage.Running ? "So far, it" : "It"));
                break;
        }

        words.Add(Profit(report));
        if (report.Contaminated > 0)
        {
            words.Add(string.Create(
                s_c,
                $"{report.Contaminated:N0} held-out customers were contacted all the same: the effect is a little larger than it looks."));
        }

        if (report.Made > 0 && report.Reached < report.Contacted)
        {
            words.Add(string.Create(
                s_c,
                $"{report.Reached:N0} of {report.Contacted:N0} were reached. All of them count here, for only the draw was random: among "
                    + $"those reached the effect is larger."));
        }

        return words;
    }

    /// <summary>A share as points: <c>6.3 points</c>.</summary>
    public static string Points(double share)
    {
        string number = (100 * Math.Abs(share)).ToString(Math.Abs(share) < .1 ? "0.0" : "0", s_c);
        return number is "1.0" or "1" ? "1 point" : $"{number} points";
    }

    private static string Verdict(CampaignReport report, string it)
    {
        string range = $"{Signed(report.Retention.Low)} to {Signed(report.Retention.High)} points";
        string money = string.Create(
            s_c, $"{report.Spend.Effect:+0.00;−0.00} spend per head ({report.Spend.Low:+0.00;−0.00} to {report.Spend.High:+0.00;−0.00})");
        return report switch
        {
            { Retention.IsHarm: true } or { Spend.IsHarm: true, Retention.IsGain: false } => string.Create(
                s_c,
                $"{it} did harm: contacted customers bought less than those left alone ({range} in who bought, {money}). Stop it, and find "
                    + $"out whom it drove away."),
            { Retention.IsGain: true, Spend.IsHarm: true } => string.Create(
                s_c, $"{it} made more customers buy ({range}) and yet brought in less money ({money}): what was offered cost more than "
                    + $"it won."),
            { Retention.IsGain: true } => string.Create(
                s_c,
                $"{it} worked: of 100 contacted customers {Count(report.Retention.Effect)} more bought than would have by themselves "
                    + $"({range}); "
                    + $"{money}."),
            { Spend.IsGain: true } => string.Create(
                s_c, $"{it} brought in more money ({money}), though not certainly more buyers ({range})."),
            _ => string.Create(
                s_c,
                $"{(it == "It" ? "No" : "So far no")} effect can be told: the difference in who bought may be anything from {range}, "
                    + $"{money}. A campaign of this size sees "
                    + $"differences from {Points(report.Plan.DetectableRetention)} up; that is no proof that there is none."),
        };
    }

    private static string Profit(CampaignReport report)
    {
        string of = report.Plan.Margin < 1 ? string.Create(s_c, $"{report.Plan.Margin:P0} of the extra spend")
            : "the extra spend (no margin given)";
        string sum = string.Create(
            s_c,
            $"Profit: {of} less {report.Cost:N0} of contact costs is {report.Profit.Mean:#,0;−#,0;0} "
                + $"({report.Profit.Low:#,0;−#,0;0} to {report.Profit.High:#,0;−#,0;0})");
        return report.Profit.Low > 0 ? $"{sum}: it paid."
            : report.Profit.High < 0 ? $"{sum}: it did not pay."
            : $"{sum}: whether it paid cannot be told.";
    }

    private static string Count(double share) => (100 * share).ToString(Math.Abs(share) < .1 ? "0.0" : "0", s_c);

    private static string Signed(double share) => (100 * share).ToString("+0.0;−0.0;0", s_c);
}
