using System.Globalization;
using System.Runtime.CompilerServices;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Uplift;
using Predictive.Api.Answers;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Campaigns;

namespace Predictive.Api.Serving;

/// <summary>What past campaigns teach that a contact brings with each customer of a scored base.</summary>
/// <param name="Words">What is ranked by, or why it cannot be.</param>
/// <param name="Gains">Spend a contact brings per row; null = it cannot be told better than by chance, or too little is known.</param>
/// <param name="Known">Names what it was learned from: another text, other gains.</param>
internal sealed record UpliftRank(string Words, double[]? Gains, string Known);

/// <summary>Uplift as lists of the host are ranked by it: learned when first asked for, and anew where campaigns have changed.</summary>
/// <param name="store">Holds the campaigns.</param>
internal sealed class UpliftRanks(HostStore store)
{
    private readonly ConditionalWeakTable<ScoreTable, UpliftRank> _ranks = [];
    private readonly Lock _learning = new();

    /// <summary>What lists of a scored base may be ranked by.</summary>
    /// <exception cref="RequestException">It cannot be told better than by chance, or too little is known: with the reason.</exception>
    public async Task<UpliftRank> Of(ScoreTable scores, CancellationToken cancellation)
    {
        UpliftRank rank = await Task.Run(() => Learn(scores, cancellation), cancellation);
        return rank.Gains is not null ? rank : throw RequestException.Conflict(
            $"The list cannot be ranked by uplift: {rank.Words} Rank it by what is at stake (rank=stake).");
    }

    private UpliftRank Learn(ScoreTable scores, CancellationToken cancellation)
    {
        if (store.IfThere() is not { } there)
        {
            return new UpliftRank("there is no store, and so no campaign to learn from.", null, "");
        }

        // One at a time: learning takes every core.
        lock (_learning)
        {
            var book = new CampaignBook(there);
            string known = string.Create(CultureInfo.InvariantCulture, $"{book.LastNoted()};") + string.Join(
                ';', book.List().Where(c => c.IsOver).Select(c => string.Create(
                    CultureInfo.InvariantCulture, $"{c.Id}:{c.OutcomesThrough}:{c.Contacted + c.HeldOut}")));
            if (_ranks.TryGetValue(scores, out UpliftRank? kept) && kept.Known == known)
            {
                return kept;
            }

            (AudienceGains? gains, string? refusal) = UpliftStudy.GainsOf(there, scores, new BuiltInEngine(), cancellation);
            var made = new UpliftRank(gains?.Words ?? refusal + ".", gains?.Gains, known);
            _ranks.AddOrUpdate(scores, made);
            return made;
        }
    }
}
