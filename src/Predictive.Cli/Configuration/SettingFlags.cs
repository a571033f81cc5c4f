using System.CommandLine;
using System.CommandLine.Parsing;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Configuration;

/// <summary>The settings of a command as its flags, and <c>--config</c>.</summary>
internal sealed class SettingFlags
{
    private readonly SettingUse _use;
    private readonly Dictionary<Setting, Option<string?>> _options;

    private readonly Option<string?> _file = new("--config")
    {
        Description = $"File of settings. Default: the variable {SettingValues.FileVariable}, else {SettingValues.FileName} where there is "
            + "one. Flags count more than variables, variables more than the file (see: predictive config).",
        HelpName = "FILE",
    };

    private SettingFlags(SettingUse use, IEnumerable<Setting> settings)
    {
        _use = use;
        _options = settings.ToDictionary(s => s, s => new Option<string?>(s.Flag)
        {
            Description = $"{s.Meaning}{DefaultOf(s, use)}", HelpName = s.HelpName,
        });
    }

    /// <summary>Adds them to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="use">Whose settings; of several, all of them.</param>
    public static SettingFlags AddTo(Command command, SettingUse use)
    {
        var flags = new SettingFlags(use, Settings.All.Where(s => (s.Use & use) != 0));
        flags._options.Values.ToList().ForEach(command.Add);
        if (use != SettingUse.Demo)
        {
            command.Add(flags._file);
        }

        return flags;
    }

    /// <summary>What is in force, by flags, variables and file; slips are told.</summary>
    /// <exception cref="RefusedInputException">A value cannot be followed.</exception>
    public SettingValues Read(ParseResult parsed, VerbContext context)
    {
        SettingValues values = Read(parsed, _use);
        values.Notes.ToList().ForEach(n => context.Console.Note($"note: {n}"));
        return values;
    }

    /// <summary>What is in force for one command.</summary>
    /// <exception cref="RefusedInputException">A value cannot be followed.</exception>
    public SettingValues Read(ParseResult parsed, SettingUse command) => SettingValues.Read(
        command, Given(parsed), command == SettingUse.Demo ? null : parsed.GetValue(_file),
        command == SettingUse.Demo ? null : SettingValues.ProcessEnvironment());

    private Dictionary<string, string> Given(ParseResult parsed) => _options
        .Where(o => parsed.GetResult(o.Value) is { Implicit: false, Tokens.Count: > 0 })
        .ToDictionary(o => o.Key.Key, o => parsed.GetValue(o.Value) ?? "", StringComparer.OrdinalIgnoreCase);

    private static string DefaultOf(Setting setting, SettingUse use)
    {
        string? value = setting.DefaultFor(use) ?? setting.Otherwise;
        return value is null ? "" : $" Default: {value}.";
    }
}
