namespace Predictive.History.Tests.Import.Dialects;

public sealed class DialectTests : IDisposable
{
    private const int Seeds = 500;
    private readonly string _folder = Directory.CreateTempSubdirectory("dialects-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>100,000 seeds: <c>dotnet run -c Release --project tests/Predictive.Benchmarks -- dialects 100000</c>.</summary>
    [Fact]
    public void Random_tables_in_random_dialects_come_back_or_are_rightly_refused()
    {
        var outcomes = new Dictionary<string, int>();
        var faults = new List<string>();
        for (int seed = 0; seed < Seeds; seed++)
        {
            (string outcome, string? fault) = DialectTrial.Run(seed, _folder);
            outcomes[outcome] = outcomes.GetValueOrDefault(outcome) + 1;
            if (fault is not null)
            {
                faults.Add(fault);
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} of {Seeds}: {string.Join('\n', faults.Take(12))}");
        Assert.True(outcomes["same"] > Seeds * .8, string.Join(", ", outcomes));
    }
}
