namespace Predictive.Parquet.Metadata;

/// <summary>Kinds of page; the numbers are the format's own.</summary>
internal enum PageType
{
    Data = 0,
    Index = 1,
    Dictionary = 2,
    DataV2 = 3,
}

/// <summary>Encodings of pages; the numbers are the format's own.</summary>
internal enum PageEncoding
{
    Plain = 0,
    PlainDictionary = 2,
    Rle = 3,
    BitPacked = 4,
    DeltaBinaryPacked = 5,
    DeltaLengthByteArray = 6,
    DeltaByteArray = 7,
    RleDictionary = 8,
    ByteStreamSplit = 9,
}

/// <summary>The header before each page. A struct, so that reading a page allocates nothing.</summary>
internal struct PageHeader
{
    public PageType Type;
    public int UncompressedSize;
    public int CompressedSize;
    public int? Crc;
    public int ValueCount;
    public PageEncoding Encoding;
    public PageEncoding DefinitionEncoding;
    public PageEncoding RepetitionEncoding;
    public int NullCount;
    public int RowCount;
    public int DefinitionBytes;
    public int RepetitionBytes;
    public bool IsCompressed;

    public static PageHeader Parse(ReadOnlySpan<byte> data, out int length)
    {
        var r = new ThriftReader(data);
        var h = new PageHeader { Type = (PageType)(-1), IsCompressed = true, NullCount = -1, RowCount = -1 };
        PageType? detail = null;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: h.Type = (PageType)r.Int32(type); break;
                case 2: h.UncompressedSize = r.Int32(type); break;
                case 3: h.CompressedSize = r.Int32(type); break;
                case 4: h.Crc = r.Int32(type); break;
                case 5 or 7 or 8:
                    ThriftReader.ExpectStruct(type);
                    detail = id switch { 5 => PageType.Data, 7 => PageType.Dictionary, _ => PageType.DataV2 };
                    h.ParseDetail(ref r, detail.Value);
                    break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        length = r.Position;
        if (h.Type is < PageType.Data or > PageType.DataV2)
        {
            Corrupt.Throw($"a page of unknown type {(int)h.Type}");
        }

        if (h.Type != PageType.Index && detail != h.Type)
        {
            Corrupt.Throw($"a page of type {h.Type} without its header");
        }

        if (h.UncompressedSize < 0 || h.CompressedSize < 0 || h.ValueCount < 0 || h.DefinitionBytes < 0 || h.RepetitionBytes < 0)
        {
            Corrupt.Throw($"a page header with a negative size or count ({h.CompressedSize} bytes, {h.UncompressedSize} uncompressed, {h.ValueCount} values)");
        }

        return h;
    }

    private void ParseDetail(ref ThriftReader r, PageType kind)
    {
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (kind, id)
            {
                case (_, 1): ValueCount = r.Int32(type); break;
                case (PageType.Data or PageType.Dictionary, 2): Encoding = (PageEncoding)r.Int32(type); break;
                case (PageType.Data, 3): DefinitionEncoding = (PageEncoding)r.Int32(type); break;
                case (PageType.Data, 4): RepetitionEncoding = (PageEncoding)r.Int32(type); break;
                case (PageType.DataV2, 2): NullCount = r.Int32(type); break;
                case (PageType.DataV2, 3): RowCount = r.Int32(type); break;
                case (PageType.DataV2, 4): Encoding = (PageEncoding)r.Int32(type); break;
                case (PageType.DataV2, 5): DefinitionBytes = r.Int32(type); break;
                case (PageType.DataV2, 6): RepetitionBytes = r.Int32(type); break;
                case (PageType.DataV2, 7): IsCompressed = r.Bool(type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
    }
}
