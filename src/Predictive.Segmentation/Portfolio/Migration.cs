using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Segmentation.Portfolio;

/// <summary>What a migration matrix of a history follows.</summary>
public enum MigrationOf
{
    /// <summary>RFM segments.</summary>
    RfmSegment,

    /// <summary>Membership tiers, lowest first.</summary>
    Tier,

    /// <summary>Lifecycle stages.</summary>
    Lifecycle,
}

/// <summary>Who moved from which state to which between two local times.</summary>
/// <param name="States">Row and column names.</param>
/// <param name="Counts">Counts[i][j] = customers in state i before and j after.</param>
/// <param name="Rates">Counts over the row's total; a row without customers is all 0.</param>
/// <param name="Entered">Per state: customers in it after who were in none before (new ones).</param>
/// <param name="Vanished">Per state: customers in it before who are in none after.</param>
/// <param name="Stayed">Customers in the same state.</param>
/// <param name="MovedUp">Customers in a later state of the list than before; null where the states have no order.</param>
/// <param name="MovedDown">Customers in an earlier state; null where the states have no order.</param>
public sealed record MigrationMatrix(
    IReadOnlyList<string> States,
    IReadOnlyList<IReadOnlyList<int>> Counts,
    IReadOnlyList<IReadOnlyList<double>> Rates,
    IReadOnlyList<int> Entered,
    IReadOnlyList<int> Vanished,
    int Stayed,
    int? MovedUp,
    int? MovedDown)
{
    /// <summary>Who moved, those with the largest spend first; empty where it was not asked for.</summary>
    public IReadOnlyList<Mover> Movers { get; init; } = [];
}

/// <summary>A customer in another state than before.</summary>
/// <param name="CustomerId">Who.</param>
/// <param name="From">State before.</param>
/// <param name="To">State after.</param>
/// <param name="Up">True = to a later state of the list, false = to an earlier one; null where the states have no order.</param>
/// <param name="Spend365Before">Net spend of the 365 days before the earlier time.</param>
/// <param name="Spend365">Net spend of the 365 days before the later time.</param>
public sealed record Mover(string CustomerId, string From, string To, bool? Up, double Spend365Before, double Spend365);

