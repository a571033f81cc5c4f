using Predictive.Store.Leases;
using Predictive.Tests;

namespace Predictive.Store.Tests;

/// <summary>One at a time, across processes; a holder that dies is followed.</summary>
public sealed class LeaseTests(PostgresServer postgres) : StoreTest(postgres)
{
    [Theory, MemberData(nameof(Both))]
    public void One_holds_it_at_a_time_and_each_has_a_greater_token(Database database)
    {
        var book = new LeaseBook(Open(database));
        var other = new LeaseBook(Open(database));
        Assert.Null(book.Read("train/m"));
        using (Lease first = book.TryTake("train/m", "a")!)
        {
            Assert.Null(other.TryTake("train/m", "b"));
            Assert.Equal(new LeaseState("train/m", "a", true), other.Read("train/m"));
            using Lease elsewhere = other.TryTake("train/n", "b")!;
            Assert.Equal(1, elsewhere.Token);
            first.Confirm();
        }

        Assert.False(other.Read("train/m")!.Held);
        using Lease second = other.TryTake("train/m", "b")!;
        Assert.Equal(2, second.Token);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Of_many_who_ask_at_once_one_gets_it(Database database)
    {
        StoreDatabase store = Open(database);
        Lease?[] asked = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(i => Task.Run(() => new LeaseBook(store).TryTake("x", $"holder {i}"))));
        Lease held = Assert.Single(asked.OfType<Lease>());
        held.Dispose();
    }

    [Theory, MemberData(nameof(Both))]
    public void It_renews_itself_for_longer_than_it_lasts(Database database)
    {
        var book = new LeaseBook(Open(database));
        var lasts = TimeSpan.FromMilliseconds(900);
        using Lease held = book.TryTake("x", "a", lasts)!;
        Thread.Sleep(lasts * 2);
        Assert.Null(book.TryTake("x", "b"));
        Assert.False(held.Lost.IsCancellationRequested);
    }

    [Theory, MemberData(nameof(Both))]
    public void A_killed_holder_is_followed_when_its_time_is_over_and_what_it_held_is_told_as_lost(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new LeaseBook(store);
        using var child = ChildTest.Start(typeof(LeaseTests), nameof(Hold_until_killed), ("PREDICTIVE_TEST_STORE", Location(database)));
        Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(20); return book.Read("x") is { Held: true }; }, TimeSpan.FromSeconds(60)));
        child.Kill();
        child.WaitForExit();
        Assert.Null(book.TryTake("x", "b"));
        Lease? next = null;
        Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(50); return (next = book.TryTake("x", "b")) is not null; }, 60_000));
        using (next)
        {
            Assert.Equal(2, next!.Token);
        }
    }

    [Fact(Explicit = true)]
    public void Hold_until_killed()
    {
        string location = Environment.GetEnvironmentVariable("PREDICTIVE_TEST_STORE")
            ?? throw new InvalidOperationException("Run by the test above only.");
        using Lease lease =
            new LeaseBook(StoreDatabase.Open(location, TimeProvider.System)).TryTake("x", "child", TimeSpan.FromSeconds(3))!;
        Thread.Sleep(TimeSpan.FromMinutes(5));
    }

    [Theory, MemberData(nameof(Both))]
    public void A_holder_that_another_has_followed_learns_it(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new LeaseBook(store);
        using Lease held = book.TryTake("x", "a", TimeSpan.FromSeconds(3))!;
        // As if this process had slept past its time and another had come.
        store.Run(c => Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRaw(
            c.Database, "UPDATE leases SET token = token + 1, holder = 'b' WHERE name = 'x'"));
        Assert.Throws<StoreException>(held.Confirm);
        Assert.True(held.Lost.IsCancellationRequested);
        held.Dispose();
        Assert.True(book.Read("x")!.Held);
    }
}
