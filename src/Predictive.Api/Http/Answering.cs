using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;

namespace Predictive.Api.Http;

/// <summary>How answers are made from the snapshot in service: taken once, named in the headers, conditional.</summary>
internal sealed class Answering(SnapshotKeeper keeper, TimeProvider clock, PublicText text, ScoringHostOptions options)
{
    public const string Json = "application/json; charset=utf-8";

    private static readonly LocalTime s_earliest = LocalTime.StartOf(new DateOnly(1900, 1, 1)),
        s_latest = LocalTime.StartOf(new DateOnly(2200, 1, 1));

    /// <summary>The snapshot in service.</summary>
    /// <exception cref="RequestException">None is.</exception>
    public ServingSnapshot Snapshot() => keeper.Current
        ?? throw RequestException.NotReady(
            $"No model is in service: {text.OfOptional(keeper.Refusal ?? keeper.Fault) ?? "the registry holds none."} Train one on the "
                + $"host: predictive train DIR --name {options.Name}.");

    /// <summary>The same; null where none is.</summary>
    public ServingSnapshot? SnapshotIfAny() => keeper.Current;

    /// <summary>The snapshot in service, with data.</summary>
    /// <exception cref="RequestException">None is, or the host serves no dataset.</exception>
    public ServingSnapshot WithData()
    {
        ServingSnapshot snapshot = Snapshot();
        return snapshot.Scores is not null
            ? snapshot
            : throw RequestException.NotReady(
                "This host serves no dataset, so customers cannot be looked up; start it with --data DIR, or send the history to POST "
                    + "/v1/score.");
    }

    /// <summary>Whether a customer was erased, even where the data in service still hold them.</summary>
    public bool IsErased(string id) => keeper.Erasures.Contains(id);

    /// <summary>The as-of asked for; null = none was asked for.</summary>
    /// <exception cref="RequestException">It cannot be read, or is out of range.</exception>
    public static LocalTime? AsOfIn(string? text, ServingSnapshot snapshot)
    {
        if (string.IsNullOrEmpty(text))
        {
            return null;
        }

        return TryReadTime(text, snapshot.Zone, out LocalTime asOf)
            ? asOf
            : throw RequestException.Refused(
                $"asOf is '{Short(text)}'; expected a date from 1900 to 2199 such as 2011-09-01, or 2011-09-01T10:15:00, with an offset "
                    + "if wanted.");
    }

    /// <summary>Reads a time that a request may name.</summary>
    public static bool TryReadTime(string? text, TimeZoneInfo zone, out LocalTime asOf)
    {
        try
        {
            return LocalTime.TryParse(text, zone, out asOf) && asOf >= s_earliest && asOf < s_latest;
        }
        catch (ArgumentException)
        {
            // An offset that leads out of the calendar.
            asOf = default;
            return false;
        }
    }

    /// <summary>The as-of asked for, or the default one.</summary>
    public static LocalTime AsOfFor(string? text, ServingSnapshot snapshot) => AsOfIn(text, snapshot) ?? snapshot.AsOf!.Value;

    /// <summary>The answer kept of a customer with events over the data in service; null = none is.</summary>
    public byte[]? ReadyWithEvents(string id, string? asOf, ServingSnapshot snapshot, out PendingCustomer? events, out LocalTime time)
    {
        events = keeper.Events.Of(id, snapshot.History?.Accounts);
        time = events is null ? default : AsOfIn(asOf, snapshot) ?? keeper.AsOfWithEvents(snapshot);
        return events?.Find(snapshot, time);
    }

    /// <summary>
    /// A customer's history where events have come that the data do not hold, and its default as-of; null = none have, the data tell all.
    /// </summary>
    public PendingHistory? Pending(string id, ServingSnapshot snapshot)
    {
        if (keeper.Events.Of(id, snapshot.History!.Accounts) is not { } pending || pending.Change(snapshot.Base!.Folded) is not { } change)
        {
            return null;
        }

        TransactionHistory? history = CustomerOverlay.Of(
            snapshot.History!, snapshot.History!.IndexOf(id) < 0 ? SnapshotProspects.People(snapshot) : null, id, change);
        return new PendingHistory(pending, history, keeper.AsOfWithEvents(snapshot));
    }

    /// <summary>The default as-of of a history that came with a request, where no dataset is served.</summary>
    public LocalTime DefaultOf(TransactionHistory history) => DefaultAsOf.Of(history, clock.GetUtcNow()).AsOf;

    /// <summary>Names the snapshot in the headers.</summary>
    public void Stamp(HttpResponse response, ServingSnapshot snapshot)
    {
        IHeaderDictionary headers = response.Headers;
        headers["Predictive-Model"] = snapshot.Model;
        headers["Predictive-Snapshot"] = snapshot.Id;
        if (snapshot.History is not null)
        {
            headers["Predictive-Data-As-Of"] = snapshot.DataAsOf;
            headers["Predictive-Data-Age"] = snapshot.DataAgeText(clock.GetUtcNow());
        }
    }

    /// <summary>Whether the caller has this answer already; then 304 is the answer. Stamps the headers either way.</summary>
    /// <param name="context">The request.</param>
    /// <param name="snapshot">What is answered from.</param>
    /// <param name="events">Version of the events over it that the answer reflects; null = none.</param>
    public bool IsKnown(HttpContext context, ServingSnapshot snapshot, string? events = null)
    {
        Stamp(context.Response, snapshot);
        IHeaderDictionary headers = context.Response.Headers;
        string id = events is null ? snapshot.Id : $"{snapshot.Id}+{events}";
        headers.ETag = events is null ? snapshot.ETag : $"W/\"{id}\"";
        headers.CacheControl = "private, no-cache";
        headers.Vary = HeaderNames.AcceptEncoding;
        if ((string?)context.Request.Headers.IfNoneMatch is not { } known || !known.Contains($"\"{id}\"", StringComparison.Ordinal))
        {
            return false;
        }

        context.Response.StatusCode = StatusCodes.Status304NotModified;
        return true;
    }

    /// <summary>Sends a list as a file to keep, named after it and its as-of.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">The file.</param>
    /// <param name="list">What it is, such as <c>at-risk</c>.</param>
    /// <param name="asOf">As-of of the list.</param>
    /// <param name="format">csv or xlsx.</param>
    public static Task SendFile(HttpContext context, byte[] body, string list, LocalTime asOf, string format)
    {
        context.Response.Headers.ContentDisposition =
            $"attachment; filename=\"{list}-{asOf.ToString().Replace(":", "", StringComparison.Ordinal)}.{format}\"";
        return Send(
            context, body,
            format == "csv" ? "text/csv; charset=utf-8" : "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet");
    }

    /// <summary>Sends ready bytes.</summary>
    public static Task Send(HttpContext context, byte[] body, string mediaType = Json)
    {
        context.Response.ContentType = mediaType;
        context.Response.ContentLength = body.Length;
        return context.Response.Body.WriteAsync(body).AsTask();
    }

    /// <summary>Text of a caller as it may stand in a message: no control characters, not endless.</summary>
    public static string Short(string text)
    {
        string start = text.Length > 100 ? text[..100] + "…" : text;
        return string.Concat(
            start.Select(c => char.IsControl(c) ? string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}") : c.ToString()));
    }
}

/// <summary>A customer with events over the data in service.</summary>
/// <param name="Customer">The events.</param>
/// <param name="History">Of this one customer; null = nothing is left of it.</param>
/// <param name="AsOf">The default as-of.</param>
internal sealed record PendingHistory(PendingCustomer Customer, TransactionHistory? History, LocalTime AsOf);
