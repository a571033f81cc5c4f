using System.CommandLine;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Cli.Verbs;

/// <summary>How verbs open the store (<c>--store</c>), and what they note in its audit log.</summary>
internal static class StoreAccess
{
    private static string Variable => Settings.Store.Variable;

    /// <summary>Who acts, for the audit log.</summary>
    public static string Actor { get; } = $"cli {Environment.UserName}";

    public static Option<string?> Store() => new("--store")
    {
        Description =
            $"What is remembered between runs: a SQLite file, or a connection string of PostgreSQL. Default: the variable {Variable}, "
                + $"else {StoreDatabase.FileName} in the registry's folder.",
        HelpName = "FILE|CONNECTION",
    };

    /// <summary>Where it is.</summary>
    public static string Location(string? named, string models) =>
        named ?? (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable
            ? variable
            : Path.Combine(models, StoreDatabase.FileName));

    /// <summary>Opens it; a file that is not there is made.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static StoreDatabase Open(VerbContext context, string? named, string models) =>
        StoreDatabase.Open(Location(named, models), context.Clock);

    /// <summary>Opens it to look at: a file that is not there is refused, not made.</summary>
    /// <exception cref="RefusedInputException">There is none.</exception>
    public static StoreDatabase Existing(VerbContext context, string? named, string models) =>
        StoreDatabase.Exists(Location(named, models))
            ? Open(context, named, models)
            : throw new RefusedInputException(
                "There is no store yet: nothing was trained, promoted or served here. Name another with --store or --models.");

    /// <summary>Notes that a list left the house, where there is a store; without one nothing is made for it.</summary>
    public static void NoteExport(VerbContext context, string? named, string models, string list, string file, long rows) =>
        new ExportNote(context, named, models).Write(list, file, rows);
}

/// <summary>
/// A note in the audit log that a list left the house. Opening a store takes a second, most of it code that runs for the first time, so one
/// that is there is opened beside the work that the list comes of; one that was named and is not there is made when there is a list.
/// </summary>
internal sealed class ExportNote(VerbContext context, string? named, string models)
{
    // What is wrong with it is said by Write.
    private readonly Task<StoreDatabase?> _early = Task.Run(() => IfThere(context, named, models));

    /// <summary>Notes it, where there is a store or one was named.</summary>
    /// <exception cref="StoreException">The store cannot be opened or written.</exception>
    public void Write(string list, string file, long rows)
    {
        StoreDatabase? store = _early.GetAwaiter().GetResult()
            ?? (named is null ? IfThere(context, named, models) : StoreAccess.Open(context, named, models));
        if (store is not null)
        {
            new AuditLog(store).Append(StoreAccess.Actor, "export", list, new { file = Path.GetFileName(file), rows });
        }
    }

    private static StoreDatabase? IfThere(VerbContext context, string? named, string models) =>
        StoreDatabase.Exists(StoreAccess.Location(named, models)) ? StoreAccess.Open(context, named, models) : null;
}
