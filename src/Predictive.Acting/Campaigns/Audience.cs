using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Acting.Campaigns;

/// <summary>A customer who fits an audience.</summary>
/// <param name="Row">In the score table.</param>
/// <param name="Customer">Index into the history.</param>
/// <param name="Id">Who.</param>
/// <param name="Risk">Probability to buy nothing within the horizon.</param>
/// <param name="Value">Net spend expected within it.</param>
/// <param name="Worth">What the audience is ranked by.</param>
public readonly record struct Candidate(int Row, int Customer, string Id, double Risk, double Value, double Worth);

/// <summary>What a contact brings with each customer of a scored base, as something that learned it says.</summary>
/// <param name="Words">What is ranked by.</param>
/// <param name="Gains">Spend a contact is expected to bring, before margin and cost, per row of the score table; below 0 = it drives
/// away.</param>
public sealed record AudienceGains(string Words, double[] Gains);

/// <summary>Who fits an audience, the most worthwhile first, whoever may be contacted.</summary>
/// <param name="RankedBy">In words.</param>
/// <param name="Candidates">In order; ties by id.</param>
/// <param name="LeftOut">Who fits and is left out for what they are: who gave back every order.</param>
/// <param name="NotWorth">Who fits and brings less than the contact costs, as far as is known.</param>
public sealed record Audience(string RankedBy, IReadOnlyList<Candidate> Candidates, int LeftOut, int NotWorth = 0)
{
    private const string AtRiskName = "at-risk", Everyone = "everyone", Filter = "filter", Segment = "segment:", PoolName = "pool:",
        WhereSegment = "\u0001where";

    /// <summary>Finds who fits.</summary>
    /// <param name="request">Audience and conditions.</param>
    /// <param name="scores">The base, scored.</param>
    /// <param name="settings">What segments.json says now: own segments and scores.</param>
    /// <param name="pool">Members of a pool by its name.</param>
    /// <param name="gains">What a contact brings, where it was learned; null = ranked by what is at stake.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="CampaignException">There is no such audience, or nobody fits.</exception>
    public static Audience Find(
        CampaignRequest request, ScoreTable scores, RuleOptions settings, Func<string, IReadOnlyList<string>> pool,
        AudienceGains? gains = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(pool);
        string asked = request.Audience.Trim();
        if (asked == Filter && request.Where is null)
        {
            throw new CampaignException("The audience is 'filter' and there are no conditions; expected --where, such as "
                + "recency_days>=30.");
        }

        bool isAtRisk = asked == AtRiskName;
        bool[] fits = Fits(asked, scores, settings, pool, request.Where, cancellation);
        ChurnBandOptions bands = scores.Bundle.Rules.Options.ChurnBands;
        SaveShares saves = scores.Bundle.Rules.Options.Portfolio.Saves;
        var found = new List<Candidate>();
        int leftOut = 0, notWorth = 0;
        for (int i = 0; i < scores.Count; i++)
        {
            double risk = scores.ChurnProbability[i], value = scores.ClvExpected[i];
            if (!fits[i] || isAtRisk && risk < bands.MediumFrom)
            {
                continue;
            }

            if (scores.Returns[i].KeptNothing)
            {
                leftOut++;
                continue;
            }

            double worth = gains is not null ? (request.Margin * gains.Gains[i]) - request.Cost
                : isAtRisk ? AtRisk.ExpectedLoss(risk, value) * saves.Of(ChurnBand.Compute(risk, bands)) : value;
            if (gains is not null && worth <= 0)
            {
                notWorth++;
                continue;
            }

            found.Add(new Candidate(i, scores.Customers[i], scores.CustomerId(i), risk, value, worth));
        }

        return new Audience(
            gains?.Words ?? (isAtRisk ? "what a contact can save (risk × spend if they stay × assumed share)" : "net spend expected"),
            [.. found.OrderByDescending(c => c.Worth).ThenBy(c => c.Id, StringComparer.Ordinal)],
            leftOut,
            notWorth);
    }

    private static bool[] Fits(
        string asked, ScoreTable scores, RuleOptions settings, Func<string, IReadOnlyList<string>> pool, string? where,
        CancellationToken cancellation)
    {
        var fits = new bool[scores.Count];
        Array.Fill(fits, true);
        if (asked.StartsWith(PoolName, StringComparison.Ordinal))
        {
            HashSet<string> members = [.. pool(asked[PoolName.Length..])];
            And(i => members.Contains(scores.CustomerId(i)));
        }
        else if (asked is not (AtRiskName or Everyone or Filter) && !asked.StartsWith(Segment, StringComparison.Ordinal))
        {
            throw new CampaignException(
                $"The audience is '{asked}'; expected at-risk, everyone, segment:NAME, pool:NAME, or filter with --where.");
        }

        bool isSegment = asked.StartsWith(Segment, StringComparison.Ordinal);
        if (!isSegment && where is null)
        {
            return fits;
        }

        RuleOptions options = scores.Bundle.Rules.Options with
        {
            Scores = settings.Scores, Combined = settings.Combined,
            Segments = where is null
                ? settings.Segments
                : [.. settings.Segments, AudienceFilter.Read(WhereSegment, where, settings)],
        };
        SegmentTable table = ScoredSegments.Build(scores, scores.Bundle.Rules with { Options = options }, cancellation);
        if (where is not null)
        {
            bool[] members = table.OwnSegments.Single(s => s.Name == WhereSegment).Members;
            And(i => members[i]);
        }

        if (isSegment)
        {
            Func<int, bool> member = Member(asked[Segment.Length..], table);
            And(member);
        }

        return fits;

        void And(Func<int, bool> holds)
        {
            for (int i = 0; i < fits.Length; i++)
            {
                fits[i] &= holds(i);
            }
        }
    }

    private static Func<int, bool> Member(string name, SegmentTable table)
    {
        foreach ((string own, bool[] members) in table.OwnSegments)
        {
            if (own.Equals(name, StringComparison.OrdinalIgnoreCase))
            {
                return i => members[i];
            }
        }

        int equals = name.IndexOf('=', StringComparison.Ordinal);
        string group = name[(equals + 1)..];
        string[] metrics = [.. SegmentGroups.Models.Where(m => table.Has(m) && (equals < 0 || m == name[..equals]))];
        string[] having = [.. metrics.Where(m => table.Texts(m).Contains(group, StringComparer.OrdinalIgnoreCase))];
        return having.Length switch
        {
            1 => i => string.Equals(table.Texts(having[0])[i], group, StringComparison.OrdinalIgnoreCase),
            0 => throw new CampaignException(
                $"Nobody is in a segment '{name}'; expected {Known(table)}. 'predictive segment DIR' shows them all."),
            _ => throw new CampaignException(
                $"'{group}' is a group of {string.Join(" and of ", having)}; expected one of "
                    + $"{string.Join(", ", having.Select(m => $"segment:{m}={group}"))}."),
        };
    }

    private static string Known(SegmentTable table)
    {
        string[] own = [.. table.OwnSegments.Select(s => s.Name).Where(n => n != WhereSegment)];
        string groups = $"a group of {string.Join(", ", SegmentGroups.Models.Where(table.Has))}, such as segment:lifecycle=growing";
        return own.Length == 0 ? groups : $"an own segment ({string.Join(", ", own)}) or {groups}";
    }
}
