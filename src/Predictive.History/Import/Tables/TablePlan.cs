namespace Predictive.History.Import.Tables;

/// <summary>Which column of a file is which of a table beside the transactions.</summary>
internal sealed record TablePlan
{
    private const double Most = .9, Half = .5;

    /// <summary>The table.</summary>
    public required TableLayout Layout { get; init; }

    /// <summary>Names of all columns of the file.</summary>
    public required string[] Header { get; init; }

    /// <summary>Column of the table and its position in the file: the id, the time, texts, numbers, then what is kept as it is.</summary>
    public required IReadOnlyList<(string Name, int Column)> Columns { get; init; }

    /// <summary>Position of the id.</summary>
    public int Key => Columns[0].Column;

    /// <summary>Position of the time; −1 = the table has none.</summary>
    public int Time => Layout.Time is null ? -1 : Columns[1].Column;

    /// <summary>Columns of the file that are not used.</summary>
    public IReadOnlyList<string> Unused =>
        [.. Header.Where((h, i) => h.Length > 0 && !Columns.Any(c => c.Column == i))];

    /// <summary>Finds the columns: as named, else by name held against content.</summary>
    /// <exception cref="DatasetException">One is named and not there, needed and not found, or can be read in two ways.</exception>
    public static TablePlan Of(TableImportOptions options, CsvSource source)
    {
        TableLayout layout = TableLayout.Of(options.Table);
        string file = Path.GetFileName(options.File.Source);
        IReadOnlyDictionary<string, string> named = Named(options, layout);
        var sample = new ColumnSample(options.File, source);
        string[] header = sample.Header;
        foreach (var twice in header.Where(h => h.Length > 0).GroupBy(h => h).Where(g => g.Count() > 1))
        {
            throw DatasetFaults.DuplicateMapping(file, twice.Key, [.. twice.Select((h, i) => $"column {h} ({i + 1})")]).Refuse();
        }

        var found = new List<(string Name, int Column)>();
        foreach (string canonical in layout.Canonical)
        {
            int column = named.TryGetValue(canonical, out string? given)
                ? Array.IndexOf(header, given) is >= 0 and var at
                    ? at
                    : throw DatasetFaults.MissingColumn(file, given, canonical, header).Refuse()
                : Find(canonical, layout, sample, found, named, file);
            if (column >= 0)
            {
                found.Add((canonical, column));
            }
            else if (layout.Required.Contains(canonical))
            {
                throw DatasetFaults.UnsureMapping(
                    file,
                    $"No column of it is known to be the {canonical} of {layout.Name}; it has: {string.Join(", ", header)}.",
                    $"{FlagOf(canonical, layout)} COL").Refuse();
            }
        }

        if (layout.IsKeyed)
        {
            foreach (int other in Enumerable.Range(0, header.Length).Except(found.Select(f => f.Column)).Where(i => header[i].Length > 0))
            {
                if (found.Exists(f => f.Name == header[other]))
                {
                    throw DatasetFaults.DuplicateMapping(
                        file, header[other], [$"column '{header[other]}'", $"{FlagOf(header[other], layout)}"]).Refuse();
                }

                found.Add((header[other], other));
            }
        }

        return new TablePlan { Layout = layout, Header = header, Columns = found };
    }

    /// <summary>The flag that names a canonical column.</summary>
    public static string FlagOf(string canonical, TableLayout layout) =>
        canonical == layout.Time ? "--time" : "--" + canonical.Replace("_id", "", StringComparison.Ordinal).Replace('_', '-');

    /// <summary>Canonical column → source column, as the options name them.</summary>
    private static Dictionary<string, string> Named(TableImportOptions options, TableLayout layout)
    {
        ImportOptions file = options.File;
        var named = options.Columns.Concat(CsvColumns.Wanted(file).Select(w =>
            new KeyValuePair<string, string>(w.Canonical == "ordered_at" ? layout.Time ?? "ordered_at" : w.Canonical, w.Source)))
            .ToDictionary(p => p.Key, p => p.Value, StringComparer.Ordinal);
        foreach (string canonical in named.Keys.Where(c => !layout.Canonical.Contains(c)))
        {
            throw DatasetFaults.UnknownMapping($"--table {layout.Name}", canonical, [.. layout.Canonical]).Refuse();
        }

        if (file.Preset is not null || file.Filters.Count > 0 || file.FillDown.Count > 0 || file.OnlyCurrency is not null
            || file.RatesFile is not null || file.SourceName is not null)
        {
            throw new DatasetException(
                "rule-of-sales",
                $"--table {layout.Name} takes no rule for sales (--preset, --status, --exclude-product, --fill-down, --only, --rates, "
                    + "--source); expected its columns and how the file is written. Leave the rule out.");
        }

        return named;
    }

    private static int Find(
        string canonical, TableLayout layout, ColumnSample sample, List<(string Name, int Column)> found,
        IReadOnlyDictionary<string, string> named, string file)
    {
        int[] free =
        [
            .. Enumerable.Range(0, sample.Header.Length).Where(
                c => sample.Header[c].Length > 0 && !found.Exists(f => f.Column == c) && !named.Values.Contains(sample.Header[c])),
        ];
        bool isTime = canonical == layout.Time, isNumber = layout.Numbers.Contains(canonical);
        bool Fits(int c) => isTime ? sample.Times(c) >= Half : isNumber ? sample.Numbers(c) >= Half : sample.Times(c) < Half;
        (int Column, int Score)[] ranked =
        [
            .. free.Select(c => (Column: c, Score: TableColumnNames.Score(canonical, sample.Header[c])))
                .Where(c => c.Score > 0 && Fits(c.Column)).OrderByDescending(c => c.Score),
        ];
        if (ranked.Length == 0)
        {
            // A lone column of times is the time.
            return isTime && Array.FindAll(free, c => sample.Times(c) >= Most) is [var only] ? only : -1;
        }

        return ranked.Length > 1 && ranked[0].Score == ranked[1].Score && layout.Required.Contains(canonical)
            ? throw DatasetFaults.UnsureMapping(
                file,
                $"'{sample.Header[ranked[0].Column]}' and '{sample.Header[ranked[1].Column]}' may both be the {canonical} of "
                    + $"{layout.Name}.",
                $"{FlagOf(canonical, layout)} COL").Refuse()
            : ranked[0].Column;
    }
}
