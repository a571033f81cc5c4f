using Predictive.History.Parquet;
using Predictive.History.Text;

namespace Predictive.History.Sources;

/// <summary>
/// The customer ids of one row group after another, seen through an <see cref="IdMap"/>; each distinct pair of source and id is looked up
/// once.
/// </summary>
/// <param name="map">Who is who.</param>
/// <param name="intern">Gives a customer id its code.</param>
internal sealed class MappedIds(IdMap map, Func<string, int> intern)
{
    private readonly TextPool _idPool = new(), _sourcePool = new();
    private readonly Dictionary<(int Source, int Id), int> _codes = [];
    private NameBatches? _ids, _sources;
    private int[] _sourceCodes = [];

    /// <summary>Starts a row group.</summary>
    /// <param name="rows">The row group.</param>
    /// <param name="ids">The ids.</param>
    /// <param name="sources">Where each line comes from; null = no source is named.</param>
    public void Open(PartReader rows, NameColumn ids, NameColumn? sources)
    {
        _ids = new NameBatches(rows, ids);
        _sources = sources is null ? null : new NameBatches(rows, sources);
    }

    /// <summary>The codes of the next rows; −1 = no id.</summary>
    public void Read(Span<int> codes)
    {
        if (_sourceCodes.Length < codes.Length)
        {
            _sourceCodes = new int[codes.Length];
        }

        Span<int> sources = _sourceCodes.AsSpan(0, codes.Length);
        sources.Fill(-1);
        _ids!.ReadCodes(codes, _idPool);
        _sources?.ReadCodes(sources, _sourcePool);
        for (int i = 0; i < codes.Length; i++)
        {
            if (codes[i] < 0)
            {
                continue;
            }

            var pair = (sources[i], codes[i]);
            if (!_codes.TryGetValue(pair, out int code))
            {
                string? source = pair.Item1 < 0 ? null : _sourcePool.Text(pair.Item1);
                _codes.Add(pair, code = intern(map.Resolve(source, _idPool.Text(pair.Item2))));
            }

            codes[i] = code;
        }
    }
}
