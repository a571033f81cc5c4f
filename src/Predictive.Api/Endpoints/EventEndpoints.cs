using System.Buffers;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Events;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.Store.Ingest;

namespace Predictive.Api.Endpoints;

/// <summary>Transactions and events as they happen.</summary>
internal static class EventEndpoints
{
    public static void MapEvents(this IEndpointRouteBuilder routes) => routes.MapPost("/v1/events", Take)
        .For(KeyRole.Ingest).Takes()
        .WithName("SendEvents")
        .WithSummary("Send transactions and events; the customer's next score reflects them")
        .WithDescription(
            "One JSON object, or NDJSON: one a line. Idempotent by eventId (those of transactions and of events are apart): sent again it "
                + "is a 'duplicate' and changes nothing; with other content it is 'corrected', and the new content counts. Answered only "
                + "when durable. What is sent of a customer who was erased is answered 'erased' and not kept. Times are on the dataset's "
                + "clock, or carry an offset. A line of NDJSON that cannot be used is answered in its place, "
                + "{\"line\":n,\"problem\":{...}}; the others count. What the dataset has no column for is refused. "
                + "Rules of alerts.json are looked at for the customer at once. Lists and the portfolio follow "
                + "when the events are folded into the dataset (predictive compact, or the worker).")
        .Accepts<EventSent>("application/json", BatchScoring.MediaType)
        .Produces<EventAnswer>().Produces<EventAnswer>(contentType: BatchScoring.MediaType)
        .ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(408).ProducesProblem(413).ProducesProblem(415)
        .ProducesProblem(503);

    private static async Task Take(
        HttpContext context, Answering answering, EventFeed feed, EventAlerts alerts, ScoringHostOptions options, TimeProvider clock)
    {
        ServingSnapshot snapshot = answering.WithData();
        string type = context.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() ?? "";
        bool lines = type == BatchScoring.MediaType;
        if (!lines && type != "application/json")
        {
            await Problem.Refused(
                $"The media type is '{Answering.Short(type)}'; expected application/json for one event, {BatchScoring.MediaType} for one a "
                    + "line.",
                StatusCodes.Status415UnsupportedMediaType).Write(context);
            return;
        }

        byte[] body = await BodyReading.Read(context, options.MaxBodyBytes, options.BodyTimeout, b => b.ToArray());
        IngestTarget target = snapshot.Base!.Target;
        if (!lines)
        {
            (string id, IngestedEvent content) = EventReader.Read(body, snapshot.Zone, target);
            AppendedEvent[] one = await feed.Append([new(content.Table, content.CustomerId, new NewEvent(id, content.ToBody()))]);
            alerts.Came(Changed(one, [content]));
            await Answering.Send(context, AnswerJson.Of(Answer(one[0], content, snapshot, clock)));
            return;
        }

        var events = new List<EventToAppend>();
        var contents = new List<IngestedEvent>();
        var answers = new List<(int Line, Problem? Problem)>();
        int number = 0;
        foreach (ReadOnlyMemory<byte> line in Lines(body))
        {
            number++;
            if (!line.Span.ContainsAnyExcept(" \t\r"u8))
            {
                continue;
            }

            try
            {
                (string id, IngestedEvent content) = EventReader.Read(line, snapshot.Zone, target);
                events.Add(new(content.Table, content.CustomerId, new NewEvent(id, content.ToBody())));
                contents.Add(content);
                answers.Add((number, null));
            }
            catch (RequestException e)
            {
                answers.Add((number, Problem.Event(e.Message)));
            }
        }

        AppendedEvent[] appended = events.Count == 0 ? [] : await feed.Append(events);
        alerts.Came(Changed(appended, contents));
        var output = new ArrayBufferWriter<byte>();
        int at = 0;
        foreach ((int line, Problem? problem) in answers)
        {
            output.Write(problem is null
                ? AnswerJson.Of(Answer(appended[at], contents[at++], snapshot, clock))
                : AnswerJson.Of(new BatchProblem(line, problem)));
            output.Write("\n"u8);
        }

        await Answering.Send(context, output.WrittenSpan.ToArray(), BatchScoring.MediaType);
    }

