using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.Learning;

namespace Predictive.Segmentation.Features;

/// <summary>What a features file holds.</summary>
/// <param name="AsOf">The local time.</param>
/// <param name="Customers">Rows.</param>
/// <param name="Features">Columns beside <c>customer_id</c>.</param>
/// <param name="Sampled">Customers that the profile of the base was fitted on, where the base did not fit the memory; null = all.</param>
public sealed record FeaturesFileReport(LocalTime AsOf, int Customers, int Features, int? Sampled);

/// <summary>
/// Writes the features that training and scoring compute to a Parquet file: <c>customer_id</c> and one float column per feature, one row
/// per customer with a purchase before the as-of, by id. A value that is not known is NaN.
/// </summary>
public static class FeaturesFile
{
    private const int Block = 1 << 16;

    // Beside the history: the runtime, two blocks of features and their row group; of each customer what the profile is fitted on.
    private static readonly SampleBudget s_budget = new("the features of whole customers", 240L << 20, 64, 1_000, Seed: 1);

    /// <summary>
    /// Loads a dataset, fits the profile of its base, and writes its features; a base larger than the memory goes range by range.
    /// </summary>
    /// <param name="pathOrFolder">The dataset.</param>
    /// <param name="path">The Parquet file; it appears under its name only when it is whole.</param>
    /// <param name="asOf">The as-of, once the base is known.</param>
    /// <param name="horizonDays">The horizon H of relative windows and chances, days.</param>
    /// <param name="options">Columns, threads, memory.</param>
    /// <param name="loading">Told while the base is read.</param>
    /// <param name="written">Told after each block of customers.</param>
    /// <param name="cancellation">Ends early; no file then.</param>
    /// <exception cref="DatasetException">The dataset cannot be used, or nobody has a purchase before the as-of.</exception>
    public static FeaturesFileReport Write(
        string pathOrFolder,
        string path,
        Func<LoadedSample, LocalTime> asOf,
        int horizonDays,
        LoadOptions? options = null,
        IProgress<LoadProgress>? loading = null,
        IProgress<int>? written = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(asOf);
        options ??= new LoadOptions { Columns = HistoryColumns.Features };
        LoadedSample sample = DatasetLoader.LoadSample(pathOrFolder, s_budget, options, loading, cancellation);
        LocalTime at = asOf(sample);
        BaseProfile profile = BaseProfile.Fit(sample.History, at, horizonDays, options.Threads);
        if (sample.IsWhole)
        {
            return new FeaturesFileReport(
                at, Write([sample.History], at, horizonDays, profile, path, options.Threads, written, cancellation),
                profile.Features.Count, null);
        }

        int fitted = profile.Customers;
        sample = null!; // the memory is wanted for the parts
        IEnumerable<TransactionHistory> parts = DatasetLoader.LoadInParts(
            pathOrFolder, options with { MemoryBytes = options.MemoryBytes - (64L << 20) }, loading, cancellation);
        return new FeaturesFileReport(
            at, Write(parts, at, horizonDays, profile, path, options.Threads, written, cancellation), profile.Features.Count, fitted);
    }

    /// <summary>Writes the features of the parts of a base.</summary>
    /// <param name="parts">Each is used before the next is asked for.</param>
    /// <param name="asOf">Only lines strictly before it are looked at.</param>
    /// <param name="horizonDays">As in the other form.</param>
    /// <param name="profile">Of the base, as of the same local time.</param>
    /// <param name="path">As in the other form.</param>
    /// <param name="threads">0 = one per core; the file does not depend on it.</param>
    /// <param name="written">Told after each block of customers.</param>
    /// <param name="cancellation">Ends early; no file then.</param>
    /// <returns>Rows.</returns>
    public static int Write(
        IEnumerable<TransactionHistory> parts, LocalTime asOf, int horizonDays, BaseProfile profile, string path, int threads = 0,
        IProgress<int>? written = null,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(profile);
        int rows = 0;
        AtomicFile.Write(path, stream =>
        {
            IEnumerable<ParquetField> fields =
                [ParquetField.String("customer_id"), .. profile.FeatureNames.Select(name => ParquetField.Single(name))];
            using var writer = ParquetWriter.Create(stream, [.. fields.Select(f => f with { HasDictionary = false })]);
            foreach (TransactionHistory part in parts)
            {
                int[] customers = Population.At(part, asOf);
                for (int first = 0; first < customers.Length; first += Block)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int[] some = customers[first..Math.Min(customers.Length, first + Block)];
                    FeatureMatrix features = FeatureSet.Compute(part, some, asOf, horizonDays, profile, threads);
                    writer.WriteRowGroup(
                    [
                        Array.ConvertAll<int, string?>(some, part.CustomerId),
                        .. Enumerable.Range(0, features.Columns)
                            .Select(j => ColumnValues.From((ReadOnlyMemory<float>)features.ColumnArray(j))),
                    ]);
                    rows += some.Length;
                    written?.Report(rows);
                }
            }

            writer.Complete();
        });
        return rows;
    }
}
