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
internal sealed class InlineScoring(Answering answering, ScoringHostOptions options)
{
    private static readonly (HistoryColumns Column, string Member)[] s_optional =
    [
        (HistoryColumns.Order, "orderId"), (HistoryColumns.Product, "productId"), (HistoryColumns.Category, "category"),
        (HistoryColumns.Quantity, "quantity"),
        (HistoryColumns.Channel, "channel"), (HistoryColumns.UnitCost, "unitCost"), (HistoryColumns.Discount, "discount"),
    ];

    /// <summary>The answer to one history.</summary>
    /// <exception cref="RequestException">It cannot be scored; the message says why and where.</exception>
    public byte[] Score(ReadOnlySequence<byte> json, ServingSnapshot snapshot)
    {
        if (json.IsSingleSegment)
        {
            return Score(json.FirstSpan, snapshot);
        }

        byte[] rented = ArrayPool<byte>.Shared.Rent((int)json.Length);
        try
        {
            json.CopyTo(rented);
            return Score(rented.AsSpan(0, (int)json.Length), snapshot);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    /// <inheritdoc cref="Score(ReadOnlySequence{byte}, ServingSnapshot)"/>
    public byte[] Score(ReadOnlySpan<byte> json, ServingSnapshot snapshot)
    {
        CustomerScorer scorer = snapshot.Scorer;
        ReadHistory read = InlineReader.Read(
            json, snapshot.History?.Description ?? s_defaults, snapshot.Zone, options.MaxInlineTransactions, scorer.Bundle.Profile.Tables);
        LocalTime asOf = Answering.AsOfIn(read.AsOf, snapshot) ?? snapshot.AsOf ?? answering.DefaultOf(read.History);
        if (!CustomerScorer.CanScore(read.History, 0, asOf))
        {
            throw RequestException.Refused(
                $"The history has no purchase (a line with amount > 0) before {asOf}, so there is nothing to score.");
        }

        return AnswerJson.Of(scorer.ScoreOnce(read.History, 0, asOf), Absent(read, snapshot), read.Ignored);
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
