using Predictive.Store;
using Predictive.Store.Alerts;
using Predictive.Store.WorkTasks;

namespace Predictive.Acting.Tests.Alerts;

/// <summary>
/// Looks at a rule day after day whose crossings are known: a customer i is in it on day d where (d + i) / 3 is odd. After any kill the
/// alerts and tasks in the store must be those of the days that were looked at. Linked into the bench <c>acting-kill</c>.
/// </summary>
internal static class CrossingTrial
{
    private const int Customers = 40;
    private const long Day = 86_400_000_000;

    /// <summary>Looks for ever, from the last day there is an alert of.</summary>
    public static void Run(StoreDatabase store, Action<int> looked)
    {
        var book = new AlertBook(store);
        for (int d = LastDay(book); ; d++)
        {
            book.Apply(
                new RuleLook("trial", "c", d * Day, new DateOnly(2025, 1, 1), [.. Enumerable.Range(0, Customers).Where(i => Holds(i,
                    d)).Select(Id)]),
                (subject, key) => new Firing(
                    "info", "nobody", "", "",
                    [new NewWorkTask(key, WorkTaskBook.Task, subject, "t", "nobody", new DateOnly(2025, 1, 1))], [], []));
            looked(d);
        }
    }

    /// <summary>What is wrong in the store; null = nothing.</summary>
    public static string? Fault(StoreDatabase store)
    {
        var book = new AlertBook(store);
        int last = LastDay(book);
        ILookup<string, Alert> alerts = book.List(int.MaxValue, true).ToLookup(a => a.Subject);
        ILookup<string, WorkTask> tasks = new WorkTaskBook(store).List(null, true).ToLookup(t => t.Asked.CustomerId);
        for (int i = 0; i < Customers; i++)
        {
            int[] expected = [.. Enumerable.Range(0, last + 1).Where(d => Holds(i, d) && (d == 0 || !Holds(i, d - 1)))];
            int[] found = [.. alerts[Id(i)].Select(a => (int)(a.AsOf / Day)).Order()];
            if (!expected.SequenceEqual(found) || tasks[Id(i)].Count() != expected.Length)
            {
                return $"customer {i}, through day {last}: expected {expected.Length} alerts, found {found.Length}, tasks "
                    + $"{tasks[Id(i)].Count()}";
            }
        }

        return null;
    }

    /// <summary>Alerts there are.</summary>
    public static int Count(StoreDatabase store) => new AlertBook(store).Count().Sum(r => r.Open);

    // Of three days in a row each has crossings.
    private static int LastDay(AlertBook book) => (int)(book.List(1, true) is [var newest] ? newest.AsOf / Day : 0);

    private static bool Holds(int i, int d) => (d + i) / 3 % 2 == 1;

    private static string Id(int i) => $"c{i}";
}
