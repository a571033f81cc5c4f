using Predictive.Store.WorkTasks;

namespace Predictive.Store.Alerts;

/// <summary>What a look at a rule found.</summary>
/// <param name="Rule">Its name.</param>
/// <param name="Conditions">Hash of its conditions: a rule that was changed begins anew.</param>
/// <param name="AsOf">Local microseconds since 1970 the customers were looked at as of; an earlier one than the last is passed over, of
/// the base or of single customers.</param>
/// <param name="Day">Its day.</param>
/// <param name="Holding">Customers of whom the conditions hold.</param>
public sealed record RuleLook(string Rule, string Conditions, long AsOf, DateOnly Day, IReadOnlyCollection<string> Holding)
{
    /// <summary>Customers of whom what must have been true before is true now; null = the rule does not ask.</summary>
    public IReadOnlyCollection<string>? Was { get; init; }

    /// <summary>
    /// Who was looked at; null = everybody: of whom nothing was found, nothing holds. Before the first look at everybody a look at some
    /// does nothing.
    /// </summary>
    public IReadOnlySet<string>? Only { get; init; }

    /// <summary>Whether the first look tells of everybody the conditions hold for; else it only remembers them.</summary>
    public bool TellsAtFirst { get; init; } = true;

    /// <summary>Days after an alert about a customer in which there is no other.</summary>
    public int QuietDays { get; init; }
}

/// <summary>What a rule that fires about a customer does.</summary>
/// <param name="Severity">info, warning or critical.</param>
/// <param name="Owner">Who is told.</param>
/// <param name="Text">What is said.</param>
/// <param name="Play">What to do.</param>
/// <param name="Tasks">Tasks and appointments.</param>
/// <param name="Pools">Pools the customer comes into.</param>
/// <param name="Tell">Who else is told, by an event.</param>
public sealed record Firing(
    string Severity, string Owner, string Text, string Play, IReadOnlyList<NewWorkTask> Tasks, IReadOnlyList<string> Pools,
    IReadOnlyList<string> Tell);

/// <summary>A rule that fired about a customer.</summary>
/// <param name="Id">Ascends.</param>
/// <param name="Rule">Which.</param>
/// <param name="Subject">The customer.</param>
/// <param name="Severity">info, warning or critical.</param>
/// <param name="Owner">Who is told.</param>
/// <param name="Text">What is said.</param>
/// <param name="Play">What to do.</param>
/// <param name="State"><c>open</c>, <c>acknowledged</c> or <c>muted</c>.</param>
/// <param name="AsOf">Local microseconds the customers were looked at as of.</param>
/// <param name="At">When it fired.</param>
/// <param name="AckedBy">Who acknowledged it.</param>
public sealed record Alert(
    long Id, string Rule, string Subject, string Severity, string Owner, string Text, string Play, string State, long AsOf,
    DateTimeOffset At, string? AckedBy);

/// <summary>What came of a look.</summary>
/// <param name="Fired">Alerts that are new.</param>
/// <param name="Muted">Of them, muted.</param>
/// <param name="Holding">Customers the conditions hold for.</param>
/// <param name="Rearmed">Customers they held for and no longer do.</param>
/// <param name="IsFirst">Whether it was the first look at these conditions.</param>
/// <param name="IsLate">True = a later look was there already: nothing was done.</param>
public sealed record LookResult(int Fired, int Muted, int Holding, int Rearmed, bool IsFirst, bool IsLate);
