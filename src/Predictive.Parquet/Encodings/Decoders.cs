using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Encodings;

/// <summary>
/// Which decoder serves which encoding of which stored type. To add an encoding: 1. its number in <see cref="PageEncoding"/>;
/// 2. a decoder file in this folder with a test beside the others; 3. a line in each table below whose type can have it.
/// </summary>
internal static class Decoders
{
    public static IDecoder<byte> Boolean(PageEncoding encoding) => encoding switch
    {
        PageEncoding.Plain => new PlainBooleanDecoder(),
        PageEncoding.Rle => new RleBooleanDecoder(),
        _ => Unsupported<IDecoder<byte>>(encoding, "booleans"),
    };

    public static IDecoder<int> Int32(PageEncoding encoding) => encoding switch
    {
        PageEncoding.Plain => new PlainDecoder<int>(),
        PageEncoding.DeltaBinaryPacked => new DeltaBinaryPackedDecoder<int>(),
        PageEncoding.ByteStreamSplit => new ByteStreamSplitDecoder<int>(),
        _ => Unsupported<IDecoder<int>>(encoding, "32-bit integers"),
    };

    public static IDecoder<long> Int64(PageEncoding encoding) => encoding switch
    {
        PageEncoding.Plain => new PlainDecoder<long>(),
        PageEncoding.DeltaBinaryPacked => new DeltaBinaryPackedDecoder<long>(),
        PageEncoding.ByteStreamSplit => new ByteStreamSplitDecoder<long>(),
        _ => Unsupported<IDecoder<long>>(encoding, "64-bit integers"),
    };

    public static IDecoder<Int96> Int96(PageEncoding encoding) =>
        encoding == PageEncoding.Plain ? new PlainDecoder<Int96>() : Unsupported<IDecoder<Int96>>(encoding, "96-bit timestamps");

    public static IDecoder<float> Float(PageEncoding encoding) => encoding switch
    {
        PageEncoding.Plain => new PlainDecoder<float>(),
        PageEncoding.ByteStreamSplit => new ByteStreamSplitDecoder<float>(),
        _ => Unsupported<IDecoder<float>>(encoding, "floats"),
    };

    public static IDecoder<double> Double(PageEncoding encoding) => encoding switch
    {
        PageEncoding.Plain => new PlainDecoder<double>(),
        PageEncoding.ByteStreamSplit => new ByteStreamSplitDecoder<double>(),
        _ => Unsupported<IDecoder<double>>(encoding, "doubles"),
    };

    public static ByteArrayDecoder Bytes(PageEncoding encoding, int maxPageBytes) => encoding switch
    {
        PageEncoding.Plain => new PlainByteArrayDecoder(),
        PageEncoding.DeltaLengthByteArray => new DeltaLengthDecoder(),
        PageEncoding.DeltaByteArray => new DeltaByteArrayDecoder(maxPageBytes),
        _ => Unsupported<ByteArrayDecoder>(encoding, "byte arrays"),
    };

    public static ByteArrayDecoder FixedBytes(PageEncoding encoding, int length, int maxPageBytes) => encoding switch
    {
        PageEncoding.Plain => new PlainFixedDecoder(length),
        PageEncoding.DeltaByteArray => new DeltaByteArrayDecoder(maxPageBytes),
        PageEncoding.ByteStreamSplit => new SplitFixedDecoder(length),
        _ => Unsupported<ByteArrayDecoder>(encoding, "fixed-length byte arrays"),
    };

    private static T Unsupported<T>(PageEncoding encoding, string of) => Corrupt.Throw<T>($"a page of {of} encoded as {encoding}, which the format does not have");
}
