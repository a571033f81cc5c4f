using Predictive.Store;
using Predictive.Store.Contacts;
using Predictive.Store.Outbox;
using Predictive.Store.Standing;

namespace Predictive.Acting.Tests.Standing;

/// <summary>
/// Rounds of a standing campaign day after day whose sends are known: customer i enters where (d + i) / 3 becomes odd, has a step on that
/// day and one on the next. After any kill, sends, contacts and events must be those of the days there was a round of.
/// </summary>
internal static class StandingKillTrial
{
    private const int Customers = 30;
    private const long MicrosPerDay = 86_400_000_000;
    private const string Name = "trial";

    private static readonly DateOnly s_epoch = new(1970, 1, 1);

    /// <summary>Rounds for ever, each twice, from the last day there was one of.</summary>
    public static void Run(StoreDatabase store, Action<int> done)
    {
        var book = new StandingBook(store);
        for (int d = Math.Max(0, LastDay(store)); ; d++)
        {
            Round(book, d);
            Round(book, d);
            done(d);
        }
    }

    /// <summary>What is wrong in the store; null = nothing.</summary>
    public static string? Fault(StoreDatabase store)
    {
        int last = LastDay(store);
        var expected = new HashSet<(string, int Entry, int Step)>();
        for (int i = 0; i < Customers; i++)
        {
            int entry = 0;
            for (int d = 0; d <= last; d++)
            {
                if (Holds(i, d) && (d == 0 || !Holds(i, d - 1)))
                {
                    expected.Add((Id(i), ++entry, 0));
                    if (d < last)
                    {
                        expected.Add((Id(i), entry, 1));
                    }
                }
            }
        }

        IReadOnlyList<StandingSend> sends = new StandingBook(store).Sends(Name);
        HashSet<(string, int, int)> sent = [.. sends.Select(s => (s.CustomerId, s.Entry, s.Step))];
        int contacts = new ContactBook(store).For(Name).Count;
        string[] keys = [.. new OutboxBook(store).Waiting(int.MaxValue).Where(e => e.Kind == "standing_step")
            .Select(e => e.Body.GetProperty("key").GetString()!)];
        return sends.Count == sent.Count && sent.SetEquals(expected) && contacts == expected.Count && keys.Length == expected.Count
            && keys.Distinct().Count() == keys.Length ? null
            : $"through day {last}: expected {expected.Count} sends, found {sends.Count}, {contacts} contacts, {keys.Length} events of "
                + $"{keys.Distinct().Count()} sends";
    }

    /// <summary>The last day there was a round of; −1 = none.</summary>
    public static int LastDay(StoreDatabase store) =>
        new StandingBook(store).Find(Name) is { } state ? (int)(state.AsOf / MicrosPerDay) : -1;

    private static void Round(StandingBook book, int d)
    {
        DateOnly day = s_epoch.AddDays(d);
        book.Round(
            new StandingLook(
                Name, "c", d * MicrosPerDay, day, Enumerable.Range(0, Customers).Where(i => Holds(i, d)).ToDictionary(Id, _ => ""))
            {
                TakesAtFirst = true, ContactsFrom = day, To = day.AddDays(1),
            },
            memory =>
            {
                StandingEntrant[] due = [.. memory.Entrants.Where(e => e.State == StandingBook.Queued
                    || e.State == StandingBook.Active && e.Due <= day)];
                return new StandingChange(
                    [
                        .. due.Select(e => e with
                        {
                            State = e.NextStep == 0 ? StandingBook.Active : StandingBook.Done, Entered = e.Entered ?? day,
                            To = e.To ?? day.AddDays(1), NextStep = e.NextStep + 1, Due = day.AddDays(1), Retained = true, Spend = 0,
                        }),
                    ],
                    [.. due.Select(e => new StandingSend(e.CustomerId, e.Entry, e.NextStep, day, 9, "email", "hello", 1))], null, new { });
            },
            "trial");
    }

    private static bool Holds(int i, int d) => (d + i) / 3 % 2 == 1;

    private static string Id(int i) => $"c{i}";
}
