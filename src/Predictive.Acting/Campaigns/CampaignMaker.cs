using System.Globalization;
using Predictive.Acting.Contacts;
using Predictive.Acting.Effects;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Campaigns;

/// <summary>Makes campaigns: audience, capacity, contact rules, holdout; all of it in one change of the store.</summary>
public sealed class CampaignMaker(StoreDatabase store)
{
    private const int MostReasons = 3;

    /// <summary>Makes one; asked for again in the same words it is the same one.</summary>
    /// <param name="request">What is asked for.</param>
    /// <param name="scorer">Model and words.</param>
    /// <param name="scores">The base, scored as of the first day of the window or before.</param>
    /// <param name="settings">What segments.json says.</param>
    /// <param name="contacts">What contacts.json says.</param>
    /// <param name="actor">Who asks.</param>
    /// <param name="gains">What a contact brings, for a request by uplift; null = ranked by what is at stake.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="CampaignException">It cannot be made.</exception>
    /// <exception cref="DatasetException">A column that is named is not there.</exception>
    /// <exception cref="StoreException">The store fails.</exception>
    public CampaignCreation Create(
        CampaignRequest request, CustomerScorer scorer, ScoreTable scores, RuleOptions settings, ContactSettings contacts, string actor,
        AudienceGains? gains = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(scores);
        ArgumentNullException.ThrowIfNull(contacts);
        if (request.Faults() is { Count: > 0 } faults)
        {
            throw new CampaignException($"The campaign cannot be made: {string.Join("; ", faults)}.");
        }

        if (scores.AsOf > LocalTime.StartOf(request.From))
        {
            throw new CampaignException(
                $"The customers were scored as of {scores.AsOf}, within the window that begins on {request.From:yyyy-MM-dd}: the draw "
                    + $"would "
                    + $"know what it is to find out. Use --as-of {request.From:yyyy-MM-dd}, or a window that begins later.");
        }

        Audience audience = Audience.Find(request, scores, settings, new AlertBook(store).Pool, gains, cancellation);
        CampaignCreation made = new CampaignBook(store).Create(
            new NewCampaign(request.Name.Trim(), request.Text, request.Channel, request.From, request.To),
            actor,
            ContactGate.ContactsFrom(contacts, request.From),
            occupied => Draw(
                request, audience, scorer, scores, new ContactGate(contacts, request.Channel, request.From, occupied, scores.History)));
        return made.IsSame ? made : throw new CampaignException(
            $"There is a campaign '{request.Name}' already, made on {made.Campaign.CreatedAt:yyyy-MM-dd} for something else; its draw "
                + $"stands. "
                + "Choose another name, or look at it: predictive campaign show.");
    }

    private static CampaignDraw Draw(
        CampaignRequest request, Audience audience, CustomerScorer scorer, ScoreTable scores, ContactGate gate)
    {
        var reasons = new Dictionary<string, int>(StringComparer.Ordinal);
        var members = new List<Candidate>();
        int beyond = 0;
        foreach (Candidate candidate in audience.Candidates)
        {
            if (gate.Refuses(candidate.Customer) is { } reason)
            {
                reasons[reason] = reasons.GetValueOrDefault(reason) + 1;
            }
            else if (members.Count < request.Top)
            {
                members.Add(candidate);
            }
            else
            {
                beyond++;
            }
        }

        List<LeftOut> leftOut = [.. reasons.OrderByDescending(r => r.Value).ThenBy(r => r.Key, StringComparer.Ordinal)
            .Select(r => new LeftOut(r.Key, r.Value))];
        if (audience.LeftOut > 0)
        {
            leftOut.Add(new LeftOut("gave back every order", audience.LeftOut));
        }

        if (audience.NotWorth > 0)
        {
            leftOut.Add(new LeftOut("a contact is expected to cost more than it brings", audience.NotWorth));
        }

        if (beyond > 0)
        {
            leftOut.Add(new LeftOut(string.Create(CultureInfo.InvariantCulture, $"ranked below the first {request.Top:N0}"), beyond));
        }

        if (members.Count < 4)
        {
            if (audience.Candidates.Count + audience.NotWorth == 0)
            {
                throw new CampaignException(
                    $"Nobody fits the audience {request.Audience}{(request.Where is null ? "" : $" where {request.Where}")}. Loosen the "
                        + "conditions; 'predictive segment DIR' shows how many customers each group has.");
            }

            string why = leftOut.Count == 0
                ? "no others fit"
                : string.Join("; ", leftOut.Select(l => string.Create(CultureInfo.InvariantCulture, $"{l.Customers:N0} {l.Reason}")));
            throw new CampaignException(
                $"Only {members.Count} customers of the audience can be contacted ({why}); expected 4 or more, to hold some out and still "
                    + "contact some. Ask for another audience or window.");
        }

        int[] strata = HoldoutDraw.Strata(members);
        bool[] heldOut = HoldoutDraw.HeldOut(members, strata, request.Holdout, request.Name.Trim(), request.Seed);
        // Nothing is known beyond the as-of: spend before is that of as many days up to it.
        LocalTime end = Earlier(LocalTime.StartOf(request.From), scores.AsOf), before = end.AddDays(-request.Days);
        CampaignMember[] drawn =
        [
            .. members.Select((m, i) =>
            {
                CustomerScore words = scorer.Score(scores, m.Row);
                return new CampaignMember(
                    m.Id, i + 1, heldOut[i], strata[i], m.Risk, m.Value,
                    Cents.Of(Sum(scores.History.Lines(m.Customer).Between(before, end).Amount)),
                    string.Join("; ", words.Churn.Reasons.Take(MostReasons).Select(r => r.Text)),
                    $"{words.Play.Goal}: {words.Play.Action}");
            }),
        ];
        return new CampaignDraw(drawn, leftOut, Plan(request, audience, scores, drawn));
    }

    private static CampaignPlan Plan(CampaignRequest request, Audience audience, ScoreTable scores, CampaignMember[] members)
    {
        int heldOut = members.Count(m => m.IsHeldOut), contacted = members.Length - heldOut;
        double stays = members.Average(m => 1 - m.Risk), spend = members.Average(m => m.SpendBefore);
        double? critical = request.IsDaily ? AlwaysValid.Critical(1) : null;
        // Of retention the part that the risk explains is known before.
        double unknown = members.Average(m => m.Risk * (1 - m.Risk));
        double varies = members.Sum(m => (m.SpendBefore - spend) * (m.SpendBefore - spend)) / (members.Length - 1);
        return new CampaignPlan
        {
            Audience = request.Audience, Where = request.Where, Purpose = request.Purpose, RankedBy = audience.RankedBy,
            AsOf = scores.AsOf.ToString(), HorizonDays = scores.Bundle.Manifest.HorizonDays,
                Model = $"{scores.Stamp.Name}/{scores.Stamp.Version}", Holdout = request.Holdout,
            Cost = request.Cost, Margin = request.Margin, Seed = request.Seed, IsDaily = request.IsDaily,
            Fitting = audience.Candidates.Count + audience.LeftOut + audience.NotWorth, ExpectedRetention = stays,
            DetectableRetention = DetectableEffect.Of(unknown, contacted, heldOut, critical),
            DetectableSpend = DetectableEffect.Of(varies, contacted, heldOut, critical),
        };
    }

    private static LocalTime Earlier(LocalTime a, LocalTime b) => a < b ? a : b;

    private static double Sum(ReadOnlySpan<double> amounts)
    {
        double sum = 0;
        foreach (double amount in amounts)
        {
            sum += amount;
        }

        return sum;
    }
}
