using Microsoft.EntityFrameworkCore.Design;

namespace Predictive.Store.Schema;

// Asked by `dotnet ef migrations add` only; nothing is connected to.

/// <summary>Makes the SQLite context for the tool that writes migrations.</summary>
internal sealed class SqliteDesign : IDesignTimeDbContextFactory<SqliteStoreContext>
{
    public SqliteStoreContext CreateDbContext(string[] args) => new(SqliteStoreContext.Options("Data Source=:memory:"));
}

/// <summary>Makes the PostgreSQL context for the tool that writes migrations.</summary>
internal sealed class PostgresDesign : IDesignTimeDbContextFactory<PostgresStoreContext>
{
    public PostgresStoreContext CreateDbContext(string[] args) => new(PostgresStoreContext.Options("Host=localhost"));
}
