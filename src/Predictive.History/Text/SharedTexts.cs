
namespace Predictive.History.Text;

/// <summary>
/// One pool of names that several threads fill: each looks its values up in a pool of its own, and only what is new to it goes into the
/// shared one, a batch at a time.
/// </summary>
/// <remarks>Codes depend on which thread came first; they are provisional until <see cref="Finish"/> ranks them.</remarks>
internal sealed class SharedTexts
{
    private readonly Lock _lock = new();
    private readonly TextPool _all = new();

    /// <summary>Distinct values so far; codes are below.</summary>
    public int Count => _all.Count;

    /// <summary>A view for one thread.</summary>
    public Local Open() => new(this);

    /// <summary>The code of a value.</summary>
    public int CodeOf(string value) => CodeOf(System.Text.Encoding.UTF8.GetBytes(value));

    /// <summary>The code of a value.</summary>
    public int CodeOf(ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            return _all.CodeOf(bytes);
        }
    }

    /// <summary>The bytes of a code. Not while threads are reading.</summary>
    public ReadOnlySpan<byte> Bytes(int code) => _all.Bytes(code);

    /// <summary>A code's value as text. Not while threads are reading.</summary>
    public string Text(int code) => _all.Text(code);

    /// <summary>Ranks what is in use, as <see cref="TextRanks.Of"/> does.</summary>
    public (int[] Ranks, string[] Names) Finish(ReadOnlySpan<bool> used) => TextRanks.Of(_all, used);

    /// <summary>One thread's view.</summary>
    internal sealed class Local(SharedTexts shared)
    {
        private int[] _shared = new int[1 << 10];
        private int _known;

        /// <summary>Where the thread interns its values.</summary>
        public TextPool Pool { get; } = new();

        /// <summary>Replaces codes of <see cref="Pool"/> by the shared ones; −1 stays.</summary>
        public void Share(Span<int> codes)
        {
            if (Pool.Count > _known)
            {
                Learn();
            }

            foreach (ref int code in codes)
            {
                if (code >= 0)
                {
                    code = _shared[code];
                }
            }
        }

        private void Learn()
        {
            if (_shared.Length < Pool.Count)
            {
                Array.Resize(ref _shared, Math.Max(Pool.Count, _shared.Length * 2));
            }

            lock (shared._lock)
            {
                for (; _known < Pool.Count; _known++)
                {
                    ReadOnlySpan<byte> value = Pool.Bytes(_known);
                    _shared[_known] = shared._all.CodeOf(value);
                }
            }
        }
    }
}
