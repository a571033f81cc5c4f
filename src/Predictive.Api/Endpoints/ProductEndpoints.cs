using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>What to show on a product's page.</summary>
internal static class ProductEndpoints
{
    public static void MapProducts(this IEndpointRouteBuilder routes) =>
        routes.MapGet("/v1/products/{id}/accessories", List)
            .For(KeyRole.Score).Takes("asOf")
            .WithName("Accessories")
            .WithSummary("What customers buy for the first time within some days after they first bought a product, and with it")
            .Produces<AccessoriesAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(404).ProducesProblem(503);

    private static Task List(string id, HttpContext context, Answering answering, string? asOf)
    {
        TransactionHistory history = answering.WithData().History!;
        string[] items = (history.Columns.Product is null ? history.Columns.Categories : history.Columns.Products) ?? [];
        if (!items.Contains(id, StringComparer.Ordinal))
        {
            Problem missing = Problem.Missing(
                $"Nobody of the data in service has bought a {(history.Columns.Product is null ? "category" : "product")} '{id}'; expected "
                    + "the id as it stands in the transactions.");
            return missing.Write(context);
        }

        return BaseAnswer.Send(
            context, answering, $"accessories|{id}", asOf, (snapshot, time, cancellation) => Make(id, snapshot, time, cancellation));
    }

    private static AccessoriesAnswer Make(string id, ServingSnapshot snapshot, LocalTime time, CancellationToken cancellation)
    {
        AssociationResult rules = SnapshotSegments.AssociationOf(snapshot.ScoresAt(time, cancellation), cancellation);
        return new AccessoriesAnswer(
            time.ToString(), snapshot.Scorer.Stamp, id, rules.Kind, rules.WithinDays,
            [.. rules.AccessoriesOf(id).Select(r => new AccessoryAnswer(r.Then, r.Support, r.Confidence, r.Lift, r.LagDays!.Value))],
            [
                .. rules.Pairs.Where(p => p.Item == id).OrderByDescending(p => p.Confidence).ThenBy(p => p.With, StringComparer.Ordinal)
                    .Select(p => new CompanionAnswer(p.With, p.Support, p.Confidence, p.Lift)),
            ]);
    }
}

/// <summary>What goes with a product.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="Model">The version in service, whose settings are in force.</param>
/// <param name="Product">The product.</param>
/// <param name="Kind">product, or category where the data has no products.</param>
/// <param name="WithinDays">Days after the first purchase that count.</param>
/// <param name="Accessories">Bought for the first time afterwards, highest share first.</param>
/// <param name="Together">Bought in the same order, highest share first.</param>
public sealed record AccessoriesAnswer(
    string AsOf, ModelStamp Model, string Product, string Kind, int WithinDays, IReadOnlyList<AccessoryAnswer> Accessories,
    IReadOnlyList<CompanionAnswer> Together);

/// <summary>Something bought afterwards.</summary>
/// <param name="Product">What.</param>
/// <param name="Customers">Customers who did.</param>
/// <param name="Share">Of those who could have, 0–1.</param>
/// <param name="Lift">Over the usual pace.</param>
/// <param name="LagDays">Median days in between.</param>
public sealed record AccessoryAnswer(string Product, int Customers, double Share, double Lift, int LagDays);

/// <summary>Something bought in the same order.</summary>
/// <param name="Product">What.</param>
/// <param name="Orders">Orders with both.</param>
/// <param name="Share">Of the orders with the product, 0–1.</param>
/// <param name="Lift">Over its share of all orders.</param>
public sealed record CompanionAnswer(string Product, int Orders, double Share, double Lift);
