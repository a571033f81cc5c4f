namespace Predictive.Segmentation.Simulation;

/// <summary>Makes customer bases whose truth is known.</summary>
public static class Simulator
{
    /// <summary>Makes a base in memory.</summary>
    /// <exception cref="ArgumentException">Options that make no sense.</exception>
    public static SimulatedBase Generate(SimulationOptions options, CancellationToken cancellation = default) => throw new NotImplementedException();

    /// <summary>Makes a base and writes <c>transactions.parquet</c>, <c>customers.parquet</c>, <c>truth.parquet</c> and <c>dataset.json</c> into a folder.</summary>
    public static SimulatedBase GenerateTo(string folder, SimulationOptions options, CancellationToken cancellation = default) => throw new NotImplementedException();
}
