using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Predictive.History;
using Predictive.History.Erasure;
using Predictive.History.Ingest;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Store.Privacy;

namespace Predictive.Api.Privacy;

/// <summary>
/// Everything known of one customer as one JSON document, on request: the one code behind <c>GET /v1/customers/{id}/export</c> and
/// <c>predictive export-customer</c>.
/// </summary>
public static class CustomerExport
{
    private static readonly JsonSerializerOptions s_json = new()
    {
        WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Makes it.</summary>
    /// <param name="store">Holds events that came one by one; null = there is none.</param>
    /// <param name="data">The dataset: a folder, or a single file.</param>
    /// <param name="id">Whose.</param>
    /// <param name="score">What the model in service says; null = nothing.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <returns>UTF-8; null where nothing knows the customer.</returns>
    /// <exception cref="StoreException">The store fails.</exception>
    /// <exception cref="DatasetException">The dataset cannot be read.</exception>
    public static byte[]? Of(StoreDatabase? store, string data, string id, JsonNode? score, CancellationToken cancellation)
    {
        JsonObject tables = CustomerRecord.Of(data, id, cancellation);
        var events = new JsonArray();
        foreach (IngestTable table in store is null ? [] : Enum.GetValues<IngestTable>())
        {
            foreach (StoredEvent one in new EventStream(store!, IngestStream.Of(data, table)).Of(id))
            {
                events.Add(new JsonObject
                {
                    ["eventId"] = one.EventId, ["sequence"] = one.Sequence, ["revision"] = one.Revision,
                    ["content"] = JsonNode.Parse(one.Body),
                });
            }
        }

        JsonObject acted = store is null ? [] : new PersonRows(store).Of(id);
        if (events.Count == 0 && acted.Count == 0 && !CustomerRecord.IsKnown(tables))
        {
            return null;
        }

        var all = new JsonObject
        {
            ["customerId"] = id, ["dataset"] = IngestStream.NameOf(data), ["tables"] = tables, ["sentEvents"] = events, ["acted"] = acted,
            ["score"] = score,
        };
        return JsonSerializer.SerializeToUtf8Bytes(all, s_json);
    }
}
