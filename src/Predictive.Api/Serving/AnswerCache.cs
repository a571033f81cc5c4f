using Predictive.Api.Answers;

namespace Predictive.Api.Serving;

/// <summary>
/// Answers over the whole base as ready bytes, by what was asked; the least recently asked give way. Whoever asks for what is being made
/// waits for that one; when nobody waits any more, the making is cancelled. Safe to use from several threads.
/// </summary>
internal sealed class AnswerCache(WorkQueue work, int most)
{
    private readonly Dictionary<string, LinkedListNode<Entry>> _entries = new(StringComparer.Ordinal);
    private readonly LinkedList<Entry> _byUse = new();
    private readonly Lock _lock = new();

    /// <summary>The answer to a question.</summary>
    /// <param name="key">What is asked, with its parameters.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="cancellation">The caller has gone.</param>
    /// <exception cref="RequestException">Too much waits already.</exception>
    public async Task<byte[]> Get(string key, Func<CancellationToken, byte[]> make, CancellationToken cancellation)
    {
        Entry entry;
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out LinkedListNode<Entry>? node))
            {
                _byUse.Remove(node);
                _byUse.AddFirst(node);
                entry = node.Value;
            }
            else
            {
                entry = new Entry(key);
                _entries[key] = _byUse.AddFirst(entry);
                // Started under the lock, so that nobody sees an entry without its task; the work itself runs elsewhere.
                entry.Answer = Make(entry, make);
                for (LinkedListNode<Entry>? last = _byUse.Last; _entries.Count > most && last is not null && last.Value != entry;)
                {
                    LinkedListNode<Entry>? before = last.Previous;
                    if (last.Value.Answer.IsCompleted)
                    {
                        Forget(last.Value);
                    }

                    last = before;
                }
            }

            entry.Waiting++;
        }

        try
        {
            return await entry.Answer.WaitAsync(cancellation);
        }
        finally
        {
            lock (_lock)
            {
                entry.Waiting--;
                if (entry.Waiting == 0 && !entry.Answer.IsCompleted)
                {
                    Forget(entry);
                    entry.Abandoned.Cancel();
                }
            }
        }
    }

    private async Task<byte[]> Make(Entry entry, Func<CancellationToken, byte[]> make)
    {
        await Task.Yield();
        try
        {
            return await work.Run(make, entry.Abandoned.Token);
        }
        catch
        {
            // A failure is not an answer: the next one who asks tries again.
            lock (_lock)
            {
                Forget(entry);
            }

            throw;
        }
    }

    private void Forget(Entry entry)
    {
        if (_entries.TryGetValue(entry.Key, out LinkedListNode<Entry>? node) && node.Value == entry)
        {
            _entries.Remove(entry.Key);
            _byUse.Remove(node);
        }
    }

    private sealed class Entry(string key)
    {
        public string Key { get; } = key;

        public CancellationTokenSource Abandoned { get; } = new();

        public Task<byte[]> Answer { get; set; } = null!;

        public int Waiting { get; set; }
    }
}
