namespace Predictive.Learning;

/// <summary>
/// The envelope of every predictor but boosted trees, whose format is their own: magic number, format version, oldest reader that
/// understands it, kind, then the kind's own fields. Format history: 1 = first.
/// </summary>
internal static class PredictorPayload
{
    /// <summary>No envelope: what follows is boosted trees, or damaged.</summary>
    public const byte Trees = 1;
    public const byte Linear = 2;
    public const byte Forest = 3;
    private const int Magic = 0x31445250; // "PRD1"
    private const int Format = 1;
    private const int OldestReader = 1;

    public static void Save(Stream stream, byte kind, Action<PayloadWriter> fields)
    {
        var writer = new PayloadWriter();
        writer.Write(Magic);
        writer.Write(Format);
        writer.Write(OldestReader);
        writer.Write(kind);
        fields(writer);
        writer.CopyTo(stream);
    }

    /// <summary>Reads the envelope: the kind of what follows.</summary>
    /// <exception cref="LearningException">It was written by a newer format, or is damaged.</exception>
    public static byte Open(ref PayloadReader reader)
    {
        if (reader.Left < 13 || reader.Int() != Magic)
        {
            return Trees;
        }

        int format = reader.Int(), oldest = reader.Int();
        if (oldest > Format || format < 1)
        {
            throw new LearningException(
                $"The predictor has format {format} and needs a reader of format {oldest}; this one reads up to {Format}. Upgrade to "
                    + "read it.");
        }

        byte kind = reader.Byte();
        return kind != Trees ? kind : throw reader.Damaged($"kind {kind} is unknown");
    }
}
