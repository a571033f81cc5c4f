namespace Predictive.Store.Schema;

// What is done about customers. Days: whole local days since 1970-01-01, of the dataset's clock.

/// <summary>A campaign and its plan.</summary>
internal sealed class CampaignRow
{
    public long Id { get; set; }

    public string Name { get; set; } = "";

    /// <summary>What was asked for, in one text: the same name with another one is refused.</summary>
    public string Request { get; set; } = "";

    public string State { get; set; } = "";

    public string Channel { get; set; } = "";

    public int FromDay { get; set; }

    /// <summary>The last day of the window.</summary>
    public int ToDay { get; set; }

    /// <summary>Last day the outcomes are whole for; null = none were noted.</summary>
    public int? OutcomesDay { get; set; }

    public string Plan { get; set; } = "{}";

    public string LeftOut { get; set; } = "[]";

    public string Actor { get; set; } = "";

    public long CreatedAt { get; set; }

    public long? EndedAt { get; set; }

    public List<MemberRow> Members { get; set; } = [];
}

/// <summary>A customer of a campaign: to be contacted, or held out.</summary>
internal sealed class MemberRow
{
    public long CampaignId { get; set; }

    public string CustomerId { get; set; } = "";

    public int Rank { get; set; }

    public bool IsHeldOut { get; set; }

    public int Stratum { get; set; }

    public double Risk { get; set; }

    public double Value { get; set; }

    public double SpendBefore { get; set; }

    public string Reasons { get; set; } = "";

    public string Action { get; set; } = "";

    public bool? Retained { get; set; }

    public double? Spend { get; set; }
}

/// <summary>A contact with a customer that was made.</summary>
internal sealed class ContactRow
{
    public long Id { get; set; }

    /// <summary>The same contact noted twice is one.</summary>
    public string UniqueKey { get; set; } = "";

    public string CustomerId { get; set; } = "";

    public string Channel { get; set; } = "";

    public int Day { get; set; }

    public string? Campaign { get; set; }

    public string Outcome { get; set; } = "";
}

/// <summary>A customer who is not to be contacted.</summary>
internal sealed class SuppressionRow
{
    public string CustomerId { get; set; } = "";

    /// <summary><c>*</c> = every channel.</summary>
    public string Channel { get; set; } = "";

    /// <summary>An opt-out is the customer's own and has no end; else it is the house's.</summary>
    public bool IsOptOut { get; set; }

    /// <summary>Last day; null = for ever.</summary>
    public int? UntilDay { get; set; }

    public string Note { get; set; } = "";

    public long At { get; set; }
}

/// <summary>A rule and how far it was looked at; whoever evaluates it locks this row.</summary>
internal sealed class RuleRow
{
    public string Name { get; set; } = "";

    /// <summary>Hash of its conditions: where they change, it begins anew.</summary>
    public string Conditions { get; set; } = "";

    public long AsOf { get; set; }
}

/// <summary>What a rule last found of a customer; no row = nothing held and nothing ever did.</summary>
internal sealed class RuleStateRow
{
    public string Rule { get; set; } = "";

    public string Subject { get; set; } = "";

    public bool Holds { get; set; }

    /// <summary>Whether what must have been true before was true at the last look.</summary>
    public bool Was { get; set; }

    /// <summary>Crossings so far.</summary>
    public int Crossings { get; set; }

    /// <summary>Day of the last alert; for the quiet time.</summary>
    public int? AlertedDay { get; set; }

    /// <summary>As of when this customer was looked at alone; a look at the base as of an earlier time knows less. 0 = never.</summary>
    public long AsOf { get; set; }
}

/// <summary>A rule that fired about a customer.</summary>
internal sealed class AlertRow
{
    public long Id { get; set; }

    /// <summary>Rule, subject, number of the crossing.</summary>
    public string UniqueKey { get; set; } = "";

    public string Rule { get; set; } = "";

    public string Subject { get; set; } = "";

    public string Severity { get; set; } = "";

    public string Owner { get; set; } = "";

    public string Text { get; set; } = "";

    public string Play { get; set; } = "";

    public string State { get; set; } = "";

    public long AsOf { get; set; }

    public long At { get; set; }

    public string? AckedBy { get; set; }

    public long? AckedAt { get; set; }
}

/// <summary>A rule, or a rule about one customer, that is not to be told of for a while.</summary>
internal sealed class MuteRow
{
    public string Rule { get; set; } = "";

    /// <summary><c>*</c> = everybody.</summary>
    public string Subject { get; set; } = "";

    public long UntilAt { get; set; }

    public string Actor { get; set; } = "";
}

/// <summary>A customer in a pool.</summary>
internal sealed class PoolRow
{
    public string Pool { get; set; } = "";

    public string CustomerId { get; set; } = "";

    public int SinceDay { get; set; }

    public string Because { get; set; } = "";
}

/// <summary>Something somebody is to do about a customer, or an appointment in a calendar.</summary>
internal sealed class WorkTaskRow
{
    public long Id { get; set; }

    public string UniqueKey { get; set; } = "";

    /// <summary>task or calendar.</summary>
    public string Kind { get; set; } = "";

    public string CustomerId { get; set; } = "";

    public string Title { get; set; } = "";

    public string Owner { get; set; } = "";

    public string EscalateTo { get; set; } = "";

    public string Priority { get; set; } = "";

    public int DueDay { get; set; }

    public string Repeats { get; set; } = "";

    public string Play { get; set; } = "";

    public string Source { get; set; } = "";

    public string Channel { get; set; } = "";

    public string State { get; set; } = "";

    public string Outcome { get; set; } = "";

    public string Note { get; set; } = "";

    public int? EscalatedDay { get; set; }

    public long CreatedAt { get; set; }

    public long ChangedAt { get; set; }
}

/// <summary>An event of the outbox on its way to one destination.</summary>
internal sealed class DeliveryRow
{
    public long OutboxId { get; set; }

    public string Destination { get; set; } = "";

    public int Attempts { get; set; }

    public long NextAt { get; set; }

    public long? DeliveredAt { get; set; }

    public long? DeadAt { get; set; }

    public string Message { get; set; } = "";
}

/// <summary>A list that was, or may have been, sent.</summary>
internal sealed class ListSendRow
{
    public long Id { get; set; }

    /// <summary>List, way and time it was due: sent once.</summary>
    public string UniqueKey { get; set; } = "";

    public string List { get; set; } = "";

    public string Way { get; set; } = "";

    public string MessageId { get; set; } = "";

    public string State { get; set; } = "";

    public long AsOf { get; set; }

    public int Attempts { get; set; }

    public long BeganAt { get; set; }

    public long? EndedAt { get; set; }

    public string Message { get; set; } = "";

    /// <summary>Customer ids in their order, JSON.</summary>
    public string Customers { get; set; } = "[]";
}

/// <summary>The label of a customer that a destination has.</summary>
internal sealed class SyncedLabelRow
{
    public string Destination { get; set; } = "";

    public string CustomerId { get; set; } = "";

    public string Label { get; set; } = "";
}
