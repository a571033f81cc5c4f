using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Queries;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Api.Endpoints;

/// <summary>The one catalogue of metrics, and queries of it.</summary>
internal static class MetricEndpoints
{
    private const int MostText = 1000;

    public static void MapMetricCatalogue(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/metrics", () => TypedResults.Ok(new MetricsAnswer([.. QueryCatalogue.All.Select(MetricAnswer.Of)])))
            .For(KeyRole.Score)
            .WithName("Metrics")
            .WithSummary("Every metric of a period, of the base and of a customer: its names, unit, meaning, formula, version and owner");
        routes.MapGet("/v1/metrics/{name}/query", Query)
            .For(KeyRole.Marketer).Takes("by", "from", "to", "where", "compare", "limit", "format", "asOf")
            .WithName("QueryMetric")
            .WithSummary("A metric by dimensions, filters and period, with its definition, interval and row counts")
            .WithDescription(
                "name: a metric of a period or of the base, or another of its names. by: up to three dimensions with commas between, "
                    + "such as month,channel. from, to: 2011-06-03, 2011-06, 2011-Q2 or 2011; the last day counts. where: conditions with "
                    + "; between, such as tier = gold, silver; recency_days > 30. compare: previous, year-ago or a period. limit: "
                    + "1–10000, default 1000. format: json (default) or csv. Names that are not known are refused with the nearest ones.")
            .Produces<QueryAnswer>().Produces(304)
            .ProducesProblem(400).ProducesProblem(503);
    }

    private static async Task Query(HttpContext context, Answering answering, string name, [AsParameters] QueryParameters asked)
    {
        string format = string.IsNullOrEmpty(asked.Format) ? "json" : asked.Format.ToLowerInvariant();
        if (format is not ("json" or "csv"))
        {
            throw RequestException.Refused($"format is '{Answering.Short(asked.Format!)}'; expected json or csv.");
        }

        MetricQuery query = Read(name, asked);
        // What is no metric is told before the host looks for data.
        MetricDefinition metric = QueryCatalogue.Find(query.Metric);
        string of = string.Join('\u001f', [
            metric.Name, query.Metric, .. query.By, "", .. query.Where, "", query.From, query.To, query.Compare,
            query.Limit.ToString(CultureInfo.InvariantCulture),
        ]);
        if (format == "json")
        {
            await BaseAnswer.Send(
                context, answering, $"query|{of}", asked.AsOf,
                (snapshot, time, cancellation) => QueryRunner.Run(SnapshotQueries.Of(snapshot, time), query, cancellation));
            return;
        }

        ServingSnapshot snapshot = answering.WithData();
        LocalTime time = Answering.AsOfFor(asked.AsOf, snapshot);
        string key = string.Create(CultureInfo.InvariantCulture, $"query-csv|{of}|{time.Micros}");
        byte[] body = await snapshot.Answers.Get(
            key, cancellation => QueryText.Csv(QueryRunner.Run(SnapshotQueries.Of(snapshot, time), query, cancellation)),
            context.RequestAborted);
        answering.Stamp(context.Response, snapshot);
        await Answering.SendFile(context, body, metric.Name, time, "csv");
    }

    private static MetricQuery Read(string name, QueryParameters asked)
    {
        foreach (string? text in new[] { name, asked.By, asked.Where, asked.From, asked.To, asked.Compare })
        {
            if (text?.Length > MostText)
            {
                throw RequestException.Refused($"A parameter has {text.Length} characters; expected at most {MostText}.");
            }
        }

        return new MetricQuery
        {
            Metric = name,
            By = (asked.By ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Where = asked.Where is null ? [] : [asked.Where],
            From = Given(asked.From), To = Given(asked.To), Compare = Given(asked.Compare),
            Limit = QueryNumbers.Whole("limit", asked.Limit, 1000, 1, MetricQuery.MostRows),
        };
    }

    private static string? Given(string? text) => string.IsNullOrWhiteSpace(text) ? null : text;
}

/// <summary>What a query may name.</summary>
/// <param name="By">Dimensions, with commas between.</param>
/// <param name="From">First day.</param>
/// <param name="To">Last day.</param>
/// <param name="Where">Conditions, with ; between.</param>
/// <param name="Compare">previous, year-ago or a period.</param>
/// <param name="Limit">Most rows.</param>
/// <param name="Format">json or csv.</param>
/// <param name="AsOf">The as-of.</param>
internal sealed record QueryParameters(
    string? By, string? From, string? To, string? Where, string? Compare, string? Limit, string? Format, string? AsOf);

/// <summary>The catalogue.</summary>
/// <param name="Metrics">Metrics of a period, then of the base, then of a customer.</param>
public sealed record MetricsAnswer(IReadOnlyList<MetricAnswer> Metrics);

/// <summary>One metric.</summary>
/// <param name="Id">Name and version, as outputs name it.</param>
/// <param name="Name">Its name.</param>
/// <param name="Version">1, 2, 3 ...</param>
/// <param name="Scope">period, base or customer.</param>
/// <param name="Unit">days, money, share, text ...</param>
/// <param name="Description">What it says.</param>
/// <param name="Formula">How it is computed.</param>
/// <param name="NeedsModel">Whether it needs a trained model.</param>
public sealed record MetricAnswer(
    string Id, string Name, int Version, string Scope, string Unit, string Description, string Formula, bool NeedsModel)
{
    /// <summary>What people call it.</summary>
    public required string English { get; init; }

    /// <summary>What it is called in 简体中文.</summary>
    public required string Chinese { get; init; }

    /// <summary>Other names, in both languages.</summary>
    public required IReadOnlyList<string> Synonyms { get; init; }

    /// <summary>The formula as SQL over the transactions; null = the formula says it.</summary>
    public required string? Code { get; init; }

    /// <summary>What one value is of.</summary>
    public required string Grain { get; init; }

    /// <summary>Which time counts.</summary>
    public required string TimeRule { get; init; }

    /// <summary>Who is asked before the definition changes.</summary>
    public required string Owner { get; init; }

    /// <summary>Of a definition.</summary>
    internal static MetricAnswer Of(MetricDefinition m) => new(
        m.Id, m.Name, m.Version, m.Scope.ToString().ToLowerInvariant(), m.Unit, m.Description, m.Formula,
        m is CustomerMetric { NeedsModel: true })
    {
        English = m.Words.English, Chinese = m.Words.Chinese, Synonyms = [.. m.Words.Synonyms, .. m.Words.ChineseSynonyms], Code = m.Code,
        Grain = m.Grain, TimeRule = m.TimeRule, Owner = m.Owner,
    };
}
