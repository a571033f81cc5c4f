using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Erasure;

/// <summary>The tables of a dataset that name customers, and whose rows are whose.</summary>
internal static class PersonTables
{
    private static readonly Dictionary<string, string> s_asNamed = [];

    /// <summary>Every such table: its name, where it lies, what dataset.json calls its columns, and whether its ids are mapped.</summary>
    public static IEnumerable<(string Name, string Path, IReadOnlyDictionary<string, string> Columns, bool IsMapped)> Of(
        DatasetFolder folder)
    {
        DatasetDescription said = folder.Description;
        return ((string Name, string? Path, IReadOnlyDictionary<string, string> Columns, bool IsMapped)[])
            [
                ("transactions", folder.Transactions, said.Columns, true), ("customers", folder.Customers, said.CustomerColumns, true),
                ("events", folder.Events, said.EventColumns, true), ("contacts", folder.Contacts, s_asNamed, true),
                (DatasetFolder.AccountMapTable, folder.AccountMap, s_asNamed, true), ("id-map", folder.IdMap, s_asNamed, false),
            ] is var all
            ? all.Where(t => t.Path is not null).Select(t => (t.Name, t.Path!, t.Columns, t.IsMapped))
            : [];
    }

    /// <summary>Who is who; null = the ids are customer ids.</summary>
    public static IdMap? MapOf(DatasetFolder folder) => folder.IdMap is null ? null : IdMap.Load(folder.IdMap);

    /// <summary>
    /// The rows of some customers, by row group: true per row that is one of theirs. Row groups without any are left out.
    /// </summary>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    public static List<(TablePart Part, bool[] Rows)> RowsOf(SideTable table, Func<string, bool> theirs, CancellationToken cancellation)
    {
        var found = new List<(TablePart Part, bool[] Rows)>();
        SideTable.CustomerReader reader = table.Customers(id => theirs(id) ? 0 : -1);
        int[] codes = new int[SideTable.Batch];
        table.Read(
            reader.Open,
            (part, first, n) =>
            {
                reader.Read(codes.AsSpan(0, n));
                for (int i = 0; i < n; i++)
                {
                    if (codes[i] == 0)
                    {
                        if (found.Count == 0 || found[^1].Part != part)
                        {
                            found.Add((part, new bool[part.Rows]));
                        }

                        found[^1].Rows[first + i] = true;
                    }
                }
            },
            cancellation);
        return found;
    }
}
