namespace Predictive.History.Text;

/// <summary>What stands for an order id where only equality counts.</summary>
internal static class NameHash
{
    /// <summary>64 bits of a name's UTF-8 bytes; 0 = missing or blank.</summary>
    public static ulong Of(ReadOnlySpan<byte> name) => TextPool.IsBlank(name) ? 0 : Math.Max(1, RowHash.Of(name));

    /// <inheritdoc cref="Of(ReadOnlySpan{byte})"/>
    public static ulong Of(string? name) => name is null ? 0 : Of(System.Text.Encoding.UTF8.GetBytes(name));
}
