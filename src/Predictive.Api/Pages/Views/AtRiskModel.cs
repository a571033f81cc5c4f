using Predictive.Api.Pages.Data;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Api.Pages.Views;

/// <summary>What the at-risk page shows.</summary>
/// <param name="List">The list's sums and cut-off view.</param>
/// <param name="Rows">The rows of this page, with their words.</param>
/// <param name="Filter">What is filtered by.</param>
/// <param name="Choices">What can be filtered by.</param>
/// <param name="Page">1, 2, 3 ...</param>
/// <param name="Pages">How many there are.</param>
/// <param name="HorizonDays">Length of the window predicted.</param>
/// <param name="Capacity">Contacts asked for.</param>
public sealed record AtRiskModel(
    RiskList List, IReadOnlyList<AtRiskRow> Rows, CustomerFilter Filter, FilterChoices Choices, int Page, int Pages, int HorizonDays,
    int Capacity)
{
    /// <summary>What past campaigns teach that it is ranked by; null = by what is at stake.</summary>
    public string? RankedBy { get; init; }

    /// <summary>Why it is not ranked by uplift though that was asked for; null = it was not, or it is.</summary>
    public string? NotByUplift { get; init; }
}
