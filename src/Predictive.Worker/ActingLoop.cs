using System.Globalization;
using Predictive.Acting.Contacts;
using Predictive.Acting.Lists;
using Predictive.Acting.Standing;
using Predictive.Acting.Webhooks;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Lists;
using Predictive.Store.WorkTasks;

namespace Predictive.Worker;

/// <summary>
/// What acts between trainings: sends lists at their times, runs the day's round of the standing campaigns, tells the configured hosts of
/// events, and of tasks that are overdue. Settings are read anew each round.
/// </summary>
public sealed class ActingLoop(WorkerJob job, WorkerOutput output, TimeProvider clock)
    : Rounds(output, clock, TimeSpan.FromSeconds(10))
{
    private readonly DateTimeOffset _started = clock.GetUtcNow();
    private readonly StandingDay _standing = new();

    /// <inheritdoc/>
    protected override async Task Round(CancellationToken stopping)
    {
        DateOnly today = DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(Clock.GetUtcNow(), job.Zone).DateTime);
        if (new WorkTaskBook(job.Store).Escalate(today) is { Count: > 0 } late)
        {
            Output.Note(string.Create(CultureInfo.InvariantCulture, $"{late.Count} overdue tasks told of"));
        }

        await Lists(stopping);
        using var sender = new WebhookSender(job.Store, WebhookSettings.For(job.Data), TrainTurn.Holder);
        if (await sender.RunAsync(stopping) is { Messages: [var first, ..] })
        {
            Tell($"webhooks: {first}");
        }

        // Last: a mistake in its settings keeps no event from going out; its own go with the next round.
        Standing(stopping);
    }

    // What fell due while no worker ran is caught up with once; where no list was ever sent there is nothing to catch up with.
    private async Task Lists(CancellationToken stopping)
    {
        ListSettings settings = ListSettings.For(job.Data);
        var sender = new ListSender(job.Store, settings, TrainTurn.Holder);
        if (settings.Lists.Count == 0)
        {
            return;
        }

        foreach (ListSend unsure in sender.Settle())
        {
            Output.Note($"list '{unsure.List}' by {unsure.Way} may have been sent: {unsure.Message}; it is not sent again unasked");
        }

        DateTimeOffset since = new ListSendBook(job.Store).History(1) is [var newest] ? newest.BeganAt : _started;
        TimeZoneInfo zone = StandingDay.ZoneOf(DatasetFolder.DescriptionOf(job.Data));
        IReadOnlyList<(ListDefinition List, string Due)> due = sender.DueAt(Clock.GetUtcNow(), zone, since);
        if (due.Count == 0)
        {
            return;
        }

        (CustomerScorer scorer, ScoreTable scores) = Score(stopping);
        foreach ((ListDefinition list, string at) in due)
        {
            foreach (ListOutcome o in await sender.SendAsync(
                list,
                ArrivingList.Make(
                    list, scorer, scores, SegmentsFile.For(job.Data), ContactSettings.For(job.Data), job.Store, at, job.Engines[0],
                    stopping),
                at, insists: false, "worker", stopping))
            {
                Output.Note(o.Words);
            }
        }
    }

    // Once a day: a round that ended is not run again, and the same one would send nothing twice.
    private void Standing(CancellationToken stopping)
    {
        DateTimeOffset now = Clock.GetUtcNow();
        if (!StandingSettings.IsThere(job.Data)
            || StandingDay.ZoneOf(DatasetFolder.DescriptionOf(job.Data)) is var zone && _standing.IsSettled(now, zone))
        {
            return;
        }

        RuleOptions rules = SegmentsFile.For(job.Data);
        StandingSettings settings = StandingSettings.For(job.Data, rules);
        if (_standing.IsDue(settings, now, zone))
        {
            StandingDay.Run(job.Store, job.Data, settings, Score(stopping).Scores, rules, "worker", now, Output.Note, stopping);
            _standing.Done(now, zone);
        }
    }

    private (CustomerScorer Scorer, ScoreTable Scores) Score(CancellationToken stopping)
    {
        if (job.SampleCustomers is not null)
        {
            // Trainings copy the sample alone; whoever is on a list is anybody of the base.
            WarehouseFolder.RefreshAsync(job.Data, null, stopping).GetAwaiter().GetResult();
        }

        TransactionHistory history = DatasetLoader.Load(
            job.Data, new LoadOptions { Columns = HistoryColumns.Answers, MemoryBytes = job.Memory, Level = job.Level }, null, stopping);
        var registry = new ModelRegistry(job.Models, SmokeTest.Admit);
        ModelVersion champion = registry.Resolve(job.Name, "champion");
        var scorer = new CustomerScorer(ModelBundle.Load(registry.Load(champion)), new ModelStamp(champion.Name, champion.Version));
        return (scorer, scorer.ScoreAll(history, scorer.AsOfFor(DefaultAsOf.Of(history, Clock.GetUtcNow()).AsOf), cancellation: stopping));
    }
}
