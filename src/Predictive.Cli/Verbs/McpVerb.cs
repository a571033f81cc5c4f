using System.CommandLine;
using System.Security.Claims;
using Microsoft.Extensions.Logging.Abstractions;
using ModelContextProtocol.Server;
using Predictive.Api.Mcp;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive mcp DIR</c>: the MCP server over standard input and output, for an assistant on this machine.</summary>
internal static class McpVerb
{
    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "mcp", "Answers an assistant over the Model Context Protocol on standard input and output; the host does so at /mcp.");
        MetricsVerbBase.Arguments arguments = MetricsVerbBase.AddTo(command);
        Option<string?> store = StoreAccess.Store();
        command.Add(store);
        return command.Does(context, async (ParseResult parsed, CancellationToken cancellation) =>
        {
            await using Stream input = Console.OpenStandardInput(), output = Console.OpenStandardOutput();
            await Serve(
                MetricsVerbBase.Open(arguments, parsed, context, cancellation), context,
                StoreAccess.Location(parsed.GetValue(store), parsed.GetRequiredValue(arguments.Models)), input, output, cancellation);
            return ExitCode.Done;
        });
    }

    /// <summary>Serves until the input ends.</summary>
    internal static async Task Serve(
        MetricsVerbBase of, VerbContext context, string store, Stream input, Stream output, CancellationToken cancellation)
    {
        var options = new McpServerOptions();
        McpAnswers.Configure(options, new LocalMcpSource(of, context, store));
        await using var transport = new StreamServerTransport(input, output, "predictive", NullLoggerFactory.Instance);
        await using McpServer server = McpServer.Create(transport, options, NullLoggerFactory.Instance, null);
        context.Console.Note("ready: speaking the Model Context Protocol; ends with its input");
        await server.RunAsync(cancellation);
    }

    /// <summary>Whoever runs the command reads the files anyway: it may see everything.</summary>
    private sealed class LocalMcpSource(MetricsVerbBase of, VerbContext context, string store) : McpSource
    {
        private readonly SemaphoreSlim _one = new(1);
        private readonly McpCaller _caller = new(StoreAccess.Actor, MaySeeBase: true);

        public override async Task<byte[]> Answer(
            string key, Func<AssistedBase, CancellationToken, byte[]> make, CancellationToken cancellation)
        {
            // One at a time: each uses both cores.
            await _one.WaitAsync(cancellation);
            try
            {
                return await Task.Run(
                    () => make(new AssistedBase(of.Base, of.Scorer, () => of.Scores!.Value), cancellation), cancellation);
            }
            finally
            {
                _one.Release();
            }
        }

        public override StoreDatabase? Store() => StoreDatabase.Exists(store) ? StoreDatabase.Open(store, context.Clock) : null;

        public override McpCaller CallerOf(ClaimsPrincipal? user) => _caller;

        // The load has left them out.
        public override bool IsErased(string customerId) => false;

        public override Task Note(McpCaller caller, string tool, object details)
        {
            context.Console.Note($"{tool}: {details}");
            return StoreDatabase.Exists(store)
                ? Task.Run(() => new AuditLog(StoreDatabase.Open(store, context.Clock)).Append(caller.Name, "mcp", tool, details))
                : Task.CompletedTask;
        }

        public override string? Refusal(Exception fault) => fault is DatasetException or StoreException ? fault.Message : null;
    }
}
