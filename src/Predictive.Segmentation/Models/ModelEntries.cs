namespace Predictive.Segmentation.Models;

/// <summary>Takes a learner's payload out of a model's entry.</summary>
/// <returns>Name of the entry it lies in.</returns>
internal delegate string LearnerSink(byte[] payload);

/// <summary>The payload that lies in an entry.</summary>
internal delegate ReadOnlyMemory<byte> LearnerSource(string entry);

/// <summary>Which entries of a version zip a model is made of: the one place that decides it.</summary>
/// <remarks>
/// A payload in this product's own layout (<c>.bin</c>) stays inside the entry of the model that uses it. A payload that is a file of some
/// other format is an entry of its own, byte for byte, so that whatever knows the format reads it.
/// <code>
/// payloads     churn                                     clv                                   portraits
/// .bin         churn.bin                                 clv.bin                               portraits.bin
/// .mlnet.zip   churn.bin, churn.mlnet.zip, churn-2...    clv.bin, clv.mlnet.zip, clv-2...      portraits.mlnet.zip
/// </code>
/// </remarks>
internal static class ModelEntries
{
    private const string Own = ".bin";

    /// <summary>Entry of a model that blends learners.</summary>
    public static string Blend(string model) => model + Own;

    /// <summary>Entry of a model that is one payload and nothing else.</summary>
    public static string Single(string model, string payloadExtension) => model + payloadExtension;

    /// <summary>Adds the entries of a model that blends learners.</summary>
    /// <param name="entries">Of the zip.</param>
    /// <param name="model">Name without ending, such as <c>churn</c>.</param>
    /// <param name="payloadExtension">Of the engine.</param>
    /// <param name="save">Writes the model; it hands each learner to the sink, or keeps it inside where there is none.</param>
    public static void Write(IDictionary<string, byte[]> entries, string model, string payloadExtension, Action<Stream, LearnerSink?> save)
    {
        int learners = 0;
        using var stream = new MemoryStream();
        save(stream, payloadExtension == Own ? null : Add);
        entries.Add(Blend(model), stream.ToArray());

        string Add(byte[] payload)
        {
            string name = (++learners == 1 ? model : $"{model}-{learners}") + payloadExtension;
            entries.Add(name, payload);
            return name;
        }
    }
}
