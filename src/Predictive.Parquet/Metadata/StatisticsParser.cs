namespace Predictive.Parquet.Metadata;

/// <summary>Thrift Statistics → <see cref="RawStatistics"/>.</summary>
internal static class StatisticsParser
{
    public static RawStatistics Parse(ref ThriftReader r)
    {
        var s = new RawStatistics();
        int outer = r.Enter();
        while (r.Next(out int id, out ThriftType type))
        {
            switch (id)
            {
                case 1: s.DeprecatedMax = r.Binary(type).ToArray(); break;
                case 2: s.DeprecatedMin = r.Binary(type).ToArray(); break;
                case 3: s.NullCount = r.Int64(type); break;
                case 4: s.DistinctCount = r.Int64(type); break;
                case 5: s.Max = r.Binary(type).ToArray(); break;
                case 6: s.Min = r.Binary(type).ToArray(); break;
                case 7: s.IsMaxExact = r.Bool(type); break;
                case 8: s.IsMinExact = r.Bool(type); break;
                default: r.Skip(type); break;
            }
        }

        r.Leave(outer);
        return s;
    }
}
