using System.CommandLine;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive config [serve|worker|up] [--config FILE]</c>: the settings in force and where each came from; secrets are masked.
/// </summary>
internal static class ConfigVerb
{
    public static Command Create(VerbContext context)
    {
        var verb = new Argument<string>("COMMAND")
        {
            Description = "serve, worker or up. Default: all three.", DefaultValueFactory = _ => "all",
        };
        verb.AcceptOnlyFromAmong([.. SettingTable.Commands.Select(c => c.Name), "all"]);
        var table = new Option<bool>("--table") { Description = "Print all settings as the table of docs/configuration.md instead." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "config", "The settings of serve, worker and up that are in force here, and where each came from; nothing is started.")
        {
            verb, json, table,
        };
        SettingFlags settings = SettingFlags.AddTo(command, SettingUse.Serve | SettingUse.Worker | SettingUse.Up);
        return command.Does(context, (parsed, _) =>
        {
            if (parsed.GetValue(table))
            {
                context.Console.Out.Write(SettingTable.Markdown());
                return ExitCode.Done;
            }

            string asked = parsed.GetRequiredValue(verb);
            Row[] rows = Rows(parsed, settings, asked, context.Clock, out SettingValues one);
            one.Notes.ToList().ForEach(n => context.Console.Note($"note: {n}"));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { one.File, settings = rows });
                return ExitCode.Done;
            }

            Table shown = UserConsole.NewTable("setting", "value", "from", "of");
            foreach (Row row in rows)
            {
                shown.AddRow(
                    Markup.Escape(row.Key), Markup.Escape(row.Value ?? Setting.None), Markup.Escape(row.Source),
                    string.Join(", ", row.Of));
            }

            context.Console.Write(shown);
            context.Console.Line(one.File is { } file ? $"File of settings: {file}" : "No file of settings.");
            return ExitCode.Done;
        });
    }

    private static Row[] Rows(ParseResult parsed, SettingFlags settings, string asked, TimeProvider clock, out SettingValues one)
    {
        (string Name, SettingValues Values)[] read =
        [
            .. SettingTable.Commands.Where(c => asked == "all" || c.Name == asked).Select(c => (c.Name, settings.Read(parsed, c.Use))),
        ];
        foreach ((_, SettingValues values) in read.Where(r => r.Name != "serve"))
        {
            WorkerTimes.Of(values, clock);
        }

        one = read[0].Values;
        // What is the same for several commands is one row.
        return
        [
            .. Settings.All.SelectMany(s => read
                .SelectMany(r => r.Values.InForce.Where(i => i.Setting == s).Select(i => (r.Name, InForce: i)))
                .GroupBy(r => (r.InForce.Text, r.InForce.Source))
                .Select(g => new Row(
                    s.Key, g.Key.Text is { } text ? s.Shown(text) : null, g.Key.Source, [.. g.Select(r => r.Name)], s.Flag, s.Variable))),
        ];
    }

    private sealed record Row(string Key, string? Value, string Source, IReadOnlyList<string> Of, string Flag, string Variable);
}
