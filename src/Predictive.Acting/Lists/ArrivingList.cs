using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Acting.Uplift;
using Predictive.History;
using Predictive.Learning;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;
using Predictive.Store.Lists;

namespace Predictive.Acting.Lists;

/// <summary>A customer on a list that arrives.</summary>
/// <param name="Rank">1 = first.</param>
/// <param name="CustomerId">Who.</param>
/// <param name="Since">new, or since when they stood on it: <c>as last time</c>.</param>
/// <param name="WhatToDo">The play.</param>
/// <param name="Why">Reasons.</param>
/// <param name="Risk">Probability to buy nothing within the horizon.</param>
/// <param name="Expected">Net spend expected within it.</param>
public sealed record ListRow(int Rank, string CustomerId, string Since, string WhatToDo, string Why, double Risk, double Expected);

/// <summary>A customer who stood on the list the last time and no longer does.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Outcome">What became of them.</param>
public sealed record LeftRow(string CustomerId, string Outcome);

/// <summary>A list as it is sent.</summary>
/// <param name="Name">Of the list.</param>
/// <param name="AsOf">Its customers were ranked as of.</param>
/// <param name="Before">As of when the last one was ranked; null = it is the first.</param>
/// <param name="Rows">Who stands on it.</param>
/// <param name="Left">Who stood on the last one.</param>
public sealed record ArrivingList(string Name, LocalTime AsOf, LocalTime? Before, IReadOnlyList<ListRow> Rows, IReadOnlyList<LeftRow> Left)
{
    private const int MostReasons = 3;

    private static readonly ListColumn<ListRow>[] s_columns =
    [
        new("rank", r => r.Rank), new("customer_id", r => r.CustomerId), new("since", r => r.Since), new("what_to_do", r => r.WhatToDo),
        new("why", r => r.Why), new("churn_risk", r => Math.Round(r.Risk, 3)), new("expected_spend", r => r.Expected),
        new("contacted_on", _ => null), new("outcome", _ => null),
    ];

    private static readonly ListColumn<LeftRow>[] s_left = [new("customer_id", r => r.CustomerId), new("outcome", r => r.Outcome)];

    /// <summary>Makes a list.</summary>
    /// <param name="definition">What of.</param>
    /// <param name="scorer">Words.</param>
    /// <param name="scores">The base.</param>
    /// <param name="settings">What segments.json says.</param>
    /// <param name="contacts">What contacts.json says.</param>
    /// <param name="store">Last sendings, contacts, opt-outs, campaigns, pools.</param>
    /// <param name="due">The time it is for: the last one is the newest for another.</param>
    /// <param name="engine">Learns what a contact changes, for lists that are ranked by it.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="CampaignException">There is no such audience.</exception>
    public static ArrivingList Make(
        ListDefinition definition, CustomerScorer scorer, ScoreTable scores, RuleOptions settings, ContactSettings contacts,
        StoreDatabase store, string due, ILearningEngine engine, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(definition);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentNullException.ThrowIfNull(scores);
        var day = DateOnly.FromDateTime(scores.AsOf.ToDateTime());
        var request = new CampaignRequest
        {
            Name = definition.Name, Audience = definition.Audience, Where = definition.Where, Top = definition.Top, Holdout = .5,
            Channel = definition.Channel ?? "", From = day, To = day, Margin = definition.Margin, Cost = definition.Cost,
        };
        // A list that is due comes: where it cannot be ranked as asked, it is ranked as before and says why.
        (AudienceGains? gains, string? refusal) = definition.Rank == "uplift"
            ? UpliftStudy.GainsOf(store, scores, engine, cancellation) : (null, null);
        Audience audience = Audience.Find(request, scores, settings, new AlertBook(store).Pool, gains, cancellation);
        ContactGate? gate = definition.Channel is null ? null : new ContactGate(
            contacts, definition.Channel, day, new CampaignBook(store).Occupied(day, day, ContactGate.ContactsFrom(contacts, day)),
            scores.History);
        ListSend? before = new ListSendBook(store).Before(definition.Name, due);
        HashSet<string> stood = [.. before?.Customers ?? []];
        Candidate[] taken = [.. audience.Candidates.Where(c => gate?.Refuses(c.Customer) is null).Take(definition.Top)];
        ListRow[] rows =
        [
            .. taken.Select((c, i) =>
            {
                CustomerScore words = scorer.Score(scores, c.Row);
                return new ListRow(
                    i + 1, c.Id, before is null ? "" : stood.Contains(c.Id) ? "as last time" : "new",
                    $"{words.Play.Goal}: {words.Play.Action}", string.Join("; ", words.Churn.Reasons.Take(MostReasons).Select(r => r.Text)),
                    c.Risk, c.Value);
            }),
        ];
        HashSet<string> stands = [.. taken.Select(c => c.Id)];
        LocalTime? last = before is null ? null : new LocalTime(before.AsOf);
        ILookup<string, Contact> made = (before is null ? [] : new ContactBook(store).Between(
            DateOnly.FromDateTime(last!.Value.ToDateTime()), day)).ToLookup(c => c.CustomerId);
        return new ArrivingList(
            definition.Name, scores.AsOf, last, rows,
            [
                .. (before?.Customers ?? []).Where(c => !stands.Contains(c)).Select(c => new LeftRow(
                    c, Outcome(c, scores, last!.Value, made[c], gate))),
            ])
        {
            RankedBy = audience.RankedBy + (refusal is null ? "" : $"; not by uplift: {refusal}"),
        };
    }

