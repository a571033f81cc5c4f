using System.Globalization;
using Predictive.Acting.Campaigns;

namespace Predictive.Acting.Uplift;

/// <summary>What a study says, in sentences to be read aloud.</summary>
public static class UpliftWords
{
    /// <summary>The four groups, by what a contact does to their customers.</summary>
    public static IReadOnlyList<(string Name, string Meaning)> Groups { get; } =
    [
        ("persuadable", "buy because they are contacted"), ("sure thing", "buy anyway"), ("lost cause", "do not buy either way"),
        ("do-not-disturb", "buy less when they are contacted"),
    ];

    /// <summary>The verdict, first the sentence that counts.</summary>
    public static IReadOnlyList<string> Verdict(UpliftReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        UpliftRanked best = report.Rankings[0];
        CultureInfo c = CultureInfo.InvariantCulture;
        List<string> words =
        [
            report.IsBetterThanChance && report.Outcome == UpliftOutcome.Spend
                ? string.Create(
                    c,
                    $"Whose spend a contact changes can be told better than by chance (Qini {best.Qini.Value:0.00}, "
                        + $"{best.Qini.Low:0.00} to {best.Qini.High:0.00} a head).")
                : report.Outcome == UpliftOutcome.Spend
                ? string.Create(
                    c,
                    $"Whose spend a contact changes cannot be told better than by chance yet (Qini {best.Qini.Value:0.00}, "
                        + $"{best.Qini.Low:0.00} to {best.Qini.High:0.00} a head). More campaigns, or a larger holdout, tell more.")
                : report.IsBetterThanChance
                ? string.Create(
                    c,
                    $"Whom a contact changes can be told better than by chance (Qini {100 * best.Qini.Value:0.00}, "
                        + $"{100 * best.Qini.Low:0.00} to {100 * best.Qini.High:0.00}): lists may be ranked by uplift × value "
                        + $"(--rank uplift).")
                : string.Create(
                    c,
                    $"Whom a contact changes cannot be told better than by chance yet (Qini {100 * best.Qini.Value:0.00}, "
                        + $"{100 * best.Qini.Low:0.00} to {100 * best.Qini.High:0.00}): lists stay ranked by what is at stake. More "
                        + $"campaigns, or a larger holdout, tell more."),
            best.AheadOfRisk.Low > 0 ? "It is better than contacting the highest risk first."
                : best.AheadOfRisk.High < 0 ? "Contacting the highest risk first is better."
                : "Whether it is better than contacting the highest risk first cannot be told from these campaigns.",
        ];
        if (report.Groups is [.., { Judged: > 0, Measured: { IsHarm: true } harm }])
        {
            words.Add("Leave the do-not-disturbs alone: " + (report.Outcome == UpliftOutcome.Spend
                ? string.Create(c, $"contacted, they spent {-harm.Effect:0.00} less a head.")
                : string.Create(c, $"of 100 contacted, {-100 * harm.Effect:0.0} fewer bought.")));
        }

        return words;
    }
}
