using System.Text.Json.Serialization;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Portfolio;

/// <summary>The customers at risk of a part of a base: its sums, and the best as many as the list of the whole is long.</summary>
public sealed class AtRiskPart
{
    /// <summary>Customers of the segment asked for who kept something.</summary>
    public int Customers { get; set; }

    /// <summary>Those who kept nothing.</summary>
    public int KeptNothing { get; set; }

    /// <summary>At or above the smallest probability.</summary>
    public int Candidates { get; set; }

    /// <summary>The best, in no order that means anything.</summary>
    public IReadOnlyList<CustomerScore> Best { get; set; } = [];

    /// <summary>Expected losses, in all.</summary>
    [JsonInclude]
    internal ExactSum Loss { get; init; } = new();

    /// <summary>Expected churners, in all.</summary>
    [JsonInclude]
    internal ExactSum Churners { get; init; } = new();

    /// <summary>Adds another part. Who is not among the best any more stays until the list is made.</summary>
    public void Add(AtRiskPart other)
    {
        ArgumentNullException.ThrowIfNull(other);
        Customers += other.Customers;
        KeptNothing += other.KeptNothing;
        Candidates += other.Candidates;
        Best = [.. Best, .. other.Best];
        Loss.Add(other.Loss);
        Churners.Add(other.Churners);
    }
}
