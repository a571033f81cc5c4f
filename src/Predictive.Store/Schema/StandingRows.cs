namespace Predictive.Store.Schema;

// Standing campaigns. Days: whole local days since 1970-01-01, of the dataset's clock.

/// <summary>A standing campaign and how far it has come; what it is stands in a file beside the data.</summary>
internal sealed class StandingCampaignRow
{
    public string Name { get; set; } = "";

    /// <summary>running or paused.</summary>
    public string State { get; set; } = "";

    /// <summary>Why it is paused.</summary>
    public string Reason { get; set; } = "";

    /// <summary>Local microseconds of the last round.</summary>
    public long AsOf { get; set; }

    /// <summary>Who entered from this day on is judged: the first, or the day it was resumed on.</summary>
    public int SinceDay { get; set; }

    public string Actor { get; set; } = "";

    public long ChangedAt { get; set; }

    /// <summary>What the last round found, JSON.</summary>
    public string Report { get; set; } = "{}";
}

/// <summary>A customer whom a trigger brought into a standing campaign.</summary>
internal sealed class StandingEntrantRow
{
    public string Campaign { get; set; } = "";

    public string CustomerId { get; set; } = "";

    /// <summary>1 = the first time.</summary>
    public int Entry { get; set; }

    public string State { get; set; } = "";

    public string Why { get; set; } = "";

    /// <summary>Day the trigger came true.</summary>
    public int CrossedDay { get; set; }

    /// <summary>Day they entered; 0 = not yet.</summary>
    public int EnteredDay { get; set; }

    /// <summary>Last day whose purchases count; 0 = not entered.</summary>
    public int ToDay { get; set; }

    public bool IsHeldOut { get; set; }

    public int NextStep { get; set; }

    public int DueDay { get; set; }

    public double Risk { get; set; }

    public double Value { get; set; }

    public double SpendBefore { get; set; }

    /// <summary>What their steps have cost so far.</summary>
    public double Cost { get; set; }

    /// <summary>What brought them, in words, such as a product.</summary>
    public string About { get; set; } = "";

    public bool? Retained { get; set; }

    public double? Spend { get; set; }
}

/// <summary>A step that was sent.</summary>
internal sealed class StandingSendRow
{
    public long Id { get; set; }

    public string Campaign { get; set; } = "";

    public string CustomerId { get; set; } = "";

    public int Entry { get; set; }

    public int Step { get; set; }

    public int Day { get; set; }

    public int Hour { get; set; }

    public string Channel { get; set; } = "";

    public string Content { get; set; } = "";

    public double Cost { get; set; }
}
