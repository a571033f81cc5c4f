using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Cli.Verbs;

/// <summary>How verbs open datasets: one way to load with progress, one default as-of.</summary>
internal static class DatasetAccess
{
    /// <summary>Taken beside the history while it is scored: a model, the words of a block of scores, the row group being written.</summary>
    private const long BesideHistory = 144L << 20;

    /// <summary>The whole base; refused where it does not fit the budget.</summary>
    public static TransactionHistory Load(string path, WorkProgress progress, CancellationToken cancellation, long? memory = null)
    {
        MemoryLimit.Set(memory);
        return DatasetLoader.Load(path, new LoadOptions { MemoryBytes = memory }, Reading(progress), cancellation);
    }

    /// <summary>The base range by range of customers within the budget, and its as-of: each part to be used before the next is asked for.</summary>
    public static (AsOf AsOf, IEnumerable<TransactionHistory> Parts) LoadToScore(string path, string? asOf, long? memory, WorkProgress progress, CancellationToken cancellation)
    {
        if (memory is null)
        {
            TransactionHistory history = Load(path, progress, cancellation);
            return (AsOfFor(history, asOf), [history]);
        }

        MemoryLimit.Set(memory);
        AsOf at = ParseAsOf(asOf, path) ?? AsOf.MidnightAfter(DatasetLoader.LastMicros(path));
        return (at, DatasetLoader.LoadInParts(path, new LoadOptions { MemoryBytes = memory.Value - BesideHistory }, Reading(progress), cancellation));
    }

    /// <summary>The as-of asked for, or midnight after the last transaction of the base a sample was drawn from.</summary>
    public static AsOf AsOfFor(LoadedSample sample, string? text) =>
        text is null ? AsOf.MidnightAfter(sample.LastMicros) : Parse(text, sample.History.Description);

    private static IProgress<LoadProgress> Reading(WorkProgress progress) =>
        progress.For<LoadProgress>(p => ("read transactions", p.Total == 0 ? 1 : (double)p.Rows / p.Total));

    /// <summary>The as-of asked for, on the history's clock; by default midnight after the last transaction.</summary>
    public static AsOf AsOfFor(TransactionHistory history, string? text) =>
        text is null ? AsOf.MidnightAfter(history.LastMicros) : Parse(text, history.Description);

    /// <summary>The as-of asked for before anything is loaded; null = none was asked for.</summary>
    public static AsOf? ParseAsOf(string? text, string path) => text is null ? null : Parse(text, DescriptionOf(path));

    private static AsOf Parse(string text, DatasetDescription description)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(description.TimeZone, out TimeZoneInfo? zone))
        {
            throw new RefusedInputException($"dataset.json names the time zone '{description.TimeZone}', which this system does not know; expected an IANA name such as Europe/Paris.");
        }

        return AsOf.TryParse(text, zone, out AsOf asOf)
            ? asOf
            : throw new RefusedInputException($"The date '{text}' cannot be read; expected 2011-09-01 or 2011-09-01T10:15:00, with an offset if wanted.");
    }

    private static DatasetDescription DescriptionOf(string path) => DatasetFolder.Open(path).Description;
}
