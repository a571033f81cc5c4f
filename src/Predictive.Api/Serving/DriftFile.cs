using System.Diagnostics.Metrics;
using Predictive.Api.Configuration;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Serving;

/// <summary>
/// The newest look at the drift, as a worker wrote it beside the versions; read again when the file changes. Also as gauges.
/// </summary>
internal sealed class DriftFile : IDisposable
{
    private readonly Meter _meter = new(HostMetrics.MeterName);
    private readonly ScoringHostOptions _options;
    private readonly Lock _reading = new();
    private FileIdentity _identity;
    private DriftDocument? _document;

    public DriftFile(ScoringHostOptions options)
    {
        _options = options;
        _meter.CreateObservableGauge(
            "predictive.drift.psi", () => Of(d => d.Distributions
                .Where((p, i) => i < 10 || p.Name is DriftBaseline.ChurnName or DriftBaseline.ClvName)
                .Select(p => new Measurement<double>(p.Psi, new KeyValuePair<string, object?>("distribution", p.Name)))),
            description: "Population stability index of the predictions and of the features that drift most.");
        _meter.CreateObservableGauge(
            "predictive.drift.drifted", () => Of<int>(d => [new Measurement<int>(d.Drifted ? 1 : 0)]),
            description: "1 where the base has drifted so far that a training is due.");
        _meter.CreateObservableGauge(
            "predictive.drift.age", () => Of<int>(d => [new Measurement<int>(d.AgeDays)]), "d",
            "Days between the model's as-of and the look at the drift.");
        _meter.CreateObservableGauge(
            "predictive.outcome.churn.gap", () => Newest(o => o.ChurnObserved - o.ChurnPredicted),
            description: "Share that left minus share expected, by version, of the newest window that has passed.");
        _meter.CreateObservableGauge(
            "predictive.outcome.spend.ratio", () => Newest(o => o.SpendPredicted == 0 ? double.NaN : o.SpendObserved / o.SpendPredicted),
            description: "Net spend that came over that expected, by version, of the newest window that has passed.");
    }

    /// <summary>The document; null where there is none.</summary>
    /// <exception cref="ModelPackageException">It is damaged.</exception>
    public DriftDocument? Current()
    {
        FileIdentity now = FileIdentity.Of(DriftDocument.PathOf(_options.Models, _options.Name));
        lock (_reading)
        {
            if (now != _identity)
            {
                (_document, _identity) = (DriftDocument.Read(_options.Models, _options.Name), now);
            }

            return _document;
        }
    }

    public void Dispose() => _meter.Dispose();

    private IEnumerable<Measurement<double>> Newest(Func<OutcomeDrift, double> of) => Of(d => d.Outcomes.GroupBy(o => o.Version)
        .Select(g => new Measurement<double>(of(g.Last()), new KeyValuePair<string, object?>("version", g.Key))));

    private IEnumerable<Measurement<T>> Of<T>(Func<DriftDocument, IEnumerable<Measurement<T>>> of)
        where T : struct
    {
        try
        {
            return Current() is { } document ? of(document) : [];
        }
        catch (ModelPackageException)
        {
            return [];
        }
    }
}
