namespace Predictive.Acting.Standing;

/// <summary>What brings a customer into a standing campaign.</summary>
public enum StandingTrigger
{
    /// <summary>Their birthday comes: a number column of the customers table, month × 100 + day.</summary>
    Birthday,

    /// <summary>They bought for the first time.</summary>
    FirstPurchase,

    /// <summary>They are silent longer than is usual for them, or for so many days.</summary>
    Sleeping,

    /// <summary>Something they looked at and did not buy became cheaper.</summary>
    PriceDrop,

    /// <summary>A voucher they have not used is about to expire.</summary>
    Voucher,

    /// <summary>A score or any other field crosses a line.</summary>
    Score,
}

/// <summary>A trigger.</summary>
/// <param name="On">Which.</param>
public sealed record TriggerSettings(StandingTrigger On)
{
    /// <summary>
    /// Birthday: days ahead, default 7. FirstPurchase: days since it at most, 3. Sleeping: days of silence; null = longer than is usual for
    /// the customer. PriceDrop: days since the look at most, 30. Voucher: days before it expires, 7.
    /// </summary>
    public int? Days { get; init; }

    /// <summary>Birthday: the column, such as 704 for the fourth of July.</summary>
    public string? Column { get; init; }

    /// <summary>PriceDrop: kind of the event that is a look. Voucher: of the event that gives one, whose value is its days.</summary>
    public string? Kind { get; init; }

    /// <summary>Voucher: kind of the event that uses one; null = any purchase does.</summary>
    public string? UsedKind { get; init; }

    /// <summary>PriceDrop: by how much at least, as a share. Default .1.</summary>
    public double Drop { get; init; } = .1;

    /// <summary>Score: conditions, such as <c>potential&gt;=80</c>.</summary>
    public string? When { get; init; }
}

/// <summary>Which way somebody is contacted who mostly orders by a way.</summary>
/// <param name="Orders">Channel of most of their orders.</param>
/// <param name="Channel">By which way they are contacted.</param>
public sealed record OwnChannel(string Orders, string Channel);

/// <summary>A step: one contact.</summary>
/// <param name="Channel">By which way, such as email.</param>
/// <param name="Content">What is said, with fields in braces: see <see cref="StandingSettings.Words"/>.</param>
public sealed record StandingStep(string Channel, string Content)
{
    /// <summary>Days after the step before; the first is sent on entering.</summary>
    public int After { get; init; }

    /// <summary>What it costs, offer included. Default 0.</summary>
    public double Cost { get; init; }

    /// <summary>Hour of the day, 0 to 23; null = the hour in which the customer mostly orders.</summary>
    public int? Hour { get; init; }

    /// <summary>Whose task it is, where a person is to do it; null = a system hears of it and sends it.</summary>
    public string? Owner { get; init; }

    /// <summary>Other ways for those who mostly order by another channel.</summary>
    public IReadOnlyList<OwnChannel> Own { get; init; } = [];
}

/// <summary>When a customer's steps end early. Whoever opts out or is suppressed has no further step, whatever stands here.</summary>
public sealed record StandingStop
{
    /// <summary>After a purchase. Default true.</summary>
    public bool Bought { get; init; } = true;

    /// <summary>When conditions hold, such as <c>tier=gold</c>; null = none.</summary>
    public string? When { get; init; }
}

/// <summary>What it may send and spend.</summary>
/// <param name="PerDay">Contacts a day.</param>
/// <param name="PerMonth">Contacts a calendar month.</param>
/// <param name="SpendPerDay">Money a day.</param>
/// <param name="SpendPerMonth">Money a calendar month.</param>
public sealed record StandingCaps(int PerDay, int PerMonth, double SpendPerDay, double SpendPerMonth);

/// <summary>A campaign that is always on.</summary>
/// <param name="Name">Unique; 1 to 180 characters without |.</param>
/// <param name="Trigger">What brings customers into it.</param>
/// <param name="Steps">What is done, in order.</param>
/// <param name="Caps">What it may send and spend.</param>
public sealed record StandingCampaign(
    string Name, TriggerSettings Trigger, IReadOnlyList<StandingStep> Steps, StandingCaps Caps)
{
    /// <summary>The campaign that proved what this one goes on with; null = none, see <see cref="Unproved"/>.</summary>
    public string? Proved { get; init; }

    /// <summary>Whether it begins without a campaign that proved it: on trial, for its own holdout to tell.</summary>
    public bool Unproved { get; init; }

    /// <summary>Further conditions on who enters.</summary>
    public string? Where { get; init; }

    /// <summary>Whether the first round takes everybody the trigger holds for; else those who cross from then on. Default false.</summary>
    public bool AtFirst { get; init; }

    /// <summary>Days after an entry in which the same customer does not enter again; 0 = never again. Default 180.</summary>
    public int Again { get; init; } = 180;

    /// <summary>Days who crossed may wait for room under the caps, or for a contact that is too near. Default 7.</summary>
    public int Patience { get; init; } = 7;

    /// <summary>Share of customers who are never contacted by it, drawn once for good. Default .1.</summary>
    public double Holdout { get; init; } = .1;

    /// <summary>Days from entering whose purchases count. Default 60.</summary>
    public int Window { get; init; } = 60;

    /// <summary>Share of spend left after goods. Default 1.</summary>
    public double Margin { get; init; } = 1;

    /// <summary>People within whom it has to prove itself, again and again. Default 1000.</summary>
    public int People { get; init; } = 1000;

    /// <summary>When steps end early.</summary>
    public StandingStop Stop { get; init; } = new();

    /// <summary>What it is for.</summary>
    public string? Purpose { get; init; }

    /// <summary>Of the holdout. Default 1.</summary>
    public int Seed { get; init; } = 1;
}
