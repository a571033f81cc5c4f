using System.CommandLine;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Verbs;

/// <summary>Gives a verb its action: faults become one message and an exit code, whoever calls it.</summary>
internal static class VerbAction
{
    /// <summary>A verb whose work is synchronous and CPU-bound.</summary>
    public static Command Does(this Command command, VerbContext context, Func<ParseResult, CancellationToken, int> run) =>
        command.Does(context, (parsed, cancellation) => Task.Run(() => run(parsed, cancellation), CancellationToken.None));

    /// <summary>A verb whose work is asynchronous.</summary>
    public static Command Does(this Command command, VerbContext context, Func<ParseResult, CancellationToken, Task<int>> run)
    {
        command.SetAction(async (parsed, cancellation) =>
        {
            try
            {
                await DatasetAccess.RefreshAsync(parsed, context, cancellation);
                return await run(parsed, cancellation);
            }
            catch (Exception e)
            {
                return Failure.Explain(e, context.Console);
            }
        });
        return command;
    }
}