/// <summary>Migration matrices: n × n counts and rates between two local times.</summary>
public static class Migration
{
    /// <summary>From the state of each customer before and after; customers are matched by id.</summary>
    /// <param name="before">State by customer id.</param>
    /// <param name="after">State by customer id.</param>
    /// <param name="states">Every state, in the order of the matrix.</param>
    /// <param name="ordered">Whether the list goes from worst to best, so that up and down mean something.</param>
    /// <exception cref="ArgumentException">A customer has a state that is not in the list.</exception>
    public static MigrationMatrix Compute(
        IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, IReadOnlyList<string> states, bool ordered)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        ArgumentNullException.ThrowIfNull(states);
        var index = states.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i, StringComparer.Ordinal);
        int n = states.Count, stayed = 0, up = 0, down = 0;
        int[][] counts = [.. states.Select(_ => new int[n])];
        int[] entered = new int[n], vanished = new int[n];
        foreach (var (id, state) in before)
        {
            int from = IndexOf(id, state);
            if (!after.TryGetValue(id, out string? next))
            {
                vanished[from]++;
                continue;
            }

            int to = IndexOf(id, next);
            counts[from][to]++;
            stayed += from == to ? 1 : 0;
            up += to > from ? 1 : 0;
            down += to < from ? 1 : 0;
        }

        foreach (var (id, state) in after)
        {
            entered[IndexOf(id, state)] += before.ContainsKey(id) ? 0 : 1;
        }

        return new MigrationMatrix(states, counts, Shares(counts), entered, vanished, stayed, ordered ? up : null, ordered ? down : null);

        int IndexOf(string id, string state) => index.TryGetValue(state, out int i)
            ? i
            : throw new ArgumentException($"Customer '{id}' is in state '{state}'; expected one of {string.Join(", ", states)}.");
    }

    /// <summary>From two tables of one base under the same rules, with who moved.</summary>
    /// <param name="before">The earlier one.</param>
    /// <param name="after">The later one.</param>
    /// <param name="metric">A column of texts.</param>
    /// <param name="states">Every state, from worst to best where there is an order; null = those that occur, by name.</param>
    /// <param name="ordered">Whether there is one.</param>
    /// <param name="movers">Most movers named. Default 50.</param>
    public static MigrationMatrix Compute(
        SegmentTable before, SegmentTable after, string metric, IReadOnlyList<string>? states, bool ordered, int movers = 50)
    {
        ArgumentNullException.ThrowIfNull(before);
        ArgumentNullException.ThrowIfNull(after);
        string?[] from = before.Texts(metric), to = after.Texts(metric);
        states ??= [.. from.Concat(to).OfType<string>().Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var index = states.Select((s, i) => (s, i)).ToDictionary(p => p.s, p => p.i, StringComparer.Ordinal);
        int n = states.Count, stayed = 0, up = 0, down = 0;
        int[][] counts = [.. states.Select(_ => new int[n])];
        int[] entered = new int[n], vanished = new int[n];
        double[] spentBefore = before.Numbers("spend_365d"), spent = after.Numbers("spend_365d");
        var rowBefore = new int[before.History.CustomerCount];
        Array.Fill(rowBefore, -1);
        for (int i = 0; i < before.Count; i++)
        {
            rowBefore[before.Customers[i]] = i;
        }

        // Both tables are of one history, so a customer's index is the same in both.
        var moved = new List<(int Before, int After)>();
        var seen = new bool[before.Count];
        for (int j = 0; j < after.Count; j++)
        {
            int i = rowBefore[after.Customers[j]];
            if (i < 0 || from[i] is null)
            {
                entered[to[j] is { } state ? index[state] : 0] += to[j] is null ? 0 : 1;
                continue;
            }

            seen[i] = to[j] is not null;
            if (to[j] is not { } next)
            {
                continue;
            }

            int a = index[from[i]!], b = index[next];
            counts[a][b]++;
            stayed += a == b ? 1 : 0;
            up += b > a ? 1 : 0;
            down += b < a ? 1 : 0;
            if (a != b)
            {
                moved.Add((i, j));
            }
        }

        for (int i = 0; i < before.Count; i++)
        {
            if (!seen[i] && from[i] is { } state)
            {
                vanished[index[state]]++;
            }
        }

        return new MigrationMatrix(states, counts, Shares(counts), entered, vanished, stayed, ordered ? up : null, ordered ? down : null)
        {
            Movers =
            [
                .. moved.OrderByDescending(m => Math.Max(spentBefore[m.Before], spent[m.After]))
                    .ThenBy(m => after.CustomerId(m.After), StringComparer.Ordinal).Take(movers)
                    .Select(m => new Mover(
                        after.CustomerId(m.After), from[m.Before]!, to[m.After]!,
                        ordered ? index[to[m.After]!] > index[from[m.Before]!] : null, spentBefore[m.Before], spent[m.After])),
            ],
        };
    }

    /// <summary>The matrix of two parts of a base together.</summary>
    internal static MigrationMatrix Added(MigrationMatrix a, MigrationMatrix b, int movers = 50)
    {
        int[][] counts = [.. a.Counts.Zip(b.Counts, Both)];
        return new MigrationMatrix(
            a.States, counts, Shares(counts), Both(a.Entered, b.Entered), Both(a.Vanished, b.Vanished), a.Stayed + b.Stayed,
            a.MovedUp + b.MovedUp, a.MovedDown + b.MovedDown)
        {
            Movers =
            [
                .. a.Movers.Concat(b.Movers).OrderByDescending(m => Math.Max(m.Spend365Before, m.Spend365))
                    .ThenBy(m => m.CustomerId, StringComparer.Ordinal).Take(movers),
            ],
        };

        static int[] Both(IReadOnlyList<int> of, IReadOnlyList<int> with) => [.. of.Zip(with, (x, y) => x + y)];
    }

    private static double[][] Shares(int[][] counts) =>
    [.. counts.Select(row => row.Sum() is var sum && sum > 0 ? row.Select(c => c / (double)sum).ToArray() : new double[row.Length])];

    /// <summary>Follows a rule over a history with the same cut-offs at both times, so that only customers move, not the lines.</summary>
    public static MigrationMatrix Compute(TransactionHistory history, RuleBook book, LocalTime before, LocalTime after, MigrationOf of)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(book);
        IReadOnlyList<string> states = of switch
        {
            MigrationOf.RfmSegment => book.Options.Rfm.Segments.Segments,
            MigrationOf.Tier => [.. book.Tiers.Tiers.Select(t => t.Name)],
            _ => Lifecycle.Names,
        };
        return Compute(States(before), States(after), states, ordered: of == MigrationOf.Tier);

        Dictionary<string, string> States(LocalTime asOf)
        {
            TransactionHistory marked = ReturnMatching.Mark(history, asOf);
            return Population.At(marked, asOf).ToDictionary(
                history.CustomerId,
                c => of switch
                {
                    MigrationOf.RfmSegment => Rfm.Compute(marked.Lines(c), asOf, book.Options.Rfm, book.Rfm).Segment,
                    MigrationOf.Tier => Tiers.Compute(marked.Lines(c), asOf, book.Options.Tiers, book.Tiers).Tier,
                    _ => Lifecycle.NameOf(Lifecycle.Compute(marked.Lines(c), asOf, book.Options.Lifecycle, book.Lifecycle).Stage),
                },
                StringComparer.Ordinal);
        }
    }
}
