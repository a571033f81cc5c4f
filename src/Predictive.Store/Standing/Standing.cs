using System.Text.Json;
using Predictive.Store.Campaigns;

namespace Predictive.Store.Standing;

/// <summary>A standing campaign as the store knows it.</summary>
/// <param name="Name">Unique.</param>
/// <param name="State"><c>running</c> or <c>paused</c>.</param>
/// <param name="Reason">Why it is paused.</param>
/// <param name="AsOf">Local microseconds of its last round.</param>
/// <param name="Since">Who entered from this day on is judged.</param>
/// <param name="Actor">Who changed its state last.</param>
/// <param name="ChangedAt">When.</param>
/// <param name="Report">What the last round found.</param>
public sealed record StandingState(
    string Name, string State, string Reason, long AsOf, DateOnly Since, string Actor, DateTimeOffset ChangedAt, JsonElement Report);

/// <summary>A customer whom a trigger brought into a standing campaign.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="Entry">1 = the first time.</param>
/// <param name="State">As in <see cref="StandingBook"/>.</param>
/// <param name="Crossed">Day the trigger came true.</param>
/// <param name="About">What brought them, in words, such as a product.</param>
public sealed record StandingEntrant(string CustomerId, int Entry, string State, DateOnly Crossed, string About)
{
    /// <summary>Why the state is what it is.</summary>
    public string Why { get; init; } = "";

    /// <summary>Day they entered; null = they wait, or never did.</summary>
    public DateOnly? Entered { get; init; }

    /// <summary>Last day whose purchases count; null = they have not entered.</summary>
    public DateOnly? To { get; init; }

    /// <summary>True = never contacted: what would have happened anyway is read from these.</summary>
    public bool IsHeldOut { get; init; }

    /// <summary>Index of the next step.</summary>
    public int NextStep { get; init; }

    /// <summary>Day it is due.</summary>
    public DateOnly Due { get; init; }

    /// <summary>Predicted probability to buy nothing, on entering.</summary>
    public double Risk { get; init; }

    /// <summary>Expected net spend, on entering.</summary>
    public double Value { get; init; }

    /// <summary>Net spend in as many days before as the window has.</summary>
    public double SpendBefore { get; init; }

    /// <summary>What their steps have cost.</summary>
    public double Cost { get; init; }

    /// <summary>Whether they bought within the window; null = it is not over.</summary>
    public bool? Retained { get; init; }

    /// <summary>Net spend within the window; null = it is not over.</summary>
    public double? Spend { get; init; }
}

/// <summary>A step that was sent.</summary>
/// <param name="CustomerId">To whom.</param>
/// <param name="Entry">Of which entry.</param>
/// <param name="Step">Index of the step.</param>
/// <param name="Day">When.</param>
/// <param name="Hour">Hour of the day it is meant for, 0 to 23.</param>
/// <param name="Channel">By which way.</param>
/// <param name="Content">What is said.</param>
/// <param name="Cost">What it costs.</param>
public sealed record StandingSend(
    string CustomerId, int Entry, int Step, DateOnly Day, int Hour, string Channel, string Content, double Cost)
{
    /// <summary>Whose task it is, where a person is to do it; null = it is sent by a system that hears of it.</summary>
    public string? Owner { get; init; }
}

/// <summary>A round of a standing campaign: a look at its trigger.</summary>
/// <param name="Campaign">Its name.</param>
/// <param name="Conditions">Hash of the trigger: one that was changed begins anew.</param>
/// <param name="AsOf">Local microseconds the customers were looked at as of.</param>
/// <param name="Day">Its day.</param>
/// <param name="Holding">Customers the trigger holds for, with what brought each.</param>
public sealed record StandingLook(
    string Campaign, string Conditions, long AsOf, DateOnly Day, IReadOnlyDictionary<string, string> Holding)
{
    /// <summary>Whether the first look takes everybody the trigger holds for; else only who crosses from then on.</summary>
    public bool TakesAtFirst { get; init; }

    /// <summary>Days after an entry in which there is no other of the same customer.</summary>
    public int AgainDays { get; init; }

    /// <summary>Contacts from this day on are told.</summary>
    public DateOnly ContactsFrom { get; init; }

    /// <summary>Last day of the window of who enters now.</summary>
    public DateOnly To { get; init; }
}

/// <summary>What the store knows when a round begins.</summary>
/// <param name="State">As it stands.</param>
/// <param name="Entrants">All whose steps or window are not over, and all that are judged; those who just crossed are queued.</param>
/// <param name="SentToday">Steps sent on the day, and their cost.</param>
/// <param name="SentThisMonth">The same of its calendar month.</param>
/// <param name="Occupied">What stands in the way of contacts; the campaign itself does not.</param>
public sealed record StandingMemory(
    StandingState State, IReadOnlyList<StandingEntrant> Entrants, (int Count, double Cost) SentToday,
    (int Count, double Cost) SentThisMonth, Occupied Occupied);

/// <summary>What a round does.</summary>
/// <param name="Changed">Entrants as they are now.</param>
/// <param name="Sends">Steps that are sent.</param>
/// <param name="Pause">Why it is paused from now on; null = it is not.</param>
/// <param name="Report">What it found, anything JSON can hold as an object.</param>
public sealed record StandingChange(
    IReadOnlyList<StandingEntrant> Changed, IReadOnlyList<StandingSend> Sends, string? Pause, object Report);
