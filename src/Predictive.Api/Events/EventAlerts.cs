using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Acting.Alerts;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;

namespace Predictive.Api.Events;

/// <summary>
/// The rules of alerts.json, looked at for whoever an event came of, as soon as it is durable. Beside the answer, which does not wait; what
/// a host that dies has not looked at, the next round does, and nothing is told of twice.
/// </summary>
internal sealed partial class EventAlerts(
    SnapshotKeeper keeper, Answering answering, HostStore store, ScoringHostOptions options, ILogger<EventAlerts> log) : BackgroundService
{
    private const int MostWaiting = 10_000, MostTogether = 200;

    // Where more wait than are looked at in time, the newest are left to the next round.
    private readonly Channel<string> _channel = Channel.CreateBounded<string>(
        new BoundedChannelOptions(MostWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private string? _told, _root;

    /// <summary>Says that events of customers came.</summary>
    public void Came(IEnumerable<string> customers)
    {
        if (options.Data is null)
        {
            return;
        }

        foreach (string customer in customers.Distinct(StringComparer.Ordinal))
        {
            _channel.Writer.TryWrite(customer);
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        while (await _channel.Reader.WaitToReadAsync(stoppingToken))
        {
            var customers = new HashSet<string>(StringComparer.Ordinal);
            while (customers.Count < MostTogether && _channel.Reader.TryRead(out string? next))
            {
                customers.Add(next);
            }

            try
            {
                Look(customers, stoppingToken);
                _told = null;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is: events go on, and the next round looks at everybody.
                if (e.Message != _told)
                {
                    NotLooked(e.Message);
                }

                _told = e.Message;
            }
        }
    }

    private void Look(IEnumerable<string> customers, CancellationToken cancellation)
    {
        if (keeper.Current is not { History: not null } snapshot
            || !AlertSettings.IsThere(_root ??= DatasetFolder.Open(options.Data!).Root))
        {
            return;
        }

        RuleOptions settings = SegmentsFile.For(options.Data!);
        AlertSettings alerts = AlertSettings.For(options.Data!, settings);
        var evaluation = new AlertEvaluation(store.Get());
        foreach (string customer in customers)
        {
            cancellation.ThrowIfCancellationRequested();
            // Without a change over the data in service the round knows as much, and given scores do not change with what is bought.
            if (snapshot.Scorer.Given is not null
                || answering.Pending(customer, snapshot) is not { History: { CustomerCount: > 0 } history } pending)
            {
                continue;
            }

            ScoreTable scores = snapshot.Scorer.ScoreAll(history, pending.AsOf, cancellation: cancellation);
            if (scores.Count > 0)
            {
                HashSet<string> only = [.. Enumerable.Range(0, scores.Count).Select(scores.CustomerId)];
                evaluation.Evaluate(alerts, scores, settings, only, cancellation);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Rules were not looked at for new events: {Fault}")]
    private partial void NotLooked(string fault);
}
