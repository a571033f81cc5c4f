namespace Predictive.History.Import;

/// <summary>One way to settle a doubt.</summary>
/// <param name="Text">In words.</param>
/// <param name="Apply">The options then.</param>
public sealed record MappingChoice(string Text, Func<ImportOptions, ImportOptions> Apply);

/// <summary>
/// Something about a file that can be read in two ways: on a terminal it is asked, in a pipe it is refused with the flags that decide.
/// </summary>
/// <param name="Question">What is unsure.</param>
/// <param name="Flags">The flags that settle it.</param>
/// <param name="Choices">The ways, the likeliest first.</param>
public sealed record MappingDoubt(string Question, string Flags, IReadOnlyList<MappingChoice> Choices);

/// <summary>What an import takes which column for, and why, before it is run.</summary>
public sealed record ImportPlan
{
    private const int ExampleRows = 3;

    /// <summary>The options with every column named.</summary>
    public required ImportOptions Options { get; init; }

    /// <summary>The preset that was named or recognised; null = none.</summary>
    public string? Preset { get; init; }

    /// <summary>True where columns were found rather than all named by the caller.</summary>
    public required bool IsFound { get; init; }

    /// <summary>Canonical name, source column, and its values in the first rows.</summary>
    public required IReadOnlyList<(string Canonical, string Source, IReadOnlyList<string> Examples)> Columns { get; init; }

    /// <summary>Columns that are not used.</summary>
    public required IReadOnlyList<string> Unused { get; init; }

    /// <summary>What must be decided first.</summary>
    public required IReadOnlyList<MappingDoubt> Doubts { get; init; }

    /// <summary>What, beside the doubts, an import would be refused for by its times: told at once, not one after the other.</summary>
    public IReadOnlyList<Finding> TimeFaults { get; init; } = [];

    /// <summary>What was taken on less than a name.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>
    /// Looks a file over. Where customer and time are named, only what could make a silent wrong number is added: its currency column.
    /// </summary>
    /// <exception cref="DatasetException">The file cannot be read, or a column that is named is not there.</exception>
    public static ImportPlan Of(ImportOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        using CsvSource source = CsvSource.Open(options);
        options = source.IsWritten ? options with { Delimiter = ',', DecimalComma = options.DecimalComma ?? false } : options;
        var sample = new ColumnSample(options, source);
        string[] header = sample.Header;

        // What looks like an ISO code may be the name of a column.
        if (options.Currency is { } code && header.Contains(code))
        {
            options = options with { Currency = null, CurrencyColumn = code };
        }

        bool named = options.CustomerColumn is not null && options.TimeColumn is not null && options.Preset is null;
        ImportPreset? preset = options.Preset is { } name ? ImportPreset.Named(name, header, Path.GetFileName(options.Source))
            : named ? null : ImportPreset.Recognise(header);
        ColumnFinder? finder = null;
        if (preset is not null)
        {
            options = preset.Apply(options, header);
        }
        else if (!named)
        {
            RefuseWithoutHeader(options, sample);
            finder = new ColumnFinder(sample);
            options = finder.Complete(options);
        }
        else if (options.CurrencyColumn is null && (options.Currency is null || options.RatesFile is not null)
            && ColumnFinder.Currency(sample) is { } currency
            && !CsvColumns.Wanted(options).Any(w => w.Source == currency))
        {
            options = options with { CurrencyColumn = currency };
        }

        var columns = CsvColumns.Wanted(options);
        return new ImportPlan
        {
            Options = options with { IsPlanned = true },
            Preset = preset?.Name,
            IsFound = !named,
            Columns = [.. columns.Where(c => header.Contains(c.Source)).Select(c =>
                (
                    c.Canonical, c.Source,
                    (IReadOnlyList<string>)[.. sample.Rows.Take(ExampleRows).Select(r => r[Array.IndexOf(header, c.Source)])]))],
            Unused =
                [.. header.Except(columns.Select(c => c.Source)).Except(options.Filters.Select(f => f.Column)).Where(h => h.Length > 0)],
            Doubts = finder?.Doubts ?? [],
            TimeFaults = finder is { Doubts.Count: > 0 } && options.TimeColumn is not null ? FaultsOfTimes(options) : [],
            Notes = finder?.Notes ?? (preset is null && ColumnFinder.UnusedStatus(sample, options) is { } unused ? [unused] : []),
        };
    }

    /// <summary>The plan, or a refusal with the flags that settle its doubts.</summary>
    /// <exception cref="DatasetException">There are doubts.</exception>
    public ImportPlan Settled() => Doubts.Count == 0 ? this : throw new DatasetException(
        [.. Doubts.Select(d => DatasetFaults.UnsureMapping(Path.GetFileName(Options.Source), d.Question, d.Flags)), .. TimeFaults]);

    /// <summary>Reads every time of the file: a format that is unknown or ambiguous, or two that contradict each other.</summary>
    private static IReadOnlyList<Finding> FaultsOfTimes(ImportOptions options)
    {
        try
        {
            using CsvSource source = CsvSource.Open(options);
            CsvFormat format = CsvFormat.Detect(options, source, TimeZoneInfo.Utc, () => CsvSource.Open(options));
            foreach ((long line, byte[] text) in format.Times(() => CsvSource.Open(options)))
            {
                format.Time.TryParse(text, line, out _);
            }

            return format.Time.Contradiction is null ? [] : [FormatVerdict.MixedTimes(options.Source, format)];
        }
        catch (DatasetException e)
        {
            return e.Findings;
        }
    }

    private static void RefuseWithoutHeader(ImportOptions options, ColumnSample sample)
    {
        int values =
            sample.Header.Count(h =>
                h.Length > 0 && char.IsAsciiDigit(h[0]) && h.All(c => char.IsAsciiDigit(c) || c is '.' or ',' or '-' or '/' or ':' or ' '));
        if (values * 3 >= sample.Header.Length)
        {
            throw DatasetFaults.NoHeader(options.Source, sample.Header).Refuse();
        }
    }
}

/// <summary>The exports that are known by name.</summary>
public static class ImportPresets
{
    /// <summary>Their names.</summary>
    public static IReadOnlyList<string> Names => ImportPreset.Names;
}
