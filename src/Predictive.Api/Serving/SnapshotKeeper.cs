using System.Diagnostics;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api.Configuration;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Sources;
using Predictive.History.Loading;
using Predictive.History.Warehouse;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Serving;

/// <summary>
/// Keeps a serving snapshot in service: looks at registry, dataset and clock now and then, builds a new one in the background when one of
/// them has changed, and swaps it in as a whole. A build that fails leaves the old one in service and says why.
/// </summary>
/// <remarks>Safe to use from several threads; builds take turns.</remarks>
public sealed partial class SnapshotKeeper : BackgroundService
{
    private const int MostReads = 3;

    private static readonly TimeSpan s_retry = TimeSpan.FromMinutes(1);

    private readonly ScoringHostOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<SnapshotKeeper> _log;
    private readonly HostMetrics _metrics;
    private readonly ChampionWatch<Loaded> _champion;
    private readonly WorkQueue _work;
    private readonly ChallengerWatch _challenger;
    private readonly SemaphoreSlim _turn = new(1);
    private volatile ServingSnapshot? _current;
    private volatile string? _fault, _warehouseFault;
    private readonly WarehouseWatch? _warehouse;
    private string? _toldRefusal;
    private (string? Identity, TransactionHistory History, EventBase Base)? _data;
    private (string? Identity, DateTimeOffset At)? _failed;
    private readonly Lock _erasing = new();
    private volatile Erasures _erasures = Predictive.History.Sources.Erasures.None;
    private FileIdentity _erasuresFile;

