using System.Runtime.InteropServices;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <summary>
/// Which account a person belongs to: from <c>account-map.parquet</c> of a dataset (<c>account_id</c>, <c>customer_id</c>, empty
/// where a row is of an account alone, and optionally <c>parent_account_id</c>), or from the column <c>account_id</c> of its customers table. Immutable; safe from several threads.
/// </summary>
/// <remarks>
/// A person counts towards the topmost account above their own. Who is in no account is one alone, under their own id. People are named as
/// the ID map names them (<see cref="IdMap"/>), and who was erased is nobody before accounts are looked at.
/// </remarks>
public sealed class AccountMap
{
    private const int MostNamed = 5;
    private readonly Dictionary<string, string> _tops;
    private readonly HashSet<string> _accounts;
    private readonly string _where;

    /// <summary>A map of given entries.</summary>
    /// <param name="people">Person and account; account null = none.</param>
    /// <param name="parents">Account and the account above it.</param>
    /// <param name="where">Name of the table, for messages.</param>
    /// <param name="areNumbers">See <see cref="AreNumbers"/>.</param>
    /// <exception cref="DatasetException">A person belongs to two accounts, an account to two others, or accounts to each other.</exception>
    public AccountMap(
        IEnumerable<(string Person, string? Account)> people, IEnumerable<(string Account, string Parent)> parents, string where = DatasetFolder.AccountMapTable,
        bool areNumbers = false)
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
            if (account is not null && !own.TryAdd(person, account) && own[person] != account)
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
    }

    /// <summary>People who are in an account.</summary>
    public int People => _tops.Count;

    /// <summary>Whether the ids of all accounts are whole numbers, so that they are ordered as such.</summary>
    public bool AreNumbers { get; }

    /// <summary>Whoever is in an account, ordinal.</summary>
    public IEnumerable<string> Everybody => _tops.Keys.Order(StringComparer.Ordinal);

    /// <summary>Whether somebody is in an account.</summary>
    public bool Holds(string person) => _tops.ContainsKey(person);

    /// <summary>The topmost account of a person; the person where they are in none.</summary>
    /// <exception cref="DatasetException">They are in none, and an account has their id: whose the lines are is not said.</exception>
    public string AccountOf(string person) =>
        _tops.TryGetValue(person, out string? top) ? top
        : _accounts.Contains(person) ? throw DatasetFaults.AccountIdTaken(_where, person).Refuse()
        : person;

    /// <summary>Reads who belongs to which account in a dataset.</summary>
    /// <param name="folder">Where its tables lie.</param>
    /// <param name="description">What its columns are called.</param>
    /// <param name="map">Who is who; null = the ids are customer ids.</param>
    /// <exception cref="DatasetException">Nothing says so, two places do, or what is said contradicts itself.</exception>
    internal static AccountMap Load(DatasetFolder folder, DatasetDescription description, IdMap? map)
    {
        using SideTable? customers = folder.Customers is { } path
            ? SideTable.Open(path, description.CustomerColumns, description, map) : null;
        NameColumn? column = customers?.FindNames(customers.SourceOf("account_id"));
        if (folder.AccountMap is null)
        {
            return column is null
                ? throw DatasetFaults.NoAccounts(folder.Root, customers?.Name).Refuse()
                : Read(customers!, column, null);
        }

        if (column is not null)
        {
            throw DatasetFaults.AccountsTwice(Path.GetFileName(folder.AccountMap), customers!.Name, column.Name).Refuse();
        }

        using SideTable table = SideTable.Open(folder.AccountMap, new Dictionary<string, string>(), description, map);
        return Read(table, table.RequireNames("account_id", "account_id"), table.FindNames("parent_account_id"));
    }

    private static AccountMap Read(SideTable table, NameColumn accounts, NameColumn? parents)
    {
        var names = new Dictionary<string, int>(StringComparer.Ordinal);
        var texts = new List<string>();
        int Intern(string name)
        {
            ref int at = ref CollectionsMarshal.GetValueRefOrAddDefault(names, name, out bool known);
            if (!known)
            {
                at = texts.Count;
                texts.Add(name);
            }

            return at;
        }

        var (account, parent) = (new NameCodes(Intern), new NameCodes(Intern));
        SideTable.CustomerReader reader = table.Customers(Intern);
        int[] people = new int[SideTable.Batch], of = new int[SideTable.Batch], above = new int[SideTable.Batch];
        Array.Fill(above, -1);
        var belongs = new List<(int Person, int Account)>();
        var under = new List<(int Account, int Parent)>();
        var gaps = new Tally(MostNamed);
        table.Read(
            rows =>
            {
                reader.Open(rows);
                account.Open(rows, accounts);
                if (parents is not null)
                {
                    parent.Open(rows, parents);
                }
            },
            (part, first, n) =>
            {
                reader.Read(people.AsSpan(0, n));
                account.Read(of.AsSpan(0, n));
                if (parents is not null)
                {
                    parent.Read(above.AsSpan(0, n));
                }

                for (int i = 0; i < n; i++)
                {
                    if (above[i] >= 0 && of[i] < 0)
                    {
                        gaps.Add((part, Row: first + i), static at => at.part.Where(at.Row));
                    }
                    else if (above[i] >= 0)
                    {
                        under.Add((of[i], above[i]));
                    }

                    if (people[i] >= 0 && of[i] >= 0)
                    {
                        belongs.Add((people[i], of[i]));
                    }
                }
            },
            CancellationToken.None);
        if (gaps.Count > 0)
        {
            throw DatasetFaults.AccountGap(table.Name, gaps.Count, gaps.Examples).Refuse();
        }

        bool numbers = accounts.Column is { IsInteger: true } && parents?.Column is null or { IsInteger: true };
        return new AccountMap(
            belongs.Select(b => (texts[b.Person], (string?)texts[b.Account])), under.Select(u => (texts[u.Account], texts[u.Parent])),
            table.Name, numbers);
    }

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