    private static IEnumerable<string> Changed(AppendedEvent[] appended, IReadOnlyList<IngestedEvent> contents) => contents
        .Where((_, i) => appended[i].Outcome is EventOutcome.Accepted or EventOutcome.Corrected).Select(c => c.CustomerId);

    private static IEnumerable<ReadOnlyMemory<byte>> Lines(byte[] body)
    {
        for (int start = 0; start < body.Length;)
        {
            int end = Array.IndexOf(body, (byte)'\n', start);
            end = end < 0 ? body.Length : end;
            yield return body.AsMemory(start, end - start);
            start = end + 1;
        }
    }

    private static EventAnswer Answer(AppendedEvent appended, IngestedEvent content, ServingSnapshot snapshot, TimeProvider clock)
    {
        TransactionHistory history = snapshot.History!;
        DateOnly today = DefaultAsOf.TodayOf(history.Description, clock.GetUtcNow());
        bool after = content.At >= LocalTime.StartOf(today).AddDays(1).Micros;
        return new EventAnswer(
            appended.Event.EventId, appended.Outcome, appended.Event.Sequence, appended.Event.Revision,
            LocalTime.DayOf(content.At) < LocalTime.DayOf(history.LastMicros) ? true : null, after ? true : null);
    }
}

/// <summary>A transaction or an event.</summary>
/// <param name="EventId">The sender's name for it, at most 200 characters: sent again it is the same event.</param>
/// <param name="CustomerId">Whose it is.</param>
/// <param name="OrderedAt">Of a transaction: such as <c>2011-06-03T10:15:00</c>.</param>
/// <param name="Amount">Of a transaction: net amount; negative = refund.</param>
/// <param name="OrderId">Of a transaction.</param>
/// <param name="ProductId">Of a transaction.</param>
/// <param name="Category">Of a transaction.</param>
/// <param name="Channel">Of a transaction.</param>
/// <param name="Quantity">Of a transaction.</param>
/// <param name="UnitCost">Of a transaction.</param>
/// <param name="Discount">Of a transaction.</param>
/// <param name="OccurredAt">Of an event: such as <c>2011-06-03T10:15:00</c>.</param>
/// <param name="Kind">Of an event: such as <c>visit</c> or <c>nps</c>.</param>
/// <param name="Value">Of an event: such as the points of an answer.</param>
public sealed record EventSent(
    string EventId, string CustomerId, string? OrderedAt = null, double? Amount = null, string? OrderId = null, string? ProductId = null,
    string? Category = null, string? Channel = null, double? Quantity = null, double? UnitCost = null, double? Discount = null,
    string? OccurredAt = null, string? Kind = null, double? Value = null);

/// <summary>What became of an event; it is durable.</summary>
/// <param name="EventId">The sender's name for it.</param>
/// <param name="Outcome">accepted, duplicate, corrected; closed: too old to be corrected, nothing was changed; erased: its customer was
/// erased, nothing was kept.</param>
/// <param name="Sequence">Its place in the stream.</param>
/// <param name="Revision">1, or more where it was corrected.</param>
/// <param name="Late">True where it lies before the last day of the data in service.</param>
/// <param name="AfterToday">True where it lies after today, and so outside every score for now.</param>
public sealed record EventAnswer(
    string EventId, [property: JsonConverter(typeof(OutcomeNames))] EventOutcome Outcome, long Sequence, int Revision,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? Late,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AfterToday);

/// <summary>Outcomes by their lower-case names.</summary>
internal sealed class OutcomeNames() : JsonStringEnumConverter<EventOutcome>(System.Text.Json.JsonNamingPolicy.CamelCase);
