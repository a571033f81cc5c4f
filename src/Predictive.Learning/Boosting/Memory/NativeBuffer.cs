using System.Runtime.InteropServices;

namespace Predictive.Learning.Boosting.Memory;

/// <summary>
/// A cache-line-aligned block outside the garbage-collected heap: kernels keep pointers into it, and its memory goes back at once.
/// </summary>
internal sealed unsafe class NativeBuffer<T> : IDisposable
    where T : unmanaged
{
    private const nuint CacheLine = 64;
    private const nuint HugePage = 2 << 20;

    public NativeBuffer(long length, bool zeroed = false)
    {
        Length = length;
        nuint bytes = checked((nuint)length * (nuint)sizeof(T));
        nuint alignment = bytes >= 2 * HugePage ? HugePage : CacheLine;
        Pointer = (T*)NativeMemory.AlignedAlloc(bytes + CacheLine, alignment); // + one line: kernels may read past the end, never write
        if (alignment == HugePage)
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

/// <summary>
/// Asks Linux to back a block with 2 MiB pages: rows of a deep node lie scattered over the table, and with 4 KiB pages most of them miss
/// the address-translation cache. Only a hint; elsewhere, and where refused, nothing changes but speed.
/// </summary>
internal static unsafe partial class HugePages
{
    private const int UseHugePages = 14; // MADV_HUGEPAGE

    public static void Ask(void* address, nuint bytes)
    {
        if (!OperatingSystem.IsLinux())
        {
            return;
        }

        try
        {
            _ = Advise(address, bytes, UseHugePages);
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            // No such call here.
        }
    }

    [LibraryImport("libc", EntryPoint = "madvise")]
    private static partial int Advise(void* address, nuint bytes, int advice);
}
