using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.History.Loading;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Pages.Data;

/// <summary>
/// What pages show that takes seconds on a large base: the portfolio, the check of the data. Made once a snapshot through its work queue,
/// when first asked for, and let go with it.
/// </summary>
internal sealed partial class PageBook(ScoringHostOptions options, PublicText text, TimeProvider clock, ILogger<PageBook> log)
{
    private const int MostPortfolios = 4;

    private readonly ConditionalWeakTable<ServingSnapshot, State> _states = [];

    /// <summary>The portfolio against an earlier time; waits for it.</summary>
    /// <param name="snapshot">What serves.</param>
    /// <param name="earlier">Null = one horizon ago.</param>
    /// <param name="cancellation">The caller has gone.</param>
    public async Task<PortfolioReport> Portfolio(ServingSnapshot snapshot, LocalTime? earlier, CancellationToken cancellation)
    {
        LocalTime before = earlier ?? snapshot.AsOf!.Value.AddDays(-snapshot.Scorer.Bundle.Manifest.HorizonDays);
        State state = _states.GetOrCreateValue(snapshot);
        PortfolioReport? report;
        // The queue does what it was asked once: after the portfolios have given way, they are asked for under another name.
        while (!state.Portfolios.TryGetValue(before.Micros, out report))
        {
            await Queued(snapshot, string.Create(CultureInfo.InvariantCulture, $"portfolio {before.Micros} {state.TimesCleared}"), token =>
            {
                PortfolioReport made = Make(snapshot, before, token);
                if (state.Portfolios.Count >= MostPortfolios)
                {
                    state.TimesCleared++;
                    state.Portfolios.Clear();
                }

                state.Portfolios[before.Micros] = made;
            }, cancellation);
        }

        return report;
    }

    /// <summary>The portfolio one horizon ago if it is there; null = it is being made.</summary>
    public PortfolioReport? PortfolioIfMade(ServingSnapshot snapshot)
    {
        State state = _states.GetOrCreateValue(snapshot);
        long before = snapshot.AsOf!.Value.AddDays(-snapshot.Scorer.Bundle.Manifest.HorizonDays).Micros;
        if (state.Portfolios.TryGetValue(before, out PortfolioReport? report))
        {
            return report;
        }

        Begin(state, "portfolio", () => Portfolio(snapshot, null, CancellationToken.None));
        return null;
    }

    /// <summary>The check of the dataset's files if it is there; null = it is being made, or could not be.</summary>
    public CheckReport? CheckIfMade(ServingSnapshot snapshot)
    {
        State state = _states.GetOrCreateValue(snapshot);
        if (state.Check is null && options.Data is { } path)
        {
            Begin(state, "check", () => Queued(snapshot, "check", token => state.Check = DatasetCheck.Run(path, new CheckOptions
            {
                Today = DefaultAsOf.TodayOf(snapshot.History!.Description, clock.GetUtcNow()), AsOf = snapshot.AsOf,
                HorizonDays = snapshot.Scorer.Bundle.Manifest.HorizonDays, MemoryBytes = options.MemoryBytes, Level = options.Level,
            }, cancellation: token), CancellationToken.None));
        }

        return state.Check;
    }

    /// <summary>Why something could not be made; null = nothing failed.</summary>
    public string? FaultOf(ServingSnapshot snapshot) => text.OfOptional(_states.GetOrCreateValue(snapshot).Fault);

    /// <summary>Has the segment table made: what filters by anything but the scores' own fields read. Waits for it.</summary>
    public Task Segments(ServingSnapshot snapshot, LocalTime? at, CancellationToken cancellation) => Queued(
        snapshot, string.Create(CultureInfo.InvariantCulture, $"segments {at?.Micros}"), token =>
        {
            SnapshotSegments.Of(snapshot.Scores!, token);
            if (at is { } then)
            {
                SnapshotSegments.At(snapshot, then, token);
            }
        }, cancellation);

    /// <summary>Has the tags made.</summary>
    public Task Tags(ServingSnapshot snapshot, CancellationToken cancellation) =>
        Queued(snapshot, "tags", _ => TagIndex.Of(snapshot), cancellation);

    /// <summary>What became of the version's predictions; null where their horizon is not over. Waits for it.</summary>
    public async Task<CameTrue?> CameTrue(ServingSnapshot snapshot, CancellationToken cancellation)
    {
        State state = _states.GetOrCreateValue(snapshot);
        if (state.CameTrue is null && Data.CameTrue.Covers(snapshot, out _))
        {
            await Queued(snapshot, "came true", token => state.CameTrue = Data.CameTrue.Of(snapshot, token), cancellation);
        }

        return state.CameTrue;
    }

    private static PortfolioReport Make(ServingSnapshot snapshot, LocalTime before, CancellationToken cancellation)
    {
        SegmentTable table = SnapshotSegments.Of(snapshot.Scores!, cancellation);
        SegmentTable? then = Population.At(snapshot.History!, before).Length == 0
            ? null
            : SnapshotSegments.At(snapshot, before, cancellation);
        return PortfolioBuilder.Build(table, snapshot.Scorer.Stamp, then, cancellation);
    }

    // The queue that other computations over the whole base wait in: one at a time, few wait, who leaves is not waited for.
    private static Task Queued(ServingSnapshot snapshot, string what, Action<CancellationToken> make, CancellationToken cancellation) =>
        snapshot.Answers.Get($"page {what}", token =>
        {
            make(token);
            return [];
        }, cancellation);

    private void Begin(State state, string what, Func<Task> make)
    {
        if (!state.Begun.TryAdd(what, true))
        {
            return;
        }

        _ = Task.Run(async () =>
        {
            try
            {
                await make();
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                state.Fault = e.Message;
                Failed(e, what);
            }
        });
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What the pages show of the {What} could not be made.")]
    private partial void Failed(Exception fault, string what);

    private sealed class State
    {
        public ConcurrentDictionary<long, PortfolioReport> Portfolios { get; } = new();

        public ConcurrentDictionary<string, bool> Begun { get; } = new(StringComparer.Ordinal);

        // Changed by the work of the queue alone, which is one at a time.
        public int TimesCleared { get; set; }

        public CheckReport? Check { get; set; }

        public CameTrue? CameTrue { get; set; }

        public string? Fault { get; set; }
    }
}
