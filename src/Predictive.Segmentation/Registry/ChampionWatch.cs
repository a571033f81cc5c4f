using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// Keeps the champion of a model loaded and swaps it when the registry's champion changes, without a failed or a mixed request.
/// </summary>
/// <remarks>
/// A request reads <see cref="Current"/> once and uses what it got to the end: the old value stays valid until nobody holds it.
/// A new champion is loaded beside the one in service; where it is refused, the one in service stays and <see cref="Refusal"/> says why.
/// Safe to use from several threads; refreshes take turns.
/// </remarks>
/// <typeparam name="T">What a zip is loaded into. Should be immutable.</typeparam>
public sealed class ChampionWatch<T> : IDisposable
    where T : class
{
    private readonly ModelRegistry _registry;
    private readonly string _name;
    private readonly Func<ModelPackage, ModelVersion, T> _load;
    private readonly Lock _refreshing = new();
    private volatile Loaded? _current;
    private volatile string? _refusal;
    private ITimer? _timer;

    /// <summary>Loads the champion if there is a sound one; does not poll yet (see <see cref="Start"/>).</summary>
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

    /// <summary>What serves, with its version; null = no champion could be loaded yet.</summary>
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
        bool swapped = false, told = false;
        lock (_refreshing)
        {
            try
            {
                ModelVersion champion = _registry.Resolve(_name);
                if (champion != _current?.Version)
                {
                    _current = new Loaded(champion, _load(_registry.Load(champion), champion));
                    swapped = true;
                }

                _refusal = null;
            }
            catch (ModelPackageException e)
            {
                told = e.Message != _refusal;
                _refusal = e.Message;
            }
        }

        if (swapped || told)
        {
            Changed?.Invoke(this);
        }

        return swapped;
    }

    /// <summary>Stops polling; <see cref="Current"/> stays usable.</summary>
    public void Dispose() => Interlocked.Exchange(ref _timer, null)?.Dispose();

    private sealed record Loaded(ModelVersion Version, T Value);
}
