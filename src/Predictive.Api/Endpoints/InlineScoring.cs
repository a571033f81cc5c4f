using System.Buffers;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Endpoints;

/// <summary>Scores histories that come with a request, from one snapshot. Nothing of them is kept.</summary>
internal sealed class InlineScoring(Answering answering, ScoringHostOptions options, Shadow shadow)
{
    private static readonly (HistoryColumns Column, string Member)[] s_optional =
    [
        (HistoryColumns.Order, "orderId"), (HistoryColumns.Product, "productId"), (HistoryColumns.Category, "category"),
        (HistoryColumns.Quantity, "quantity"),
        (HistoryColumns.Channel, "channel"), (HistoryColumns.UnitCost, "unitCost"), (HistoryColumns.Discount, "discount"),
    ];

    /// <summary>The answer to one history, and who gave it.</summary>
    /// <param name="json">The history.</param>
    /// <param name="snapshot">In service.</param>
    /// <param name="choose">Who answers about a customer.</param>
    /// <exception cref="RequestException">It cannot be scored; the message says why and where.</exception>
    /// <exception cref="DatasetException">The version holds given scores, which answer for no history.</exception>
    public (byte[] Json, CustomerScorer By) Score(
        ReadOnlySequence<byte> json, ServingSnapshot snapshot, Func<string, CustomerScorer> choose)
    {
        if (json.IsSingleSegment)
        {
            return Score(json.FirstSpan, snapshot, choose);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)json.Length);
        try
        {
            json.CopyTo(rented);
            return Score(rented.AsSpan(0, (int)json.Length), snapshot, choose);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <inheritdoc cref="Score(ReadOnlySequence{byte}, ServingSnapshot, Func{string, CustomerScorer})"/>
    public (byte[] Json, CustomerScorer By) Score(
        ReadOnlySpan<byte> json, ServingSnapshot snapshot, Func<string, CustomerScorer> choose)
    {
        (ReadHistory read, LocalTime asOf) = Read(json, snapshot, snapshot.Scorer);
        CustomerScorer scorer = choose(read.History.CustomerId(0));
        if (scorer != snapshot.Scorer)
        {
            // What of the tables a model knows is the model's own.
            (read, asOf) = Read(json, snapshot, scorer);
        }

        RequireModel(scorer);
        CustomerScore score = scorer.ScoreOnce(read.History, 0, asOf);
        if (scorer == snapshot.Scorer)
        {
            shadow.Sample(snapshot, read.History, 0, asOf, score.Churn.Probability);
        }

        return (AnswerJson.Of(score, Absent(read, snapshot), read.Ignored), scorer);
    }

    /// <summary>The numbers of one history: a score without what would lower the risk.</summary>
    /// <exception cref="RequestException">It cannot be scored; the message says why and where.</exception>
    public CustomerScore Numbers(ReadOnlySpan<byte> json, ServingSnapshot snapshot, CustomerScorer scorer)
    {
        RequireModel(scorer);
        (ReadHistory read, LocalTime asOf) = Read(json, snapshot, scorer);
        return scorer.ScoreOnce(read.History, 0, asOf, withLever: false);
    }

    private static void RequireModel(CustomerScorer scorer)
    {
        if (scorer.Given is { } given)
        {
            throw given.Refusal("the score of a history that came with the request");
        }
    }

    private (ReadHistory Read, LocalTime AsOf) Read(ReadOnlySpan<byte> json, ServingSnapshot snapshot, CustomerScorer scorer)
    {
        ReadHistory read = InlineReader.Read(
            json, snapshot.History?.Description ?? s_defaults, snapshot.Zone, options.MaxInlineTransactions, scorer.Bundle.Profile.Tables);
        LocalTime asOf = Answering.AsOfIn(read.AsOf, snapshot) ?? snapshot.AsOf ?? answering.DefaultOf(read.History);
        return CustomerScorer.CanScore(read.History, 0, asOf)
            ? (read, asOf)
            : throw RequestException.Refused(
                $"The history has no purchase (a line with amount > 0) before {asOf}, so there is nothing to score.");
    }

    private static readonly DatasetDescription s_defaults = new();

    private static List<string> Absent(ReadHistory read, ServingSnapshot snapshot)
    {
        // Beside a dataset, what it has; without one, the whole contract.
        HistoryColumns known = snapshot.History is { } history ? ColumnsOf(history.Columns) : HistoryColumns.All;
        var absent = new List<string>();
        foreach ((HistoryColumns column, string member) in s_optional)
        {
            if ((known & ~read.Columns & column) != 0)
            {
                absent.Add(member);
            }
        }

        var schema = snapshot.Scorer.Bundle.Profile.Tables;
        if (!read.HasEvents && schema is { Kinds.Count: > 0 })
        {
            absent.Add("events");
        }

        if (!read.HasAttributes && schema is { Attributes.Count: > 0 })
        {
            absent.Add("attributes");
        }

        return absent;
    }

    private static HistoryColumns ColumnsOf(TransactionColumns c) =>
        (c.Order is null ? 0 : HistoryColumns.Order) | (c.Product is null ? 0 : HistoryColumns.Product)
            | (c.Category is null ? 0 : HistoryColumns.Category)
        | (c.Quantity is null ? 0 : HistoryColumns.Quantity) | (c.Channel is null ? 0 : HistoryColumns.Channel)
        | (c.UnitCost is null ? 0 : HistoryColumns.UnitCost) | (c.Discount is null ? 0 : HistoryColumns.Discount);
}
