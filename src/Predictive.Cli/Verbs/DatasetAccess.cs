using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>How verbs open datasets: one way to load with progress, one default as-of.</summary>
internal static class DatasetAccess
{
    /// <summary>
    /// Brings the copy up to date where a verb's dataset lies in a warehouse; of a slice or a sample the verb does so itself.
    /// </summary>
    public static async Task RefreshAsync(ParseResult parsed, VerbContext context, CancellationToken cancellation)
    {
        if (CommonOptions.DatasetOf(parsed) is { } path && CommonOptions.SliceOf(parsed) is null && CommonOptions.SampleOf(parsed) is null)
        {
            await RefreshAsync(path, context, cancellation);
        }
    }

    /// <summary>Brings the copy of a dataset up to date where it lies in a warehouse.</summary>
    public static async Task RefreshAsync(string path, VerbContext context, CancellationToken cancellation)
    {
        if (WarehouseFolder.IsOne(path))
        {
            await Task.Run(
                () => WorkProgress.Run(context.Console, progress => Copied(WarehouseFolder.RefreshAsync(
                    path, Copying(progress), cancellation))), CancellationToken.None);
        }
    }

    /// <summary>A folder with the lines of a slice.</summary>
    public static string Sliced(
        string path, HistorySlice slice, CustomerLevel? level, WorkProgress progress, CancellationToken cancellation) =>
        Copied(WarehouseFolder.RefreshSliceAsync(path, slice, level, Copying(progress), cancellation));

    private static T Copied<T>(Task<T> copying) => copying.GetAwaiter().GetResult();

    private static IProgress<LoadProgress> Copying(WorkProgress progress) =>
        progress.For<LoadProgress>(p => ("copy from the warehouse", p.Total == 0 ? 1 : (double)p.Rows / p.Total));

    /// <summary>The whole base; refused where it does not fit the budget.</summary>
    public static TransactionHistory Load(
        string path, WorkProgress progress, CancellationToken cancellation, long? memory = null, CustomerLevel? level = null)
    {
        MemoryLimit.Set(memory);
        return DatasetLoader.Load(
            path, new LoadOptions { Columns = HistoryColumns.Answers, MemoryBytes = memory, Level = level },
            Reading(progress), cancellation);
    }

    /// <summary>
    /// The base range by range of customers within the budget, and its as-of: each part to be used before the next is asked for.
    /// </summary>
    public static (LocalTime AsOf, IEnumerable<TransactionHistory> Parts) LoadToScore(
        string path, string? asOf, long? memory, WorkProgress progress, CancellationToken cancellation, VerbContext? context = null,
        CustomerLevel? level = null, HistorySlice? slice = null)
    {
        if (slice is not null)
        {
            LocalTime time = ParseAsOf(asOf, path) ?? throw new RefusedInputException(
                "--slice without --as-of: slices that are scored at different times would speak of different days. Name the day.");
            path = Sliced(path, slice, level, progress, cancellation);
            MemoryLimit.Set(memory);
            return (
                time,
                DatasetLoader.LoadInParts(
                    path,
                    new LoadOptions
                    {
                        Columns = HistoryColumns.Answers,
                        MemoryBytes = memory is { } bytes ? bytes - CustomerScorer.BesideHistory : null,
                        BytesPerCustomer = CustomerScorer.BytesPerCustomer,
                        Level = level,
                        Slice = slice,
                    },
                    Reading(progress), cancellation));
        }

        if (memory is null)
        {
            TransactionHistory history = Load(path, progress, cancellation, level: level);
            return (AsOfFor(history, asOf, context), [history]);
        }

        MemoryLimit.Set(memory);
        LocalTime at = ParseAsOf(asOf, path) ?? Told(DefaultAsOf.Of(path, Now(context)), context);
        return (
            at,
            DatasetLoader.LoadInParts(
                path,
                new LoadOptions
                {
                    Columns = HistoryColumns.Answers,
                    MemoryBytes = memory.Value - CustomerScorer.BesideHistory,
                    BytesPerCustomer = CustomerScorer.BytesPerCustomer,
                    Level = level,
                },
                Reading(progress), cancellation));
    }

    /// <summary>The as-of asked for, or the default of the base that is learned from.</summary>
    public static LocalTime AsOfFor(LearningHistory learning, string? text, VerbContext? context = null) =>
        text is null
            ? Told(learning.AsOfAt(Now(context)), context)
            : AsOfFor(learning.Sample.History, text, context);

    /// <summary>How reading is told.</summary>
    public static IProgress<LoadProgress> Reading(WorkProgress progress) =>
        progress.For<LoadProgress>(p => ("read transactions", p.Total == 0 ? 1 : (double)p.Rows / p.Total));

    /// <summary>
    /// The as-of asked for, on the history's clock, or the default (<see cref="DefaultAsOf"/>); what is odd about that is told on standard
    /// error.
    /// </summary>
    public static LocalTime AsOfFor(TransactionHistory history, string? text, VerbContext? context = null)
    {
        if (history.Columns.ErasedLines is > 0 and var erased)
        {
            context?.Console.Note(string.Create(
                CultureInfo.InvariantCulture, $"note: {erased:N0} line{(erased == 1 ? "" : "s")} of erased customers left out"));
        }

        return text is null ? Told(DefaultAsOf.Of(history, Now(context)), context) : Parse(text, history.Description);
    }

    private static DateTimeOffset Now(VerbContext? context) => (context?.Clock ?? TimeProvider.System).GetUtcNow();

    private static LocalTime Told(DefaultAsOf standard, VerbContext? context)
    {
        foreach (string note in standard.Notes)
        {
            context?.Console.Note("note: " + note);
        }

        return standard.AsOf;
    }

    /// <summary>The as-of asked for before anything is loaded; null = none was asked for.</summary>
    public static LocalTime? ParseAsOf(string? text, string path) => text is null ? null : Parse(text, DatasetFolder.DescriptionOf(path));

    private static LocalTime Parse(string text, DatasetDescription description)
    {
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(description.TimeZone, out TimeZoneInfo? zone))
        {
            throw new RefusedInputException(
                $"dataset.json names the time zone '{description.TimeZone}', which this system does not know; expected an IANA name such "
                    + "as Europe/Paris.");
        }

        return LocalTime.TryParse(text, zone, out LocalTime asOf)
            ? asOf
            : throw new RefusedInputException(
                $"The date '{text}' cannot be read; expected 2011-09-01 or 2011-09-01T10:15:00, with an offset if wanted.");
    }
}
