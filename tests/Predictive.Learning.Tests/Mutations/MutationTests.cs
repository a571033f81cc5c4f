namespace Predictive.Learning.Tests.Mutations;

public class MutationTests
{
    // A million and more: dotnet run -c Release --project tests/Predictive.Benchmarks -- mutate --count 1000000
    [Fact]
    public void A_mutated_payload_is_refused_or_a_working_model()
    {
        const int Count = 20_000;
        MutationReport report = MutationRun.Run(Count, seed: 7, out string? failure);
        Assert.True(failure is null, failure);
        Assert.InRange(report.Refused, Count / 4, Count);
        Assert.InRange(report.Loaded, Count / 20, Count);
    }
}
