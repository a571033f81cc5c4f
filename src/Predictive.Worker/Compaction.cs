using System.Globalization;
using System.Diagnostics;
using Predictive.History;
using Predictive.History.Erasure;
using Predictive.History.Ingest;
using Predictive.History.Sources;
using Predictive.Store;
using Predictive.Store.Ingest;
using Predictive.Store.Leases;

namespace Predictive.Worker;

/// <summary>What a compaction did.</summary>
/// <param name="Events">Events that the files hold now and did not before.</param>
/// <param name="Corrected">Events whose content in the files was replaced.</param>
/// <param name="Files">Files written.</param>
/// <param name="ErasedLines">Lines of erased customers taken out of the files.</param>
public sealed record CompactionReport(long Events, long Corrected, int Files, long ErasedLines = 0);

/// <summary>
/// Folds the events of the store into the files of a dataset. Each step is one rename: killed at any point, it leaves a dataset that says
/// itself which events it holds, and the next run goes on from there.
/// </summary>
/// <remarks>
/// Corrections come first, each file rewritten with what its events say now; then the files of new events, each from where the last one
/// ends. So a file of new events says that everything before its end is in.
/// </remarks>
public static class Compaction
{
    /// <summary>Most events in a file; one with fewer is filled up before the next is begun.</summary>
    public const int MostInFile = 250_000;

    // Short: a compaction that was killed must not keep the next one waiting. It is asked for again before each file.
    private static readonly TimeSpan s_lasts = TimeSpan.FromSeconds(6), s_patience = TimeSpan.FromMinutes(1);

    /// <summary>Folds in whatever is in the store and not in the files.</summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="note">Told where another compaction is waited for.</param>
    /// <param name="cancellation">Ends between two files.</param>
    /// <param name="mostInFile">Most events in a file.</param>
    /// <param name="lease">How long a compaction that was killed keeps the next one waiting. Default 6 s.</param>
    /// <exception cref="DatasetException">The dataset takes no events.</exception>
    /// <exception cref="IOException">The disk fails, or another compaction is running.</exception>
    /// <exception cref="StoreException">The store fails.</exception>
    public static CompactionReport Run(
        StoreDatabase store, string folder, Action<string> note, CancellationToken cancellation, int mostInFile = MostInFile,
        TimeSpan? lease = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        using Lease held = Take(store, folder, lease ?? s_lasts, note, cancellation);
        EventFile.RemoveLeftovers(folder);
        Erasures erasures = Erasures.Of(folder);
        var report = new CompactionReport(0, 0, 0);
        foreach (IngestTable table in Enum.GetValues<IngestTable>())
        {
            var log = new EventStream(store, IngestStream.Of(folder, table));
            if (erasures.Count > 0)
            {
                log.Erase(erasures.Contains);
            }

            long through = log.LastSequence();
            if (through > 0 && log.Key() is { } key)
            {
                IngestTarget target = IngestTarget.Of(folder);
                if (target.Refusal is { } refusal)
                {
                    throw new DatasetException("takes-no-events", $"'{folder}' takes no events: {refusal}.");
                }

                report = Correct(new Work(log, key, folder, table, target, through, held), report, cancellation);
                report = Add(new Work(log, key, folder, table, target, through, held), report, mostInFile, cancellation);
            }
        }

        held.Confirm();
        ErasedLinesReport erased = ErasedLines.Remove(folder, cancellation);
        return report with { ErasedLines = erased.Lines, Files = report.Files + erased.Files };
    }

    /// <summary>
    /// Forgets in the store the content of events that the files hold: whole files, each read and compared with the store before.
    /// </summary>
    /// <param name="store">The store.</param>
    /// <param name="folder">The dataset folder.</param>
    /// <param name="before">Files with an event that came later are left.</param>
    /// <param name="note">Told where a compaction is waited for, and of a file that does not hold what it should.</param>
    /// <param name="cancellation">Ends between two files.</param>
    /// <returns>Revisions forgotten.</returns>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    /// <exception cref="IOException">A compaction is running.</exception>
    /// <exception cref="StoreException">The store fails.</exception>
    public static int Forget(
        StoreDatabase store, string folder, DateTimeOffset before, Action<string> note, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(note);
        using Lease held = Take(store, folder, s_lasts, note, cancellation);
        int forgotten = 0;
        foreach (IngestTable table in Enum.GetValues<IngestTable>())
        {
            var log = new EventStream(store, IngestStream.Of(folder, table));
            if (log.Key() is not { } key)
            {
                continue;
            }

            FoldedEvents folded = FoldedEvents.Of(folder, table).For(key);
            foreach (FoldedFile file in folded.Files.Where(f => f.Last <= folded.Covered))
            {
                cancellation.ThrowIfCancellationRequested();
                long through = Math.Min(file.Through, folded.Covered);
                IReadOnlyDictionary<string, long> wanted = log.Newest(file.First, file.Last, through), there = EventFile.Read(file);
                if (wanted.Count != there.Count || wanted.Any(w => there.GetValueOrDefault(w.Key) != w.Value))
                {
                    note(string.Create(
                        CultureInfo.InvariantCulture,
                        $"the file of events {file.First} to {file.Last} does not hold what the store knows of them: nothing is "
                            + $"forgotten"));
                    continue;
                }

                held.Confirm();
                forgotten += log.Forget(file.First, file.Last, through, before);
            }
        }

        return forgotten;
    }

