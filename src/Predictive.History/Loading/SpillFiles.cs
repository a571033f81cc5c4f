using System.Runtime.InteropServices;

namespace Predictive.History.Loading;

/// <summary>Collects lines of one range and appends them to its file, a block of raw columns at a time.</summary>
internal sealed class SpillBlock : IDisposable
{
    private const int Capacity = 4096;
    private readonly FileStream _file;
    private readonly Scatter _from;
    private readonly int[] _codes = new int[Capacity];
    private readonly long[] _times = new long[Capacity];
    private readonly double[] _amounts = new double[Capacity];
    private readonly ulong[] _orders;
    private readonly ulong[] _lines;
    private readonly int[][] _texts;
    private readonly float[][] _numbers;
    private int _count;

    /// <param name="path">The file.</param>
    /// <param name="from">Where the optional columns of a line are taken from.</param>
    public SpillBlock(string path, Scatter from)
    {
        _from = from;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        _orders = new ulong[from.OrderHashes is null ? 0 : Capacity];
        _lines = new ulong[from.LineHashes is null ? 0 : Capacity];
        _texts = [.. from.Texts.Select(_ => new int[Capacity])];
        _numbers = [.. from.Numbers.Select(_ => new float[Capacity])];
    }

    /// <summary>Adds a line; its optional columns stand at <paramref name="row"/>.</summary>
    public void Add(int code, long time, double amount, int row)
    {
        int i = _count;
        (_codes[i], _times[i], _amounts[i]) = (code, time, amount);
        if (_from.OrderHashes is { } orders)
        {
            _orders[i] = orders[row];
        }

        if (_from.LineHashes is { } lines)
        {
            _lines[i] = lines[row];
        }

        for (int k = 0; k < _texts.Length; k++)
        {
            _texts[k][i] = _from.Texts[k][row];
        }

        for (int k = 0; k < _numbers.Length; k++)
        {
            _numbers[k][i] = _from.Numbers[k][row];
        }

        if (++_count == Capacity)
        {
            Flush();
        }
    }

    /// <summary>Closes; what was not flushed is lost.</summary>
    public void Dispose() => _file.Dispose();

    /// <summary>Appends what has been collected.</summary>
    public void Flush()
    {
        if (_count == 0)
        {
            return;
        }

        try
        {
            int count = _count;
            _file.Write(MemoryMarshal.AsBytes(MemoryMarshal.CreateReadOnlySpan(ref count, 1)));
            Write<int>(_codes);
            Write<long>(_times);
            Write<double>(_amounts);
            Write<ulong>(_orders);
            Write<ulong>(_lines);
            foreach (int[] text in _texts)
            {
                Write<int>(text);
            }

            foreach (float[] number in _numbers)
            {
                Write<float>(number);
            }
        }
        catch (IOException e)
        {
            throw new SpillException(Path.GetDirectoryName(Path.GetDirectoryName(_file.Name))!, e);
        }

        _count = 0;
    }

    private void Write<T>(ReadOnlySpan<T> values)
        where T : unmanaged => _file.Write(MemoryMarshal.AsBytes(values[..Math.Min(_count, values.Length)]));
}

/// <summary>Reads back what <see cref="SpillBlock"/> wrote, into the columns of a history.</summary>
internal sealed class SpillReader(string path, Scatter to) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
    private readonly long[] _times = new long[4096];
    private readonly double[] _amounts = new double[4096];
    private readonly ulong[] _orders = new ulong[to.OrderHashes is null ? 0 : 4096];
    private readonly ulong[] _lines = new ulong[to.LineHashes is null ? 0 : 4096];
    private readonly int[][] _texts = [.. to.Texts.Select(_ => new int[4096])];
    private readonly float[][] _numbers = [.. to.Numbers.Select(_ => new float[4096])];

    /// <summary>Lines of the block.</summary>
    public int Count { get; private set; }

    /// <summary>Customer code of each.</summary>
    public int[] Codes { get; } = new int[4096];

    /// <summary>The next block; false at the end.</summary>
    public bool Read()
    {
        int count = 0;
        int read = _file.ReadAtLeast(MemoryMarshal.AsBytes(MemoryMarshal.CreateSpan(ref count, 1)), sizeof(int), throwOnEndOfStream: false);
        if (read == 0)
        {
            return false;
        }

        Count = count;
        Fill<int>(Codes);
        Fill<long>(_times);
        Fill<double>(_amounts);
        Fill<ulong>(_orders);
        Fill<ulong>(_lines);
        foreach (int[] text in _texts)
        {
            Fill<int>(text);
        }

        foreach (float[] number in _numbers)
        {
            Fill<float>(number);
        }

        return true;
    }

    /// <summary>Puts a line of the block in its place.</summary>
    public void Put(int i, int place)
    {
        to.OrderedAt[place] = _times[i];
        to.Amount[place] = _amounts[i];
        if (to.OrderHashes is { } orders)
        {
            orders[place] = _orders[i];
        }

        if (to.LineHashes is { } lines)
        {
            lines[place] = _lines[i];
        }

        for (int k = 0; k < _texts.Length; k++)
        {
            to.Texts[k][place] = _texts[k][i];
        }

        for (int k = 0; k < _numbers.Length; k++)
        {
            to.Numbers[k][place] = _numbers[k][i];
        }
    }

    public void Dispose() => _file.Dispose();

    private void Fill<T>(Span<T> values)
        where T : unmanaged => _file.ReadExactly(MemoryMarshal.AsBytes(values[..Math.Min(Count, values.Length)]));
}

/// <summary>A temporary file could not be written: a fault of the disk, not of the data.</summary>
internal sealed class SpillException(string folder, IOException inner)
    : IOException(
        $"The history does not fit the memory budget, and its temporary files do not fit into '{folder}' ({inner.Message}). Free space "
            + "there, name another folder (TMPDIR), or allow more memory.",
        inner);
