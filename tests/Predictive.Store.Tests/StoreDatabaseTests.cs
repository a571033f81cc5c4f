using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Store.Schema;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>Opening: the schema, what cannot be opened, and that no message names a place.</summary>
public sealed class StoreDatabaseTests(PostgresServer postgres) : StoreTest(postgres)
{
    /// <summary>What is likely to pass the framework wraps once more, around what it has wrapped already.</summary>
    [Fact]
    public void A_server_that_goes_in_the_middle_of_a_change_is_a_store_that_fails()
    {
        using var own = new PostgresServer();
        StoreDatabase store = StoreDatabase.Open(own.NewDatabase(), TimeProvider.System);
        StoreException told = Assert.Throws<StoreException>(() => store.Run(context =>
        {
            // One statement over an open connection: nothing of the framework's comes between the fault and the change.
            context.Database.OpenConnection();
            context.Rules.Add(new RuleRow { Name = "a", Conditions = "b" });
            own.Kill();
            return context.SaveChanges();
        }));
        Assert.Contains("cannot be reached or has closed the connection", told.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Many_open_a_new_store_at_once_and_all_find_it_whole(Database database)
    {
        string location = Location(database);
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() =>
            new AuditLog(StoreDatabase.Open(location, TimeProvider.System)).Append("test", "open", $"{i}"))));
        Assert.Equal(6, new AuditLog(Open(database)).Verify().Entries);
    }

    [Theory, MemberData(nameof(Both))]
    public void The_model_has_no_change_that_no_migration_knows(Database database) =>
        Assert.False(Open(database).Run(c => c.Database.HasPendingModelChanges()));

    [Theory, MemberData(nameof(Both))]
    public void A_store_of_a_newer_build_is_refused(Database database)
    {
        Open(database).Run(c => c.Database.ExecuteSqlRaw(
            """INSERT INTO "__EFMigrationsHistory" ("MigrationId", "ProductVersion") VALUES ('99990101000000_Later', '99.0.0')"""));
        StoreException refused = Assert.Throws<StoreException>(() => Open(database));
        Assert.Contains("newer build", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Sqlite_is_in_wal_mode_with_full_sync_and_for_its_owner_only()
    {
        StoreDatabase store = Open(Database.Sqlite);
        Assert.Equal(("wal", 2L), store.Run(c =>
        {
            c.Database.OpenConnection();
            using var command = c.Database.GetDbConnection().CreateCommand();
            command.CommandText = "PRAGMA journal_mode";
            string mode = (string)command.ExecuteScalar()!;
            command.CommandText = "PRAGMA synchronous";
            return (mode, (long)command.ExecuteScalar()!);
        }));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Location(Database.Sqlite)));
        }
    }

    [Theory]
    [InlineData("damaged")]
    [InlineData("folder")]
    [InlineData("under a file")]
    public void What_cannot_be_opened_is_told_without_its_path(string what)
    {
        using var folder = new TemporaryFolder();
        string path = folder["secret-place.db"];
        switch (what)
        {
            case "damaged":
                File.WriteAllBytes(path, [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))]);
                break;
            case "folder":
                Directory.CreateDirectory(path);
                break;
            default:
                File.WriteAllText(folder["file"], "");
                path = folder["file/secret-place.db"];
                break;
        }

        StoreException told = Assert.Throws<StoreException>(() => StoreDatabase.Open(path, TimeProvider.System));
        Assert.DoesNotContain("secret-place", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(folder.Path, told.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Host=127.0.0.1;Port=1;Username=secret-user;Password=secret-word;Timeout=2")]
    [InlineData("Host=127.0.0.1;Nonsense=secret-word")]
    public void A_server_that_cannot_be_reached_is_told_without_its_account(string connection)
    {
        StoreException told = Assert.Throws<StoreException>(() => StoreDatabase.Open(connection, TimeProvider.System));
        Assert.DoesNotContain("secret", told.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_holds_the_file_too_long_is_told_and_nothing_is_changed()
    {
        StoreDatabase store = Open(Database.Sqlite);
        using (var other = new SqliteConnection($"Data Source={Location(Database.Sqlite)};Pooling=false"))
        {
            other.Open();
            using SqliteTransaction held = other.BeginTransaction();
            StoreException told = Assert.Throws<StoreException>(() => new AuditLog(store).Append("test", "x", "y"));
            Assert.Contains("another process", told.Message, StringComparison.Ordinal);
        }

        Assert.Equal(0, new AuditLog(store).Verify().Entries);
    }

    [Theory, MemberData(nameof(Both))]
    public void Events_on_their_way_out_wait_until_they_are_delivered(Database database)
    {
        var outbox = new OutboxBook(Open(database));
        long first = outbox.Add("gate_refused", "model default/3", new { reasons = new[] { "churn-shift" } });
        long second = outbox.Add("gate_refused", "model default/4", new { });
        Assert.Equal([first, second], outbox.Waiting().Select(e => e.Id));
        Assert.Equal("churn-shift", outbox.Waiting()[0].Body.GetProperty("reasons")[0].GetString());
        outbox.Note(first, delivered: false);
        Assert.Equal((first, 1), (outbox.Waiting()[0].Id, outbox.Waiting()[0].Attempts));
        outbox.Note(first, delivered: true);
        Assert.Equal([second], outbox.Waiting().Select(e => e.Id));
    }
}
