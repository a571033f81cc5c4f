using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.Views;
using Predictive.Api.Queries;
using Predictive.Api.Serving;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Questions;

namespace Predictive.Api.Pages;

/// <summary>A question in plain words, how it was understood, and its answer.</summary>
internal static class AskPage
{
    private const int MostRows = 100;

    private static readonly ConditionalWeakTable<QueryBase, QuestionReader> s_readers = [];

    public static void MapAskPage(this IEndpointRouteBuilder routes) => routes.MapGet("/ask", Show).Page("q", "reading");

    private static async Task Show(
        HttpContext context, Answering answering, PageRenderer renderer, string? q, string? reading)
    {
        ServingSnapshot snapshot = answering.WithData();
        int chosen = QueryNumbers.Whole("reading", reading, 0, 0, 9);
        string asked = (q ?? "").Trim();
        AskedAnswer? answer = asked.Length == 0
            ? null
            : JsonSerializer.Deserialize<AskedAnswer>(await snapshot.Answers.Get(
                $"ask|{chosen}|{asked}",
                cancellation => JsonSerializer.SerializeToUtf8Bytes(
                    Answer(SnapshotQueries.Of(snapshot, snapshot.AsOf!.Value), asked, chosen, cancellation)),
                context.RequestAborted));
        await renderer.Show<AskView>(context, "nav.ask", new()
        {
            [nameof(AskView.Question)] = asked, [nameof(AskView.Answer)] = answer,
        });
    }

    private static AskedAnswer Answer(QueryBase of, string question, int chosen, CancellationToken cancellation)
    {
        UnderstoodQuestion understood = s_readers.GetValue(of, b => new QuestionReader(b)).Read(question);
        int reading = chosen > 0 ? chosen : understood.Readings.Count == 1 ? 1 : 0;
        if (reading < 1 || reading > understood.Readings.Count)
        {
            return new AskedAnswer(understood, 0, null, null, understood.Refusal);
        }

        QuestionReading meant = understood.Readings[reading - 1];
        try
        {
            return meant.IsWhy
                ? new AskedAnswer(
                    understood, reading, null, PeriodComparison.Run(of, meant.Query, cancellation: cancellation) with { Groups = [] }, null)
                : new AskedAnswer(
                    understood, reading,
                    QueryRunner.Run(of, meant.Query with { Limit = Math.Min(meant.Query.Limit, MostRows) }, cancellation), null, null);
        }
        catch (QueryRefusedException e)
        {
            // Understood, and yet there is no such figure in the data: both are told.
            return new AskedAnswer(understood, reading, null, null, e.Message);
        }
    }
}
