using System.Text.Json;
using System.Text.Json.Serialization;

namespace Predictive.Store.Campaigns;

/// <summary>A customer of a campaign.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Rank">1 = first to contact; the held-out are ranked with the others.</param>
/// <param name="IsHeldOut">True = must not be contacted: what would have happened without the campaign is read from these.</param>
/// <param name="Stratum">Group of like risk and value within which was drawn.</param>
/// <param name="Risk">Predicted probability to buy nothing, when the campaign was made; NaN = no model, and −1 once it was stored.</param>
/// <param name="Value">Expected net spend, when the campaign was made; NaN = no model, and −1 once it was stored.</param>
/// <param name="SpendBefore">Net spend in as many days before the window, or before what was known, as the window has.</param>
/// <param name="Reasons">Why this customer.</param>
/// <param name="Action">What to do.</param>
/// <param name="Retained">Whether they bought within the window; null = not known yet.</param>
/// <param name="Spend">Net spend within the window; null = not known yet.</param>
public sealed record CampaignMember(
    string CustomerId, int Rank, bool IsHeldOut, int Stratum, double Risk, double Value, double SpendBefore, string Reasons, string Action,
    bool? Retained = null, double? Spend = null);

/// <summary>Customers left out of an audience for one reason.</summary>
/// <param name="Reason">In words.</param>
/// <param name="Customers">How many.</param>
public sealed record LeftOut(string Reason, int Customers);

/// <summary>A campaign to be made.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Request">Everything asked for, as one text: the same again is the same campaign.</param>
/// <param name="Channel">Such as <c>call</c>.</param>
/// <param name="From">First day of the window.</param>
/// <param name="To">Last day of it.</param>
public sealed record NewCampaign(string Name, string Request, string Channel, DateOnly From, DateOnly To);

/// <summary>Who a campaign is made of.</summary>
/// <param name="Members">Contacted and held out.</param>
/// <param name="LeftOut">Who was left out, and why.</param>
/// <param name="Plan">What the report needs to know later, anything JSON can hold as an object.</param>
public sealed record CampaignDraw(IReadOnlyList<CampaignMember> Members, IReadOnlyList<LeftOut> LeftOut, object Plan);

/// <summary>A campaign.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="Name">Unique.</param>
/// <param name="State"><c>running</c>, <c>ended</c> or <c>cancelled</c>.</param>
/// <param name="Channel">Such as <c>call</c>.</param>
/// <param name="From">First day of the window.</param>
/// <param name="To">Last day of it.</param>
/// <param name="Plan">What was said when it was made.</param>
/// <param name="LeftOut">Who was left out, and why.</param>
/// <param name="Actor">Who made it.</param>
/// <param name="CreatedAt">When.</param>
/// <param name="EndedAt">When it was ended or cancelled.</param>
/// <param name="Contacted">Members to be contacted.</param>
/// <param name="HeldOut">Members held out.</param>
/// <param name="OutcomesThrough">Last day the outcomes are whole for; null = none were noted.</param>
public sealed record Campaign(
    long Id, string Name, string State, string Channel, DateOnly From, DateOnly To, JsonElement Plan, IReadOnlyList<LeftOut> LeftOut,
    string Actor, DateTimeOffset CreatedAt, DateTimeOffset? EndedAt, int Contacted, int HeldOut, DateOnly? OutcomesThrough)
{
    /// <summary>Whether its outcomes are known to the end of its window, and it was not cancelled.</summary>
    [JsonIgnore]
    public bool IsOver => State != CampaignBook.Cancelled && OutcomesThrough >= To;
}

/// <summary>What came of asking for a campaign.</summary>
/// <param name="Campaign">The one of that name.</param>
/// <param name="IsNew">False = it was there already.</param>
/// <param name="IsSame">False = it was there already, and made for something else: nothing was done.</param>
public sealed record CampaignCreation(Campaign Campaign, bool IsNew, bool IsSame);

/// <summary>What stands in the way of contacting customers in a window.</summary>
/// <param name="InCampaigns">By customer: a running campaign whose window overlaps, and whether the customer is held out there.</param>
/// <param name="Contacts">Contacts from a day on.</param>
/// <param name="Suppressions">Opt-outs and suppressions in force.</param>
public sealed record Occupied(
    IReadOnlyDictionary<string, (string Campaign, bool IsHeldOut)> InCampaigns, IReadOnlyList<Contacts.Contact> Contacts,
    IReadOnlyList<Contacts.Suppression> Suppressions);

/// <summary>What is known of a member's outcome.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Retained">Whether they bought within the window.</param>
/// <param name="Spend">Net spend within it.</param>
public sealed record MemberOutcome(string CustomerId, bool Retained, double Spend);
