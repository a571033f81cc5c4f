using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Writing;

/// <summary>One page of a chunk: what the page index says about it. Offsets count from the chunk's first byte.</summary>
internal sealed record EncodedPage(long Offset, int Size, long FirstRow, int Rows, int Nulls, byte[]? Min, byte[]? Max);

/// <summary>One column chunk, encoded and compressed in memory, ready to be appended to the file.</summary>
internal sealed class EncodedChunk : IDisposable
{
    public ByteBuffer Bytes { get; } = new();

    public List<EncodedPage> Pages { get; } = [];

    public long FileOffset { get; set; }

    public long UncompressedBytes { get; set; }

    public int Rows { get; set; }

    public int Nulls { get; set; }

    public long DictionaryBytes { get; set; }

    public int? DistinctCount { get; set; }

    public byte[]? Min { get; set; }

    public byte[]? Max { get; set; }

    public bool IsMinExact { get; set; } = true;

    public bool IsMaxExact { get; set; } = true;

    public long CompressedBytes { get; set; }

    /// <summary>1 = page bounds ascend, 2 = descend, 0 = neither.</summary>
    public int BoundaryOrder { get; set; }

    public long ColumnIndexOffset { get; set; }

    public int ColumnIndexLength { get; set; }

    public long OffsetIndexOffset { get; set; }

    public int OffsetIndexLength { get; set; }

    /// <summary>Returns the buffer; what the footer needs stays.</summary>
    public void Dispose() => Bytes.Dispose();

    public void WriteMetadata(ThriftWriter w, ParquetField field, CompressionCodec codec)
    {
        w.BeginStruct();
        w.Int64(2, 0);
        w.BeginStruct(3);
        w.Int32(1, (int)field.PhysicalType);
        bool dictionary = DictionaryBytes > 0;
        w.BeginList(2, ThriftType.Int32, dictionary ? 3 : 2);
        w.ElementInt((int)PageEncoding.Plain);
        w.ElementInt((int)PageEncoding.Rle);
        if (dictionary)
        {
            w.ElementInt((int)PageEncoding.RleDictionary);
        }

        w.BeginList(3, ThriftType.Binary, 1);
        w.ElementBinary(System.Text.Encoding.UTF8.GetBytes(field.Name));
        w.Int32(4, (int)codec);
        w.Int64(5, Rows);
        w.Int64(6, UncompressedBytes);
        w.Int64(7, CompressedBytes);
        w.Int64(9, FileOffset + DictionaryBytes);
        if (dictionary)
        {
            w.Int64(11, FileOffset);
        }

        WriteStatistics(w);
        w.BeginList(13, ThriftType.Struct, dictionary ? 2 : 1);
        if (dictionary)
        {
            EncodingStats(w, PageType.Dictionary, PageEncoding.Plain, 1);
        }

        EncodingStats(w, PageType.Data, dictionary ? PageEncoding.RleDictionary : PageEncoding.Plain, Pages.Count);
        w.EndStruct();
        if (OffsetIndexLength > 0)
        {
            w.Int64(4, OffsetIndexOffset);
            w.Int32(5, OffsetIndexLength);
        }

        if (ColumnIndexLength > 0)
        {
            w.Int64(6, ColumnIndexOffset);
            w.Int32(7, ColumnIndexLength);
        }

        w.EndStruct();
    }

    /// <summary>Bounds, null counts and order of the pages. False (and nothing written) where a page has values but no bounds.</summary>
    public bool TryWriteColumnIndex(ThriftWriter w)
    {
        if (Pages.Count == 0 || Pages.Any(p => p.Rows > p.Nulls && p.Min is null))
        {
            return false;
        }

        w.BeginStruct();
        w.BeginList(1, ThriftType.True, Pages.Count);
        Pages.ForEach(p => w.ElementBool(p.Nulls == p.Rows));
        w.BeginList(2, ThriftType.Binary, Pages.Count);
        Pages.ForEach(p => w.ElementBinary(p.Min));
        w.BeginList(3, ThriftType.Binary, Pages.Count);
        Pages.ForEach(p => w.ElementBinary(p.Max));
        w.Int32(4, BoundaryOrder);
        w.BeginList(5, ThriftType.Int64, Pages.Count);
        Pages.ForEach(p => w.ElementInt(p.Nulls));
        w.EndStruct();
        return true;
    }

    /// <summary>Where the pages are.</summary>
    public void WriteOffsetIndex(ThriftWriter w)
    {
        w.BeginStruct();
        w.BeginList(1, ThriftType.Struct, Pages.Count);
        foreach (EncodedPage page in Pages)
        {
            w.BeginStruct();
            w.Int64(1, FileOffset + page.Offset);
            w.Int32(2, page.Size);
            w.Int64(3, page.FirstRow);
            w.EndStruct();
        }

        w.EndStruct();
    }

    private void WriteStatistics(ThriftWriter w)
    {
        w.BeginStruct(12);
        w.Int64(3, Nulls);
        if (DistinctCount is int distinct)
        {
            w.Int64(4, distinct);
        }

        if (Min is not null && Max is not null)
        {
            w.Binary(5, Max);
            w.Binary(6, Min);
            w.Bool(7, IsMaxExact);
            w.Bool(8, IsMinExact);
        }

        w.EndStruct();
    }

    private static void EncodingStats(ThriftWriter w, PageType type, PageEncoding encoding, int count)
    {
        w.BeginStruct();
        w.Int32(1, (int)type);
        w.Int32(2, (int)encoding);
        w.Int32(3, count);
        w.EndStruct();
    }
}
