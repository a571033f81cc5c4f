using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Sources;

/// <summary>
/// Who is who in several sources: (source, source_id) → customer_id, from <c>id-map.parquet</c> of a dataset. Immutable; safe from several
/// threads.
/// </summary>
/// <remarks>
/// An id of a source that the map covers but does not list becomes <c>source:id</c>, so that it can never be taken for somebody else's.
/// Ids of a source that the map does not mention at all, and of lines without a source, are customer ids already and stay as they are.
/// </remarks>
public sealed class IdMap
{
    private const int Batch = 8192;
    private readonly Dictionary<(string Source, string Id), string> _customers;
    private readonly HashSet<string> _sources;

    /// <summary>A map of nobody: every id stays as it is.</summary>
    public static IdMap Empty { get; } = new([]);

    /// <summary>A map of given entries.</summary>
    /// <exception cref="DatasetException">One source id belongs to two customers.</exception>
    public IdMap(IEnumerable<(string Source, string SourceId, string CustomerId)> entries, string name = "id-map")
    {
        ArgumentNullException.ThrowIfNull(entries);
        _customers = [];
        var conflicts = new List<string>();
        foreach (var (source, id, customer) in entries)
        {
            if (!_customers.TryAdd((source, id), customer) && _customers[(source, id)] != customer)
            {
                conflicts.Add($"{source}/{id}: {_customers[(source, id)]} and {customer}");
            }
        }

        if (conflicts.Count > 0)
        {
            throw DatasetFaults.IdMapConflict(name, conflicts).Refuse();
        }

        _sources = [.. _customers.Keys.Select(k => k.Source)];
    }

    /// <summary>What the map's entries for a customer would be without it, <c>source:id</c>: who is to be forgotten by one name is by
    /// all.</summary>
    internal IEnumerable<string> OtherNamesOf(string customer) =>
        _customers.Where(c => c.Value == customer).Select(c => $"{c.Key.Source}:{c.Key.Id}");

    /// <summary>Number of source ids.</summary>
    public int Count => _customers.Count;

    /// <summary>Reads a map.</summary>
    /// <param name="path">A Parquet file, or a folder of them, with the text or integer columns <c>source</c>, <c>source_id</c>,
    /// <c>customer_id</c>.</param>
    /// <exception cref="DatasetException">A column is missing, a value is missing, or one source id belongs to two customers.</exception>
    public static IdMap Load(string path)
    {
        using ParquetTable table = ParquetTable.Open(path);
        string name = Path.GetFileName(path);
        NameColumn Column(string column) =>
            NameColumn.Find(table, column) ?? throw DatasetFaults.MissingColumn(name, column, column, table.ColumnNames.ToArray()).Refuse();
        NameColumn source = Column("source"), sourceId = Column("source_id"), customer = Column("customer_id");
        TextPool[] pools = [new(), new(), new()];
        var entries = new List<(string, string, string)>();
        int row = 0;
        foreach (TablePart part in table.Parts)
        {
            NameBatches[] names = [];
            int[][] codes = [[], [], []];
            part.Read(
                Batch,
                rows => names = [new(rows, source), new(rows, sourceId), new(rows, customer)],
                (_, n) =>
                {
                    for (int k = 0; k < names.Length; k++)
                    {
                        codes[k] = new int[n];
                        names[k].ReadCodes(codes[k], pools[k]);
                    }

                    for (int i = 0; i < n; i++)
                    {
                        row++;
                        if (codes.Any(c => c[i] < 0))
                        {
                            throw DatasetFaults.IdMapGap(name, row).Refuse();
                        }

                        entries.Add((pools[0].Text(codes[0][i]), pools[1].Text(codes[1][i]), pools[2].Text(codes[2][i])));
                    }
                });
        }

        return new IdMap(entries, name);
    }

    /// <summary>The customer behind an id; see the class for ids the map does not list.</summary>
    /// <param name="source">Null or empty = none named.</param>
    /// <param name="sourceId">The id as it stands in the source.</param>
    public string Resolve(string? source, string sourceId) =>
        string.IsNullOrEmpty(source) ? sourceId
        : _customers.TryGetValue((source, sourceId), out string? customer) ? customer
        : _sources.Contains(source) ? $"{source}:{sourceId}" : sourceId;
}
