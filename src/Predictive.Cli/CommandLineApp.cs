using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Cli.Verbs;

namespace Predictive.Cli;

/// <summary>
/// The command line as a whole: parses, runs one verb, turns every outcome into an exit code and at most one clear error.
/// </summary>
/// <remarks>
/// How to add a verb: 1. a class under Verbs/ with <c>static Command Create(VerbContext)</c>; 2. one line in <see cref="Root"/>;
/// 3. a line in the README and in the help test.
/// </remarks>
/// <param name="output">Standard output: results only.</param>
/// <param name="error">Standard error: progress, notes, errors.</param>
/// <param name="clock">The wall clock at the edge; nothing below the verbs reads it.</param>
/// <param name="answers">Where somebody answers what a verb asks; null = nobody is asked, doubts are refused.</param>
public sealed class CommandLineApp(TextWriter output, TextWriter error, TimeProvider clock, TextReader? answers = null)
{
    /// <summary>Runs one command line.</summary>
    /// <param name="args">Without the executable's name.</param>
    /// <param name="cancellation">Ends the work early (Ctrl+C does the same).</param>
    /// <returns>See <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(IReadOnlyList<string> args, CancellationToken cancellation = default)
    {
        var console = new UserConsole(output, error, answers);
        ParseResult parsed = Root(new VerbContext(console, clock)).Parse(args);
        if (parsed.Errors.Count > 0)
        {
            foreach (string message in parsed.Errors.Select(e => e.Message).Distinct(StringComparer.Ordinal))
            {
                console.Note($"error: {message}");
            }

            string verb = parsed.CommandResult.Command is RootCommand ? "" : $" {parsed.CommandResult.Command.Name}";
            console.Note($"See: predictive{verb} --help");
            return ExitCode.Refused;
        }

        // Told to stop, a verb ends by itself: at once, or (serve) when the requests under way have ended. The parser's two seconds would
        // cut those off.
        var invocation = new InvocationConfiguration
        {
            Output = output, Error = error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = TimeSpan.FromHours(1),
        };
        try
        {
            return await parsed.InvokeAsync(invocation, cancellation);
        }
        catch (Exception e)
        {
            return Failure.Explain(e, console);
        }
    }

    /// <summary>The verbs, in the order help shows them.</summary>
    internal static RootCommand Root(VerbContext context)
    {
        var root = new RootCommand("Predictive: churn risk, customer value and segments from transaction history.")
        {
            DemoVerb.Create(context),
            UpVerb.Create(context),
            GenerateVerb.Create(context),
            ImportVerb.Create(context),
            CheckVerb.Create(context),
            TrainVerb.Create(context),
            BacktestVerb.Create(context),
            ScoreVerb.Create(context),
            AtRiskVerb.Create(context),
            LookalikesVerb.Create(context),
            InitVerb.Create(context),
            SegmentVerb.Create(context),
            PortfolioVerb.Create(context),
            AccountsVerb.Create(context),
            MetricsVerb.Create(context),
            AskVerb.Create(context),
            ReportVerb.Create(context),
            McpVerb.Create(context),
            DriftVerb.Create(context),
            ExperimentsVerb.Create(context),
            ExplainSegmentVerb.Create(context),
            ExportFeaturesVerb.Create(context),
            ImportScoresVerb.Create(context),
            CompactVerb.Create(context),
            LayoutVerb.Create(context),
            EraseVerb.Create(context),
            ExportCustomerVerb.Create(context),
            ModelsVerb.Create(context),
            CampaignVerb.Create(context),
            AlertsVerb.Create(context),
            ListsVerb.Create(context),
            SyncVerb.Create(context),
            TasksVerb.Create(context),
            KeysVerb.Create(context),
            JobsVerb.Create(context),
            AuditVerb.Create(context),
            ServeVerb.Create(context),
            WorkerVerb.Create(context),
            ConfigVerb.Create(context),
            HealthVerb.Create(context),
            StoreVerb.Create(context),
            EnginesVerb.Create(context),
            ReferenceVerb.Create(context),
        };
        return root;
    }
}
