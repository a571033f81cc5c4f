using System.Buffers.Binary;
using Microsoft.ML;

namespace Predictive.MLNet.Models;

/// <summary>Saves through <c>mlContext.Model</c>.</summary>
internal static class ModelZip
{
    private const uint EndSignature = 0x06054b50;
    private const uint EntrySignature = 0x02014b50;
    private const uint FirstDate = 0x0021_0000; // 1980-01-01 00:00, the zip format's zero

    /// <summary>
    /// What <c>mlContext.Model.Save</c> writes. Only the clock in the zip's headers is set to the format's zero: equal models give equal
    /// bytes.
    /// </summary>
    public static byte[] Save(MLContext context, ITransformer model, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        context.Model.Save(model, schema, stream);
        byte[] zip = stream.ToArray();
        StopClock(zip);
        return zip;
    }

    private static void StopClock(Span<byte> zip)
    {
        int end = zip.Length - 22;
        while (end >= 0 && BinaryPrimitives.ReadUInt32LittleEndian(zip[end..]) != EndSignature)
        {
            end--;
        }

        if (end < 0)
        {
            return;
        }

        int entries = BinaryPrimitives.ReadUInt16LittleEndian(zip[(end + 10)..]);
        int at = (int)BinaryPrimitives.ReadUInt32LittleEndian(zip[(end + 16)..]);
        for (int i = 0; i < entries && at + 46 <= zip.Length && BinaryPrimitives.ReadUInt32LittleEndian(zip[at..]) == EntrySignature; i++)
        {
            Span<byte> entry = zip[at..];
            BinaryPrimitives.WriteUInt32LittleEndian(entry[12..], FirstDate);
            int local = (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[42..]);
            BinaryPrimitives.WriteUInt32LittleEndian(zip[(local + 10)..], FirstDate);
            at += 46 + BinaryPrimitives.ReadUInt16LittleEndian(entry[28..]) + BinaryPrimitives.ReadUInt16LittleEndian(entry[30..])
                + BinaryPrimitives.ReadUInt16LittleEndian(entry[32..]);
        }
    }
}
