using Predictive.History.Sources;

namespace Predictive.History.Loading;

/// <content>People without a transaction.</content>
internal sealed partial class TableJoin
{
    /// <summary>Whom the tables of a folder know and who is none of the customers given: a history without lines.</summary>
    /// <param name="customers">Ids of everybody with a transaction, of the slice.</param>
    /// <param name="folder">Where the tables lie.</param>
    /// <param name="description">Whose level counts.</param>
    /// <param name="slice">Whose ids are looked at; null = everybody's.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <returns>Null where the folder has no such tables.</returns>
    /// <exception cref="DatasetException">A table cannot be used.</exception>
    public static TransactionHistory? Prospects(
        IReadOnlySet<string> customers, DatasetFolder folder, DatasetDescription description, HistorySlice? slice,
        CancellationToken cancellation)
    {
        if (!folder.KnowsPeople)
        {
            return null;
        }

        IdMap? map = folder.IdMap is null ? null : IdMap.Load(folder.IdMap);
        var erasures = Erasures.Of(folder.Root);
        var nobody = new TransactionColumns { CustomerIds = [], Offsets = new int[1], OrderedAt = [], Amount = [] };
        var of = new TransactionHistory(nobody, description)
        {
            Accounts = description.Level == CustomerLevel.Account
                ? AccountMapReader.Read(folder, description, map, erasures) : null,
        };
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var join = new TableJoin(of, folder, map, isWhole: false, cancellation);
        foreach ((string? path, IReadOnlyDictionary<string, string> columns) in new[]
        {
            (folder.Customers, description.CustomerColumns), (folder.Events, description.EventColumns), (folder.Contacts, s_asNamed),
        })
        {
            if (path is not null)
            {
                join.Read(path, columns, Noted);
            }
        }

        return WithoutLines(ids, of, folder, map, cancellation);

        bool Noted(SideTable table)
        {
            SideTable.CustomerReader reader = table.Customers(person =>
            {
                string id = of.Accounts?.AccountOf(person) ?? person;
                if (!erasures.Contains(person) && slice?.Holds(id) != false && !customers.Contains(id))
                {
                    ids.Add(id);
                }

                return -1;
            });
            int[] read = new int[SideTable.Batch];
            table.Read(reader.Open, (_, _, n) => reader.Read(read.AsSpan(0, n)), cancellation);
            return true;
        }
    }

    private static TransactionHistory WithoutLines(
        IReadOnlySet<string> ids, TransactionHistory history, DatasetFolder folder, IdMap? map, CancellationToken cancellation)
    {
        var nobody = new TransactionColumns
        {
            CustomerIds = [.. ids.Order(StringComparer.Ordinal)], Offsets = new int[ids.Count + 1], OrderedAt = [], Amount = [],
        };
        return Join(
            new TransactionHistory(nobody, history.Description) { Accounts = history.Accounts }, folder, map, isWhole: false, cancellation);
    }
}
