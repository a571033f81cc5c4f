namespace Predictive.History;

/// <summary>A count with the first few cases in words.</summary>
internal sealed class Tally(int exampleCount)
{
    private readonly List<string> _examples = [];

    public long Count { get; private set; }

    public IReadOnlyList<string> Examples => _examples;

    /// <summary>Counts one more; it is put into words only while examples are wanted.</summary>
    public void Add(Func<string> describe)
    {
        if (Count++ < exampleCount)
        {
            _examples.Add(describe());
        }
    }

    /// <summary>Counts several at once, without an example.</summary>
    public void Add(long count) => Count += count;
}
