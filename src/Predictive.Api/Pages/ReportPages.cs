using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Configuration;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Queries;
using Predictive.Api.Serving;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;

namespace Predictive.Api.Pages;

/// <summary>The report: the one the worker wrote after the last training, or of another period, made from the data in service.</summary>
internal static class ReportPages
{
    private const int MostText = 40;

    public static void MapReportPages(this IEndpointRouteBuilder routes) => routes.MapGet("/report", Show).Page("compare");

    private static async Task Show(
        HttpContext context, Answering answering, PageRenderer renderer, ScoringHostOptions options, HostStore store, string? compare)
    {
        ServingSnapshot snapshot = answering.WithData();
        NarrativeReport? written = string.IsNullOrEmpty(compare)
            ? NarrativeFile.Read(options.Models, options.Name, snapshot.Model, snapshot.AsOf)
            : null;
        await renderer.Show<ReportView>(context, "nav.report", new()
        {
            [nameof(ReportView.Report)] = written ?? await Made(
                snapshot, store, string.IsNullOrEmpty(compare) ? NarrativePeriods.Standard : compare, context.RequestAborted),
            [nameof(ReportView.IsWritten)] = written is not null,
        });
    }

    private static async Task<NarrativeReport> Made(
        ServingSnapshot snapshot, HostStore store, string compare, CancellationToken cancellation)
    {
        if (compare.Length > MostText)
        {
            throw RequestException.Refused($"compare has {compare.Length} characters; expected at most {MostText}.");
        }

        try
        {
            byte[] kept = await snapshot.Answers.Get(
                ReportMaker.KeyOf(compare),
                token => ReportMaker.Make(
                    SnapshotQueries.Of(snapshot, snapshot.AsOf!.Value), snapshot.Scorer, () => snapshot.Scores!, compare, token),
                cancellation);
            return await ReportMaker.Read(kept, store.IfThere, cancellation);
        }
        catch (QueryRefusedException e)
        {
            // A person reads it as a page.
            throw RequestException.Refused(e.Message);
        }
    }
}
