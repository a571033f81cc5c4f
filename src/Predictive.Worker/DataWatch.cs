using Predictive.History.Loading;

namespace Predictive.Worker;

/// <summary>
/// Sees when the files of a dataset have changed and then stood still for a while: a delivery that is still being copied is none.
/// </summary>
/// <param name="path">Where the dataset, or the copy of a sample of it, lies.</param>
/// <param name="still">How long it must stand still.</param>
/// <param name="clock">The wall clock.</param>
internal sealed class DataWatch(Func<string> path, TimeSpan still, TimeProvider clock)
{
    private string? _seen, _told;
    private DateTimeOffset _since;

    /// <summary>Identity of data that has settled and was not told before; null = there is none, or it cannot be looked at now.</summary>
    public string? Settled()
    {
        string? now = Look();
        if (now != _seen)
        {
            (_seen, _since) = (now, clock.GetUtcNow());
        }

        if (now is null || now == _told || clock.GetUtcNow() - _since < still)
        {
            return null;
        }

        _told = now;
        return now;
    }

    private string? Look()
    {
        try
        {
            return DatasetIdentity.Of(path());
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
