using Predictive.Tests;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>Two hosts and two workers on one PostgreSQL database; the large trial is `-- fleet`.</summary>
public sealed class FleetTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-fleet-").FullName;
    private readonly PostgresServer _postgres = new();

    public void Dispose()
    {
        _postgres.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Two_hosts_and_two_workers_lose_and_double_nothing_when_one_of_each_is_killed()
    {
        string connection = _postgres.NewDatabase();
        using var trial = new FleetTrial(
            connection, _folder, new FleetSize(Customers: 250, Scores: 5, Events: 2, KillsInTraining: false, Patience: 300),
            TestContext.Current.TestOutputHelper!.WriteLine);
        (IReadOnlyList<string> faults, IReadOnlyDictionary<string, object?> figures) = await trial.Run();
        foreach ((string what, object? value) in figures)
        {
            TestContext.Current.TestOutputHelper.WriteLine($"{what}: {value}");
        }

        Assert.Empty(faults);
        Assert.True((int)figures["events"]! > 0 && (long)figures["scores"]! > 0 && (int)figures["versions"]! >= 3);
    }
}
