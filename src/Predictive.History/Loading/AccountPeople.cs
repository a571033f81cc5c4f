namespace Predictive.History.Loading;

/// <summary>One of the people of an account, before an as-of.</summary>
/// <param name="CustomerId">Theirs.</param>
/// <param name="Orders">Orders with a purchase.</param>
/// <param name="Net">What they spent, returns subtracted; in the currency of the dataset, whole cents.</param>
/// <param name="Share">Of what the account spent, returns subtracted, 0 to 1; above 1 or below 0 where others gave back more than they
/// bought. Null where that is nothing or less.</param>
/// <param name="LastOrder">Time of their last purchase; null = none.</param>
public sealed record AccountPerson(string CustomerId, int Orders, double Net, double? Share, LocalTime? LastOrder);

/// <summary>
/// Whose orders an account's are: the lines of a dataset by person, beside a history of its accounts. Immutable; safe from several threads.
/// </summary>
public sealed class AccountPeople
{
    private readonly TransactionHistory _people;
    private readonly AccountMap _accounts;

    private AccountPeople(TransactionHistory people, AccountMap accounts) => (_people, _accounts) = (people, accounts);

    /// <summary>Reads the lines of a dataset by person: orders, times and amounts, nothing else.</summary>
    /// <param name="pathOrFolder">The dataset.</param>
    /// <param name="accounts">Of a history that was loaded from it.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">As for <see cref="DatasetLoader.Load"/>.</exception>
    public static AccountPeople Load(string pathOrFolder, AccountMap accounts, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(accounts);
        var options = new LoadOptions { Columns = HistoryColumns.Order, Level = CustomerLevel.Person, Tables = false };
        return new AccountPeople(DatasetLoader.Load(pathOrFolder, options, null, cancellation), accounts);
    }

    /// <summary>
    /// Whose lines count towards a customer, by what they spent, most first, then by id; empty where there is nobody.
    /// </summary>
    public IReadOnlyList<AccountPerson> Of(string account, LocalTime asOf)
    {
        var counter = new OrderCounter();
        AccountPerson[] people =
        [
            .. _accounts.PeopleOf(account).Where(p => _people.IndexOf(p) >= 0 || _accounts.Holds(p))
                .Select(p => Person(p, asOf, counter))
                .OrderByDescending(p => p.Net)
                .ThenBy(p => p.CustomerId, StringComparer.Ordinal),
        ];
        double all = Cents.Of(people.Sum(p => p.Net));
        return all <= 0 ? people : [.. people.Select(p => p with { Share = p.Net / all })];
    }

    private AccountPerson Person(string id, LocalTime asOf, OrderCounter counter)
    {
        int index = _people.IndexOf(id);
        if (index < 0)
        {
            return new AccountPerson(id, 0, 0, null, null);
        }

        CustomerLines lines = _people.Lines(index).Before(asOf);
        double net = 0;
        LocalTime? last = null;
        for (int i = 0; i < lines.Count; i++)
        {
            net += lines.Amount[i];
            last = lines.Amount[i] > 0 ? new LocalTime(lines.OrderedAt[i]) : last;
        }

        return new AccountPerson(id, counter.Count(lines), Cents.Of(net), null, last);
    }
}
