using System.Runtime.InteropServices;

namespace Predictive.History.Returns;

/// <summary>A stack of numbers per key, all of one customer; its memory is used again for the next.</summary>
/// <remarks>
/// Most customers have a handful of lines: a search through their keys, newest first, many at a time by the processor's vectors, is several
/// times faster than a hash table that is filled for every line and asked once. A customer of many lines gets the hash table.
/// </remarks>
/// <typeparam name="TKey">What they are stacked by: whole numbers ≥ 0.</typeparam>
internal sealed class Stacks<TKey>
    where TKey : unmanaged, IEquatable<TKey>, System.Numerics.ISignedNumber<TKey>
{
    // Searched through up to here.
    private const int Few = 512;

    // Entries in the order they came; those of a key are linked from its top downwards once there are many.
    private TKey[] _keys = new TKey[64];
    private int[] _values = new int[64], _below = [];
    private int _count;
    private Dictionary<TKey, int>? _tops;

    private static TKey Gone => TKey.NegativeOne;

    /// <summary>Empties every stack.</summary>
    public void Clear()
    {
        _count = 0;
        _tops = null;
    }

    /// <summary>Puts a number on top.</summary>
    public void Push(TKey key, int value)
    {
        if (_count == _keys.Length)
        {
            Array.Resize(ref _keys, _count * 2);
            Array.Resize(ref _values, _count * 2);
        }

        (_keys[_count], _values[_count]) = (key, value);
        _count++;
        if (_tops is not null)
        {
            Link(_count - 1);
        }
        else if (_count > Few)
        {
            _tops = [];
            for (int i = 0; i < _count; i++)
            {
                Link(i);
            }
        }
    }

    /// <summary>The number on top; false where the stack is empty.</summary>
    public bool TryTop(TKey key, out int value)
    {
        int top = Top(key);
        value = top >= 0 ? _values[top] : 0;
        return top >= 0;
    }

    /// <summary>Takes the number on top away; there is one.</summary>
    public void Pop(TKey key)
    {
        int top = Top(key);
        _keys[top] = Gone;
        if (_tops is not null)
        {
            _tops[key] = _below[top];
        }
    }

    private int Top(TKey key) =>
        _tops is null ? _keys.AsSpan(0, _count).LastIndexOf(key) : _tops.TryGetValue(key, out int top) ? top : -1;

    private void Link(int entry)
    {
        if (_below.Length < _keys.Length)
        {
            Array.Resize(ref _below, _keys.Length);
        }

        if (_keys[entry] != Gone)
        {
            ref int top = ref CollectionsMarshal.GetValueRefOrAddDefault(_tops!, _keys[entry], out bool exists);
            _below[entry] = exists ? top : -1;
            top = entry;
        }
    }
}
