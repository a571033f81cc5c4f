using System.Globalization;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// Keeps the champion of a model loaded and swaps it when the registry's champion changes, without a failed or a mixed request.
/// </summary>
/// <remarks>
/// A request reads <see cref="Current"/> once and uses what it got to the end: the old value stays valid until nobody holds it.
/// A new champion is loaded beside the one in service; where it is refused, the one in service stays and <see cref="Refusal"/> says why.
/// Where nothing is in service yet, earlier champions are tried, newest first, then the other versions that no grade holds back. Nothing a
/// file can hold, and no fault of a folder, escapes as an exception. A version that was refused is tried again only once its file has
/// changed. Safe to use from several threads; refreshes take turns.
/// </remarks>
/// <typeparam name="T">What a zip is loaded into. Should be immutable.</typeparam>
public sealed class ChampionWatch<T> : IDisposable
    where T : class
{
    private readonly ModelRegistry _registry;
    private readonly string _name;
    private readonly Func<ModelPackage, ModelVersion, T> _load;
    private readonly Lock _refreshing = new();
    private readonly Dictionary<int, (FileIdentity File, string Why)> _refused = [];
    private volatile Loaded? _current;
    private volatile string? _refusal;
    private ITimer? _timer;

    /// <summary>Loads the champion, or the newest earlier version that loads; does not poll yet (see <see cref="Start"/>).</summary>
    /// <param name="registry">Where.</param>
    /// <param name="name">Which model.</param>
    /// <param name="load">Turns a checked package into what serves; throws <see cref="ModelPackageException"/> to refuse it.</param>
    public ChampionWatch(ModelRegistry registry, string name, Func<ModelPackage, ModelVersion, T> load)
    {
        ArgumentNullException.ThrowIfNull(registry);
        ArgumentNullException.ThrowIfNull(load);
        (_registry, _name, _load) = (registry, name, load);
        Refresh();
    }

    /// <summary>What serves, with its version; null = no version could be loaded yet.</summary>
    public (ModelVersion Version, T Value)? Current => _current is { } loaded ? (loaded.Version, loaded.Value) : null;

    /// <summary>Why the registry's champion is not the one in service; null = it is.</summary>
    public string? Refusal => _refusal;

    /// <summary>Raised after a swap, and when a champion is refused (once for each new reason); on the thread that refreshed.</summary>
    public event Action<ChampionWatch<T>>? Changed;

    /// <summary>Polls from now on; a second call replaces the first. A poll reads one small file.</summary>
    public void Start(TimeProvider clock, TimeSpan interval)
    {
        ArgumentNullException.ThrowIfNull(clock);
        ITimer timer = clock.CreateTimer(_ => Refresh(), null, interval, interval);
        Interlocked.Exchange(ref _timer, timer)?.Dispose();
    }

    /// <summary>Looks now, as after a promotion through this process.</summary>
    /// <returns>Whether what serves has changed.</returns>
    public bool Refresh()
    {
        bool swapped = false;
        string? refusal = null;
        bool told;
        lock (_refreshing)
        {
            try
            {
                ModelVersion champion = _registry.Resolve(_name);
                swapped = champion != _current?.Version && TryLoad(champion, out refusal);
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                refusal = Words(e);
            }

            swapped |= refusal is not null && _current is null && TryEarlier();
            told = refusal is not null && refusal != _refusal;
            _refusal = refusal;
        }

        if (swapped || told)
        {
            Changed?.Invoke(this);
        }

        return swapped;
    }

    /// <summary>Stops polling; <see cref="Current"/> stays usable.</summary>
    public void Dispose() => Interlocked.Exchange(ref _timer, null)?.Dispose();

    private bool TryLoad(ModelVersion version, out string? refusal)
    {
        FileIdentity file = FileIdentity.Of(version.Path);
        if (_refused.TryGetValue(version.Version, out var before) && before.File == file)
        {
            refusal = before.Why;
            return false;
        }

        try
        {
            _current = new Loaded(version, _load(_registry.Load(version), version));
            _refused.Remove(version.Version);
            refusal = null;
            return true;
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            refusal = Words(e);
            _refused[version.Version] = (file, refusal);
            return false;
        }
    }

    private bool TryEarlier()
    {
        try
        {
            IReadOnlyList<ModelVersion> there = _registry.Versions(_name);
            IEnumerable<ModelVersion> champions =
                PreviousChampions().Reverse().Distinct().Select(n => there.FirstOrDefault(v => v.Version == n)).OfType<ModelVersion>();
            return champions.Any(v => TryLoad(v, out _)) || there.Reverse().Any(v => !HeldBack(v) && TryLoad(v, out _));
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return false;
        }
    }

    private int[] PreviousChampions()
    {
        try
        {
            return [.. _registry.Aliases(_name).Previous ?? []];
        }
        catch (ModelPackageException)
        {
            return [];
        }
    }

    private bool HeldBack(ModelVersion version)
    {
        try
        {
            return _registry.Load(version).Manifest.Metrics is { Promotable: false };
        }
        catch (ModelPackageException)
        {
            return true;
        }
    }

    private string Words(Exception e) => e is ModelPackageException
        ? e.Message
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{_name}: the champion cannot be read ({e.Message.TrimEnd('.')}). Mend the folder, or promote another version.");

    private sealed record Loaded(ModelVersion Version, T Value);
}
