using Predictive.Learning;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Features;

/// <summary>Computes feature rows. The batch and the single form give the same bits, whatever the thread count.</summary>
public static class FeatureSet
{
    private const int Chunk = 512;

    /// <summary>
    /// One row per customer; columns: the catalogue, then the features of the profile's tables (<see cref="BaseProfile.Features"/>).
    /// </summary>
    /// <param name="history">The base.</param>
    /// <param name="customers">Indices into it (see <see cref="Population.At"/>); one without a purchase before as-of gets a row of
    /// NaN.</param>
    /// <param name="asOf">Only lines strictly before it are looked at.</param>
    /// <param name="horizonDays">The horizon h that chances to return are for; relative windows follow the profile's horizon H.</param>
    /// <param name="profile">Fitted on the base as of the same time (training), or stored with a model (scoring).</param>
    /// <param name="threads">0 = one per core; the result does not depend on it.</param>
    public static FeatureMatrix Compute(
        TransactionHistory history, ReadOnlySpan<int> customers, LocalTime asOf, int horizonDays, BaseProfile profile, int threads = 0)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentNullException.ThrowIfNull(profile);
        return Compute(history, customers, asOf, horizonDays, profile, profile.Features, threads);
    }

    /// <summary>As the public form, into columns that an earlier call has returned, where they are as long: their values go.</summary>
    internal static FeatureMatrix Compute(
        TransactionHistory history, ReadOnlySpan<int> customers, LocalTime asOf, int horizonDays, BaseProfile profile,
        FeatureMatrix? into, int threads)
    {
        float[][]? columns = into?.Rows == customers.Length ? [.. Enumerable.Range(0, into.Columns).Select(into.ColumnArray)] : null;
        return Compute(history, customers, asOf, horizonDays, profile, profile.Features, threads, columns);
    }

    /// <summary>As the public form, only the given features.</summary>
    internal static FeatureMatrix Compute(
        TransactionHistory history, ReadOnlySpan<int> customers, LocalTime asOf, int horizonDays, BaseProfile profile,
        IReadOnlyList<FeatureDefinition> features, int threads, float[][]? columns = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(horizonDays, 1);
        int[] rows = customers.ToArray();
        columns ??= [.. features.Select(_ => new float[rows.Length])];
        int chunks = (rows.Length + Chunk - 1) / Chunk;
        Parallel.For(
            0,
            chunks,
            new ParallelOptions { MaxDegreeOfParallelism = threads > 0 ? threads : Environment.ProcessorCount },
            () => new FeatureRow(asOf, horizonDays, profile, features),
            (chunk, _, row) =>
            {
                Span<float> values = stackalloc float[columns.Length];
                for (int i = chunk * Chunk; i < Math.Min(rows.Length, (chunk + 1) * Chunk); i++)
                {
                    row.Fill(history.Lines(rows[i]), values);
                    for (int j = 0; j < columns.Length; j++)
                    {
                        columns[j][i] = values[j];
                    }
                }

                return row;
            },
            _ => { });
        return new FeatureMatrix(
            ReferenceEquals(features, profile.Features) ? profile.FeatureNames : [.. features.Select(f => f.Name)], columns, rows.Length);
    }

    /// <summary>The row of one customer; NaN throughout without a purchase before <paramref name="asOf"/>.</summary>
    /// <param name="lines">The customer's lines; those at or after <paramref name="asOf"/> are not looked at.</param>
    /// <param name="asOf">As in the batch form.</param>
    /// <param name="horizonDays">As in the batch form.</param>
    /// <param name="profile">As in the batch form.</param>
    /// <param name="row">At least as long as <see cref="BaseProfile.Features"/>.</param>
    public static void Compute(CustomerLines lines, LocalTime asOf, int horizonDays, BaseProfile profile, Span<float> row)
    {
        ArgumentNullException.ThrowIfNull(profile);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizonDays, 1);
        if (row.Length < profile.Features.Count)
        {
            throw new ArgumentException($"The row has {row.Length} slots; expected at least {profile.Features.Count}.", nameof(row));
        }

        // One customer after another as of one time, as a host scores them and as levers are looked for: the scratch space, ten kilobytes,
        // is the thread's.
        if (t_row is not { } ready || ready.AsOf != asOf || ready.Horizon != horizonDays || !ReferenceEquals(ready.Profile, profile))
        {
            t_row = ready = new ThreadRow(asOf, horizonDays, profile, new FeatureRow(asOf, horizonDays, profile));
        }

        ready.Row.Fill(lines, row);
    }

    [ThreadStatic]
    private static ThreadRow? t_row;

    private sealed class ThreadRow(LocalTime asOf, int horizon, BaseProfile profile, FeatureRow row)
    {
        public LocalTime AsOf { get; } = asOf;

        public int Horizon { get; } = horizon;

        public BaseProfile Profile { get; } = profile;

        public FeatureRow Row { get; } = row;
    }
}

/// <summary>Fills feature rows for one as-of and profile; holds scratch space, so one per thread.</summary>
internal sealed class FeatureRow
{
    private readonly FeatureContext _context;
    private readonly FeatureDefinition[] _features;

    /// <summary>For all features of the profile, or for other definitions (tests plant some).</summary>
    public FeatureRow(LocalTime asOf, int horizonDays, BaseProfile profile, IReadOnlyList<FeatureDefinition>? features = null)
    {
        _context = new FeatureContext { Profile = profile, Horizon = horizonDays };
        _context.Summary.Configure(asOf, profile.HorizonDays);
        _context.Tables.Configure(asOf, profile.HorizonDays);
        _features = [.. features ?? profile.Features];
    }

    /// <summary>One row.</summary>
    public void Fill(CustomerLines lines, Span<float> row)
    {
        if (!_context.Summary.Read(lines))
        {
            row[.._features.Length].Fill(float.NaN);
            return;
        }

        _context.Prepare();
        _context.Tables.Read(lines);
        for (int j = 0; j < _features.Length; j++)
        {
            row[j] = (float)_features[j].Value(_context);
        }
    }

    /// <summary>
    /// One row of what the customers and events tables say; the catalogue's features stay as they are: nothing is bought yet.
    /// </summary>
    public void FillTables(CustomerLines lines, Span<float> row)
    {
        _context.Tables.Read(lines);
        for (int j = FeatureCatalogue.All.Count; j < _features.Length; j++)
        {
            row[j] = (float)_features[j].Value(_context);
        }
    }
}
