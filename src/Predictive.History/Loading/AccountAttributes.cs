using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <summary>
/// What the customers table says of the people of an account, as one row of the account: of numbers the mean, or the sum where
/// <see cref="DatasetDescription.AccountSums"/> names the column; of texts the one that most people have, of equally many the first by
/// ordinal order. Who says nothing does not count.
/// </summary>
/// <remarks>
/// It depends neither on the order of the rows nor on which part of the base is loaded: a history whose customer_id was replaced, with a
/// customers table of such rows, has the same attributes bit for bit.
/// </remarks>
internal sealed class AccountAttributes
{
    private readonly AccountMap _map;
    private readonly Erasures _erasures;
    private readonly DatasetDescription _description;
    private readonly List<string> _people = [], _accounts = [];
    private readonly List<int> _accountOf = [];
    private readonly Dictionary<string, int> _indexOf = new(StringComparer.Ordinal), _accountIndex = new(StringComparer.Ordinal);

    /// <param name="map">Who belongs to which account.</param>
    /// <param name="erasures">Who does not count.</param>
    /// <param name="description">Which numbers add up.</param>
    /// <param name="rows">Rows of the table: at most so many people are in it.</param>
    public AccountAttributes(AccountMap map, Erasures erasures, DatasetDescription description, long rows) =>
        (_map, _erasures, _description, Capacity) = (map, erasures, description, checked((int)rows));

    /// <summary>Indexes of people are below.</summary>
    public int Capacity { get; }

    /// <summary>Ids of the accounts, and of people who are in none, by index.</summary>
    public IReadOnlyList<string> Accounts => _accounts;

    /// <summary>Id of a person.</summary>
    public string Person(int index) => _people[index];

    /// <summary>Index of a person; negative = erased.</summary>
    public int IndexOf(string person)
    {
        if (_erasures.Contains(person))
        {
            return -1;
        }

        if (!_indexOf.TryGetValue(person, out int index))
        {
            string account = _map.AccountOf(person);
            if (!_accountIndex.TryGetValue(account, out int at))
            {
                _accountIndex.Add(account, at = _accounts.Count);
                _accounts.Add(account);
            }

            _indexOf.Add(person, index = _people.Count);
            _people.Add(person);
            _accountOf.Add(at);
        }

        return index;
    }

    /// <summary>The attribute of the customers of a history; null where it says nothing.</summary>
    /// <param name="plan">How the column was read.</param>
    /// <param name="ofPeople">Its value by person.</param>
    /// <param name="customerOf">Index in the history by account; negative = not in it.</param>
    /// <param name="customers">Customers of the history.</param>
    public AttributeColumn? Column(AttributePlan plan, float[] ofPeople, int[] customerOf, int customers)
    {
        float[] ofAccounts = plan.IsText ? MostSaid(plan, ofPeople) : Combined(ofPeople, _description.AccountSums.Contains(plan.Name));
        if (plan.IsText)
        {
            plan.KeepUsed(ofAccounts);
        }

        var values = new float[customers];
        Array.Fill(values, float.NaN);
        for (int a = 0; a < ofAccounts.Length; a++)
        {
            if (customerOf[a] >= 0)
            {
                values[customerOf[a]] = ofAccounts[a];
            }
        }

        return plan.Column(values);
    }

    private float[] Combined(float[] ofPeople, bool sums)
    {
        double[] sum = new double[_accounts.Count];
        int[] count = new int[_accounts.Count];
        foreach (int person in InOrder())
        {
            if (!float.IsNaN(ofPeople[person]))
            {
                sum[_accountOf[person]] += ofPeople[person];
                count[_accountOf[person]]++;
            }
        }

        var values = new float[sum.Length];
        for (int a = 0; a < values.Length; a++)
        {
            values[a] = count[a] == 0 ? float.NaN : (float)(sums ? sum[a] : sum[a] / count[a]);
        }

        return values;
    }

    private float[] MostSaid(AttributePlan plan, float[] ofPeople)
    {
        var said = new Dictionary<(int Account, int Code), int>();
        for (int person = 0; person < _people.Count; person++)
        {
            if (!float.IsNaN(ofPeople[person]))
            {
                var key = (_accountOf[person], (int)ofPeople[person]);
                said[key] = said.GetValueOrDefault(key) + 1;
            }
        }

        var values = new float[_accounts.Count];
        Array.Fill(values, float.NaN);
        int[] most = new int[values.Length];
        foreach (var ((account, code), times) in said)
        {
            if (times > most[account]
                || (times == most[account] && string.CompareOrdinal(plan.NameOf(code), plan.NameOf(values[account])) < 0))
            {
                (values[account], most[account]) = (code, times);
            }
        }

        return values;
    }

    // Sums of doubles depend on their order.
    private IEnumerable<int> InOrder() => Enumerable.Range(0, _people.Count).OrderBy(p => _people[p], StringComparer.Ordinal);
}