    /// <summary>Nothing is loaded yet; see <see cref="Start"/>.</summary>
    public SnapshotKeeper(ScoringHostOptions options, TimeProvider clock, ILogger<SnapshotKeeper> log, HostMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_options, _clock, _log, _metrics) = (options, clock, log, metrics);
        _work = new WorkQueue(options.MaxQueued);
        Registry = new ModelRegistry(options.Models, SmokeTest.Admit);
        _champion = new ChampionWatch<Loaded>(Registry, options.Name, (package, version) =>
            new Loaded(
                FileIdentity.Of(version.Path),
                new CustomerScorer(ModelBundle.Load(package), new ModelStamp(version.Name, version.Version))));
        _challenger = new ChallengerWatch(Registry, options.Name);
        _warehouse = options.Data is { } data ? new WarehouseWatch(data, clock) : null;
        metrics.Watch(this, clock);
    }

    /// <summary>Versions and aliases.</summary>
    public ModelRegistry Registry { get; }

    /// <summary>The snapshot in service: read once per request. Null = no model yet.</summary>
    public ServingSnapshot? Current => _current;

    /// <summary>Why the registry's champion is not the one in service; null = it is.</summary>
    public string? Refusal => _champion.Refusal;

    /// <summary>The version that waits for promotion, loaded; null = there is none that loads.</summary>
    public CustomerScorer? Challenger => _challenger.Current;

    /// <summary>Why the registry's challenger is not loaded; null = it is, or there is none.</summary>
    public string? ChallengerRefusal => _challenger.Refusal;

    /// <summary>Why the latest build failed; null = it did not.</summary>
    public string? Fault => _fault ?? _warehouseFault ?? EventFault;

    /// <summary>Events that the data in service may not hold yet.</summary>
    internal EventBook Events { get; } = new();

    /// <summary>Who was erased, as last looked at.</summary>
    internal Erasures Erasures => _erasures;

    /// <summary>Looks at who was erased now: whoever asks costs one look at a file's name.</summary>
    /// <exception cref="DatasetException">It cannot be read.</exception>
    internal Erasures RefreshErasures()
    {
        if (_options.Data is not { } data)
        {
            return _erasures;
        }

        string root = File.Exists(data) ? Path.GetDirectoryName(Path.GetFullPath(data))! : data;
        var now = FileIdentity.Of(Path.Combine(root, Predictive.History.Sources.Erasures.FileName));
        lock (_erasing)
        {
            if (now != _erasuresFile)
            {
                (_erasures, _erasuresFile) = (Predictive.History.Sources.Erasures.Of(data), now);
            }

            return _erasures;
        }
    }

    /// <summary>Why events of the store are not in the scores; null = they are.</summary>
    internal string? EventFault { get; set; }

    /// <summary>
    /// The default as-of of whoever has events that a snapshot's data do not hold: as <see cref="DefaultAsOf"/> of data and events
    /// together. A snapshot at it is built at the next look.
    /// </summary>
    internal LocalTime AsOfWithEvents(ServingSnapshot snapshot) =>
        snapshot.Scorer.AsOfFor(Later(snapshot.AsOf!.Value, snapshot.History!));

    private LocalTime Later(LocalTime asOf, TransactionHistory history) =>
        Events.LastMidnight(DefaultAsOf.TodayOf(history.Description, _clock.GetUtcNow())) is { } events && events > asOf ? events : asOf;

    /// <summary>Loads the dataset and builds the first snapshot. Without a model the host starts all the same, not ready.</summary>
    /// <exception cref="DatasetException">The dataset is refused.</exception>
    public void Start()
    {
        if (_options.Data is not null)
        {
            LoadData(throwing: true);
        }

        Build(throwing: true);
    }

    /// <summary>Looks at registry, dataset and clock now instead of at the next poll.</summary>
    /// <returns>Whether what serves has changed.</returns>
    public async Task<bool> RefreshAsync(CancellationToken cancellation = default)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            return await Task.Run(() =>
            {
                LoadData(throwing: false);
                return Build(throwing: false);
            }, cancellation);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(_options.PollInterval, _clock, stoppingToken);
                await RefreshAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever it is, the next poll comes: a host must not end because a file is odd.
                _fault = e.Message;
                PollFailed(e);
            }
        }
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        _champion.Dispose();
        _turn.Dispose();
        base.Dispose();
    }

    private void LoadData(bool throwing)
    {
        if (_options.Data is not { } path)
        {
            return;
        }

        string? identity = null;
        try
        {
            RefreshErasures();
            LookElsewhere(path);
            identity = DatasetIdentity.Of(path);
            bool again = _failed is { } failed && (failed.Identity != identity || _clock.GetUtcNow() - failed.At >= s_retry);
            if (_data is { } data && data.Identity == identity)
            {
                _failed = null;
                return;
            }

            if (!throwing && _failed is not null && !again)
            {
                return;
            }

            (TransactionHistory history, EventBase events) = Load(path);
            _data = (identity, history, events);
            _failed = null;
        }
        catch (Exception e) when (!throwing && e is not OutOfMemoryException)
        {
            _failed = (identity, _clock.GetUtcNow());
            _fault = $"The dataset has changed and cannot be loaded: {e.Message}";
            _metrics.BuildFailed();
            BuildFailed(_fault);
        }
    }

    // A warehouse that is away takes nothing out of service: the copy of its lines stays.
    private void LookElsewhere(string path)
    {
        try
        {
            _warehouseFault = _warehouse?.Look() == false ? _warehouseFault : null;
        }
        catch (WarehouseException e) when (WarehouseFolder.HasCopy(path))
        {
            // Where it lies is for the log alone: anybody may ask whether a host is ready.
            _warehouseFault = "The newest lines are not known: the warehouse gave none when last asked. The log says why.";
            BuildFailed($"The newest lines are not known. {e.Message}");
        }
    }

    // What was folded into the files is looked at before and after they are read: the same, or they are read again.
    private (TransactionHistory, EventBase) Load(string path)
    {
        for (int attempt = 0; attempt < MostReads; attempt++)
        {
            IngestTarget target = IngestTarget.Of(path);
            FoldedTables folded = FoldedTables.Read(path);
            TransactionHistory history = DatasetLoader.Load(path, new LoadOptions
            {
                Columns = HistoryColumns.Answers, MemoryBytes = _options.MemoryBytes, Level = _options.Level,
                KeepOrderHashes = target.Refusal is null,
            });
            if (target.Refusal is null && history.Tables?.Prospects is { Count: > 0 })
            {
                // Of the same files: an event that is folded into them later would stand in them and over them.
                _ = history.Tables?.ProspectHistory?.Value;
            }

            if (folded.IsSame(FoldedTables.Read(path)))
            {
                AccountPeople? people = history.Accounts is { } accounts ? AccountPeople.Load(path, accounts) : null;
                return (history, new EventBase(folded, target with { Accounts = history.Accounts }, people));
            }
        }

        throw new DatasetException("unsteady", $"The files of '{path}' change while they are read; expected them to rest now and then.");
    }

    private bool Build(bool throwing)
    {
        _champion.Refresh();
        if (_champion.Refusal is { } refusal && refusal != _toldRefusal)
        {
            ChampionRefused(refusal);
        }

        _toldRefusal = _champion.Refusal;
        _challenger.Refresh(_champion.Current?.Version.Version);
        if (_champion.Current is not { } champion)
        {
            return false;
        }

        ServingSnapshot? old = _current;
        TransactionHistory? history = _data?.History;
        LocalTime? asOf = history is null
            ? null
            : champion.Value.Scorer.AsOfFor(Later(DefaultAsOf.Of(history, _clock.GetUtcNow()).AsOf, history));
        if (old is not null && ReferenceEquals(old.Scorer, champion.Value.Scorer) && ReferenceEquals(old.History, history)
            && old.AsOf == asOf)
        {
            _fault = _failed is null ? null : _fault;
            return false;
        }

        try
        {
            long start = Stopwatch.GetTimestamp();
            ScoreTable? scores = history is null ? null : champion.Value.Scorer.ScoreAll(history, asOf!.Value);
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            _current = new ServingSnapshot(
                champion.Version, champion.Value.File, champion.Value.Scorer, history, _data?.Identity, asOf, scores, _clock.GetUtcNow(),
                took, _work, _options.ReadyBytes) { Base = _data?.Base };
            _fault = _failed is null ? null : _fault;
            _metrics.Built(took);
            Swapped(_current.Id, _current.Model, _current.DataAsOf, asOf?.ToString() ?? "", (long)took.TotalMilliseconds);
            return true;
        }
        catch (Exception e) when (!throwing && e is not OutOfMemoryException)
        {
            string fault = $"The new snapshot cannot be built: {e.Message}";
            if (fault != _fault)
            {
                BuildFailed(fault);
            }

            _fault = fault;
            _metrics.BuildFailed();
            return false;
        }
    }

    private sealed record Loaded(FileIdentity File, CustomerScorer Scorer);

    [LoggerMessage(
        Level = LogLevel.Information,
        Message = "Snapshot {Id} is in service: model {Model}, data to {DataTo}, as of {AsOf}, built in {Milliseconds} ms")]
    private partial void Swapped(string id, string model, string dataTo, string asOf, long milliseconds);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Fault} What was in service stays.")]
    private partial void BuildFailed(string fault);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The registry's champion is refused: {Refusal} An earlier version serves, if any.")]
    private partial void ChampionRefused(string refusal);

    [LoggerMessage(Level = LogLevel.Error, Message = "A look at registry and dataset failed; the next one comes.")]
    private partial void PollFailed(Exception fault);
}
