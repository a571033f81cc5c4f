using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Ingest;
using Predictive.Store.Jobs;

namespace Predictive.EndToEnd.Tests.Fleet;

/// <summary>What must hold of store, registry and dataset when a fleet has come to rest.</summary>
internal sealed class FleetCheck(
    StoreDatabase store, string models, string name, string data, long expected, FleetLoad load, FleetWatch watch, List<string> faults,
    Dictionary<string, object?> figures)
{
    public void Run()
    {
        faults.AddRange(load.Failures.Take(20));
        faults.AddRange(watch.Faults.Distinct().Take(20));
        figures["looks"] = watch.Looks;
        figures["holders"] = watch.Holders.Values.Distinct().Count();
        CheckJobs();
        CheckEvents();
        CheckRegistry();
    }

    // Each job ran once, but the one that was killed, twice; no two at the same time; each published what it says and nobody else did.
    private void CheckJobs()
    {
        Job[] jobs = [.. new JobBook(store).List(1000, name).OrderBy(j => j.Id)];
        figures["jobs"] = jobs.GroupBy(j => $"{j.Cause} {j.State}").ToDictionary(g => g.Key, g => g.Count());
        long? killed = (long?)figures["killedJob"];
        foreach (Job job in jobs)
        {
            int attempts = job.Id == killed ? 2 : 1;
            Expect(job.State is JobState.Done or JobState.Held, $"job {job.Id} ({job.Cause}) is {job.State}: {job.Message}");
            Expect(job.Attempt == attempts, $"job {job.Id} was begun {job.Attempt} times, expected {attempts}");
        }

        Job[] byTime = [.. jobs.Where(j => j.StartedAt is not null && j.EndedAt is not null).OrderBy(j => j.StartedAt)];
        foreach ((Job a, Job b) in byTime.Zip(byTime.Skip(1)))
        {
            Expect(a.EndedAt <= b.StartedAt, $"jobs {a.Id} and {b.Id} ran at the same time");
        }

        ModelRegistry registry = new(models, SmokeTest.Admit);
        int[] published =
        [
            .. jobs.Where(j => j.Result is { } r && r.TryGetProperty("version", out _))
                .Select(j => j.Result!.Value.GetProperty("version").GetInt32()),
        ];
        int[] there = [.. registry.Versions(name).Select(v => v.Version)];
        Expect(published.Distinct().Count() == published.Length, "two jobs say that they published one version");
        // Published just before its worker was killed, and trained again: a version of its own, told by the same job.
        int[] untold = [.. there.Except(published)];
        Expect(untold.Length <= (killed is null ? 0 : 1), $"versions {string.Join(", ", untold)} are told by no job");
        figures["versions"] = there.Length;
    }

    // Each event that was acknowledged is in the stream once and in the files once, and no other is.
    private void CheckEvents()
    {
        var stream = new EventStream(store, IngestStream.Of(data, IngestTable.Transactions));
        StoredEvent[] stored = [.. stream.Read(0)];
        Expect(stored.Select(e => e.EventId).Distinct().Count() == stored.Length, "an event is in the stream twice");
        Expect(load.Sent == load.Acknowledged.Count, $"{load.Sent - load.Acknowledged.Count} events were never acknowledged");
        int lost = load.Acknowledged.Keys.Except(stored.Select(e => e.EventId)).Count();
        Expect(lost == 0, $"{lost} acknowledged events are not in the stream");
        Expect(stored.Length == load.Acknowledged.Count, $"{stored.Length} events in the stream, {load.Acknowledged.Count} acknowledged");
        long lines = DatasetLoader.Load(data).LineCount;
        Expect(
            lines == expected + stored.Length,
            $"the dataset has {lines} lines, expected {expected} of the files and {stored.Length} of events");
        figures["events"] = stored.Length;
        figures["eventsSentAgain"] = load.Repeated;
        figures["lines"] = lines;
    }

    private void CheckRegistry()
    {
        ModelRegistry registry = new(models, SmokeTest.Admit);
        faults.AddRange(registry.Verify(name));
        AuditVerdictOf(registry);
    }

    private void AuditVerdictOf(ModelRegistry registry)
    {
        var log = new AuditLog(store);
        if (log.Verify().Fault is { } fault)
        {
            faults.Add($"audit: {fault}");
        }

        AuditEntry[] entries = [.. log.List(100_000)];
        string serves = ModelRegistry.SubjectOf(name, registry.Aliases(name).Champion)!;
        string? told = entries
            .FirstOrDefault(e => e.Action is "promote" or "force" && e.Subject.StartsWith($"model {name}/", StringComparison.Ordinal))?
            .Subject;
        Expect(serves == told, $"{serves} serves, the log ends with {told}");
        int intents = entries.Count(e => e.Action == AuditedChanges.Intent);
        int closed = entries.Count(e => e.Details.TryGetProperty("intent", out _));
        Expect(intents == closed, $"{intents} intents, {closed} closed");
        figures["auditEntries"] = entries.Length;
    }

    private void Expect(bool holds, string fault)
    {
        if (!holds)
        {
            faults.Add(fault);
        }
    }
}
