using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Training.Lookalikes;

/// <summary>What to look for in new customers.</summary>
public sealed record LookalikeOptions
{
    /// <summary>Nothing at or after it is read. No default.</summary>
    public required LocalTime AsOf { get; init; }

    /// <summary>Days a customer is watched from the day of the first purchase on, ≥ 1. Default 30.</summary>
    public int FirstDays { get; init; } = 30;

    /// <summary>Length of the window after them whose net spend makes a customer high value, days. Default 180.</summary>
    public int WithinDays { get; init; } = 180;

    /// <summary>Share of the earlier customers that counts as high value, (0, .5]. Default .2.</summary>
    public double HighShare { get; init; } = 0.2;

    /// <summary>Seed of every random draw. Default 1.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What learns.</summary>
    public required ILearningEngine Engine { get; init; }

    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    internal void Validate()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(FirstDays, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(WithinDays, 1);
        if (!(HighShare is > 0 and <= 0.5))
        {
            throw new ArgumentOutOfRangeException(
                nameof(HighShare), HighShare, "The share of high-value customers must lie above 0 and at most at 0.5.");
        }
    }
}

/// <summary>A new customer, and how much the first days resemble those of customers who became high value.</summary>
/// <param name="Rank">1 = most alike.</param>
/// <param name="CustomerId">As in the source.</param>
/// <param name="FirstPurchase">Day of the first purchase, <c>yyyy-MM-dd</c>.</param>
/// <param name="Probability">Chance to become high value.</param>
/// <param name="Orders">Orders in the first days.</param>
/// <param name="Net">Net spend in the first days.</param>
/// <param name="Reasons">What speaks for it (or, where nothing does, against it), with the medians of the earlier customers' first
/// days.</param>
public sealed record Lookalike(
    int Rank, string CustomerId, string FirstPurchase, double Probability, int Orders, double Net, IReadOnlyList<string> Reasons);

/// <summary>How well a ranking finds those who became high value.</summary>
/// <param name="Auc">Area under the ROC curve.</param>
/// <param name="TopDecileLift">Share of high-value customers in the best tenth over their share overall.</param>
/// <param name="ValueCapture">Share of the later net spend (negative counts as 0) held by the best tenth.</param>
public sealed record LookalikeQuality(double Auc, double TopDecileLift, double ValueCapture);

/// <summary>Who resembles the ones that became high value.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="FirstDays">Days watched.</param>
/// <param name="WithinDays">Length of the window that value was earned in.</param>
/// <param name="HighValueFrom">Net spend in that window from which a customer counts as high value: derived from the earlier
/// customers.</param>
/// <param name="Earlier">Customers with both windows complete, who were learned from.</param>
/// <param name="HighValue">Of them, high value.</param>
/// <param name="TooYoung">Customers whose first days are not over: not judged yet.</param>
/// <param name="OfOld">Customers first seen within the first days of the history: they may be old customers, and are left out.</param>
/// <param name="TestCustomers">Customers of the newest third, whom an earlier model judged out of time; 0 = the history is too short for
/// that.</param>
/// <param name="Model">That model's quality; null without a test.</param>
/// <param name="FirstSpend">Quality of ranking by net spend in the first days.</param>
/// <param name="Grade">A: AUC at least .02 above first spend's; B: not lower; C: at most .02 lower; D: worse; "not graded" without a
/// test.</param>
/// <param name="New">New customers (their window is still open), most alike first.</param>
public sealed record LookalikeReport(
    string AsOf, int FirstDays, int WithinDays, double HighValueFrom, int Earlier, int HighValue, int TooYoung, int OfOld,
    int TestCustomers, LookalikeQuality? Model, LookalikeQuality? FirstSpend, string Grade, IReadOnlyList<Lookalike> New);

/// <summary>Somebody without a purchase, and how much attributes and events resemble those of customers who became high value.</summary>
/// <param name="Rank">1 = most alike.</param>
/// <param name="Person">Index into the prospects.</param>
/// <param name="CustomerId">As in the source.</param>
/// <param name="Probability">Chance to become high value, given that a first purchase comes.</param>
/// <param name="Standing">Lifecycle before the purchase.</param>
/// <param name="Reasons">What speaks for it, most first.</param>
public sealed record ProspectLookalike(
    int Rank, int Person, string CustomerId, double Probability, ProspectResult Standing, IReadOnlyList<string> Reasons);

/// <summary>Which prospects resemble customers who became high value.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="WithinDays">Days from the first purchase in which value was earned.</param>
/// <param name="HighValueFrom">Net spend in them from which a customer counts as high value: derived from the earlier customers.</param>
/// <param name="Earlier">Customers with the window complete, who were learned from, as they stood on the eve of their first
/// purchase.</param>
/// <param name="HighValue">Of them, high value.</param>
/// <param name="LearnedFrom">What was looked at: attributes and counts of events that differ between them.</param>
/// <param name="TestCustomers">Customers of the newest third, whom an earlier model judged out of time; 0 = too short for that.</param>
/// <param name="Model">That model's quality; null without a test.</param>
/// <param name="AucError">Standard error of its AUC; null without a test.</param>
/// <param name="Verdict">Whether the order can be trusted, in words.</param>
/// <param name="Prospects">Everyone without a purchase, most alike first.</param>
public sealed record ProspectReport(
    string AsOf, int WithinDays, double HighValueFrom, int Earlier, int HighValue, IReadOnlyList<string> LearnedFrom, int TestCustomers,
    LookalikeQuality? Model, double? AucError, string Verdict, IReadOnlyList<ProspectLookalike> Prospects);
