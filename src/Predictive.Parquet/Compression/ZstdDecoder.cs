using Predictive.Parquet.Reading;
namespace Predictive.Parquet.Compression;
internal static class ZstdDecoder { public static void Decode(ReadOnlySpan<byte> source, PooledBytes target, int length) => throw new NotImplementedException(); }
