using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages;

/// <summary>Customers by filter and search, and everything about one.</summary>
internal static class CustomerPages
{
    private const int PageRows = 50, MostPages = 200, MostSearch = 100, LikeThis = 5, PastScores = 8;

    public static void MapCustomerPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/customers", List).Page([.. CustomerFilter.Fields, "q", "order", "page"]);
        routes.MapGet("/customer", Show).Page("id");
    }

    private static async Task List(HttpContext context, Answering answering, PageBook book, PageRenderer renderer)
    {
        ServingSnapshot snapshot = answering.WithData();
        IQueryCollection query = context.Request.Query;
        CustomerFilter filter = await Filters.Read(context, snapshot, book);
        string search = ((string?)query["q"] ?? "").Trim(), order = (string?)query["order"] is { Length: > 0 } o ? o : "stake";
        if (search.Length > MostSearch)
        {
            throw RequestException.Refused($"q has {search.Length} characters; expected at most {MostSearch}.");
        }

        if (!CustomerList.Orders.Contains(order))
        {
            throw RequestException.Refused($"order is '{Answering.Short(order)}'; expected {string.Join(", ", CustomerList.Orders)}.");
        }

        int page = int.TryParse(query["page"], NumberStyles.None, CultureInfo.InvariantCulture,
            out int p) && p is >= 1 and <= MostPages ? p : 1;
        CustomerList list = CustomerList.Of(snapshot, filter, search, order, (page - 1) * PageRows, PageRows);
        await renderer.Show<CustomersView>(context, "nav.customers", new()
        {
            [nameof(CustomersView.Model)] = new CustomersModel(
                list, CustomerBase.Of(snapshot), filter, FilterChoices.Of(snapshot), search, order, page,
                Math.Min(MostPages, (list.Customers + PageRows - 1) / PageRows), SnapshotProspects.CountOf(snapshot)),
        });
    }

    private static async Task Show(
        HttpContext context, Answering answering, PageRenderer renderer, ScoringHostOptions options, string? id)
    {
        ServingSnapshot snapshot = answering.WithData();
        if (string.IsNullOrEmpty(id))
        {
            throw RequestException.Refused("'id' is missing; expected /customer?id=ID.");
        }

        // Events that came since the data were loaded count here as in the API's answer.
        (TransactionHistory? history, int customer, LocalTime asOf, bool once) =
            answering.Pending(id, snapshot) is var (_, changed, standard)
                ? (changed, 0, standard, true)
                : (snapshot.History, snapshot.History!.IndexOf(id), snapshot.AsOf!.Value, false);
        if (snapshot.History?.Accounts is { } accounts && accounts.Holds(id) && accounts.AccountOf(id) is var account && account != id)
        {
            context.Response.Redirect($"/customer?id={Uri.EscapeDataString(account)}");
            return;
        }

        if (history is null || customer < 0 || !CustomerScorer.CanScore(history, customer, asOf))
        {
            if (history?.LineCount == 0 || SnapshotProspects.Has(snapshot, id))
            {
                context.Response.Redirect($"/prospect?id={Uri.EscapeDataString(id)}");
                return;
            }

            throw RequestException.Missing($"There is no customer '{Answering.Short(id)}' with a purchase in the data served.");
        }

        int known = snapshot.History!.IndexOf(id), row = known < 0 ? -1 : snapshot.Row[known];
        await renderer.Show<CustomerPageView>(context, "customer.title", new()
        {
            [nameof(CustomerPageView.Model)] = new CustomerModel(
                CustomerView.Of(snapshot.Scorer, history, customer, asOf, once, snapshot.Base?.People),
                CustomerTimes.Of(history, customer, asOf),
                Past(snapshot.Scorer, history, customer, asOf, once), Said(options, id), CustomerBase.Of(snapshot),
                row < 0 ? [] : CustomerList.Alike(snapshot, row, LikeThis)),
        });
    }

    private static IReadOnlyList<SaidScore> Said(ScoringHostOptions options, string id) => options.Data is { } data
        ? SaidScores.Of(options.Models, options.Name, data, id)
        : [];

    // As the model in service would have said then, from what was known then: not what an earlier version did say.
    private static List<PastScore> Past(CustomerScorer scorer, TransactionHistory history, int customer, LocalTime asOf, bool once)
    {
        var past = new List<PastScore>();
        for (int k = PastScores; k >= 0; k--)
        {
            LocalTime at = asOf.AddDays(-30 * k);
            if (CustomerScorer.CanScore(history, customer, at) && (scorer.Given is null || k == 0))
            {
                CustomerScore score = once
                    ? scorer.ScoreOnce(history, customer, at, withLever: false)
                    : scorer.Score(history, customer, at, withLever: false);
                past.Add(new PastScore(at, score.Churn.Probability, score.Clv.Expected));
            }
        }

        return past;
    }
}
