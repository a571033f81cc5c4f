using Predictive.Learning;

namespace Predictive.Segmentation.Models;

/// <summary>Which entries of a version zip a model is made of: the one place that decides it.</summary>
/// <remarks>
/// What scores is always this product's own layout, whoever trained. A model that the engine's library saves in a format of its own lies
/// beside it, byte for byte, so that whatever knows the format reads it; nothing here does.
/// <code>
/// engine       scores                                  beside it
/// built-in     churn.bin  clv.bin  portraits.bin
/// mlnet        churn.bin  clv.bin  portraits.bin       churn.mlnet.zip  clv.mlnet.zip  clv-2.mlnet.zip ...  portraits.mlnet.zip
/// </code>
/// </remarks>
internal static class ModelEntries
{
    private const string Own = ".bin";

    /// <summary>Entry of a model.</summary>
    public static string Of(string model) => model + Own;

    /// <summary>The bytes a model saves.</summary>
    public static byte[] Bytes(Action<Stream> save)
    {
        using var stream = new MemoryStream();
        save(stream);
        return stream.ToArray();
    }

    /// <summary>Adds what the engine's library saved of a model's learners, in their order.</summary>
    /// <param name="entries">Of the zip.</param>
    /// <param name="model">Name without ending, such as <c>churn</c>.</param>
    /// <param name="extension">Of the engine's own format.</param>
    /// <param name="originals">See <see cref="IPredictor.Original"/>; empty ones are left out.</param>
    public static void AddOriginals(
        IDictionary<string, byte[]> entries, string model, string extension, IEnumerable<ReadOnlyMemory<byte>> originals)
    {
        int learners = 0;
        foreach (ReadOnlyMemory<byte> original in originals)
        {
            if (!original.IsEmpty)
            {
                entries.Add((++learners == 1 ? model : $"{model}-{learners}") + extension, original.ToArray());
            }
        }
    }

    /// <summary>Whether an entry holds a model in the engine's own format.</summary>
    public static bool IsOriginal(string entry, string extension) =>
        extension != Own && entry.EndsWith(extension, StringComparison.Ordinal);
}
