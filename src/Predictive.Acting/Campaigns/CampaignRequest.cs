using System.Globalization;

namespace Predictive.Acting.Campaigns;

/// <summary>A campaign as a marketer asks for it.</summary>
public sealed record CampaignRequest
{
    /// <summary>Days of a window, at most.</summary>
    private const int MostDays = 730;

    /// <summary>Unique among the campaigns of a store.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// <c>at-risk</c>, <c>everyone</c>, <c>segment:NAME</c> (an own segment, or a group of any rule, or <c>segment:METRIC=GROUP</c>) or
    /// <c>pool:NAME</c> (who rules put there).
    /// </summary>
    public required string Audience { get; init; }

    /// <summary>Further conditions, such as <c>value_band=A|B and recency_days&gt;=30</c>; null = none.</summary>
    public string? Where { get; init; }

    /// <summary>Customers at most, those held out included.</summary>
    public required int Top { get; init; }

    /// <summary>Share that is held out, above 0 and below 1.</summary>
    public required double Holdout { get; init; }

    /// <summary>By which way.</summary>
    public required string Channel { get; init; }

    /// <summary>First day of the window.</summary>
    public required DateOnly From { get; init; }

    /// <summary>Last day of the window: outcomes are counted through it.</summary>
    public required DateOnly To { get; init; }

    /// <summary>What one contact costs, offer included. Default 0.</summary>
    public double Cost { get; init; }

    /// <summary>Share of spend that is left after goods. Default 1: profit is then spend less contact costs.</summary>
    public double Margin { get; init; } = 1;

    /// <summary>Seed of the draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Whether the report is looked at every day: its intervals then hold at every look, and are wider.</summary>
    public bool IsDaily { get; init; }

    /// <summary>What it is for.</summary>
    public string? Purpose { get; init; }

    /// <summary>Whether the audience is asked for by what past campaigns teach a contact changes, instead of by what is at stake.</summary>
    public bool ByUplift { get; init; }

    /// <summary>Days of the window.</summary>
    public int Days => To.DayNumber - From.DayNumber + 1;

    /// <summary>Everything asked for as one text: the same again is the same campaign.</summary>
    public string Text => string.Create(
        CultureInfo.InvariantCulture,
        $"{Audience}|{Where}|{Top}|{Holdout:R}|{Channel}|{From:yyyy-MM-dd}|{To:yyyy-MM-dd}|{Cost:R}|{Margin:R}|{Seed}|{IsDaily}|{Purpose}")
        + (ByUplift ? "|uplift" : "");

    /// <summary>What is wrong with it; empty = nothing.</summary>
    public IReadOnlyList<string> Faults()
    {
        var faults = new List<string>();
        Check(Name.Trim().Length is > 0 and <= 200 && !Name.Contains('|'), $"the name is '{Name}'; expected 1 to 200 characters without |");
        Check(Top >= 4, $"the audience is cut at {Top}; expected 4 customers or more");
        Check(Holdout is >= .01 and <= .99, $"the holdout is {Holdout:P0}; expected 1 % to 99 %: without one nothing is learned");
        Check(To >= From, $"the window ends on {To:yyyy-MM-dd}, before it begins on {From:yyyy-MM-dd}");
        Check(
            Days <= MostDays,
            $"the window has {Days:N0} days; expected {MostDays:N0} at most: so long are its customers kept from others");
        Check(From.Year >= 1900 && To.Year < 2200, $"the window is {From:yyyy-MM-dd} to {To:yyyy-MM-dd}; expected days from 1900 to 2199");
        Check(Cost >= 0 && double.IsFinite(Cost), $"a contact costs {Cost}; expected 0 or more");
        Check(Margin is > 0 and <= 1, $"the margin is {Margin}; expected a share above 0, up to 1");
        Check(Channel.Trim().Length > 0 && !Channel.Contains('*'), $"the channel is '{Channel}'; expected one such as call");
        return faults;

        void Check(bool holds, string fault)
        {
            if (!holds)
            {
                faults.Add(fault);
            }
        }
    }
}

/// <summary>A campaign that is refused; the message says what was found, what was expected and what to do.</summary>
/// <param name="message">For the marketer.</param>
public sealed class CampaignException(string message) : Exception(message);
