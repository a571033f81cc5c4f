using System.Globalization;
using Predictive.Parquet;

namespace Predictive.Segmentation.History.Sources;

/// <summary>The customer ids of one row group, seen through an <see cref="IdMap"/>; each distinct pair of source and id is looked up once.</summary>
internal sealed class MappedIds : IDisposable
{
    private readonly IdMap _map;
    private readonly Func<string, int> _intern;
    private readonly ColumnReader _ids;
    private readonly ColumnReader? _sources;
    private readonly string? _constantSource;
    private readonly bool _numeric;
    private readonly Dictionary<(int Source, int Id), int> _codes = [];
    private int[] _sourceCodes = [];

    /// <param name="map">Who is who.</param>
    /// <param name="intern">Gives a customer id its code.</param>
    /// <param name="part">The row group.</param>
    /// <param name="idColumn">Path of the id column.</param>
    /// <param name="sourceColumn">Name of the source column, in the file or a hive partition; where there is neither, no source is named.</param>
    public MappedIds(IdMap map, Func<string, int> intern, ParquetDatasetPart part, string idColumn, string sourceColumn)
    {
        (_map, _intern) = (map, intern);
        _ids = part.OpenColumn(idColumn);
        _numeric = _ids.Column.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64;
        _sources = part.File.Reader.Schema.Find(sourceColumn) is null ? null : part.OpenColumn(sourceColumn);
        _constantSource = part.File.Partition.GetValueOrDefault(sourceColumn);
    }

    /// <summary>Rows without an id so far.</summary>
    public long Nulls => _ids.NullsRead;

    /// <summary>The codes of the next rows; −1 = no id.</summary>
    /// <returns>Rows read.</returns>
    public int Read(Span<int> codes)
    {
        int n = _ids.ReadCodes(codes);
        if (_sourceCodes.Length < codes.Length)
        {
            _sourceCodes = new int[codes.Length];
        }

        _sources?.ReadCodes(_sourceCodes.AsSpan(0, codes.Length));
        for (int i = 0; i < n; i++)
        {
            if (codes[i] < 0)
            {
                continue;
            }

            var pair = (_sources is null ? -1 : _sourceCodes[i], codes[i]);
            if (!_codes.TryGetValue(pair, out int code))
            {
                string? source = _sources is null ? _constantSource : pair.Item1 < 0 ? null : _sources.StringDictionary[pair.Item1];
                string id = _numeric ? _ids.Int64Dictionary[pair.Item2].ToString(CultureInfo.InvariantCulture) : _ids.StringDictionary[pair.Item2];
                _codes.Add(pair, code = _intern(_map.Resolve(source, id)));
            }

            codes[i] = code;
        }

        return n;
    }

    public void Dispose()
    {
        _ids.Dispose();
        _sources?.Dispose();
    }
}
