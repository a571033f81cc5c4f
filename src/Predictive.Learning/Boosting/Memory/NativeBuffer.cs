using System.Runtime.InteropServices;

namespace Predictive.Learning.Boosting.Memory;

/// <summary>
/// A cache-line-aligned block outside the garbage-collected heap: kernels keep pointers into it, and its memory goes back at once.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;

    public NativeBuffer(long length, bool zeroed = false)
    {
        Length = length;
        nuint bytes = checked((nuint)length * (nuint)sizeof(T));
        nuint alignment = bytes >= 2 * HugePages.Size ? HugePages.Size : CacheLine;
        Pointer = (T*)NativeMemory.AlignedAlloc(bytes + CacheLine, alignment); // + one line: kernels may read past the end, never write
        if (alignment == HugePages.Size)
        {
            HugePages.Ask(Pointer, bytes);
        }

        if (zeroed)
        {
            NativeMemory.Clear(Pointer, bytes);
        }
    }

    ~NativeBuffer() => Free();

    /// <summary>First element; null once disposed.</summary>
    public T* Pointer { get; private set; }

    /// <summary>Number of elements.</summary>
    public long Length { get; }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.AlignedFree(Pointer);
        Pointer = null;
    }
}
