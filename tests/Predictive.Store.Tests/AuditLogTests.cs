using System.Globalization;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Audit;
using Predictive.Tests;

#pragma warning disable EF1002, EF1003 // the numbers and names are the test's own

namespace Predictive.Store.Tests;

/// <summary>The chain: whole as written, and every change, removal and exchange is found, at every place.</summary>
public sealed class AuditLogTests(PostgresServer postgres) : StoreTest(postgres)
{
    private const int Entries = 12;

    [Theory, MemberData(nameof(Both))]
    public void What_was_appended_is_listed_and_the_chain_is_whole(Database database)
    {
        var log = new AuditLog(Open(database));
        Assert.Equal(new AuditVerdict(0, "", null), log.Verify());
        AuditEntry first = log.Append("cli ann", "promote", "model default/3", new { from = 2 });
        AuditEntry second = log.Append("worker", "force", "model \"x\"|y\n", null);
        Assert.Equal((1, 2), (first.Number, second.Number));
        Assert.Equal(2, first.Details.GetProperty("from").GetInt32());
        Assert.Equal([second.Hash, first.Hash], log.List().Select(e => e.Hash));
        Assert.Equal(new AuditVerdict(2, second.Hash, null), log.Verify());
        Assert.Null(log.Verify((1, first.Hash)).Fault);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Many_at_once_leave_one_whole_chain(Database database)
    {
        StoreDatabase store = Open(database);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(t => Task.Run(() =>
        {
            for (int i = 0; i < 25; i++)
            {
                new AuditLog(store).Append($"thread {t}", "export", $"{i}");
            }
        })));
        AuditVerdict verdict = new AuditLog(store).Verify();
        Assert.Null(verdict.Fault);
        Assert.Equal(100, verdict.Entries);
    }

    [Theory, MemberData(nameof(Both))]
    public void Every_field_of_every_entry_that_is_changed_is_found(Database database)
    {
        (StoreDatabase store, AuditLog log) = Filled(database);
        string[] fields = ["Actor", "Action", "Subject", "Details", "Hash", "Previous"];
        for (int number = 1; number <= Entries; number++)
        {
            foreach (string field in fields)
            {
                string was = store.Run(c => c.Database.SqlQueryRaw<string>(
                    $"""SELECT "{field}" AS "Value" FROM audit WHERE "Number" = {number}""").ToList()[0]);
                string set = $$"""UPDATE audit SET "{{field}}" = {0} WHERE "Number" = {{number}}""";
                store.Run(c => c.Database.ExecuteSqlRaw(set, was.Length > 0 ? (was[0] == 'x' ? "y" : "x") + was[1..] : "x"));
                Assert.NotNull(log.Verify().Fault);
                store.Run(c => c.Database.ExecuteSqlRaw(set, was));
                Assert.Null(log.Verify().Fault);
            }

            Sql(store, $"""UPDATE audit SET "At" = "At" + 1 WHERE "Number" = {number}""");
            Assert.NotNull(log.Verify().Fault);
            Sql(store, $"""UPDATE audit SET "At" = "At" - 1 WHERE "Number" = {number}""");
        }

        Assert.Null(log.Verify().Fault);
    }

    [Theory, MemberData(nameof(Both))]
    public void Every_entry_that_is_removed_is_found_the_newest_too(Database database)
    {
        for (int number = 1; number <= Entries; number++)
        {
            (StoreDatabase store, AuditLog log) = Filled(database);
            Sql(store, $"""DELETE FROM audit WHERE "Number" = {number}""");
            Assert.Equal($"entry {number} was removed", log.Verify().Fault);
            // And closing the gap by moving those behind does not hide it.
            for (int behind = number + 1; behind <= Entries; behind++)
            {
                Sql(store, $"""UPDATE audit SET "Number" = {behind - 1} WHERE "Number" = {behind}""");
            }

            Assert.NotNull(log.Verify().Fault);
            Sql(store, "DELETE FROM audit");
            Sql(store, """UPDATE audit_head SET "Number" = 0, "Hash" = '' """);
        }
    }

    [Theory, MemberData(nameof(Both))]
    public void Two_entries_that_change_places_are_found(Database database)
    {
        (StoreDatabase store, AuditLog log) = Filled(database);
        Sql(store, """UPDATE audit SET "Number" = 1000 WHERE "Number" = 4""");
        Sql(store, """UPDATE audit SET "Number" = 4 WHERE "Number" = 5""");
        Sql(store, """UPDATE audit SET "Number" = 5 WHERE "Number" = 1000""");
        Assert.NotNull(log.Verify().Fault);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_chain_that_was_written_anew_is_told_by_a_head_noted_before(Database database)
    {
        (StoreDatabase store, AuditLog log) = Filled(database);
        AuditVerdict noted = log.Verify();
        Sql(store, "DELETE FROM audit");
        Sql(store, """UPDATE audit_head SET "Number" = 0, "Hash" = '' """);
        for (int i = 0; i < Entries; i++)
        {
            log.Append("somebody else", "export", i.ToString(CultureInfo.InvariantCulture));
        }

        Assert.Null(log.Verify().Fault);
        Assert.NotNull(log.Verify((noted.Entries, noted.Head)).Fault);
        Sql(store, $"""DELETE FROM audit WHERE "Number" = {Entries}""");
        const int Last = Entries - 1;
        Sql(store, $"""UPDATE audit_head SET "Number" = {Last}, "Hash" = (SELECT "Hash" FROM audit WHERE "Number" = {Last})""");
        Assert.Null(log.Verify().Fault);
        Assert.NotNull(log.Verify((noted.Entries, noted.Head)).Fault);
    }

    private (StoreDatabase, AuditLog) Filled(Database database)
    {
        StoreDatabase store = Open(database);
        var log = new AuditLog(store);
        for (int i = 0; i < Entries; i++)
        {
            log.Append("cli", "promote", $"model m/{i}", new { i });
        }

        return (store, log);
    }

    private static int Sql(StoreDatabase store, string sql) =>
        store.Run(c => c.Database.ExecuteSqlRaw(sql.Replace("{", "{{", StringComparison.Ordinal)));
}
