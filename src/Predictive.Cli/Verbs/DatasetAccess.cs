using Predictive.Cli.Terminal;
using Predictive.Segmentation.History;
using Predictive.Segmentation.History.Loading;

namespace Predictive.Cli.Verbs;

/// <summary>How verbs open datasets: one way to load with progress, one default as-of.</summary>
internal static class DatasetAccess
{
    public static TransactionHistory Load(string path, WorkProgress progress, CancellationToken cancellation, HistoryColumns columns = HistoryColumns.All, long? memory = null)
    {
        _ = memory;
        return DatasetLoader.Load(
            path,
            new LoadOptions { Columns = columns },
            progress.For<LoadProgress>(p => ("read transactions", p.Total == 0 ? 1 : (double)p.Rows / p.Total)),
            cancellation);
    }

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
