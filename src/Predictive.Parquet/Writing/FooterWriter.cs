using Predictive.Parquet.Metadata;

namespace Predictive.Parquet.Writing;

/// <summary>Writes the footer: schema, row groups, application metadata. Field numbers are those of parquet.thrift.</summary>
internal static class FooterWriter
{
    public static void Write(ThriftWriter w, IReadOnlyList<ParquetField> fields, List<(EncodedChunk[] Chunks, int Rows)> groups, long rows, string writtenBy, ParquetWriterOptions options)
    {
        w.BeginStruct();
        w.Int32(1, 2);
        w.BeginList(2, ThriftType.Struct, fields.Count + 1);
        w.BeginStruct();
        w.Text(4, "schema");
        w.Int32(5, fields.Count);
        w.EndStruct();
        foreach (ParquetField field in fields)
        {
            Element(w, field);
        }

        w.Int64(3, rows);
        w.BeginList(4, ThriftType.Struct, groups.Count);
        for (int i = 0; i < groups.Count; i++)
        {
            Group(w, fields, groups[i].Chunks, groups[i].Rows, i, options.Codec);
        }

        if (options.KeyValueMetadata is { Count: > 0 } pairs)
        {
            w.BeginList(5, ThriftType.Struct, pairs.Count);
            foreach ((string key, string value) in pairs.OrderBy(p => p.Key, StringComparer.Ordinal))
            {
                w.BeginStruct();
                w.Text(1, key);
                w.Text(2, value);
                w.EndStruct();
            }
        }

        w.Text(6, writtenBy);

        // TYPE_ORDER for every column: without it readers must not trust min_value and max_value.
        w.BeginList(7, ThriftType.Struct, fields.Count);
        for (int i = 0; i < fields.Count; i++)
        {
            w.BeginStruct();
            w.EmptyStruct(1);
            w.EndStruct();
        }

        w.EndStruct();
    }

    private static void Group(ThriftWriter w, IReadOnlyList<ParquetField> fields, EncodedChunk[] chunks, int rows, int ordinal, CompressionCodec codec)
    {
        w.BeginStruct();
        w.BeginList(1, ThriftType.Struct, chunks.Length);
        for (int i = 0; i < chunks.Length; i++)
        {
            chunks[i].WriteMetadata(w, fields[i], codec);
        }

        w.Int64(2, chunks.Sum(c => c.UncompressedBytes));
        w.Int64(3, rows);
        w.Int64(5, chunks[0].FileOffset);
        w.Int64(6, chunks.Sum(c => c.CompressedBytes));
        if (ordinal <= short.MaxValue)
        {
            w.Int16(7, ordinal);
        }

        w.EndStruct();
    }

    private static void Element(ThriftWriter w, ParquetField field)
    {
        LogicalType type = field.LogicalType;
        w.BeginStruct();
        w.Int32(1, (int)field.PhysicalType);
        w.Int32(3, field.IsNullable ? (int)Repetition.Optional : (int)Repetition.Required);
        w.Text(4, field.Name);

        // The older annotation as well, for older readers. Local timestamps have none: the older one means UTC.
        switch (type.Kind)
        {
            case LogicalKind.String:
                w.Int32(6, 0);
                w.BeginStruct(10);
                w.EmptyStruct(1);
                w.EndStruct();
                break;
            case LogicalKind.Date:
                w.Int32(6, 6);
                w.BeginStruct(10);
                w.EmptyStruct(6);
                w.EndStruct();
                break;
            case LogicalKind.Timestamp:
                if (type.IsAdjustedToUtc)
                {
                    w.Int32(6, 10);
                }

                w.BeginStruct(10);
                w.BeginStruct(8);
                w.Bool(1, type.IsAdjustedToUtc);
                w.BeginStruct(2);
                w.EmptyStruct(2);
                w.EndStruct();
                w.EndStruct();
                w.EndStruct();
                break;
            case LogicalKind.Decimal:
                w.Int32(6, 5);
                w.Int32(7, type.Scale);
                w.Int32(8, type.Precision);
                w.BeginStruct(10);
                w.BeginStruct(5);
                w.Int32(1, type.Scale);
                w.Int32(2, type.Precision);
                w.EndStruct();
                w.EndStruct();
                break;
            default:
                break;
        }

        w.EndStruct();
    }
}
