using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;

namespace Predictive.Api.Endpoints;

/// <summary>What became of a campaign's customers, and who does not want to be contacted.</summary>
internal static class ContactEndpoints
{
    private const int MostRows = 10_000, MostBytes = 2 << 20, MostText = 1000, MostName = 200;

    public static void MapContacts(this IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/campaigns/{name}/outcomes", Outcomes)
            .For(KeyRole.Marketer).Takes()
            .WithName("NoteCampaignOutcomes").WithSummary("What the customers of a campaign did, row by row")
            .WithDescription(
                "The rows of the outcomes file: customer, bought, spend within the window; at most 10,000 at a time, and the same again "
                    + "changes nothing. Customers who are not in the campaign are passed over and counted. through: last day the outcomes "
                    + "are whole for; default the last day of the window.")
            .Accepts<OutcomesAsked>("application/json")
            .Produces<OutcomesAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(408).ProducesProblem(409)
            .ProducesProblem(413).ProducesProblem(415).ProducesProblem(503);
        routes.MapGet("/v1/opt-outs", List)
            .For(KeyRole.Marketer).Takes("top")
            .WithName("OptOuts").WithSummary("Who does not want to be contacted, or is suppressed by the house, today")
            .Produces<OptOutsAnswer>().ProducesProblem(400).ProducesProblem(503);
        routes.MapPost("/v1/opt-outs", Note)
            .For(KeyRole.Marketer).Takes()
            .WithName("NoteOptOut").WithSummary("Note that a customer does not want to be contacted, or does again")
            .WithDescription("Nothing overrides an opt-out. withdrawn: true = the customer wants to be contacted again.")
            .Accepts<OptOutAsked>("application/json")
            .Produces<OptOutAnswer>().ProducesProblem(400).ProducesProblem(404).ProducesProblem(408).ProducesProblem(413)
            .ProducesProblem(415).ProducesProblem(503);
    }

    private static async Task Outcomes(
        string name, HttpContext context, CampaignDesk desk, HostStore store, ScoringHostOptions options)
    {
        OutcomesAsked asked = await PostedJson.Read<OutcomesAsked>(context, options, MostBytes);
        Campaign campaign = await desk.Find(name);
        if (asked.Outcomes.Count is 0 or > MostRows)
        {
            throw RequestException.Refused($"outcomes has {asked.Outcomes.Count} rows; expected 1 to {MostRows}.");
        }

        if (asked.Outcomes.FirstOrDefault(o => o.Customer.Length == 0 || !double.IsFinite(o.Spend) || Math.Abs(o.Spend) > 1e13)
            is { } wrong)
        {
            throw RequestException.Refused($"A row is of '{Answering.Short(wrong.Customer)}' with a spend of {wrong.Spend}; expected a "
                + "customer and an amount.");
        }

        DateOnly through = asked.Through is { } day && day < campaign.To ? day : campaign.To;
        if (campaign.State == CampaignBook.Cancelled)
        {
            throw RequestException.Conflict($"The campaign '{Answering.Short(campaign.Name)}' is cancelled: nothing is learned from it.");
        }

        if (through < campaign.From)
        {
            throw RequestException.Refused($"through is {through:yyyy-MM-dd}, before the window begins on {campaign.From:yyyy-MM-dd}.");
        }

        int noted = await Task.Run(() => new CampaignBook(store.Get()).Note(
            campaign, asked.Outcomes.Select(o => new MemberOutcome(o.Customer, o.Bought, o.Spend)), through, HostStore.Actor(context)));
        await Answering.Send(context, AnswerJson.Of(new OutcomesAnswer(
            campaign.Name, noted, asked.Outcomes.Select(o => o.Customer).Distinct().Count() - noted, through)));
    }

    private static async Task List(string? top, HttpContext context, HostStore store, TimeProvider clock)
    {
        int most = QueryNumbers.Whole("top", top, 1000, 1, MostRows);
        var today = DateOnly.FromDateTime(clock.GetLocalNow().DateTime);
        IReadOnlyList<Suppression> all = await Task.Run(() => store.IfThere() is { } there ? new ContactBook(there).InForce(today) : []);
        await Answering.Send(context, AnswerJson.Of(new OptOutsAnswer(all.Count, [.. all.Take(most).Select(OptOutView.Of)])));
    }

