using Predictive.Acting.Settings;
using Predictive.History;

namespace Predictive.Acting.Budgets;

/// <summary>How much of a budget goes to keeping customers, as a kind of firm has it.</summary>
/// <param name="Name">Such as <c>mature</c>.</param>
/// <param name="KeepFrom">Share of the budget kept free for keeping customers: winning gets the rest at most.</param>
/// <param name="KeepTo">Share of it that keeping gets at most.</param>
public sealed record BudgetPreset(string Name, double KeepFrom, double KeepTo);

/// <summary>What is assumed of contacting one group of customers.</summary>
/// <param name="Group">A group of <see cref="BudgetSettings.By"/>; <c>*</c> = all that are not named.</param>
/// <param name="Cost">Of one contact, offer included.</param>
/// <param name="Effect">Share of those who would leave that a contact keeps, where no campaign measured what a contact does.</param>
/// <param name="Capacity">Contacts at most; null = as many as there are customers.</param>
public sealed record KeepLine(string Group, double Cost, double Effect, int? Capacity = null);

/// <summary>What is assumed of winning customers.</summary>
/// <param name="Cost">Of the first new customer.</param>
/// <param name="CostRises">How much dearer the last within the capacity is, as a share of the first: those who come easily come
/// first.</param>
/// <param name="Capacity">New customers at most.</param>
/// <param name="Value">Spend of a new customer within <see cref="BudgetSettings.ValueDays"/>; null = measured on those who came.</param>
public sealed record WinLine(double Cost, double CostRises, int Capacity, double? Value = null);

/// <summary><c>budget.json</c>: what a budget is split by; all of it assumed until a campaign measured it.</summary>
public sealed record BudgetSettings
{
    /// <summary>Name of the file in a dataset's folder.</summary>
    public const string FileName = "budget.json";

    /// <summary>In place of a group: all that are not named.</summary>
    public const string Others = "*";

    private const int MostCapacity = 1_000_000;

    /// <summary>What <c>predictive init</c> writes; read, it is the default.</summary>
    public const string Standard =
        """
        // What predictive campaign budget splits a budget by. Every figure here is an ASSUMPTION, to be replaced by your own; effects give
        // way to those that campaigns with a control group measured. Money is in the currency of the dataset.
        {
          // Which of the presets below holds; --preset names another.
          "preset": "mature",

          // How much of a budget goes to keeping customers, from and up to. A mature firm spends some 60 to 70 % on keeping, a growing one
          // 50 to 60 % on winning: a rule of thumb, no finding. 0 and 1 = wherever it brings most.
          "presets": [
            {"name": "mature", "keepFrom": 0.6, "keepTo": 0.7},
            {"name": "growing", "keepFrom": 0.4, "keepTo": 0.5},
            {"name": "free", "keepFrom": 0, "keepTo": 1}
          ],

          // Share of spend that is left after goods.
          "margin": 0.4,

          // What a customer who is kept or won is worth: their spend in so many days. Who is kept goes on at the pace that is expected.
          "valueDays": 365,

          // Customers are kept group by group of this field (any text field of GET /v1/metrics): what one contact costs, and which share of
          // those who would leave it keeps. A capacity bounds the contacts of a group.
          "by": "value_matrix",
          "keep": [
            {"group": "star", "cost": 20, "effect": 0.15},
            {"group": "cash cow", "cost": 5, "effect": 0.12},
            {"group": "potential", "cost": 8, "effect": 0.12},
            {"group": "problem", "cost": 0.5, "effect": 0.03},
            {"group": "*", "cost": 5, "effect": 0.05}
          ],

          // Customers are won at this cost each; the last within the capacity costs so much more than the first (1 = twice as much). Their
          // value is measured on those who came, unless "value" says otherwise.
          "win": {"cost": 25, "costRises": 1, "capacity": 1000}
        }

        """;

    /// <summary>Name of the preset in force.</summary>
    public required string Preset { get; init; }

    /// <summary>Those there are.</summary>
    public required IReadOnlyList<BudgetPreset> Presets { get; init; }

