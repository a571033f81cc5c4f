using Predictive.Segmentation.Features;

namespace Predictive.ExampleFeatures;

/// <summary>
/// What one shop knows of its goods and the catalogue does not: whose last order held goods that people buy when they are about to leave,
/// and who buys when wages are paid.
/// </summary>
/// <param name="leaving">How the ids of such goods begin.</param>
public sealed class BasketSignals(string leaving) : IFeatureSource
{
    private const long MicrosPerDay = 86_400_000_000;

    /// <inheritdoc/>
    public string Name => "signals";

    /// <inheritdoc/>
    public int Version => 1;

    /// <inheritdoc/>
    public IReadOnlyList<SourceFeature> Features { get; } =
    [
        new("leaving_goods", "flag", $"Whether the last line is of a product that begins with '{leaving}'.")
        {
            Sentence = "goods for leaving in the last order: {value}",
        },
        new("payday_share", "share", "Share of the lines that fall on days 1 to 5 of a month."),
    ];

    /// <inheritdoc/>
    public void Compute(in SourceInput input, Span<double> values)
    {
        if (input.Lines == 0)
        {
            return; // not known of who has not bought
        }

        values[0] = input.Product(input.Lines - 1)?.StartsWith(leaving, StringComparison.Ordinal) == true ? 1 : 0;
        int paydays = 0;
        foreach (long at in input.OrderedAt)
        {
            paydays += DateTime.UnixEpoch.AddDays(Math.Floor((double)at / MicrosPerDay)).Day <= 5 ? 1 : 0;
        }

        values[1] = (double)paydays / input.Lines;
    }
}
