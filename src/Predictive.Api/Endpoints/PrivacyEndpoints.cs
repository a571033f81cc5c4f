using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Events;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Privacy;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Sources;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;

namespace Predictive.Api.Endpoints;

/// <summary>Data-protection requests: what is known of a customer, and the end of it.</summary>
internal static class PrivacyEndpoints
{
    private const string EraseText =
        "Answered when the customer is gone from every answer: history, events, lists. Whatever is delivered of them later is left out. "
            + "Their lines in the files go with the next compaction. Asking again changes nothing. unknown: true notes an id that nothing "
            + "knows, so that a later delivery is kept out; default false: 404.";

    public static void MapPrivacy(this IEndpointRouteBuilder routes)
    {
        Erasing(routes.MapDelete("/v1/customers/{id}", EraseByPath), "EraseCustomer", "Erase a customer").Takes("unknown");
        Erasing(
            routes.MapDelete("/v1/customers", EraseByQuery), "EraseCustomerById", "Erase a customer, whatever characters the id holds")
            .Takes("id", "unknown");
        Exporting(routes.MapGet("/v1/customers/{id}/export", ExportByPath), "ExportCustomer", "Everything known of a customer").Takes();
        Exporting(
            routes.MapGet("/v1/customers/export", ExportByQuery), "ExportCustomerById", "The same, whatever characters the id holds")
            .Takes("id");
    }

    private static RouteHandlerBuilder Erasing(RouteHandlerBuilder route, string name, string summary) => route
        .For(KeyRole.Admin).WithName(name).WithSummary(summary).WithDescription(EraseText)
        .Produces<ErasureAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static RouteHandlerBuilder Exporting(RouteHandlerBuilder route, string name, string summary) => route
        .For(KeyRole.Admin).WithName(name).WithSummary(summary)
        .WithDescription("Every row of every table, every event sent, and the score, as a file; noted in the audit log.")
        .Produces<CustomerExportAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static Task EraseByPath(
        string id, string? unknown, HttpContext context, CustomerEraser eraser) =>
            Erase(CustomerEndpoints.Plain(id, "/v1/customers"), unknown, context, eraser);

    private static Task EraseByQuery(
        string? id, string? unknown, HttpContext context, CustomerEraser eraser) =>
            Erase(CustomerEndpoints.Given(id, "/v1/customers"), unknown, context, eraser);

    private static async Task Erase(string id, string? unknown, HttpContext context, CustomerEraser eraser)
    {
        bool even = unknown switch
        {
            null or "" or "false" => false,
            "true" => true,
            _ => throw RequestException.Refused($"unknown is '{Answering.Short(unknown)}'; expected true or false."),
        };
        ErasureReport report = await eraser.Erase(HostStore.Actor(context), id, even)
            ?? throw RequestException.Missing(
                $"Nothing is known of a customer '{Answering.Short(id)}'; add ?unknown=true to keep later deliveries out all the same.");
        await Answering.Send(context, AnswerJson.Of(new ErasureAnswer(report.Hash, report.WasErased, report.Events)));
    }

    private static Task ExportByPath(string id, HttpContext context, CustomerEraser eraser, Answering answering) =>
        Export(CustomerEndpoints.Plain(id, "/v1/customers/export"), context, eraser, answering);

    private static Task ExportByQuery(string? id, HttpContext context, CustomerEraser eraser, Answering answering) =>
        Export(CustomerEndpoints.Given(id, "/v1/customers/export"), context, eraser, answering);

    private static async Task Export(string id, HttpContext context, CustomerEraser eraser, Answering answering)
    {
        byte[] file = await eraser.Export(HostStore.Actor(context), id, CustomerEndpoints.ScoreOf(id, answering), context.RequestAborted)
            ?? throw RequestException.Missing($"Nothing is known of a customer '{Answering.Short(id)}'.");
        context.Response.Headers.ContentDisposition = "attachment; filename=\"customer.json\"";
        await Answering.Send(context, file);
    }
}

