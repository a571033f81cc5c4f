using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Acting.Budgets;
using Predictive.Acting.Campaigns;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Audit;

namespace Predictive.Api.Endpoints;

/// <summary>A budget over groups of customers, and over keeping against winning.</summary>
internal static class BudgetEndpoints
{
    private const int MostWaiting = 4;

    public static void MapBudget(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/budget", Split)
            .For(KeyRole.Marketer).Takes()
            .WithName("SplitBudget").WithSummary("Whom to spend a budget on, and what one more of it would bring")
            .WithDescription(
                "By the assumptions of budget.json, which effects that campaigns measured replace (assumed: true = do not). Nothing is "
                    + "spent or made; that it was asked stands in the audit log.")
            .Accepts<BudgetAsked>("application/json")
            .Produces<BudgetAnswer>().ProducesProblem(400).ProducesProblem(408).ProducesProblem(413).ProducesProblem(415)
            .ProducesProblem(503);

    private static async Task Split(
        HttpContext context, Answering answering, HostStore store, ScoringHostOptions options, BudgetTurn turn)
    {
        BudgetAsked asked = await PostedJson.Read<BudgetAsked>(context, options);
        ServingSnapshot snapshot = answering.WithData();
        if (!(asked.Budget > 0 && double.IsFinite(asked.Budget)) || asked.Capacity < 1)
        {
            throw RequestException.Refused(
                $"budget is {asked.Budget}, capacity {asked.Capacity?.ToString() ?? "none"}; expected money above 0, and "
                + "1 contact or more.");
        }

        using (await turn.Queue.Take("budgets", context.RequestAborted))
        {
            try
            {
                BudgetSplit split = await Task.Run(() =>
                {
                    ScoreTable scores = snapshot.ScoresAt(snapshot.AsOf!.Value, context.RequestAborted);
                    MeasuredEffect? measured = asked.Assumed == true || store.IfThere() is not { } there ? null
                        : MeasuredEffects.Of(there, scores, new BuiltInEngine(), context.RequestAborted);
                    BudgetSplit made = BudgetSplit.Of(
                        asked.Budget, scores, BudgetSettings.For(options.Data!), asked.Preset, measured, asked.Capacity);
                    new AuditLog(store.Get()).Append(
                        HostStore.Actor(context), "budget-split", "budget", new { asked.Budget, asked.Preset, asked.Capacity });
                    return made;
                });
                await Answering.Send(context, AnswerJson.Of(new BudgetAnswer(
                    snapshot.AsOf.ToString()!, snapshot.Scorer.Stamp, split, BudgetWords.Of(split))));
            }
            catch (CampaignException e)
            {
                throw RequestException.Refused(e.Message);
            }
        }
    }

    /// <summary>Splits take turns, and few wait: each may learn from campaigns.</summary>
    internal sealed class BudgetTurn
    {
        public WorkQueueTurn Queue { get; } = new(MostWaiting);
    }
}

/// <summary>A budget to be split.</summary>
/// <param name="Budget">Money, above 0.</param>
/// <param name="Preset">How keeping and winning share it: a preset of budget.json; null = the one in force.</param>
/// <param name="Capacity">Contacts that can be made in all; null = no limit.</param>
/// <param name="Assumed">True = effects as budget.json assumes them, whatever campaigns measured.</param>
internal sealed record BudgetAsked(double Budget, string? Preset = null, int? Capacity = null, bool? Assumed = null);

/// <summary>A budget that was split.</summary>
/// <param name="AsOf">The customers are as of this local time.</param>
/// <param name="Model">The version that scored them.</param>
/// <param name="Split">Lines, profit and shadow prices.</param>
/// <param name="Words">The same in sentences.</param>
public sealed record BudgetAnswer(string AsOf, ModelStamp Model, BudgetSplit Split, IReadOnlyList<string> Words);