    private static CompactionReport Correct(Work work, CompactionReport report, CancellationToken cancellation)
    {
        FoldedEvents folded = work.Folded();
        var stale = new SortedDictionary<long, (FoldedFile File, HashSet<string> Events)>();
        foreach (StoredEvent later in work.Log.Read(folded.Covered, work.Through))
        {
            if (later.Revision > 1 && folded.FileOf(later.First) is { } file && file.Through < later.Sequence)
            {
                if (!stale.TryGetValue(file.First, out var of))
                {
                    stale.Add(file.First, of = (file, []));
                }

                of.Events.Add(later.EventId);
            }
        }

        foreach ((FoldedFile file, HashSet<string> events) in stale.Values)
        {
            cancellation.ThrowIfCancellationRequested();
            work.Write(file.First, file.Last);
            report = report with { Corrected = report.Corrected + events.Count, Files = report.Files + 1 };
        }

        return report;
    }

    private static CompactionReport Add(Work work, CompactionReport report, int mostInFile, CancellationToken cancellation)
    {
        FoldedEvents folded = work.Folded();
        // From the last file on, where it has room, so that many small compactions do not leave many small files.
        long from = folded.Covered + 1;
        FoldedFile? last = folded.Files.LastOrDefault(f => f.Last == folded.Covered);
        if (work.Log.CountSent(from, work.Through) is 0)
        {
            return report;
        }

        if (last is not null && work.Log.CountSent(last.First, last.Last) < mostInFile && !work.Log.HasForgotten(last.First, last.Last))
        {
            from = last.First;
        }

        while (from <= work.Through)
        {
            cancellation.ThrowIfCancellationRequested();
            // A file beyond a gap stands: the gap is filled up to it.
            long before = folded.Files.FirstOrDefault(f => f.First > from)?.First - 1 ?? work.Through;
            long end = work.Log.EndOf(from, Math.Min(before, work.Through), mostInFile);
            int already = work.Log.CountSent(from, Math.Max(folded.Covered, from - 1));
            int written = work.Write(from, end);
            if (written > 0)
            {
                report = report with { Events = report.Events + Math.Max(0, written - already), Files = report.Files + 1 };
            }

            from = folded.FileOf(end + 1)?.Last + 1 ?? end + 1;
        }

        return report;
    }

    private static Lease Take(StoreDatabase store, string folder, TimeSpan lasts, Action<string> note, CancellationToken cancellation)
    {
        var book = new LeaseBook(store);
        string name = $"compact/{IngestStream.NameOf(folder)}";
        long start = Stopwatch.GetTimestamp();
        bool told = false;
        while (true)
        {
            if (book.TryTake(name, TrainTurn.Holder, lasts) is { } lease)
            {
                return lease;
            }

            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new IOException("Another compaction of this dataset is running; expected one at a time. Wait for its end.");
            }

            if (!told)
            {
                note("another compaction of this dataset is running, or was killed just now: waiting");
                told = true;
            }

            cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(250));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    /// <summary>One table's events and files.</summary>
    private sealed record Work(
        EventStream Log, string Key, string Folder, IngestTable Table, IngestTarget Target, long Through, Lease Lease)
    {
        /// <summary>What the files hold now.</summary>
        /// <exception cref="StoreException">They hold more than the store knows.</exception>
        public FoldedEvents Folded()
        {
            FoldedEvents folded = FoldedEvents.Of(Folder, Table).For(Key);
            return folded.Covered <= Through ? folded : throw StoreException.OlderThanFiles(Through, folded.Covered);
        }

        /// <summary>Writes the file of the events first sent in a range, as they are now.</summary>
        /// <returns>How many there are; 0 = none, and no file.</returns>
        public int Write(long first, long last)
        {
            List<EventToFold> events = [.. Log.Sent(first, last, Through).GroupBy(e => e.First).Select(g => g.Last())
                .Where(e => !e.IsErased).Select(e => new EventToFold(e.EventId, e.Sequence, IngestedEvent.FromBody(e.Body)))];
            if (events.Count > 0 || Folded().FileOf(first) is not null)
            {
                Lease.Confirm();
                EventFile.Write(Folder, Table, Target, Key, first, last, Through, events);
            }

            return events.Count;
        }
    }
}
