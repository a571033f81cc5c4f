using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.SignIn;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.Segmentation.Portfolio;
using Predictive.Store.Audit;

namespace Predictive.Api.Pages;

/// <summary>Who deserves the calls we can make, with its two sliders, and the list to take away.</summary>
internal static class AtRiskPage
{
    private const int PageRows = 25, MostContacts = 10_000;

    private static readonly string[] s_own = ["capacity", "minProbability", "offer", "rank"];

    public static void MapAtRiskPage(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/at-risk", Show).Page([.. CustomerFilter.Fields, .. s_own, "page"]);
        routes.MapPost("/at-risk/export", Export).Page([.. CustomerFilter.Fields, .. s_own]);
    }

    private static async Task Show(HttpContext context, Answering answering, PageBook book, UpliftRanks ranks, PageRenderer renderer)
    {
        ServingSnapshot snapshot = answering.WithData();
        IQueryCollection query = context.Request.Query;
        CustomerFilter filter = await Filters.Read(context, snapshot, book);
        (UpliftRank? rank, string? refusal) = await Rank(context, ranks, snapshot);
        RiskList list = List(snapshot, filter, query, rank);
        int page = Number(query, "page", 1, 1, 1 + (list.Contacts / PageRows), whole: true) is var p ? (int)p : 1;
        await renderer.Show<AtRiskView>(context, "nav.atrisk", new()
        {
            [nameof(AtRiskView.Model)] = new AtRiskModel(
                list, list.Rows(snapshot.Scorer, (page - 1) * PageRows, PageRows), filter, FilterChoices.Of(snapshot), page,
                (list.Contacts + PageRows - 1) / PageRows, snapshot.Scorer.Bundle.Manifest.HorizonDays, Capacity(query))
            {
                RankedBy = rank?.Words, NotByUplift = refusal,
            },
        });
    }

    private static async Task Export(
        HttpContext context, Answering answering, PageBook book, HostStore store, UpliftRanks ranks, IAntiforgery antiforgery)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        ServingSnapshot snapshot = answering.WithData();
        CustomerFilter filter = await Filters.Read(context, snapshot, book);
        (UpliftRank? rank, _) = await Rank(context, ranks, snapshot);
        RiskList list = List(snapshot, filter, context.Request.Query, rank);
        string format = ListAnswer.SheetOf(form["format"]);
        HashSet<string> chosen = [.. form["customer"].OfType<string>()];
        // What cannot be noted is not taken away.
        AuditLog audit = await store.Audit();
        byte[] file = await Task.Run(() =>
        {
            AtRiskRow[] rows =
            [.. list.Rows(snapshot.Scorer, 0, MostContacts).Where(r => chosen.Count == 0 || chosen.Contains(r.Score.CustomerId))];
            using var stream = new MemoryStream();
            AtRiskFile.Write(list.ToFile(rows), stream, format);
            audit.Append(HostStore.Actor(context), "export", "at-risk list", new
            {
                kind = format, asOf = snapshot.AsOf.ToString(), rows = rows.Length, filter = filter.Values, chosen = chosen.Count,
            });
            return stream.ToArray();
        });
        await Answering.SendFile(context, file, "at-risk", snapshot.AsOf!.Value, format);
    }

    // Where it cannot be ranked so, the page says why and shows the other order.
    private static async Task<(UpliftRank? Rank, string? Refusal)> Rank(HttpContext context, UpliftRanks ranks, ServingSnapshot snapshot)
    {
        if (!AtRiskEndpoints.IsUplift(context.Request.Query["rank"]))
        {
            return (null, null);
        }

        try
        {
            return (await ranks.Of(snapshot.Scores!, context.RequestAborted), null);
        }
        catch (RequestException e)
        {
            return (null, e.Message);
        }
    }

    private static RiskList List(ServingSnapshot snapshot, CustomerFilter filter, IQueryCollection query, UpliftRank? rank) => RiskList.Of(
        snapshot, filter, string.IsNullOrEmpty(query["minProbability"]) ? null : Number(query, "minProbability", 0, 0, 1, whole: false),
        Capacity(query), Number(query, "offer", 0, 0, 1e9, whole: false), rank?.Gains);

    private static int Capacity(IQueryCollection query) => (int)Number(query, "capacity", 50, 1, MostContacts, whole: true);

    private static double Number(IQueryCollection query, string name, double standard, double least, double most, bool whole) =>
        (string?)query[name] is not { Length: > 0 } text ? standard
        : double.TryParse(
            text, whole ? NumberStyles.None : NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double number)
            && number >= least && number <= most
            ? number
            : throw RequestException.Refused(
                string.Create(CultureInfo.InvariantCulture, $"{name} is '{Answering.Short(text)}'; expected {least} to {most}."));
}
