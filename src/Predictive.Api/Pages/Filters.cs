using Microsoft.AspNetCore.Http;
using Predictive.Api.Http;
using Predictive.Api.Pages.Data;
using Predictive.Api.Serving;
using Predictive.History;

namespace Predictive.Api.Pages;

/// <summary>Reads a page's filter; what it needs of the base and is not there yet is made first, in the queue of such work.</summary>
internal static class Filters
{
    private static readonly string[] s_scores = ["segment", "stage", "tier", "cell", "portrait", "band", "r", "f", "m", "tag"];

    public static async Task<CustomerFilter> Read(HttpContext context, ServingSnapshot snapshot, PageBook book)
    {
        IQueryCollection query = context.Request.Query;
        LocalTime? since = string.IsNullOrEmpty(query["since"]) ? null : Answering.AsOfFor(query["since"], snapshot);
        if (since is not null || CustomerFilter.Fields.Except(s_scores).Any(f => !string.IsNullOrEmpty(query[f])))
        {
            await book.Segments(snapshot, since < snapshot.AsOf ? since : null, context.RequestAborted);
        }

        if (!string.IsNullOrEmpty(query["tag"]))
        {
            await book.Tags(snapshot, context.RequestAborted);
        }

        return CustomerFilter.Of(snapshot, query, context.RequestAborted);
    }
}
