using System.Buffers;

namespace Predictive.Parquet.Reading;

/// <summary>A pooled byte array that grows, with room after its content so that vector loads may read past the end.</summary>
internal sealed class PooledBytes : IDisposable
{
    /// <summary>Bytes that may be read (never used) after the content.</summary>
    public const int Slack = 64;

    /// <summary>The array; content starts at 0.</summary>
    public byte[] Array { get; private set; } = [];

    /// <summary>Makes room for a content length; the first <paramref name="keep"/> bytes survive.</summary>
    public void Reserve(int length, int keep = 0)
    {
        if (Array.Length - Slack >= length)
        {
            return;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(checked(length + Slack));
        Array.AsSpan(0, keep).CopyTo(larger);
        Dispose();
        Array = larger;
    }

    public void Dispose()
    {
        if (Array.Length > 0)
        {
            ArrayPool<byte>.Shared.Return(Array);
            Array = [];
        }
    }
}
