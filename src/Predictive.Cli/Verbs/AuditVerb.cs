using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.Store.Audit;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive audit list|verify</c>: who promoted, rolled back, forced, exported, changed keys.</summary>
internal static class AuditVerb
{
    public static Command Create(VerbContext context) =>
        new("audit", "Who promoted, rolled back, forced, exported and changed keys: append-only, each entry sealed to the one before.")
        {
            List(context), Verify(context),
        };

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<int> top = CommonOptions.Top("Newest entries to show.", 100);
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "The newest entries, newest first.") { top, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<AuditEntry> entries =
                new AuditLog(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)))
                    .List(parsed.GetValue(top));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(entries);
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable(">entry", "at (UTC)", "who", "did", "to", "details");
            foreach (AuditEntry e in entries)
            {
                table.AddRow(
                    e.Number.ToString(CultureInfo.InvariantCulture),
                    e.At.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
                    Markup.Escape(e.Actor), Markup.Escape(e.Action), Markup.Escape(e.Subject), Markup.Escape(e.Details.GetRawText()));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static Command Verify(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var expect = new Option<string?>("--expect")
        {
            Description = "A head that an earlier verify printed: it must still be in the chain, unchanged.", HelpName = "N:HASH",
        };
        var command = new Command("verify", "Go through the whole chain; exit 2 where an entry was changed, removed or moved.")
        {
            expect, models, store, json,
        };
        return command.Does(context, (parsed, _) =>
        {
            AuditVerdict verdict =
                new AuditLog(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)))
                    .Verify(Head(parsed.GetValue(expect)));
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(verdict);
            }
            else if (verdict.Fault is null)
            {
                context.Console.Line(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{verdict.Entries} entries, each sealed to the one before; the head, to be noted elsewhere: "
                        + $"{verdict.Entries}:{verdict.Head}"));
            }

            if (verdict.Fault is { } fault)
            {
                context.Console.Note($"error: the audit log is not what was written: {fault}.");
                return ExitCode.Refused;
            }

            return ExitCode.Done;
        });
    }

    private static (long, string)? Head(string? text)
    {
        if (text is null)
        {
            return null;
        }

        string[] parts = text.Split(':');
        return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number > 0
            ? (number, parts[1])
            : throw new RefusedInputException($"--expect is '{text}'; expected what 'audit verify' printed, such as 12:3fa9...");
    }
}
