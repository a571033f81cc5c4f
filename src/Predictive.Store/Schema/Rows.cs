namespace Predictive.Store.Schema;

// One class a table; the public records of the folders beside are what callers see. Times: milliseconds since 1970, UTC.

/// <summary>An entry of the audit log; numbered 1, 2, 3 ... without a gap.</summary>
internal sealed class AuditRow
{
    public long Number { get; set; }

    public long At { get; set; }

    public string Actor { get; set; } = "";

    public string Action { get; set; } = "";

    public string Subject { get; set; } = "";

    public string Details { get; set; } = "";

    public string Previous { get; set; } = "";

    public string Hash { get; set; } = "";
}

/// <summary>Number and hash of the newest entry: whoever appends locks this one row.</summary>
internal sealed class AuditHeadRow
{
    public int Id { get; set; }

    public long Number { get; set; }

    public string Hash { get; set; } = "";
}

/// <summary>A job and how far it is.</summary>
internal sealed class JobRow
{
    public long Id { get; set; }

    public string Kind { get; set; } = "";

    public string Name { get; set; } = "";

    public string? Data { get; set; }

    public string Cause { get; set; } = "";

    public string Actor { get; set; } = "";

    /// <summary>Two jobs of one key are one job; null = as many as there are.</summary>
    public string? UniqueKey { get; set; }

    public string State { get; set; } = "";

    public int Attempt { get; set; }

    public long NotBefore { get; set; }

    public long CreatedAt { get; set; }

    public long? StartedAt { get; set; }

    public long? EndedAt { get; set; }

    public string? Stage { get; set; }

    public double Fraction { get; set; }

    public string Stages { get; set; } = "[]";

    public string Figures { get; set; } = "{}";

    public string? Fingerprint { get; set; }

    public string? Result { get; set; }

    public string? Message { get; set; }

    public bool CancelRequested { get; set; }

    /// <summary>Token of the lease under which it runs: what a run that lost its lease writes is not taken.</summary>
    public long LeaseToken { get; set; }

    public long Changes { get; set; }
}

/// <summary>A line of a job's log.</summary>
internal sealed class JobLineRow
{
    public long JobId { get; set; }

    public int Number { get; set; }

    public long At { get; set; }

    public string Text { get; set; } = "";
}

/// <summary>Who may do a thing that only one may do at a time.</summary>
internal sealed class LeaseRow
{
    public string Name { get; set; } = "";

    public string Holder { get; set; } = "";

    public long Token { get; set; }

    public long ExpiresAt { get; set; }
}

/// <summary>Something that happened and is to be told.</summary>
internal sealed class OutboxRow
{
    public long Id { get; set; }

    /// <summary>By which receivers know it: whoever hears of it twice keeps one.</summary>
    public string EventId { get; set; } = "";

    public long At { get; set; }

    public string Kind { get; set; } = "";

    public string Subject { get; set; } = "";

    public string Body { get; set; } = "";

    public int Attempts { get; set; }

    /// <summary>When everybody who is to hear of it had it, or was given up; null = not yet.</summary>
    public long? DeliveredAt { get; set; }
}

/// <summary>A stream of events and its last sequence; whoever appends locks this row, so sequences ascend in order of commit.</summary>
internal sealed class StreamRow
{
    public string Name { get; set; } = "";

    /// <summary>Random: tells this stream from one of the same name in another store.</summary>
    public string Key { get; set; } = "";

    public long LastSequence { get; set; }
}

/// <summary>One revision of one event.</summary>
internal sealed class EventRow
{
    public string Stream { get; set; } = "";

    public long Sequence { get; set; }

    public string EventId { get; set; } = "";

    /// <summary>Sequence of the first revision.</summary>
    public long First { get; set; }

    public int Revision { get; set; }

    public string Body { get; set; } = "";

    /// <summary>SHA-256 of the body, hex.</summary>
    public string Hash { get; set; } = "";

    public long ReceivedAt { get; set; }
}
