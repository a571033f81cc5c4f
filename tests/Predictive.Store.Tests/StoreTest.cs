using Predictive.Store.Tests;
using Predictive.Tests;

[assembly: AssemblyFixture(typeof(PostgresServer))]

namespace Predictive.Store.Tests;

/// <summary>Which database a test runs on.</summary>
public enum Database
{
    Sqlite,
    Postgres,
}

/// <summary>A fresh store per test: every test runs on both databases.</summary>
public abstract class StoreTest(PostgresServer postgres) : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private string? _location;

    public static TheoryData<Database> Both => [Database.Sqlite, Database.Postgres];

    public void Dispose()
    {
        _folder.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Where this test's store is.</summary>
    protected string Location(Database database) =>
        _location ??= database == Database.Postgres ? postgres.NewDatabase() : _folder["deep/store.db"];

    /// <summary>Opens this test's store; the same one each time.</summary>
    protected StoreDatabase Open(Database database, TimeProvider? clock = null) =>
        StoreDatabase.Open(Location(database), clock ?? TimeProvider.System);
}
