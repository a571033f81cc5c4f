using System.Collections.Concurrent;
using System.Globalization;

namespace Predictive.Worker;

/// <summary>
/// Whether a worker goes on: each of its loops says when it works and when it rests, and one that says nothing for too long stands still.
/// It is asked, never rings by itself: a worker that hangs cannot go on claiming that it lives.
/// </summary>
/// <param name="clock">Measures the silence; the wall clock's jumps do not enter.</param>
/// <remarks>Safe to use from several threads.</remarks>
public sealed class Pulse(TimeProvider clock)
{
    /// <summary>Longest silence of a loop that rests: its pauses are of seconds, so a minute means that nothing is run any more.</summary>
    public static readonly TimeSpan LongestRest = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Longest silence of a loop that works, without a word of progress: the slowest step of a training of millions of customers takes
    /// minutes, so an hour means that it waits for what does not come.
    /// </summary>
    public static readonly TimeSpan LongestWork = TimeSpan.FromHours(1);

    private readonly ConcurrentDictionary<string, (bool Works, long Since)> _loops = new(StringComparer.Ordinal);

    /// <summary>The loop begins something, or got on with it.</summary>
    /// <param name="loop">Its name.</param>
    public void Working(string loop) => _loops[loop] = (true, clock.GetTimestamp());

    /// <summary>The loop has come round and waits for its next turn.</summary>
    /// <param name="loop">Its name.</param>
    public void Resting(string loop) => _loops[loop] = (false, clock.GetTimestamp());

    /// <summary>What stands still, in words; null = everything that was begun goes on.</summary>
    public string? StandsStill()
    {
        foreach ((string loop, (bool works, long since)) in _loops.OrderBy(l => l.Key, StringComparer.Ordinal))
        {
            TimeSpan silent = clock.GetElapsedTime(since);
            if (silent > (works ? LongestWork : LongestRest))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{loop} has said nothing for {silent.TotalSeconds:0} s while it {(works ? "works" : "rests")}");
            }
        }

        return null;
    }

    /// <summary>Progress that is passed on and counts as a word of a loop's work.</summary>
    /// <param name="shown">Where it goes.</param>
    /// <param name="loop">Whose work it is.</param>
    public IProgress<T> Through<T>(IProgress<T> shown, string loop) => new Heard<T>(this, shown, loop);

    private sealed class Heard<T>(Pulse pulse, IProgress<T> shown, string loop) : IProgress<T>
    {
        public void Report(T value)
        {
            pulse.Working(loop);
            shown.Report(value);
        }
    }
}
