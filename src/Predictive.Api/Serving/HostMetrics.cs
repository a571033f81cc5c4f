using System.Diagnostics;
using System.Diagnostics.Metrics;
using Predictive.Store.Ingest;

namespace Predictive.Api.Serving;

/// <summary>
/// What the host counts, as instruments of .NET's own metrics: whoever collects (Prometheus, OTLP) reads them from the meter
/// <see cref="MeterName"/>.
/// </summary>
public sealed class HostMetrics : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Predictive.Api";

    /// <summary>Upper ends of the latency histogram, seconds.</summary>
    public static IReadOnlyList<double> LatencyBounds { get; } = [.0005, .001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];

    private readonly Meter _meter = new(MeterName);
    private readonly Counter<long> _requests, _builds, _failures, _lines, _events, _commits;
    private readonly Histogram<double> _latency, _build, _event;

    /// <summary>Makes the instruments.</summary>
    public HostMetrics()
    {
        _requests =
            _meter.CreateCounter<long>("predictive.requests", description: "Requests answered, by route, status and model version.");
        _latency = _meter.CreateHistogram<double>(
            "predictive.request.duration", "s", "Time to answer, by route.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBounds });
        _builds = _meter.CreateCounter<long>("predictive.snapshot.builds", description: "Snapshots built and put in service.");
        _failures = _meter.CreateCounter<long>("predictive.snapshot.failures", description: "Snapshots that could not be built.");
        _build = _meter.CreateHistogram<double>("predictive.snapshot.build.duration", "s", "Time to score the base for a snapshot.");
        _events = _meter.CreateCounter<long>("predictive.events", description: "Events made durable, by outcome.");
        _commits = _meter.CreateCounter<long>("predictive.event.commits", description: "Commits of events: each holds all that waited.");
        _event = _meter.CreateHistogram<double>(
            "predictive.event.duration", "s", "Time from an event's arrival to its acknowledgement: durable, and in the next score.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = LatencyBounds });
        _lines = _meter.CreateCounter<long>("predictive.batch.lines", description: "Lines of batches answered, by outcome.");
    }

    /// <summary>A request was answered.</summary>
    /// <param name="route">Template of the route; empty = none matched.</param>
    /// <param name="status">Status of the answer.</param>
    /// <param name="model">Name and version of the model in service; empty = none.</param>
    /// <param name="elapsed">From the first byte of the request's headers.</param>
    public void Answered(string route, int status, string model, TimeSpan elapsed)
    {
        _requests.Add(1, new("route", route), new("status", status), new("model", model));
        _latency.Record(elapsed.TotalSeconds, new KeyValuePair<string, object?>("route", route));
    }

    /// <summary>Lines of a batch were answered.</summary>
    public void Lines(int scored, int refused)
    {
        _lines.Add(scored, new KeyValuePair<string, object?>("outcome", "scored"));
        _lines.Add(refused, new KeyValuePair<string, object?>("outcome", "refused"));
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();

    /// <summary>Events that came together were acknowledged.</summary>
    internal void EventsAcknowledged(TimeSpan after) => _event.Record(after.TotalSeconds);

    internal void EventsTaken(IReadOnlyList<AppendedEvent> events)
    {
        _commits.Add(1);
        foreach (IGrouping<EventOutcome, AppendedEvent> of in events.GroupBy(e => e.Outcome))
        {
            _events.Add(of.Count(), new KeyValuePair<string, object?>("outcome", of.Key.ToString().ToLowerInvariant()));
        }
    }

    internal void WatchEvents(Func<int> pending) => _meter.CreateObservableGauge(
        "predictive.events.pending", pending, description: "Events that the data in service do not hold, or did not until lately.");

    internal void WatchShadow(Func<ShadowReport?> report)
    {
        ShadowGauge("predictive.shadow.scored", r => r.Scored, "Requests that the challenger scored too.");
        ShadowGauge("predictive.shadow.dropped", r => r.Dropped, "Sampled requests left out because too many waited.");
        ShadowGauge("predictive.shadow.failed", r => r.Failed, "Requests that the challenger could not score.");
        ShadowGauge("predictive.shadow.unanswered", r => r.Unanswered, "Sampled requests that given scores do not answer.");
        ShadowGauge(
            "predictive.shadow.difference", r => r.MeanDifference, "Mean absolute difference of the churn probability to the champion's.");
        ShadowGauge("predictive.shadow.band.changes", r => r.BandChanges, "Share of requests whose band of risk differs.");

        void ShadowGauge(string name, Func<ShadowReport, double> of, string description) => _meter.CreateObservableGauge(
            name,
            () => report() is { } r
                ? [new Measurement<double>(of(r), new("champion", r.Champion.Version), new("challenger", r.Challenger.Version))]
                : Array.Empty<Measurement<double>>(),
            description: description);
    }

    internal void Built(TimeSpan took)
    {
        _builds.Add(1);
        _build.Record(took.TotalSeconds);
    }

    internal void BuildFailed() => _failures.Add(1);

    internal void Watch(SnapshotKeeper keeper, TimeProvider clock)
    {
        _meter.CreateObservableGauge(
            "predictive.model.version", () => keeper.Current?.Version.Version ?? 0, description: "Version in service; 0 = none.");
        _meter.CreateObservableGauge(
            "predictive.model.refused", () => keeper.Refusal is null ? 0 : 1, description: "1 where the registry's champion is refused.");
        _meter.CreateObservableGauge(
            "predictive.snapshot.fault", () => keeper.Fault is null ? 0 : 1,
            description: "1 where the latest snapshot could not be built.");
        _meter.CreateObservableGauge(
            "predictive.customers", () => keeper.Current?.History?.CustomerCount ?? 0, description: "Customers in the dataset served.");
        _meter.CreateObservableGauge(
            "predictive.transactions", () => keeper.Current?.History?.LineCount ?? 0, description: "Lines in the dataset served.");
        _meter.CreateObservableGauge(
            "predictive.erased.lines", () => keeper.Current?.History?.Columns.ErasedLines ?? 0,
            description: "Lines of erased customers that the dataset's files still hold and no answer does.");
        _meter.CreateObservableGauge(
            "predictive.answers.ready", () => keeper.Current?.Ready.Bytes ?? 0, "By", "Bytes of answers kept ready.");
        _meter.CreateObservableGauge(
            "predictive.data.age",
            () => keeper.Current?.DataAgeSeconds(clock.GetUtcNow()) is { } age
                ? [new Measurement<double>(age)]
                : Array.Empty<Measurement<double>>(),
            "s", "Time since the last transaction served.");
    }
}
