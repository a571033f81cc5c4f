using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using ModelContextProtocol.Server;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Queries;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Narrative;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Api.Mcp;

/// <summary>The MCP server in the host: <c>/mcp</c>, streamable HTTP, with the host's keys, roles and limits. No session is kept.</summary>
internal static class McpHost
{
    public const string Path = "/mcp";

    public static void AddTo(IServiceCollection services)
    {
        services.AddSingleton<HostMcpSource>();
        services.AddMcpServer().WithHttpTransport(o => o.Stateless = true);
        services.AddOptions<McpServerOptions>().Configure<HostMcpSource>((options, source) => McpAnswers.Configure(options, source));
    }

    public static void MapMcpServer(this IEndpointRouteBuilder routes) =>
        routes.MapMcp(Path).For(KeyRole.Score).Takes().WithMetadata(new ExcludeFromDescriptionAttribute());
}

/// <summary>Answers from the snapshot in service.</summary>
internal sealed class HostMcpSource(Answering answering, HostStore store, PublicText text, ScoringHostOptions options) : McpSource
{
    public override NarrativeReport? LastReport() =>
        answering.SnapshotIfAny() is { } snapshot
            ? NarrativeFile.Read(options.Models, options.Name, snapshot.Model, snapshot.AsOf)
            : null;

    public override Task<byte[]> Answer(
        string key, Func<AssistedBase, CancellationToken, byte[]> make, CancellationToken cancellation)
    {
        ServingSnapshot snapshot = answering.WithData();
        return snapshot.Answers.Get(
            key,
            c => make(new AssistedBase(SnapshotQueries.Of(snapshot, snapshot.AsOf!.Value), snapshot.Scorer, () => snapshot.Scores!), c),
            cancellation);
    }

    public override StoreDatabase? Store() => store.IfThere();

    public override McpCaller CallerOf(ClaimsPrincipal? user)
    {
        string name = user?.FindFirstValue(ClaimTypes.NameIdentifier) is { Length: > 1 } key ? $"key {key}" : "this machine";
        bool may = Enum.TryParse(user?.FindFirstValue(ClaimTypes.Role), out KeyRole role) && KeyAuthentication.May(role, KeyRole.Marketer);
        return new McpCaller(name, may);
    }

    public override bool IsErased(string customerId) => answering.IsErased(customerId);

    public override async Task Note(McpCaller caller, string tool, object details)
    {
        AuditLog audit = await store.Audit();
        await Task.Run(() => audit.Append(caller.Name, "mcp", tool, details));
    }

    public override string? Refusal(Exception fault) => fault switch
    {
        RequestException e => text.Of(e.Message),
        DatasetException e => text.Of(e.Message),
        StoreException e => text.Of(e.Message),
        _ => null,
    };
}
