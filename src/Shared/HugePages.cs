using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Predictive;

/// <summary>
/// Asks Linux to back a block with 2 MiB pages: what is reached in no order misses the address-translation cache nearly every time with 4
/// KiB pages, and each of those is one more fault when it is touched first. Only a hint; elsewhere, and where refused, nothing changes but
/// speed.
/// </summary>
/// <remarks>One source file, compiled into the projects that reach into large blocks at random: they know nothing of each other.</remarks>
internal static unsafe partial class HugePages
{
    /// <summary>Bytes of a page.</summary>
    public const int Size = 2 << 20;

    private const int UseHugePages = 14; // MADV_HUGEPAGE

    /// <summary>A fresh array whose elements are not cleared, backed with large pages where it is large.</summary>
    public static T[] Array<T>(int length)
        where T : unmanaged
    {
        T[] array = GC.AllocateUninitializedArray<T>(length);
        Ask(array);
        return array;
    }

    /// <summary>Asks for an array that has not been touched yet; small ones are left alone.</summary>
    public static void Ask<T>(T[] array)
        where T : unmanaged
    {
        nuint bytes = (nuint)array.Length * (nuint)sizeof(T);
        if (bytes < 2 * Size)
        {
            return;
        }

        // Whole pages inside the array; large arrays are not moved while they live, and if one were, only the hint would be lost.
        nuint start = ((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + Size - 1) & ~(nuint)(Size - 1);
        nuint end = ((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) + bytes) & ~(nuint)(Size - 1);
        Ask((void*)start, end - start);
    }

    /// <summary>Asks for a block.</summary>
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
