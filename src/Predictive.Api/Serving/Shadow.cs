using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api.Configuration;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Serving;

/// <summary>How a challenger disagrees with the version in service, over a sample of the requests since both are what they are.</summary>
/// <param name="Champion">The version in service.</param>
/// <param name="Challenger">The version that is tried.</param>
/// <param name="Scored">Requests scored by both.</param>
/// <param name="MeanDifference">Mean absolute difference of the churn probability; 0 where none was scored.</param>
/// <param name="BandChanges">Share whose band of risk differs, 0–1.</param>
/// <param name="Dropped">Sampled requests that were left out because too many waited.</param>
/// <param name="Failed">Requests that the challenger could not score.</param>
/// <param name="Unanswered">Sampled requests that the challenger does not answer, because its scores were given for others, or as of
/// another time: they count in nothing else here.</param>
public sealed record ShadowReport(
    ModelStamp Champion, ModelStamp Challenger, long Scored, double MeanDifference, double BandChanges, long Dropped, long Failed,
    long Unanswered);

/// <summary>
/// Lets the challenger score a sample of the requests after they were answered: one at a time, from a bounded queue; what does not fit is
/// dropped and counted, so that an answer never waits for it.
/// </summary>
internal sealed partial class Shadow : BackgroundService
{
    private const int MostWaiting = 256;

    private readonly SnapshotKeeper _keeper;
    private readonly double _share;
    private readonly ILogger<Shadow> _log;
    private readonly Channel<Case> _channel = Channel.CreateBounded<Case>(new BoundedChannelOptions(MostWaiting) { SingleReader = true });
    private readonly Lock _counting = new();
    private long _requests;
    private Counts _counts = new(null, null);

    public Shadow(SnapshotKeeper keeper, ScoringHostOptions options, HostMetrics metrics, ILogger<Shadow> log)
    {
        (_keeper, _share, _log) = (keeper, options.ShadowShare, log);
        metrics.WatchShadow(() => Report);
    }

    /// <summary>What was seen so far; null = there is no challenger.</summary>
    public ShadowReport? Report
    {
        get
        {
            if (_keeper.Challenger is not { } challenger || _keeper.Current?.Scorer is not { } champion)
            {
                return null;
            }

            lock (_counting)
            {
                Counts c = For(champion, challenger);
                return new ShadowReport(
                    champion.Stamp, challenger.Stamp, c.Scored, c.Scored == 0 ? 0 : c.Difference / c.Scored,
                    c.Scored == 0 ? 0 : (double)c.Bands / c.Scored, c.Dropped, c.Failed,
                    c.Unanswered);
            }
        }
    }

    /// <summary>Whether the challenger holds scores that were given as of this time.</summary>
    public bool IsGivenAt(LocalTime asOf) => _keeper.Challenger?.Given?.AsOf == asOf;

    /// <summary>A request was answered by the version in service: perhaps it is one of the sample.</summary>
    /// <param name="snapshot">It was answered from.</param>
    /// <param name="history">Holds the customer.</param>
    /// <param name="customer">Index into it.</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="probability">What was answered.</param>
    public void Sample(ServingSnapshot snapshot, TransactionHistory history, int customer, LocalTime asOf, double probability)
    {
        if (_keeper.Challenger is not { } challenger)
        {
            return;
        }

        // Evenly spread: as many of any run of requests as its share.
        long n = Interlocked.Increment(ref _requests);
        if ((long)(n * _share) == (long)((n - 1) * _share))
        {
            return;
        }

        bool isOwn = ReferenceEquals(history, snapshot.History);
        if (!Canary.Answers(challenger, history.CustomerId(customer), isOwn ? asOf : null))
        {
            lock (_counting)
            {
                For(snapshot.Scorer, challenger).Unanswered++;
            }

            return;
        }

        if (!_channel.Writer.TryWrite(new Case(snapshot, challenger, history, customer, asOf, probability)))
        {
            lock (_counting)
            {
                For(snapshot.Scorer, challenger).Dropped++;
            }
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (Case one in _channel.Reader.ReadAllAsync(stoppingToken))
            {
                Score(one);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What still waits is of no use to anybody.
        }
    }

    private void Score(Case one)
    {
        double? probability = null;
        try
        {
            probability = (ReferenceEquals(one.History, one.Snapshot.History)
                ? one.Challenger.Score(one.History, one.Customer, one.AsOf, withLever: false)
                : one.Challenger.ScoreOnce(one.History, one.Customer, one.AsOf, withLever: false)).Churn.Probability;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // Whatever it is: it is the challenger's, and it fails in the shadow.
            ScoreFailed(e);
        }

        lock (_counting)
        {
            Counts counts = For(one.Snapshot.Scorer, one.Challenger);
            if (probability is not { } p)
            {
                counts.Failed++;
                return;
            }

            counts.Scored++;
            counts.Difference += Math.Abs(p - one.Probability);
            counts.Bands += BandOf(p, one.Challenger) == BandOf(one.Probability, one.Snapshot.Scorer) ? 0 : 1;
        }
    }

    private static int BandOf(double probability, CustomerScorer scorer) =>
        ChurnBand.Compute(probability, scorer.Bundle.Rules.Options.ChurnBands);

    // Of two versions: where either is another one, counting begins anew.
    private Counts For(CustomerScorer champion, CustomerScorer challenger) =>
        _counts.Champion == champion && _counts.Challenger == challenger ? _counts : _counts = new Counts(champion, challenger);

    private sealed class Counts(CustomerScorer? champion, CustomerScorer? challenger)
    {
        public CustomerScorer? Champion { get; } = champion;

        public CustomerScorer? Challenger { get; } = challenger;

        public long Scored { get; set; }

        public double Difference { get; set; }

        public long Bands { get; set; }

        public long Dropped { get; set; }

        public long Failed { get; set; }

        public long Unanswered { get; set; }
    }

    private sealed record Case(
        ServingSnapshot Snapshot, CustomerScorer Challenger, TransactionHistory History, int Customer, LocalTime AsOf, double Probability);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The challenger could not score a request in the shadow")]
    private partial void ScoreFailed(Exception fault);
}
