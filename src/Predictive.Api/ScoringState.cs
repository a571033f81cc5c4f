using System.Collections.Concurrent;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Api;

/// <summary>
/// What requests share: the model in service (swapped as a whole when the registry's champion changes), the customers' history, and scores of the
/// whole base per model version and as-of. Safe to use from several threads.
/// </summary>
public sealed class ScoringState : IDisposable
{
    private const int MostCachedBases = 4;

    private readonly ChampionWatch<CustomerScorer> _watch;
    private readonly ConcurrentDictionary<(int Version, AsOf AsOf), Lazy<ScoreTable>> _bases = new();

    /// <summary>Loads the dataset and the champion, and begins to watch the registry.</summary>
    public ScoringState(ScoringHostOptions options, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options;
        History = options.Data is { } data ? DatasetLoader.Load(data, new LoadOptions { MemoryBytes = options.MemoryBytes }) : null;
        Registry = new ModelRegistry(options.Models, SmokeTest.Admit);
        _watch = new ChampionWatch<CustomerScorer>(Registry, options.Name, (package, version) => new CustomerScorer(ModelBundle.Load(package), new ModelStamp(version.Name, version.Version)));
        _watch.Start(clock, options.PollInterval);
    }

    /// <summary>What is served.</summary>
    public ScoringHostOptions Options { get; }

    /// <summary>Versions and aliases.</summary>
    public ModelRegistry Registry { get; }

    /// <summary>The customers' history; null = none was given.</summary>
    public TransactionHistory? History { get; }

    /// <summary>Why the registry's champion is not the one in service; null = it is.</summary>
    public string? Refusal => _watch.Refusal;

    /// <summary>The scorer in service: read once per request. Null = no champion yet.</summary>
    public CustomerScorer? Current => _watch.Current?.Value;

    /// <summary>Asks the registry now instead of at the next poll.</summary>
    public void Refresh() => _watch.Refresh();

    /// <summary>The scorer in service.</summary>
    internal CustomerScorer Scorer() => Current
        ?? throw RequestException.Unavailable($"No model is in service: {Refusal ?? "the registry holds none"} Train one: predictive train DIR --models {Options.Models} --name {Options.Name}");

    /// <summary>The history, where one is served.</summary>
    internal TransactionHistory Base() => History
        ?? throw RequestException.Unavailable("This host serves no dataset, so customers cannot be looked up; start it with --data DIR, or send the history to POST /v1/score.");

    /// <summary>The as-of asked for, or midnight after the last transaction served.</summary>
    internal AsOf AsOfFor(string? text, TransactionHistory fallback)
    {
        TransactionHistory history = History ?? fallback;
        if (string.IsNullOrEmpty(text))
        {
            return AsOf.MidnightAfter(history.LastMicros);
        }

        TimeZoneInfo zone = TimeZoneInfo.FindSystemTimeZoneById(history.Description.TimeZone);
        return AsOf.TryParse(text, zone, out AsOf asOf)
            ? asOf
            : throw RequestException.Refused($"asOf is '{text}'; expected a date such as 2011-09-01, or 2011-09-01T10:15:00, with an offset if wanted.");
    }

    /// <summary>Scores of every customer with a purchase before the as-of, computed once per model version and as-of.</summary>
    internal ScoreTable ScoreBase(CustomerScorer scorer, AsOf asOf)
    {
        TransactionHistory history = Base();
        if (_bases.Count >= MostCachedBases)
        {
            _bases.Clear();
        }

        return _bases.GetOrAdd((scorer.Stamp.Version, asOf), _ => new Lazy<ScoreTable>(() => scorer.ScoreAll(history, asOf))).Value;
    }

    /// <inheritdoc/>
    public void Dispose() => _watch.Dispose();
}
