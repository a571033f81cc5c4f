namespace Predictive.Parquet.Metadata;

/// <summary>Thrift footer → <see cref="FileMetadata"/>. Field numbers are those of parquet.thrift.</summary>
internal static class FooterParser
{
    public static FileMetadata Parse(ReadOnlySpan<byte> footer)
    {
        var r = new ThriftReader(footer);
        var file = new FileMetadata();
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 2:
                    int elements = r.List(type, out ThriftType element);
                    for (int i = 0; i < elements; i++)
                    {
                        ThriftReader.ExpectStruct(element);
                        file.Schema.Add(Element(ref r));
                    }

                    break;
                case 3:
                    file.RowCount = r.Int64(type);
                    break;
                case 4:
                    int groups = r.List(type, out element);
                    for (int i = 0; i < groups; i++)
                    {
                        ThriftReader.ExpectStruct(element);
                        file.RowGroups.Add(Group(ref r));
                    }

                    break;
                case 5:
                    int pairs = r.List(type, out element);
                    for (int i = 0; i < pairs; i++)
                    {
                        ThriftReader.ExpectStruct(element);
                        KeyValue(ref r, file.KeyValues);
                    }

                    break;
                case 6:
                    file.CreatedBy = r.Text(type);
                    break;
                case 8:
                    file.IsEncrypted = true;
                    r.Skip(type);
                    break;
                default:
                    r.Skip(type);
                    break;
            }
        }

        r.Leave(outer);
        return file;
    }

    private static void KeyValue(ref ThriftReader r, Dictionary<string, string?> into)
    {
        string? key = null, value = null;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: key = r.Text(type); break;
                case 2: value = r.Text(type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        if (key is not null)
        {
            into[key] = value;
        }
    }

    private static SchemaElement Element(ref ThriftReader r)
    {
        var e = new SchemaElement();
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: e.Type = Known<PhysicalType>(r.Int32(type), 7, "physical type"); break;
                case 2: e.TypeLength = r.Int32(type); break;
                case 3: e.Repetition = Known<Repetition>(r.Int32(type), 2, "repetition"); break;
                case 4: e.Name = r.Text(type); break;
                case 5: e.ChildCount = r.Int32(type); break;
                case 6: e.ConvertedType = r.Int32(type); break;
                case 7: e.Scale = r.Int32(type); break;
                case 8: e.Precision = r.Int32(type); break;
                case 10: e.LogicalType = LogicalTypeParser.Parse(ref r, type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return e;
    }

    private static RowGroupMetadata Group(ref ThriftReader r)
    {
        var group = new RowGroupMetadata();
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    int count = r.List(type, out ThriftType element);
                    for (int i = 0; i < count; i++)
                    {
                        ThriftReader.ExpectStruct(element);
                        group.Chunks.Add(Chunk(ref r));
                    }

                    break;
                case 2: group.ByteSize = r.Int64(type); break;
                case 3: group.RowCount = r.Int64(type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return group;
    }

    private static ChunkMetadata Chunk(ref ThriftReader r)
    {
        var chunk = new ChunkMetadata();
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: chunk.FilePath = r.Text(type); break;
                case 3:
                    ThriftReader.ExpectStruct(type);
                    ColumnMetadata(ref r, chunk);
                    break;
                case 4: chunk.OffsetIndexOffset = r.Int64(type); break;
                case 5: chunk.OffsetIndexLength = r.Int32(type); break;
                case 6: chunk.ColumnIndexOffset = r.Int64(type); break;
                case 7: chunk.ColumnIndexLength = r.Int32(type); break;
                case 8 or 9:
                    chunk.IsEncrypted = true;
                    r.Skip(type);
                    break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return chunk;
    }

    private static void ColumnMetadata(ref ThriftReader r, ChunkMetadata chunk)
    {
        chunk.HasMetadata = true;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: chunk.Type = Known<PhysicalType>(r.Int32(type), 7, "physical type"); break;
                case 2:
                    int encodings = r.List(type, out ThriftType element);
                    for (int i = 0; i < encodings; i++)
                    {
                        chunk.Encodings |= 1 << (r.Int32(element) & 31);
                    }

                    break;
                case 3:
                    chunk.Path = new string[r.List(type, out element)];
                    for (int i = 0; i < chunk.Path.Length; i++)
                    {
                        chunk.Path[i] = r.Text(element);
                    }

                    break;
                case 4: chunk.Codec = Known<CompressionCodec>(r.Int32(type), 7, "compression codec"); break;
                case 5: chunk.ValueCount = r.Int64(type); break;
                case 6: chunk.UncompressedBytes = r.Int64(type); break;
                case 7: chunk.CompressedBytes = r.Int64(type); break;
                case 9: chunk.DataPageOffset = r.Int64(type); break;
                case 10: chunk.IndexPageOffset = r.Int64(type); break;
                case 11: chunk.DictionaryPageOffset = r.Int64(type); break;
                case 12:
                    ThriftReader.ExpectStruct(type);
                    chunk.Statistics = StatisticsParser.Parse(ref r);
                    break;
                case 13:
                    EncodingStats(ref r, type, chunk);
                    break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
    }

    // Which encodings the data pages use, so that "all of them use the dictionary" is known before reading.
    private static void EncodingStats(ref ThriftReader r, ThriftType type, ChunkMetadata chunk)
    {
        int count = r.List(type, out ThriftType element);
        for (int i = 0; i < count; i++)
        {
            ThriftReader.ExpectStruct(element);
            int pageType = -1, encoding = 0, pages = 0;
            int outer = r.Enter();
            while (r.Next(out int id, out ThriftType field))
            {
                switch (id)
                {
                    case 1: pageType = r.Int32(field); break;
                    case 2: encoding = r.Int32(field); break;
                    case 3: pages = r.Int32(field); break;
                    default: r.Skip(field); break;
                }
            }

            r.Leave(outer);
            if (pageType is 0 or 3 && pages > 0)
            {
                chunk.DataPageEncodings |= 1 << (encoding & 31);
            }
        }
    }

    private static T Known<T>(int value, int max, string what)
        where T : struct, Enum =>
        value >= 0 && value <= max ? (T)(object)value : Corrupt.Throw<T>($"unknown {what} {value} (known are 0 to {max})");
}
