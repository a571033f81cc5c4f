using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Segments;

/// <summary>One person without a purchase.</summary>
/// <param name="Person">Index into <see cref="ProspectTable.People"/>.</param>
/// <param name="Id">As in the source.</param>
/// <param name="Result">Where the person stands.</param>
public readonly record struct Prospect(int Person, string Id, ProspectResult Result);

/// <summary>
/// Everyone whom the customers, events or contacts table knows and who has no transaction, as of one local time. What is not here: money.
/// </summary>
/// <param name="People">A history without lines.</param>
/// <param name="Rows">Who was known then: the activated before the others, then whoever did something last, then by id.</param>
public sealed record ProspectTable(TransactionHistory People, IReadOnlyList<Prospect> Rows)
{
    /// <summary>Nobody.</summary>
    public static ProspectTable Empty { get; } = new(
        new TransactionHistory(
            new TransactionColumns { CustomerIds = [], Offsets = new int[1], OrderedAt = [], Amount = [] }, new DatasetDescription()), []);

    /// <summary>Those of one stage, as <see cref="Prospects.Stages"/> spells it; null = all.</summary>
    public IEnumerable<Prospect> In(string? stage) => stage is null ? Rows : Rows.Where(r => r.Result.Stage == stage);

    /// <summary>People who did something that activates.</summary>
    public int Activated => Rows.Count(r => r.Result.ActivatedOn is not null);

    /// <summary>The prospects of a base; null where it has no such tables, or only a part of it was loaded.</summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">The as-of; events at or after it are ignored.</param>
    /// <param name="options">Which events activate.</param>
    /// <exception cref="DatasetException">A table cannot be read.</exception>
    public static ProspectTable? Of(TransactionHistory history, LocalTime asOf, FunnelOptions options)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(options);
        return history.Tables?.ProspectHistory?.Value is { } people ? OfPeople(people, asOf, options) : null;
    }

    /// <summary>Where people without a purchase stand.</summary>
    /// <param name="people">A history without lines.</param>
    /// <param name="asOf">The as-of; events at or after it are ignored.</param>
    /// <param name="options">Which events activate.</param>
    public static ProspectTable OfPeople(TransactionHistory people, LocalTime asOf, FunnelOptions options)
    {
        ArgumentNullException.ThrowIfNull(people);
        ArgumentNullException.ThrowIfNull(options);
        var activation = new EventKinds(people.Tables, options.Activation);
        var rows = new List<Prospect>(people.CustomerCount);
        for (int p = 0; p < people.CustomerCount; p++)
        {
            if (Prospects.Compute(people, p, asOf, activation) is { } result)
            {
                rows.Add(new Prospect(p, people.CustomerId(p), result));
            }
        }

        return new ProspectTable(people, [.. Ordered(rows, r => r.Result, r => r.Id)]);
    }

    /// <summary>The activated before the others, then whoever did something last, then by id.</summary>
    internal static IEnumerable<T> Ordered<T>(IEnumerable<T> people, Func<T, ProspectResult> result, Func<T, string> id) =>
        people.OrderBy(r => result(r).ActivatedOn is null).ThenByDescending(r => result(r).LastEventOn)
            .ThenBy(id, StringComparer.Ordinal);
}
