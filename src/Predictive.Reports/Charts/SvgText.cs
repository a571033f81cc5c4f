using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;

namespace Predictive.Reports.Charts;

/// <summary>An SVG text element. Written in C# because Razor has a text tag of its own.</summary>
public sealed class SvgText : ComponentBase
{
    /// <summary>Pixels from the left.</summary>
    [Parameter, EditorRequired]
    public double X { get; set; }

    /// <summary>Pixels from the top, of the base line.</summary>
    [Parameter, EditorRequired]
    public double Y { get; set; }

    /// <summary>start, middle or end.</summary>
    [Parameter]
    public string Anchor { get; set; } = "start";

    /// <summary>CSS class.</summary>
    [Parameter]
    public string? Class { get; set; }

    /// <summary>Rotation in degrees about the point; 0 = none.</summary>
    [Parameter]
    public double Rotate { get; set; }

    /// <summary>The text.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.OpenElement(0, "text");
        builder.AddAttribute(1, "x", ChartText.Px(X));
        builder.AddAttribute(2, "y", ChartText.Px(Y));
        builder.AddAttribute(3, "text-anchor", Anchor);
        builder.AddAttribute(4, "class", Class);
        builder.AddAttribute(5, "transform", Rotate == 0 ? null : $"rotate({ChartText.Px(Rotate)} {ChartText.Px(X)} {ChartText.Px(Y)})");
        builder.AddContent(6, Text);
        builder.CloseElement();
    }
}
