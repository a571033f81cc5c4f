namespace Predictive.History;

/// <summary>
/// Which account a person belongs to: from <c>account-map.parquet</c> of a dataset (<c>account_id</c>, <c>customer_id</c>, empty
/// where a row is of an account alone, and optionally <c>parent_account_id</c>), or the same columns of its customers table. Immutable;
/// safe from several threads.
/// </summary>
/// <remarks>
/// A person counts towards the topmost account above their own. Who is in no account is one alone, under their own id. People are named as
/// the ID map names them (<see cref="Sources.IdMap"/>), and who was erased is nobody before accounts are looked at.
/// </remarks>
public sealed class AccountMap
{
    /// <summary>Canonical name of the column with the account of a person.</summary>
    internal const string Account = "account_id";

    /// <summary>Canonical name of the column with the account above that.</summary>
    internal const string Parent = "parent_account_id";

    private readonly Dictionary<string, string> _tops;
    private readonly HashSet<string> _accounts;
    private readonly string _where;
    private readonly Lazy<Dictionary<string, string[]>> _people;

    /// <summary>A map of given entries.</summary>
    /// <param name="people">Person and account.</param>
    /// <param name="parents">Account and the account above it.</param>
    /// <param name="where">Name of the table, for messages.</param>
    /// <param name="areNumbers">See <see cref="AreNumbers"/>.</param>
    /// <exception cref="DatasetException">A person belongs to two accounts, an account to two others, or accounts to each
    /// other.</exception>
    public AccountMap(
        IEnumerable<(string Person, string Account)> people, IEnumerable<(string Account, string Parent)> parents,
        string where = DatasetFolder.AccountMapTable, bool areNumbers = false)
    {
        ArgumentNullException.ThrowIfNull(people);
        ArgumentNullException.ThrowIfNull(parents);
        (_where, AreNumbers) = (where, areNumbers);
        var conflicts = new List<string>();
        var above = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (account, parent) in parents)
        {
            if (!above.TryAdd(account, parent) && above[account] != parent)
            {
                conflicts.Add($"account {account}: {above[account]} and {parent}");
            }
        }

        var own = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (person, account) in people)
        {
            if (!own.TryAdd(person, account) && own[person] != account)
            {
                conflicts.Add($"customer {person}: {own[person]} and {account}");
            }
        }

        if (conflicts.Count > 0)
        {
            throw DatasetFaults.AccountConflict(where, conflicts).Refuse();
        }

        _accounts = new HashSet<string>([.. own.Values, .. above.Keys, .. above.Values], StringComparer.Ordinal);
        _tops = new Dictionary<string, string>(own.Count, StringComparer.Ordinal);
        foreach (var (person, account) in own)
        {
            _tops.Add(person, Top(account, above, where));
        }

        _people = new(() => _tops.GroupBy(t => t.Value, t => t.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => g.Order(StringComparer.Ordinal).ToArray(), StringComparer.Ordinal));
    }

    /// <summary>Whether the ids of all accounts are whole numbers, so that they are ordered as such.</summary>
    public bool AreNumbers { get; }

    /// <summary>Whose lines count towards a customer: the people of an account, ordinal, or who is in none and has this id.</summary>
    public IReadOnlyList<string> PeopleOf(string customer) =>
        _people.Value.TryGetValue(customer, out string[]? people) ? people
            : _accounts.Contains(customer) || Holds(customer) ? [] : [customer];

    /// <summary>Whether an account, topmost or not, has this id.</summary>
    public bool IsAccount(string id) => _accounts.Contains(id);

    /// <summary>Whether somebody is in an account.</summary>
    public bool Holds(string person) => _tops.ContainsKey(person);

    /// <summary>The topmost account of a person; the person where they are in none.</summary>
    /// <exception cref="DatasetException">They are in none, and an account has their id: whose the lines are is not said.</exception>
    public string AccountOf(string person) =>
        _tops.TryGetValue(person, out string? top) ? top
        : _accounts.Contains(person) ? throw DatasetFaults.AccountIdTaken(_where, person).Refuse()
        : person;

    private static string Top(string account, Dictionary<string, string> above, string where)
    {
        string top = account;
        for (int steps = 0; above.TryGetValue(top, out string? parent) && parent != top; steps++)
        {
            if (steps > above.Count)
            {
                throw DatasetFaults.AccountCircle(where, top).Refuse();
            }

            top = parent;
        }

        return top;
    }
}
