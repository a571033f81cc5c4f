using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Predictive.Parquet.Metadata;

/// <summary>The one home of the throws of decoders, which know neither file nor column; readers add those (see <see cref="Reading.PageCursor"/>).</summary>
internal static class Corrupt
{
    /// <summary>Throws what becomes a <see cref="ParquetFormatException"/>.</summary>
    [DoesNotReturn, MethodImpl(MethodImplOptions.NoInlining)]
    public static void Throw(string problem) => throw new InvalidDataException(problem);

    /// <inheritdoc cref="Throw(string)"/>
    [DoesNotReturn, MethodImpl(MethodImplOptions.NoInlining)]
    public static T Throw<T>(string problem) => throw new InvalidDataException(problem);
}
