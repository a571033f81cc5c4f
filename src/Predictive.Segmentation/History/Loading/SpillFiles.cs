using System.Runtime.InteropServices;

namespace Predictive.Segmentation.History.Loading;

/// <summary>Collects lines of one range and appends them to its file, a block of raw columns at a time.</summary>
internal sealed class SpillBlock : IDisposable
{
    private const int Capacity = 4096;
    private readonly FileStream _file;
    private readonly int[] _codes = new int[Capacity];
    private readonly long[] _times = new long[Capacity];
    private readonly double[] _amounts = new double[Capacity];
    private readonly int[][] _texts;
    private readonly float[][] _numbers;
    private int _count;

    public SpillBlock(string path, int texts, int numbers)
    {
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 0);
        _texts = [.. Enumerable.Range(0, texts).Select(_ => new int[Capacity])];
        _numbers = [.. Enumerable.Range(0, numbers).Select(_ => new float[Capacity])];
    }

    public void Add(int code, long time, double amount, int[][] texts, float[][] numbers, int row)
    {
        int i = _count;
        (_codes[i], _times[i], _amounts[i]) = (code, time, amount);
        for (int k = 0; k < texts.Length; k++)
        {
            _texts[k][i] = texts[k][row];
        }

        for (int k = 0; k < numbers.Length; k++)
        {
            _numbers[k][i] = numbers[k][row];
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
        where T : unmanaged => _file.Write(MemoryMarshal.AsBytes(values[.._count]));
}

/// <summary>Reads back what <see cref="SpillBlock"/> wrote.</summary>
internal sealed class SpillReader(string path, int texts, int numbers) : IDisposable
{
    private readonly FileStream _file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

    public int Count { get; private set; }

    public int[] Codes { get; } = new int[4096];

    public long[] Times { get; } = new long[4096];

    public double[] Amounts { get; } = new double[4096];

    public int[][] Texts { get; } = [.. Enumerable.Range(0, texts).Select(_ => new int[4096])];

    public float[][] Numbers { get; } = [.. Enumerable.Range(0, numbers).Select(_ => new float[4096])];

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
        Fill<long>(Times);
        Fill<double>(Amounts);
        foreach (int[] text in Texts)
        {
            Fill<int>(text);
        }

        foreach (float[] number in Numbers)
        {
            Fill<float>(number);
        }

        return true;
    }

    public void Dispose() => _file.Dispose();

    private void Fill<T>(Span<T> values)
        where T : unmanaged => _file.ReadExactly(MemoryMarshal.AsBytes(values[..Count]));
}

/// <summary>A temporary file could not be written: a fault of the disk, not of the data.</summary>
internal sealed class SpillException(string folder, IOException inner)
    : IOException($"The history does not fit the memory budget, and its temporary files do not fit into '{folder}' ({inner.Message}). Free space there, name another folder (TMPDIR), or allow more memory.", inner);
