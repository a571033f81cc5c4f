using System.Globalization;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;

namespace Predictive.Api.Endpoints;

/// <summary>An answer about the whole base as of a local time: made once a snapshot, kept ready, not sent to who has it.</summary>
internal static class BaseAnswer
{
    /// <summary>Sends it.</summary>
    /// <param name="context">The request.</param>
    /// <param name="answering">Gives the snapshot.</param>
    /// <param name="name">Of the answer, among the ready ones.</param>
    /// <param name="asOf">As the request names it; null = the default.</param>
    /// <param name="make">Makes it.</param>
    public static async Task Send<T>(
        HttpContext context, Answering answering, string name, string? asOf, Func<ServingSnapshot, LocalTime, CancellationToken, T> make)
    {
        ServingSnapshot snapshot = answering.WithData();
        LocalTime time = Answering.AsOfFor(asOf, snapshot);
        if (answering.IsKnown(context, snapshot))
        {
            return;
        }

        string key = string.Create(CultureInfo.InvariantCulture, $"{name}|{time.Micros}");
        await Answering.Send(
            context,
            await snapshot.Answers.Get(key, cancellation => AnswerJson.Of(make(snapshot, time, cancellation)), context.RequestAborted));
    }
}
