using System.Runtime.InteropServices;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <summary>Reads who belongs to which account.</summary>
internal static class AccountMapReader
{
    private const int MostNamed = 5;

    /// <summary>Reads who belongs to which account in a dataset.</summary>
    /// <param name="folder">Where its tables lie.</param>
    /// <param name="description">What its columns are called.</param>
    /// <param name="map">Who is who; null = the ids are customer ids.</param>
    /// <param name="erasures">Who is in no account.</param>
    /// <exception cref="DatasetException">Nothing says so, two places do, or what is said contradicts itself.</exception>
    public static AccountMap Read(DatasetFolder folder, DatasetDescription description, IdMap? map, Erasures erasures)
    {
        using SideTable? customers = folder.Customers is { } path
            ? SideTable.Open(path, description.CustomerColumns, description, map) : null;
        NameColumn? column = customers?.FindNames(customers.SourceOf(AccountMap.Account));
        if (folder.AccountMap is null)
        {
            return column is null
                ? throw DatasetFaults.NoAccounts(folder.Root, customers?.Name).Refuse()
                : Of(customers!, column, customers!.FindNames(customers.SourceOf(AccountMap.Parent)), erasures);
        }

        if (column is not null)
        {
            throw DatasetFaults.AccountsTwice(Path.GetFileName(folder.AccountMap), customers!.Name, column.Name).Refuse();
        }

        using SideTable table = SideTable.Open(folder.AccountMap, new Dictionary<string, string>(), description, map);
        return Of(
            table, table.RequireNames(AccountMap.Account, AccountMap.Account), table.FindNames(AccountMap.Parent), erasures);
    }

    private static AccountMap Of(SideTable table, NameColumn accounts, NameColumn? parents, Erasures erasures)
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
        SideTable.CustomerReader reader = table.Customers(id => erasures.Contains(id) ? SideTable.Unknown : Intern(id));
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
            belongs.Select(b => (texts[b.Person], texts[b.Account])), under.Select(u => (texts[u.Account], texts[u.Parent])),
            table.Name, numbers);
    }
}
