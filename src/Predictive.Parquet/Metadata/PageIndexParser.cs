namespace Predictive.Parquet.Metadata;

/// <summary>Where one data page lies.</summary>
internal readonly record struct PageLocation(long Offset, int Size, long FirstRow);

/// <summary>Bounds of the pages of one chunk, still encoded.</summary>
internal sealed record PageBounds(bool[] IsNullPage, byte[][] Min, byte[][] Max, long[]? NullCounts);

/// <summary>Thrift OffsetIndex and ColumnIndex.</summary>
internal static class PageIndexParser
{
    public static PageLocation[] Locations(ReadOnlySpan<byte> data)
    {
        var r = new ThriftReader(data);
        PageLocation[] pages = [];
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            if (id != 1)
            {
                r.Skip(type);
                continue;
            }

            pages = new PageLocation[r.List(type, out ThriftType element)];
            for (int i = 0; i < pages.Length; i++)
            {
                ThriftReader.ExpectStruct(element);
                pages[i] = Location(ref r);
            }
        }

        r.Leave(outer);
        return pages;
    }

    public static PageBounds Bounds(ReadOnlySpan<byte> data)
    {
        var r = new ThriftReader(data);
        bool[] isNull = [];
        byte[][] min = [], max = [];
        long[]? nulls = null;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1:
                    isNull = new bool[r.List(type, out _)];
                    for (int i = 0; i < isNull.Length; i++)
                    {
                        isNull[i] = r.ListBool();
                    }

                    break;
                case 2: min = Binaries(ref r, type); break;
                case 3: max = Binaries(ref r, type); break;
                case 5:
                    nulls = new long[r.List(type, out ThriftType element)];
                    for (int i = 0; i < nulls.Length; i++)
                    {
                        nulls[i] = r.Int64(element);
                    }

                    break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return new PageBounds(isNull, min, max, nulls);
    }

    private static PageLocation Location(ref ThriftReader r)
    {
        long offset = 0, firstRow = 0;
        int size = 0;
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: offset = r.Int64(type); break;
                case 2: size = r.Int32(type); break;
                case 3: firstRow = r.Int64(type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return new PageLocation(offset, size, firstRow);
    }

    private static byte[][] Binaries(ref ThriftReader r, ThriftType type)
    {
        var all = new byte[r.List(type, out ThriftType element)][];
        for (int i = 0; i < all.Length; i++)
        {
            all[i] = r.Binary(element).ToArray();
        }

        return all;
    }
}
