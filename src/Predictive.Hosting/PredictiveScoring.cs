using Microsoft.Extensions.Logging;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Hosting;

/// <summary>
/// The champion of a registry, in this process. When another version is promoted it is loaded beside the one in service and swapped in; one
/// that cannot be used is refused, told in the log, and the one in service stays. Safe to use from several threads.
/// </summary>
public sealed partial class PredictiveScoring : IDisposable
{
    private readonly ChampionWatch<CustomerScorer> _champion;
    private readonly PredictiveOptions _options;

    /// <summary>Loads the champion and keeps looking.</summary>
    /// <param name="options">Where versions come from.</param>
    /// <param name="clock">When to look again.</param>
    /// <param name="log">Told of swaps and refusals.</param>
    /// <exception cref="ArgumentException">No folder, no name, or an interval that is not above zero.</exception>
    public PredictiveScoring(PredictiveOptions options, TimeProvider clock, ILogger<PredictiveScoring> log)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Models, nameof(options));
        ArgumentException.ThrowIfNullOrWhiteSpace(options.Name, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(options.PollInterval, TimeSpan.Zero, nameof(options));
        _options = options;
        _champion = new ChampionWatch<CustomerScorer>(
            new ModelRegistry(options.Models, SmokeTest.Admit), options.Name,
            (package, version) => new CustomerScorer(ModelBundle.Load(package), new ModelStamp(version.Name, version.Version)));
        _champion.Changed += watch => Tell(log, watch);
        Tell(log, _champion);
        _champion.Start(clock, options.PollInterval);
    }

    /// <summary>The version in service: take it once per piece of work and use it to the end. Null = none could be loaded yet.</summary>
    public CustomerScorer? Current => _champion.Current?.Value;

    /// <summary>Why the registry's champion is not the one in service; null = it is.</summary>
    public string? Refusal => _champion.Refusal;

    /// <summary>Looks at the registry now, as after a promotion by this process.</summary>
    /// <returns>Whether what serves has changed.</returns>
    public bool Refresh() => _champion.Refresh();

    /// <summary>The score of one customer, whose lines the application has at hand.</summary>
    /// <param name="lines">Every line of one customer, in any order; those at or after the as-of are not looked at.</param>
    /// <param name="asOf">Local time of the shop.</param>
    /// <exception cref="InvalidOperationException">No version could be loaded yet, or it holds scores from outside and no model; the
    /// message says why.</exception>
    /// <exception cref="ArgumentException">No line, lines of several customers, or no purchase before the as-of.</exception>
    public CustomerScore Score(IEnumerable<TransactionLine> lines, DateTime asOf)
    {
        ArgumentNullException.ThrowIfNull(lines);
        TransactionLine[] own = [.. lines];
        if (own.Length == 0 || own.Any(l => l.CustomerId != own[0].CustomerId))
        {
            throw new ArgumentException(
                own.Length == 0 ? "There is no line; expected those of one customer." : "The lines are of several customers; expected one.",
                nameof(lines));
        }

        CustomerScorer scorer = Current ?? throw new InvalidOperationException(
            $"No version of '{_options.Name}' is in service: {Refusal ?? "the registry is empty"}. Train one: predictive train DIR.");
        if (scorer.Given is { } given)
        {
            throw new InvalidOperationException(given.RefusalText("the score of lines that came along"));
        }

        TransactionHistory history = TransactionHistoryBuilder.Build(own);
        var at = LocalTime.From(asOf);
        return Population.At(history, at).Length == 1
            ? scorer.ScoreOnce(history, 0, at)
            : throw new ArgumentException($"'{own[0].CustomerId}' has no purchase (amount > 0) before {at}.", nameof(lines));
    }

    /// <inheritdoc/>
    public void Dispose() => _champion.Dispose();

    private static void Tell(ILogger log, ChampionWatch<CustomerScorer> watch)
    {
        if (watch.Refusal is { } why)
        {
            Refused(log, why);
        }
        else if (watch.Current is { } current)
        {
            InService(log, current.Version.Name, current.Version.Version);
        }
    }

    [LoggerMessage(1, LogLevel.Information, "{Name} {Version} is in service.")]
    private static partial void InService(ILogger log, string name, int version);

    [LoggerMessage(2, LogLevel.Warning, "The champion is refused: {Why}")]
    private static partial void Refused(ILogger log, string why);
}
