using System.Globalization;
using System.Text;

namespace Predictive.Cli.Configuration;

/// <summary>The settings as the table of the documentation; flag, variable and key are one name written three ways.</summary>
internal static class SettingTable
{
    private static readonly (SettingUse Use, string Name)[] s_commands =
        [(SettingUse.Serve, "serve"), (SettingUse.Worker, "worker"), (SettingUse.Up, "up")];

    /// <summary>The commands that have settings, by name.</summary>
    public static IReadOnlyList<(SettingUse Use, string Name)> Commands => s_commands;

    /// <summary>The table as Markdown.</summary>
    public static string Markdown()
    {
        var table = new StringBuilder();
        table.AppendLine("| key (flag `--key`) | variable | of | default | what it does | allowed |");
        table.AppendLine("|---|---|---|---|---|---|");
        foreach (Setting s in Settings.All)
        {
            table.AppendLine(
                CultureInfo.InvariantCulture,
                $"| `{s.Key}` | `{s.Variable}` | {Of(s)} | {DefaultOf(s)} | {Cell(s.Meaning)} | {Cell(s.Expected)} |");
        }

        return table.ToString().ReplaceLineEndings("\n");
    }

    private static string Of(Setting setting) =>
        string.Join(", ", s_commands.Where(c => setting.Use.HasFlag(c.Use)).Select(c => c.Name));

    private static string DefaultOf(Setting setting)
    {
        IEnumerable<string> own = s_commands.Where(c => setting.Use.HasFlag(c.Use) && setting.Defaults.Any(d => d.Use == c.Use))
            .Select(c => $"{c.Name}: `{setting.DefaultFor(c.Use)}`");
        string common = setting.Default is { } value ? $"`{value}`" : setting.Otherwise is { } words ? $"none: {words}" : "none";
        return Cell(string.Join("; ", own.Append(common)));
    }

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal);
}