    /// <summary>Share of spend left after goods, above 0, up to 1.</summary>
    public required double Margin { get; init; }

    /// <summary>Days whose spend a customer is worth.</summary>
    public required int ValueDays { get; init; }

    /// <summary>The field whose groups are lines.</summary>
    public required string By { get; init; }

    /// <summary>Keeping, group by group.</summary>
    public required IReadOnlyList<KeepLine> Keep { get; init; }

    /// <summary>Winning; null = nobody is won with this budget.</summary>
    public WinLine? Win { get; init; }

    /// <summary>The settings of a dataset: those of its file, else the default.</summary>
    /// <exception cref="DatasetException">The file is wrong: a finding for each fault, with its line.</exception>
    public static BudgetSettings For(string pathOrFolder) => SettingsFile.For<BudgetSettings>(pathOrFolder, FileName, Standard, Check);

    /// <summary>Reads settings.</summary>
    /// <exception cref="DatasetException">They are wrong.</exception>
    public static BudgetSettings Parse(byte[] json) => SettingsFile.Parse<BudgetSettings>(json, FileName, Check);

    private static IEnumerable<Fault> Check(BudgetSettings s)
    {
        if (s.Presets.All(p => p.Name != s.Preset))
        {
            yield return new("preset", $"the preset is '{s.Preset}'; expected one of {string.Join(", ", s.Presets.Select(p => p.Name))}");
        }

        for (int i = 0; i < s.Presets.Count; i++)
        {
            BudgetPreset p = s.Presets[i];
            if (!(p.KeepFrom >= 0 && p.KeepFrom <= p.KeepTo && p.KeepTo <= 1))
            {
                yield return new(
                    $"presets[{i}]", $"keeping gets {p.KeepFrom:0.##} to {p.KeepTo:0.##} of the budget; expected shares, the first no "
                        + "greater than the second");
            }
        }

        if (!(s.Margin is > 0 and <= 1))
        {
            yield return new("margin", $"the margin is {s.Margin}; expected a share above 0, up to 1");
        }

        if (s.ValueDays is < 30 or > 3650)
        {
            yield return new("valueDays", $"{s.ValueDays} days; expected 30 to 3650");
        }

        for (int i = 0; i < s.Keep.Count; i++)
        {
            KeepLine k = s.Keep[i];
            if (!(k.Cost > 0 && double.IsFinite(k.Cost)))
            {
                yield return new($"keep[{i}].cost", $"a contact costs {k.Cost}; expected more than 0");
            }

            if (!(k.Effect is >= 0 and <= 1))
            {
                yield return new($"keep[{i}].effect", $"the effect is {k.Effect}; expected a share, 0 to 1");
            }

            if (k.Capacity is < 0 or > MostCapacity)
            {
                yield return new($"keep[{i}].capacity", $"{k.Capacity} contacts; expected 0 to {MostCapacity}");
            }

            if (s.Keep.Take(i).Any(o => o.Group.Equals(k.Group, StringComparison.OrdinalIgnoreCase)))
            {
                yield return new($"keep[{i}].group", $"the group '{k.Group}' stands here twice");
            }
        }

        if (s.Win is not { } win)
        {
            yield break;
        }

        if (!(win.Cost > 0 && double.IsFinite(win.Cost)))
        {
            yield return new("win.cost", $"a new customer costs {win.Cost}; expected more than 0");
        }

        if (!(win.CostRises >= 0 && double.IsFinite(win.CostRises)))
        {
            yield return new("win.costRises", $"the cost rises by {win.CostRises}; expected a share, 0 or more");
        }

        if (win.Capacity is < 0 or > MostCapacity)
        {
            yield return new("win.capacity", $"{win.Capacity} new customers; expected 0 to {MostCapacity}");
        }

        if (!(win.Value is null or > 0))
        {
            yield return new("win.value", $"a new customer spends {win.Value}; expected more than 0, or nothing to have it measured");
        }
    }
}
