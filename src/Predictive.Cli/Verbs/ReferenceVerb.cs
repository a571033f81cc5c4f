using System.CommandLine;
using System.CommandLine.Help;
using System.Globalization;
using System.Text;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive reference</c>, not shown in help: every verb as docs/reference/cli.md has it.</summary>
internal static class ReferenceVerb
{
    private const string Head = """
        # Commands

        Made by `predictive reference`; a test holds it to the code. `predictive VERB --help` says the same of one verb. Settings of
        `serve`, `worker` and `up` can also be given by file and variable: [configuration](../configuration.md). Exit codes: 0 done,
        1 failed, 2 refused input, 3 trained but held by the gate.

        """;

    public static Command Create(VerbContext context)
    {
        var command = new Command("reference", "Every command as the page docs/reference/cli.md.") { Hidden = true };
        return command.Does(context, (parsed, _) =>
        {
            context.Console.Out.Write(Page(parsed.RootCommandResult.Command));
            return ExitCode.Done;
        });
    }

    /// <summary>The page.</summary>
    /// <param name="root">Of all verbs.</param>
    public static string Page(Command root)
    {
        var page = new StringBuilder(Head.ReplaceLineEndings("\n")).Append('\n');
        Command[] verbs = [.. root.Subcommands.Where(c => !c.Hidden)];
        page.Append(string.Join(" · ", verbs.Select(v => $"[{v.Name}](#{v.Name})"))).Append('\n');
        foreach (Command verb in verbs)
        {
            Add(page, verb, [], "##");
        }

        return page.ToString();
    }

    private static void Add(StringBuilder page, Command command, string[] above, string heading)
    {
        string name = string.Join(' ', [.. above, command.Name]);
        page.Append(CultureInfo.InvariantCulture, $"\n{heading} {name}\n\n{command.Description}\n");
        Option[] options = [.. command.Options.Where(o => !o.Hidden && o is not HelpOption)];
        string arguments = string.Concat(command.Arguments.Where(a => !a.Hidden).Select(a => " " + Shown(a)));
        if (command.Subcommands.Count == 0)
        {
            page.Append(CultureInfo.InvariantCulture, $"\n`predictive {name}{arguments}{(options.Length > 0 ? " [options]" : "")}`\n");
        }

        string[][] rows =
        [
            .. command.Arguments.Where(a => !a.Hidden)
                .Select(a => new[] { $"`{a.Name}`", Default(a.HasDefaultValue, a.GetDefaultValue), a.Description ?? "" }),
            .. options.Select(o => new[]
            {
                $"`{string.Join("`, `", [o.Name, .. o.Aliases])}{(Value(o) is { } value ? $" {value}" : "")}`",
                o.Required ? "required" : Default(o.HasDefaultValue && o.ValueType != typeof(bool), o.GetDefaultValue), o.Description ?? "",
            }),
        ];
        if (rows.Length > 0)
        {
            page.Append("\n| | default | |\n|---|---|---|\n");
            foreach (string[] row in rows)
            {
                page.Append(CultureInfo.InvariantCulture, $"| {string.Join(" | ", row.Select(Cell))} |\n");
            }
        }

        foreach (Command below in command.Subcommands.Where(c => !c.Hidden))
        {
            Add(page, below, [.. above, command.Name], "###");
        }
    }

    private static string Shown(Argument argument)
    {
        string name = argument.Arity.MaximumNumberOfValues > 1 ? argument.Name + "..." : argument.Name;
        return argument.Arity.MinimumNumberOfValues == 0 || argument.HasDefaultValue ? $"[{name}]" : name;
    }

    private static string? Value(Option option) => option.ValueType == typeof(bool) ? null : option.HelpName ?? "VALUE";

    private static string Default(bool has, Func<object?> value) => has
        ? value() switch
        {
            null or "" => "",
            IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
            System.Collections.IEnumerable and not string => "",
            var other => $"`{other}`",
        }
        : "";

    private static string Cell(string text) => text.Replace("|", "\\|", StringComparison.Ordinal).ReplaceLineEndings(" ");
}
