using Microsoft.AspNetCore.Components;
using Predictive.Api.Pages.Language;

namespace Predictive.Api.Pages.Views;

/// <summary>What views share: the frame, its words and its ways of writing numbers.</summary>
public abstract class PageView : ComponentBase
{
    /// <summary>The frame the view stands in.</summary>
    [CascadingParameter]
    public PageFrame Frame { get; set; } = default!;

    /// <summary>The words.</summary>
    protected Words W => Frame.W;

    /// <summary>Numbers and dates.</summary>
    protected Show S => Frame.S;

    /// <summary>An amount with its currency where that is known.</summary>
    protected string Money(double? value) => Frame.Currency is { } currency ? W.Say("format.money", S.Money(value),
        currency) : S.Money(value);

    /// <summary>What a dimension is called.</summary>
    /// <param name="name">Its name in the catalogue, or <c>attribute.COLUMN</c>.</param>
    protected string DimensionName(string name) => Reports.Narrative.ReportWords.Find(W.Tag)!.DimensionName(name, Frame.Names);

    /// <summary>One of ten shades of a share, 0–1, as a class; null for nothing.</summary>
    protected static string? Heat(double share) => Reports.Charts.ChartStyle.Heat(share);
}
