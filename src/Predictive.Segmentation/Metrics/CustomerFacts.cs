using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Metrics;

/// <summary>What a model version predicts of one customer, and what rules make of it.</summary>
public sealed record CustomerPredictions
{
    /// <summary>Chance of no purchase within the horizon.</summary>
    public required double Churn { get; init; }

    /// <summary>Its band.</summary>
    public required string ChurnBand { get; init; }

    /// <summary>Expected net spend within the horizon.</summary>
    public required double Expected { get; init; }

    /// <summary>Lower end of the 80 % interval.</summary>
    public required double Low { get; init; }

    /// <summary>Upper end.</summary>
    public required double High { get; init; }

    /// <summary>Expected orders within the horizon.</summary>
    public required double ExpectedOrders { get; init; }

    /// <summary>Tier at the end of the horizon.</summary>
    public required string PredictedTier { get; init; }

    /// <summary>Place in the value matrix.</summary>
    public required ValueMatrixResult Matrix { get; init; }

    /// <summary>Name of the portrait.</summary>
    public required string Portrait { get; init; }

    /// <summary>Goal of the play.</summary>
    public required string Goal { get; init; }

    /// <summary>Lifetime value.</summary>
    public required LifetimeValueResult Lifetime { get; init; }
}

/// <summary>Everything a customer metric can speak of.</summary>
/// <param name="AsOf">The as-of.</param>
/// <param name="Rules">What the rules say.</param>
/// <param name="Predictions">What a model says; null without one.</param>
/// <param name="Tables">The customers and events tables; null where there are none.</param>
/// <param name="Customer">Index into them.</param>
public sealed record CustomerFacts(
    LocalTime AsOf, CustomerRules Rules, CustomerPredictions? Predictions, CustomerTables? Tables, int Customer);
