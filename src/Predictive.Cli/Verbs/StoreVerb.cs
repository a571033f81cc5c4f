using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Store;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive store script|backup</c>: what whoever keeps the database needs of it.</summary>
internal static class StoreVerb
{
    public static Command Create(VerbContext context) => new(
        "store", "For whoever keeps the database: its schema as a script, a copy of it.")
    {
        Script(context), Backup(context),
    };

    private static Command Script(VerbContext context)
    {
        var output = new Option<string?>("--out") { Description = "File to write. Default: standard output.", HelpName = "FILE.sql" };
        var command = new Command(
            "script",
            "The SQL that brings a PostgreSQL store of any earlier build to this build's schema; running it again changes nothing. "
                + "Nothing is connected to. Without it every command brings the schema up to date when it opens the store.") { output };
        return command.Does(context, (parsed, _) =>
        {
            string script = StoreDatabase.PostgresScript();
            if (parsed.GetValue(output) is { } file)
            {
                File.WriteAllText(file, script);
                context.Console.Line(file);
            }
            else
            {
                context.Console.Out.Write(script);
            }

            return ExitCode.Done;
        });
    }

    private static Command Backup(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var output = new Option<string>("--out")
        {
            Description = "File to write; it must not be there.", HelpName = "FILE.db", Required = true,
        };
        var command = new Command(
            "backup",
            "A whole copy of a SQLite store as of one moment, while hosts and workers go on. A PostgreSQL store is copied by pg_dump.")
        {
            output, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            if (database.IsPostgres)
            {
                throw new RefusedInputException(
                    "The store is PostgreSQL; expected a SQLite file. Copy it with: pg_dump --format=custom --file=store.dump predictive");
            }

            string file = parsed.GetRequiredValue(output);
            CommonOptions.RefuseTaken(file);

            database.BackUp(file);
            context.Console.Line($"{file}: {new FileInfo(file).Length >> 10:N0} KB");
            return ExitCode.Done;
        });
    }
}
