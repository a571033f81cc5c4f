using System.Globalization;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Store.Audit;

namespace Predictive.Api.Endpoints;

/// <summary>A list as an answer or as a file: kept ready as others are; a file is made to be carried away, and that is noted.</summary>
internal static class ListAnswer
{
    private static readonly string[] s_sheets = ["csv", "xlsx"], s_formats = ["json", .. s_sheets];

    /// <summary>json, csv or xlsx; not given = json.</summary>
    /// <exception cref="RequestException">Another.</exception>
    public static string FormatOf(string? text) =>
        string.IsNullOrEmpty(text) ? "json"
        : s_formats.Contains(text.ToLowerInvariant()) ? text.ToLowerInvariant()
        : throw RequestException.Refused($"format is '{Answering.Short(text)}'; expected json, csv or xlsx.");

    /// <summary>csv or xlsx, as a page's button has it; not given = csv.</summary>
    /// <exception cref="RequestException">Another.</exception>
    public static string SheetOf(string? text) =>
        text is null ? "csv"
        : s_sheets.Contains(text) ? text
        : throw RequestException.Refused($"format is '{Answering.Short(text)}'; expected csv or xlsx.");

    /// <summary>Sends it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="store">Notes that it was taken away.</param>
    /// <param name="snapshot">What it is made from.</param>
    /// <param name="time">The as-of.</param>
    /// <param name="kind">As <see cref="FormatOf"/> read it.</param>
    /// <param name="list">Its name, in the file's and among the ready answers.</param>
    /// <param name="asked">Which one it is: what was asked for, as text.</param>
    /// <param name="subject">What the audit log calls it.</param>
    /// <param name="details">What the audit log says of it.</param>
    /// <param name="make">Makes it.</param>
    public static async Task Send(
        HttpContext context, HostStore store, ServingSnapshot snapshot, LocalTime time, string kind, string list, string asked,
        string subject, object details, Func<CancellationToken, byte[]> make)
    {
        string key = string.Create(CultureInfo.InvariantCulture, $"{list}|{time.Micros}|{kind}|{asked}");
        byte[] body = await snapshot.Answers.Get(key, make, context.RequestAborted);
        if (kind == "json")
        {
            await Answering.Send(context, body);
            return;
        }

        AuditLog audit = await store.Audit();
        await Task.Run(() => audit.Append(HostStore.Actor(context), "export", subject, details));
        await Answering.SendFile(context, body, list, time, kind);
    }
}