    /// <summary>What it is ranked by, in words; and why not by uplift, where that was asked for.</summary>
    public string RankedBy { get; init; } = "";

    /// <summary>The list as .xlsx or .csv.</summary>
    /// <param name="stream">At its start, can seek.</param>
    /// <param name="format">xlsx or csv.</param>
    public void Write(Stream stream, string format) => ListFile.Write(stream, format, Rows, Rows, s_columns);

    /// <summary>Who left it, as .xlsx or .csv.</summary>
    /// <param name="stream">At its start, can seek.</param>
    /// <param name="format">xlsx or csv.</param>
    public void WriteLeft(Stream stream, string format) => ListFile.Write(stream, format, Left, Left, s_left);

    /// <summary>What is said with it.</summary>
    public IReadOnlyList<string> Words()
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        List<string> words = [string.Create(c, $"{Rows.Count:N0} customers, ranked as of {AsOf} by {RankedBy}.")];
        if (Before is { } before)
        {
            int bought = Left.Count(l => l.Outcome.StartsWith("bought", StringComparison.Ordinal));
            words.Add(string.Create(
                c,
                $"{Rows.Count(r => r.Since == "new"):N0} are new since the list of {before}. {Left.Count:N0} left it: {bought:N0} "
                    + $"bought again, "
                    + $"{Left.Count - bought:N0} did not."));
        }

        return words;
    }

    private static string Outcome(string customer, ScoreTable scores, LocalTime since, IEnumerable<Contact> contacts, ContactGate? gate)
    {
        int index = scores.History.IndexOf(customer);
        if (index < 0)
        {
            return "no longer in the data";
        }

        (bool bought, double spend) = since < scores.AsOf
            ? CampaignOutcomes.Within(scores.History.Lines(index), since, scores.AsOf)
            : default;
        string contact = contacts.LastOrDefault() is { } last
            ? string.Create(CultureInfo.InvariantCulture, $", after a {last.Channel} on {last.Day:yyyy-MM-dd} ({last.Outcome})")
            : "";
        string now = gate?.Refuses(index) is { } reason ? $"; {reason}" : bought ? "" : "; others come first now";
        return (bought ? string.Create(CultureInfo.InvariantCulture, $"bought for {spend:N0}") : "not bought") + now + contact;
    }
}
