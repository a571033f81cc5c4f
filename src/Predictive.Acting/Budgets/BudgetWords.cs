using System.Globalization;

namespace Predictive.Acting.Budgets;

/// <summary>What a split says, in sentences to be read aloud.</summary>
public static class BudgetWords
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    /// <summary>First what to do with the next unit of money.</summary>
    public static IReadOnlyList<string> Of(BudgetSplit split)
    {
        ArgumentNullException.ThrowIfNull(split);
        double left = split.Budget - split.Spent;
        List<string> words =
        [
            split.ShadowPrice > 1
                ? string.Create(s_c, $"One more in the budget, shared out as it is, would bring {split.ShadowPrice:0.00}: more money would "
                    + $"pay.")
                : split.ShadowOfKeeping > 1 || split.ShadowOfWinning > 1
                    ? string.Create(
                        s_c, $"One more in the budget, shared out as it is, would bring {split.ShadowPrice:0.00}: what holds back is the "
                            + $"share of a side.")
                    : string.Create(
                        s_c, $"More money would bring nothing: {left:N0} of {split.Budget:N0} are left, for whatever else could be bought "
                            + $"costs more than it brings, or is beyond a capacity."),
        ];
        Side(split.ShadowOfKeeping, "keeping", split.Preset.KeepTo);
        Side(split.ShadowOfWinning, "winning", 1 - split.Preset.KeepFrom);
        words.Add(string.Create(
            s_c,
            $"Preset '{split.Preset.Name}': keeping gets {split.Preset.KeepFrom:P0} to {split.Preset.KeepTo:P0} of the budget, a rule of "
                + $"thumb. A customer counts with {split.Margin:P0} of {split.ValueDays} days' spend. Both, and all that is called "
                + $"assumed, stand in {BudgetSettings.FileName}."));
        return words;

        void Side(double shadow, string side, double share)
        {
            if (shadow > 1)
            {
                words.Add(string.Create(
                    s_c, $"One more for {side} would bring {shadow:0.00}, and the preset allows it {share:P0} at most."));
            }
        }
    }
}
