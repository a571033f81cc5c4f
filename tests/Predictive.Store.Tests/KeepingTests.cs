using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;
using Npgsql;
using Predictive.Store.Audit;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>What whoever keeps the database does: the schema by script, a copy while others write.</summary>
public sealed class KeepingTests(PostgresServer postgres)
{
    [Fact]
    public void The_script_brings_any_earlier_schema_to_this_one_and_changes_nothing_when_run_again()
    {
        string opened = postgres.NewDatabase();
        StoreDatabase store = StoreDatabase.Open(opened, TimeProvider.System);
        string[] expected = Schema(opened), migrations = store.Run(c => c.Database.GetMigrations().ToArray());
        Assert.InRange(expected.Length, 50, int.MaxValue);
        string script = StoreDatabase.PostgresScript();
        foreach (string? from in (string?[])[null, .. migrations])
        {
            string database = postgres.NewDatabase();
            if (from is not null)
            {
                Execute(database, store.Run(c => c.GetService<IMigrator>().GenerateScript(null, from)));
            }

            Execute(database, script);
            Execute(database, script);
            Assert.Equal(expected, Schema(database));
            Assert.Null(new AuditLog(StoreDatabase.Open(database, TimeProvider.System)).Verify().Fault);
        }
    }

    [Fact]
    public async Task A_copy_made_while_others_write_is_whole_and_its_owners_only()
    {
        using var folder = new TemporaryFolder();
        StoreDatabase store = StoreDatabase.Open(folder["store.db"], TimeProvider.System);
        var log = new AuditLog(store);
        Task writing = Task.Run(() =>
        {
            for (int i = 0; i < 100; i++)
            {
                log.Append("test", "write", $"{i}");
            }
        }, TestContext.Current.CancellationToken);
        string copy = Path.Combine(Directory.CreateDirectory(folder["copies"]).FullName, "store.db");
        int copies = 0;
        do
        {
            File.Delete(copy);
            store.BackUp(copy);
            copies++;
            if (!OperatingSystem.IsWindows())
            {
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(copy));
            }

            Assert.Null(new AuditLog(StoreDatabase.Open(copy, TimeProvider.System)).Verify().Fault);
            SqliteConnection.ClearAllPools();
        }
        while (!writing.IsCompleted);
        await writing;
        Assert.InRange(copies, 1, int.MaxValue);
        File.Delete(copy);
        store.BackUp(copy);
        Assert.Equal(100, new AuditLog(StoreDatabase.Open(copy, TimeProvider.System)).Verify().Entries);
        Assert.Single(Directory.GetFiles(folder["copies"], "*.db"));
        Assert.Empty(Directory.GetFiles(folder["copies"], "*.tmp"));
    }

    // Columns and indexes, by name.
    private static string[] Schema(string database)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand(
            """
            SELECT concat_ws(' ', table_name, column_name, data_type, character_maximum_length, is_nullable, column_default)
            FROM information_schema.columns WHERE table_schema = 'public'
            UNION ALL SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1
            """, connection);
        using NpgsqlDataReader rows = command.ExecuteReader();
        var found = new List<string>();
        while (rows.Read())
        {
            found.Add(rows.GetString(0));
        }

        return [.. found];
    }

    private static void Execute(string database, string script)
    {
        using var connection = new NpgsqlConnection(database);
        connection.Open();
        using var command = new NpgsqlCommand(script, connection);
        command.ExecuteNonQuery();
    }
}
