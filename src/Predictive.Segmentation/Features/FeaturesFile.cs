using System.Runtime.CompilerServices;
using System.Text;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;

namespace Predictive.Segmentation.Features;

/// <summary>What a features file holds.</summary>
/// <param name="AsOf">The local time.</param>
/// <param name="Customers">Rows.</param>
/// <param name="Features">Columns beside <c>customer_id</c>.</param>
/// <param name="Sampled">Customers that the profile of the base was fitted on, where the base did not fit the memory; null = all.</param>
public sealed record FeaturesFileReport(LocalTime AsOf, int Customers, int Features, int? Sampled);

/// <summary>Features as a published version sees them, whatever base they are written of.</summary>
/// <param name="Profile">The base that the version was trained on.</param>
/// <param name="HorizonDays">H of the features, days.</param>
/// <param name="Added">Further columns, after the features: name, unit, meaning.</param>
/// <param name="Add">Their values, column by column, row by row as the features.</param>
public sealed record FeatureView(
    BaseProfile Profile, int HorizonDays, IReadOnlyList<(string Name, string Unit, string Meaning)> Added,
    Func<FeatureMatrix, IReadOnlyList<float[]>> Add);

/// <summary>
/// Writes the features that training and scoring compute: <c>customer_id</c> and one float column per feature, one row per customer with a
/// purchase before the as-of, by id; the ending (.parquet, .arrow, .csv) chooses the format. A value that is not known is NaN, in CSV
/// empty. The data dictionary lies in the file's metadata, of a CSV beside it.
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
    /// <param name="path">The file; it appears under its name only when it is whole.</param>
    /// <param name="asOf">The as-of, once the base is known.</param>
    /// <param name="horizonDays">The horizon H of relative windows and chances, days.</param>
    /// <param name="options">Columns, threads, memory.</param>
    /// <param name="loading">Told while the base is read.</param>
    /// <param name="written">Told after each block of customers.</param>
    /// <param name="cancellation">Ends early; no file then.</param>
    /// <param name="labels">Whether what happened within the horizon follows (<see cref="FeatureDictionary.LabelColumns"/>).</param>
    /// <param name="view">A version's; null = beside the base as of that time, as a training would see them.</param>
    /// <exception cref="DatasetException">The dataset cannot be used, or nobody has a purchase before the as-of; or labels are
    /// wanted of a window that is not over.</exception>
    public static FeaturesFileReport Write(
        string pathOrFolder,
        string path,
        Func<LoadedSample, LocalTime> asOf,
        int horizonDays,
        LoadOptions? options = null,
        IProgress<LoadProgress>? loading = null,
        IProgress<int>? written = null,
        CancellationToken cancellation = default,
        bool labels = false,
        FeatureView? view = null)
    {
        ArgumentNullException.ThrowIfNull(asOf);
        Ending(path);
        options ??= new LoadOptions { Columns = HistoryColumns.Features };
        (LocalTime at, BaseProfile profile, int? rows) = OfSample(
            pathOrFolder, path, asOf, horizonDays, options, loading, written, cancellation, labels, view);
        if (rows is { } all)
        {
            return new FeaturesFileReport(at, all, profile.Features.Count, null);
        }

        IEnumerable<TransactionHistory> parts = DatasetLoader.LoadInParts(
            pathOrFolder, options with { MemoryBytes = options.MemoryBytes - (64L << 20) }, loading, cancellation);
        return new FeaturesFileReport(
            at, Write(parts, at, horizonDays, profile, path, options.Threads, written, cancellation, labels, view),
            profile.Features.Count, view is null ? profile.Customers : null);
    }

    /// <summary>
    /// Fits the profile of as many customers as fit the memory, and where those are all writes their features, too. A frame of its own: the
    /// memory of the sample is wanted for the parts that follow, and code that is not optimised yet keeps what its frame has ever held.
    /// </summary>
    /// <returns>Rows = null: not all fitted, nothing is written.</returns>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (LocalTime At, BaseProfile Profile, int? Rows) OfSample(
        string pathOrFolder, string path, Func<LoadedSample, LocalTime> asOf, int horizonDays, LoadOptions options,
        IProgress<LoadProgress>? loading, IProgress<int>? written, CancellationToken cancellation, bool labels, FeatureView? view)
    {
        LoadedSample sample = DatasetLoader.LoadSample(pathOrFolder, s_budget, options, loading, cancellation);
        LocalTime at = asOf(sample);
        LocalTime last = LocalTime.MidnightAfter(sample.LastMicros), end = at.AddDays(horizonDays);
        if (labels && last < end)
        {
            throw new DatasetException(
                "window-not-over",
                $"The data ends at {last}; labels as of {at} over {horizonDays} days need it to reach {end}. Choose an earlier as-of or a "
                    + "shorter horizon.");
        }

        BaseProfile profile = view?.Profile ?? BaseProfile.Fit(sample.History, at, horizonDays, options.Threads);
        return (
            at, profile,
            sample.IsWhole
                ? Write([sample.History], at, horizonDays, profile, path, options.Threads, written, cancellation, labels, view)
                : null);
    }

    /// <summary>Writes the features of the parts of a base.</summary>
    /// <param name="parts">Each is used before the next is asked for.</param>
    /// <param name="asOf">Only lines strictly before it are looked at.</param>
    /// <param name="horizonDays">As in the other form.</param>
    /// <param name="profile">Of the base, as of the same local time; of a version's view, its own.</param>
    /// <param name="path">As in the other form.</param>
    /// <param name="threads">0 = one per core; the file does not depend on it.</param>
    /// <param name="written">Told after each block of customers.</param>
    /// <param name="cancellation">Ends early; no file then.</param>
    /// <param name="labels">Whether what happened within the horizon follows (<see cref="FeatureDictionary.LabelColumns"/>).</param>
    /// <param name="view">As in the other form.</param>
    /// <returns>Rows.</returns>
    public static int Write(
        IEnumerable<TransactionHistory> parts, LocalTime asOf, int horizonDays, BaseProfile profile, string path, int threads = 0,
        IProgress<int>? written = null,
        CancellationToken cancellation = default,
        bool labels = false,
        FeatureView? view = null)
    {
        ArgumentNullException.ThrowIfNull(parts);
        ArgumentNullException.ThrowIfNull(profile);
        string ending = Ending(path), dictionary = FeatureDictionary.Json(profile.Features, asOf, horizonDays, labels, view?.Added);
        int rows = 0;
        AtomicFile.Write(path, stream =>
        {
            string[] names = [.. profile.FeatureNames, .. (view?.Added ?? []).Select(a => a.Name)];
            using FeatureSheet sheet = FeatureSheet.Begin(ending, stream, names, labels, dictionary);
            FeatureMatrix? own = null;
            foreach (TransactionHistory part in parts)
            {
                int[] customers = Population.At(part, asOf);
                for (int first = 0; first < customers.Length; first += Block)
                {
                    cancellation.ThrowIfCancellationRequested();
                    int[] some = customers[first..Math.Min(customers.Length, first + Block)];
                    own = FeatureSet.Compute(part, some, asOf, view?.HorizonDays ?? horizonDays, profile, own, threads);
                    FeatureMatrix features = own;
                    if (view is { Added.Count: > 0 })
                    {
                        features = new FeatureMatrix(
                            names, [.. Enumerable.Range(0, features.Columns).Select(features.ColumnArray), .. view.Add(features)]);
                    }

                    sheet.Write(new FeatureBlock(
                        Array.ConvertAll(some, part.CustomerId), features,
                        labels ? Labels.Compute(part, some, asOf, horizonDays) : null));
                    rows += some.Length;
                    written?.Report(rows);
                }
            }

            sheet.Complete();
        });
        if (ending == ".csv")
        {
            AtomicFile.Write(path + ".dictionary.json", stream => stream.Write(Encoding.UTF8.GetBytes(dictionary + "\n")));
        }

        return rows;
    }

    private static string Ending(string path)
    {
        string ending = Path.GetExtension(path).ToLowerInvariant();
        return FeatureSheet.Endings.Contains(ending)
            ? ending
            : throw new DatasetException(
                "unknown-format",
                $"{path}: the ending is '{ending}'; expected {string.Join(", ", FeatureSheet.Endings)}. Choose one of these.", path);
    }
}