/// <summary>Erases and exports while the host serves.</summary>
internal sealed class CustomerEraser(HostStore store, SnapshotKeeper keeper, EventFeed feed, ScoringHostOptions options)
{
    /// <summary>Erases a customer; gone from every answer when this returns.</summary>
    /// <returns>Null where nothing knows the customer and that was not asked for.</returns>
    /// <exception cref="RequestException">The host serves no dataset, or could not take up a new snapshot.</exception>
    /// <exception cref="StoreException">The audit log cannot be written: nothing was done.</exception>
    public async Task<ErasureReport?> Erase(string actor, string id, bool evenUnknown)
    {
        string data = Data();
        if (keeper.Current?.History?.Accounts is { } accounts && accounts.IsAccount(id) && !accounts.Holds(id))
        {
            throw RequestException.Refused(
                $"'{Answering.Short(id)}' is an account, and people are erased; expected the id of one of its people, which "
                    + "GET /v1/customers/{id} of the account lists.");
        }

        // Not ended with the request: half an erasure helps nobody.
        ErasureReport? report = await Task.Run(
            () => new CustomerErasure(store.Get(), data).Run(actor, id, evenUnknown, CancellationToken.None));
        if (report is not null)
        {
            await feed.LookNow();
            await keeper.RefreshAsync();
            if (keeper.Current?.History?.IndexOf(id) >= 0 || SnapshotProspects.Has(keeper.Current, id))
            {
                throw RequestException.NotReady(
                    "The customer is erased, but the host could not take up the data without them, so its lists still hold them; "
                        + "/health/ready says why. Ask again when that is mended.");
            }
        }

        return report;
    }

    /// <summary>Everything known of a customer, noted in the audit log before it leaves.</summary>
    /// <returns>Null where nothing is.</returns>
    public Task<byte[]?> Export(string actor, string id, JsonNode? score, CancellationToken cancellation)
    {
        string data = Data();
        return Task.Run(
            () =>
            {
                StoreDatabase database = store.Get();
                byte[]? file = CustomerExport.Of(database, data, id, score, cancellation);
                if (file is not null)
                {
                    new AuditLog(database).Append(
                        actor, "export", CustomerErasure.Subjects + Erasures.HashOf(data, id), new { list = "customer" });
                }

                return file;
            },
            cancellation);
    }

    private string Data() => options.Data ?? throw RequestException.NotReady(
        "This host serves no dataset, so there is no customer to be erased or exported; start it with --data DIR.");
}

/// <summary>What an erasure did.</summary>
/// <param name="Customer">Keyed hash of the id: what audit and logs call the customer.</param>
/// <param name="WasErased">Whether they had been erased before.</param>
/// <param name="Events">Revisions of events taken out of the store now.</param>
public sealed record ErasureAnswer(string Customer, bool WasErased, int Events);

/// <summary>Everything known of a customer.</summary>
/// <param name="CustomerId">Whose.</param>
/// <param name="Dataset">Name of the dataset.</param>
/// <param name="Tables">Rows by table, each with every column of the file.</param>
/// <param name="SentEvents">Every revision of every event that the store holds.</param>
/// <param name="Acted">
/// Rows by table of what was done about them and is to be done: campaigns, contacts, suppressions, pools, tasks, alerts, mutes, labels; a
/// table without any is left out.
/// </param>
/// <param name="Score">What the model in service says; null = nothing.</param>
public sealed record CustomerExportAnswer(
    string CustomerId, string Dataset, IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object?>>> Tables,
    IReadOnlyList<SentEvent> SentEvents,
    IReadOnlyDictionary<string, IReadOnlyList<IReadOnlyDictionary<string, object?>>> Acted, CustomerScore? Score);

/// <summary>An event as the store holds it.</summary>
/// <param name="EventId">The sender's name for it.</param>
/// <param name="Sequence">Its place in the stream.</param>
/// <param name="Revision">1, or more where it was corrected.</param>
/// <param name="Content">What it says.</param>
public sealed record SentEvent(string EventId, long Sequence, int Revision, object? Content);
