using System.CommandLine;
using System.Globalization;
using Predictive.Api.Keys;
using Predictive.Cli.Terminal;
using Predictive.Store.Audit;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive keys add|list|revoke</c>: who may ask a host what.</summary>
internal static class KeysVerb
{
    public static Command Create(VerbContext context) =>
        new("keys", "API keys of the scoring host: kept as hashes beside the registry, shown once.")
    {
        Add(context), List(context), Revoke(context),
    };

    private static Command Add(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> file = File();
        var role = new Option<KeyRole>("--role")
        {
            Description =
                "score: scores of customers and histories; marketer: also lists, segments and the registry; admin: also promotes versions "
                    + "and asks for trainings; ingest: sends events and nothing else.",
            HelpName = "score|marketer|admin|ingest",
            Required = true,
        };
        var expires = new Option<DateOnly?>("--expires")
        {
            Description = "First day (UTC) on which it is refused. Default: never.",
            HelpName = "DATE",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                if (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
                {
                    return date;
                }

                result.AddError($"--expires is '{text}'; expected a date such as 2027-01-31.");
                return null;
            },
        };
        var note = new Option<string?>("--note") { Description = "Whose it is, for the list.", HelpName = "TEXT" };
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("add", "Make a key; its text is printed once and kept nowhere.")
        {
            role, expires, note, models, file, store, json,
        };
        return command.Does(context, (parsed, _) =>
        {
            DateTimeOffset now = context.Clock.GetUtcNow();
            DateTimeOffset? end =
                parsed.GetValue(expires) is { } date ? new DateTimeOffset(date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
            if (end <= now)
            {
                throw new RefusedInputException($"--expires is {end:yyyy-MM-dd}, which is not after today; expected a later date.");
            }

            // Opened before anything changes: what cannot be noted is not done.
            AuditLog audit = Audit(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            var (key, text) = Keys(parsed.GetRequiredValue(models), parsed.GetValue(file)).Add(
                parsed.GetRequiredValue(role), now, end, parsed.GetValue(note));
            audit.Append(StoreAccess.Actor, "key-add", $"key {key.Id}", new { role = Name(key.Role), key.ExpiresAt, key.Note });
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { key.Id, Role = Name(key.Role), Key = text, key.ExpiresAt, key.Note });
                return ExitCode.Done;
            }

            context.Console.Line(text);
            context.Console.Note(
                $"key {key.Id}, role {Name(key.Role)}, {(key.ExpiresAt is { } at ? $"refused from {at:yyyy-MM-dd}" : "without an end")}. "
                    + "It is not shown again; send it as 'Authorization: Bearer KEY'.");
            return ExitCode.Done;
        });
    }

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> file = File();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Every key ever made: id, role, state; never the key itself.") { models, file, json };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<ApiKey> keys = Keys(parsed.GetRequiredValue(models), parsed.GetValue(file)).Read();
            DateTimeOffset now = context.Clock.GetUtcNow();
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(
                    keys.Select(
                        k => new { k.Id, Role = Name(k.Role), State = State(k, now), k.CreatedAt, k.ExpiresAt, k.RevokedAt, k.Note }));
                return ExitCode.Done;
            }

            if (keys.Count == 0)
            {
                context.Console.Line("no keys: a host then listens on this machine only; make one: predictive keys add --role score");
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable("id", "role", "state", "made", "expires", "note");
            foreach (ApiKey k in keys)
            {
                table.AddRow(k.Id, Name(k.Role), State(k, now), Day(k.CreatedAt), Day(k.ExpiresAt), Markup.Escape(k.Note ?? ""));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static Command Revoke(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> file = File();
        var id = new Argument<string>("ID") { Description = "As 'keys list' shows it." };
        Option<string?> store = StoreAccess.Store();
        var command = new Command("revoke", "Refuse a key from now on; hosts take it up within seconds.") { id, models, file, store };
        return command.Does(context, (parsed, _) =>
        {
            AuditLog audit = Audit(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            ApiKey key = Keys(parsed.GetRequiredValue(models), parsed.GetValue(file)).Revoke(
                parsed.GetRequiredValue(id), context.Clock.GetUtcNow());
            audit.Append(StoreAccess.Actor, "key-revoke", $"key {key.Id}");
            context.Console.Line($"key {key.Id} is revoked");
            return ExitCode.Done;
        });
    }

    private static Option<string?> File() =>
        new("--keys") { Description = "File of the keys. Default: keys.json in the registry's folder.", HelpName = "FILE" };

    private static AuditLog Audit(VerbContext context, string? store, string models) => new(StoreAccess.Open(context, store, models));

    private static KeyFile Keys(string models, string? file) => new(file ?? Path.Combine(models, "keys.json"));

    private static string Name(KeyRole role) => role.ToString().ToLowerInvariant();

    private static string State(ApiKey key, DateTimeOffset now) =>
        key.RevokedAt is not null ? "revoked" : key.IsValidAt(now) ? "valid" : "expired";

    private static string Day(DateTimeOffset? at) => at?.UtcDateTime.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) ?? "";
}
