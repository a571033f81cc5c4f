using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Store;
using Predictive.Store.Ingest;

namespace Predictive.Worker.Tests;

/// <summary>
/// Events whose content the store forgets once the files hold it: nothing doubled, nothing lost, no correction in silence.
/// </summary>
public sealed class ForgettingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-forget-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Data => Path.Combine(_folder, "shop");

    private static NewEvent Event(int id, double amount) => new(
        $"e{id}", new IngestedEvent(IngestTable.Transactions, $"new{id % 3}", 1_750_000_000_000_000 + (id * 1_000_000L)) { Amount = amount }
            .ToBody());

    [Fact]
    public void What_the_files_hold_is_forgotten_and_stays_known()
    {
        CancellationToken cancellation = TestContext.Current.CancellationToken;
        int lines = Simulator.GenerateTo(Data, new SimulationOptions { Customers = 60, Years = 1, Seed = 2 }).History.LineCount;
        StoreDatabase store = StoreDatabase.Open(Path.Combine(_folder, "store.db"), TimeProvider.System);
        var log = new EventStream(store, IngestStream.Of(Data, IngestTable.Transactions));
        log.Append([.. Enumerable.Range(1, 5).Select(i => Event(i, 10))]);
        log.Append([Event(2, 12)]);
        DateTimeOffset later = TimeProvider.System.GetUtcNow().AddDays(1);
        var notes = new List<string>();

        // Nothing before it is in the files, nothing that came lately.
        Assert.Equal(0, Compaction.Forget(store, Data, later, notes.Add, cancellation));
        Assert.Equal(5, Compaction.Run(store, Data, notes.Add, cancellation).Events);
        Assert.Equal(0, Compaction.Forget(store, Data, later.AddDays(-2), notes.Add, cancellation));
        Assert.Equal(6, Compaction.Forget(store, Data, later, notes.Add, cancellation));
        Assert.Equal(0, Compaction.Forget(store, Data, later, notes.Add, cancellation));

        // Sent again they are known, corrected they are refused, and new ones come into a file of their own.
        Assert.Equal(
            [EventOutcome.Duplicate, EventOutcome.Duplicate, EventOutcome.Closed, EventOutcome.Accepted],
            log.Append([Event(1, 10), Event(2, 10), Event(3, 99), Event(6, 10)]).Select(a => a.Outcome));
        Assert.Equal(1, Compaction.Run(store, Data, notes.Add, cancellation).Events);
        Assert.Equal(2, Directory.GetFiles(Data, "events-*.parquet", SearchOption.AllDirectories).Length);
        TransactionHistory history = DatasetLoader.Load(Data, new LoadOptions(), cancellation: cancellation);
        Assert.Equal(lines + 6, history.LineCount);
        double[] own = [.. Enumerable.Range(0, history.CustomerCount)
            .Where(c => history.CustomerId(c).StartsWith("new", StringComparison.Ordinal))
            .SelectMany(c => history.Lines(c).Amount.ToArray())];
        Assert.Equal([10, 10, 10, 10, 10, 12], own.Order());

        // A file that does not hold what the store knows of it keeps the store from forgetting, and says so.
        FoldedEvents folded = FoldedEvents.Of(Data, IngestTable.Transactions);
        File.Copy(folded.Files[^1].Path, folded.Files[^1].Path + ".kept");
        EventFile.Write(
            Data, IngestTable.Transactions, IngestTarget.Of(Data), log.Key()!, folded.Files[^1].First, folded.Files[^1].Last,
            folded.Files[^1].Through, [new EventToFold("another", 7, IngestedEvent.FromBody(Event(9, 1).Body))]);
        Assert.Equal(0, Compaction.Forget(store, Data, later, notes.Add, cancellation));
        Assert.Contains("does not hold what the store knows", Assert.Single(notes), StringComparison.Ordinal);
        File.Move(folded.Files[^1].Path + ".kept", folded.Files[^1].Path, overwrite: true);

        // Files of before put back: what is missing is told, not made up.
        File.Delete(folded.Files[0].Path);
        StoreException lost = Assert.Throws<StoreException>(() => Compaction.Run(store, Data, notes.Add, cancellation));
        Assert.Contains("has forgotten it", lost.Message, StringComparison.Ordinal);
    }
}