    private static async Task Note(HttpContext context, HostStore store, ScoringHostOptions options)
    {
        OptOutAsked asked = await PostedJson.Read<OptOutAsked>(context, options);
        string channel = string.IsNullOrWhiteSpace(asked.Channel) ? ContactBook.EveryChannel : asked.Channel.Trim();
        if (string.IsNullOrWhiteSpace(asked.Customer) || asked.Customer.Length > MostName || channel.Length > MostName
            || asked.Note?.Length > MostText)
        {
            throw RequestException.Refused(
                $"customer is empty, or something is too long; expected 1 to {MostName} characters, and {MostText} of a note.");
        }

        string actor = HostStore.Actor(context), note = asked.Note ?? "";
        bool isWithdrawn = asked.Withdrawn ?? false;
        bool done = await Task.Run(() =>
        {
            var book = new ContactBook(store.Get());
            if (isWithdrawn)
            {
                return book.Lift(asked.Customer, channel, isOptOut: true, note, actor);
            }

            book.Suppress(new Suppression(asked.Customer, channel, true, null, note), actor);
            return true;
        });
        await Answering.Send(context, AnswerJson.Of(done ? new OptOutAnswer(asked.Customer, channel, !isWithdrawn)
            : throw RequestException.Missing(
                $"No opt-out of '{Answering.Short(asked.Customer)}' was noted for {Answering.Short(channel)}; GET /v1/opt-outs shows those "
                    + "there are.")));
    }
}

/// <summary>What became of a customer.</summary>
/// <param name="Customer">Who.</param>
/// <param name="Bought">Whether they bought within the window.</param>
/// <param name="Spend">Net spend within it.</param>
internal sealed record OutcomeSent(string Customer, bool Bought, double Spend);

/// <summary>What became of the customers of a campaign.</summary>
/// <param name="Outcomes">1 to 10,000; of one customer the last counts.</param>
/// <param name="Through">Last day they are whole for; null = the last of the window.</param>
internal sealed record OutcomesAsked(IReadOnlyList<OutcomeSent> Outcomes, DateOnly? Through = null);

/// <summary>What was noted.</summary>
/// <param name="Campaign">Of which campaign.</param>
/// <param name="Noted">Customers whose outcome was noted.</param>
/// <param name="PassedOver">Customers who are not in it.</param>
/// <param name="Through">Last day the outcomes are whole for.</param>
public sealed record OutcomesAnswer(string Campaign, int Noted, int PassedOver, DateOnly Through);

/// <summary>An opt-out.</summary>
/// <param name="Customer">Whose.</param>
/// <param name="Channel">By which way; null or * = by any.</param>
/// <param name="Note">Where it was said.</param>
/// <param name="Withdrawn">True = the customer wants to be contacted again.</param>
internal sealed record OptOutAsked(string Customer, string? Channel = null, string? Note = null, bool? Withdrawn = null);

/// <summary>An opt-out as it stands.</summary>
/// <param name="Customer">Whose.</param>
/// <param name="Channel">By which way; * = by any.</param>
/// <param name="InForce">False = it was withdrawn.</param>
public sealed record OptOutAnswer(string Customer, string Channel, bool InForce);

/// <summary>Somebody who is not to be contacted.</summary>
/// <param name="Customer">Who.</param>
/// <param name="Channel">By which way; * = by any.</param>
/// <param name="IsOptOut">True = their own wish; else the house's.</param>
/// <param name="Until">Last day; null = for good.</param>
/// <param name="Note">Why, or where it was said.</param>
public sealed record OptOutView(string Customer, string Channel, bool IsOptOut, DateOnly? Until, string Note)
{
    internal static OptOutView Of(Suppression s) => new(s.CustomerId, s.Channel, s.IsOptOut, s.Until, s.Note);
}

/// <summary>Who is not to be contacted.</summary>
/// <param name="Count">How many, whatever is shown.</param>
/// <param name="OptOuts">By customer.</param>
public sealed record OptOutsAnswer(int Count, IReadOnlyList<OptOutView> OptOuts);
