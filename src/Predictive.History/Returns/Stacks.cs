using System.Runtime.InteropServices;

namespace Predictive.History.Returns;

/// <summary>A stack of numbers per key, all of one customer; its memory is used again for the next.</summary>
/// <typeparam name="TKey">What they are stacked by.</typeparam>
internal sealed class Stacks<TKey>
    where TKey : notnull
{
    // A dictionary that once held a giant's keys takes long to clear; a new one is made then.
    private const int LargeKeys = 1 << 14;

    private readonly List<(int Value, int Below)> _nodes = [];
    private Dictionary<TKey, int> _tops = [];

    /// <summary>Empties every stack.</summary>
    public void Clear()
    {
        if (_tops.Count > LargeKeys)
        {
            _tops = [];
        }
        else
        {
            _tops.Clear();
        }

        _nodes.Clear();
    }

    /// <summary>Puts a number on top.</summary>
    public void Push(TKey key, int value)
    {
        ref int top = ref CollectionsMarshal.GetValueRefOrAddDefault(_tops, key, out bool exists);
        _nodes.Add((value, exists ? top : -1));
        top = _nodes.Count - 1;
    }

    /// <summary>The number on top; false where the stack is empty.</summary>
    public bool TryTop(TKey key, out int value)
    {
        bool any = _tops.TryGetValue(key, out int top) && top >= 0;
        value = any ? _nodes[top].Value : 0;
        return any;
    }

    /// <summary>Takes the number on top away; there is one.</summary>
    public void Pop(TKey key) => _tops[key] = _nodes[_tops[key]].Below;
}
