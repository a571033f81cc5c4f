using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Acting.Campaigns;
using Predictive.Api.Configuration;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Queries;
using Predictive.Api.Serving;
using Predictive.History.Checks;
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
        NarrativeReport? written = string.IsNullOrEmpty(compare) ? Written(options, snapshot) : null;
        await renderer.Show<ReportView>(context, "nav.report", new()
        {
            [nameof(ReportView.Report)] = written ?? await Made(
                snapshot, store, string.IsNullOrEmpty(compare) ? NarrativePeriods.Standard : compare, context.RequestAborted),
            [nameof(ReportView.IsWritten)] = written is not null,
        });
    }

    /// <summary>The worker's report, where it is of the version and the time that are served.</summary>
    public static NarrativeReport? Written(ScoringHostOptions options, ServingSnapshot snapshot) =>
        NarrativeFile.Read(options.Models, options.Name) is { } report && report.Model == snapshot.Model
            && report.AsOf == snapshot.AsOf?.ToString()
            ? report
            : null;

    private static async Task<NarrativeReport> Made(
        ServingSnapshot snapshot, HostStore store, string compare, CancellationToken cancellation)
    {
        if (compare.Length > MostText)
        {
            throw RequestException.Refused($"compare has {compare.Length} characters; expected at most {MostText}.");
        }

        try
        {
            NarrativeReport report = JsonSerializer.Deserialize<NarrativeReport>(await snapshot.Answers.Get($"report|{compare}", token =>
                JsonSerializer.SerializeToUtf8Bytes(Make(snapshot, compare, token)), cancellation))!;
            // What campaigns brought changes while the base stays.
            QueryBase of = SnapshotQueries.Of(snapshot, snapshot.AsOf!.Value);
            return report with { Campaigns = await Task.Run(() => CampaignResults.Of(store.IfThere(), of, compare), cancellation) };
        }
        catch (QueryRefusedException e)
        {
            // A person reads it as a page.
            throw RequestException.Refused(e.Message);
        }
    }

    private static NarrativeReport Make(ServingSnapshot snapshot, string compare, CancellationToken cancellation)
    {
        QueryBase of = SnapshotQueries.Of(snapshot, snapshot.AsOf!.Value);
        return NarrativeBuilder.Build(new NarrativeInput
        {
            Base = of, Scored = (snapshot.Scorer, snapshot.Scores!), Compare = compare, WithCustomers = false,
            Findings = DatasetCheck.Run(of.History, new CheckOptions { AsOf = of.AsOf }),
        }, cancellation);
    }
}
