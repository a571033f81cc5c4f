namespace Predictive.History;

/// <summary>A count with the first few cases in words.</summary>
internal sealed class Tally(int exampleCount)
{
    private readonly List<string> _examples = [];

    public long Count { get; private set; }

    public IReadOnlyList<string> Examples => _examples;

    /// <summary>Counts one more; it is put into words only while examples are wanted.</summary>
    /// <param name="of">What the words are about. Handed over, not captured: a closure would be made for every line, counted or
    /// not.</param>
    /// <param name="describe">Static: the words.</param>
    public void Add<T>(T of, Func<T, string> describe)
    {
        if (Count++ < exampleCount)
        {
            _examples.Add(describe(of));
        }
    }

    /// <summary>Counts what another has counted after this one.</summary>
    public void Add(Tally other)
    {
        Count += other.Count;
        _examples.AddRange(other._examples.Take(Math.Max(0, exampleCount - _examples.Count)));
    }

    /// <summary>Counts several at once, without an example.</summary>
    public void Add(long count) => Count += count;
}
