using System.Globalization;
using Predictive.Learning.Boosting.Memory;
using Predictive.Learning.Boosting.Inputs;
using Predictive.Learning.Boosting.Growing;
using Predictive.Learning.Boosting.Threads;

namespace Predictive.Learning.Boosting.Binning;

/// <summary>
/// The training rows as bin bytes, twice: by row for histograms (one or two cache lines hold all bins of a row) and by column for
/// partitioning and for reading a single feature (see the drawing in the folder's README).
/// </summary>
internal sealed unsafe class BinnedData : IDisposable
{
    private const int BlockRows = 256;
    private readonly NativeBuffer<byte> _byRow;
    private readonly NativeBuffer<byte> _byColumn;
    private readonly long _columnStride;

    private BinnedData(int rows, FeatureBins[] features)
    {
        Rows = rows;
        Features = features;
        RowStride = Math.Max((features.Length + 7) & ~7, 8);
        _columnStride = ((long)rows + 63) & ~63L;
        _byRow = new NativeBuffer<byte>(((long)rows * RowStride) + 8);
        _byColumn = new NativeBuffer<byte>(_columnStride * Math.Max(features.Length, 1));
    }

    /// <summary>Number of rows.</summary>
    public int Rows { get; }

    /// <summary>Bins of each feature.</summary>
    public FeatureBins[] Features { get; }

    /// <summary>Bytes from one row to the next in <see cref="ByRow"/>; a multiple of 8.</summary>
    public int RowStride { get; }

    /// <summary>Bin of feature j of row i at <c>i * RowStride + j</c>.</summary>
    public byte* ByRow => _byRow.Pointer;

    /// <summary>The bins of one feature, row after row.</summary>
    public byte* Column(int feature) => _byColumn.Pointer + (feature * _columnStride);

    public void Dispose()
    {
        _byRow.Dispose();
        _byColumn.Dispose();
    }

    /// <summary>Chooses the edges of every feature and turns all rows into bins.</summary>
    public static BinnedData Create(BoostingData data, BoostingOptions options, WorkerTeam team)
    {
        int columns = data.Columns;
        var features = new FeatureBins[columns];
        int[]? sample = BinFinder.Sample(data.Rows, options.Seed);
        int sampled = sample?.Length ?? data.Rows;
        var categorical = new HashSet<string>(options.CategoricalFeatures ?? [], StringComparer.Ordinal);
        int next = -1;
        team.Run(_ =>
        {
            var values = new float[sampled];
            float[] weights = data.Weights is null ? [] : new float[sampled];
            for (int j; (j = Interlocked.Increment(ref next)) < columns;)
            {
                if (categorical.Contains(data.FeatureNames[j]))
                {
                    var all = new float[data.Rows];
                    Gather(data, j, null, all, []);
                    CheckCodes(all, data.FeatureNames[j]);
                    features[j] = FeatureBins.Categorical(BinFinder.Codes(all, data.Weights));
                }
                else
                {
                    Gather(data, j, sample, values, weights);
                    features[j] = FeatureBins.Numeric(BinFinder.Edges(values, weights, options.MaxBins));
                }
            }
        });

        var binned = new BinnedData(data.Rows, features);
        binned.Assign(data, team);
        return binned;
    }

    private static void Gather(BoostingData data, int feature, int[]? sample, Span<float> values, Span<float> weights)
    {
        int columns = data.Columns;
        if (data.RowMajor is { } rowMajor)
        {
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = rowMajor[((long)(sample?[i] ?? i) * columns) + feature];
            }
        }
        else
        {
            ReadOnlySpan<float> column = data.Matrix!.Column(feature);
            for (int i = 0; i < values.Length; i++)
            {
                values[i] = column[sample?[i] ?? i];
            }
        }

        for (int i = 0; i < weights.Length; i++)
        {
            weights[i] = data.Weights![sample?[i] ?? i];
        }
    }

    private static void CheckCodes(float[] values, string name)
    {
        foreach (float value in values)
        {
            if (!float.IsNaN(value) && !CategoryCodes.IsCode(value))
            {
                throw new LearningException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"Categorical feature '{name}' holds {value}; expected whole numbers from 0 to {CategoryCodes.MaxCode}, or NaN for "
                        + $"missing."));
            }
        }
    }

    private void Assign(BoostingData data, WorkerTeam team)
    {
        int columns = Features.Length;
        int blocks = (Rows + BlockRows - 1) / BlockRows;
        var edges = new EdgeSearch(Features);
        var missing = new bool[columns];
        int next = -1;
        team.Run(_ =>
        {
            float* values = stackalloc float[BlockRows];
            byte* bins = stackalloc byte[BlockRows];
            for (int block; (block = Interlocked.Increment(ref next)) < blocks;)
            {
                int first = block * BlockRows;
                int count = Math.Min(BlockRows, Rows - first);
                byte* rowBins = ByRow + ((long)first * RowStride);
                for (int j = 0; j < columns; j++)
                {
                    Read(data, first, count, j, values);
                    if (edges.Find(j, values, count, bins))
                    {
                        missing[j] = true; // every writer writes the same
                    }

                    new ReadOnlySpan<byte>(bins, count).CopyTo(new Span<byte>(Column(j) + first, count));
                    for (int i = 0; i < count; i++)
                    {
                        rowBins[((long)i * RowStride) + j] = bins[i];
                    }
                }

                for (int j = columns; j < RowStride; j++)
                {
                    for (int i = 0; i < count; i++)
                    {
                        rowBins[((long)i * RowStride) + j] = 0;
                    }
                }
            }
        });

        for (int j = 0; j < columns; j++)
        {
            Features[j].HasMissing = missing[j];
        }
    }

    private static void Read(BoostingData data, int first, int count, int feature, float* values)
    {
        if (data.RowMajor is { } rowMajor)
        {
            int columns = data.Columns;
            fixed (float* source = &rowMajor[((long)first * columns) + feature])
            {
                float* value = source;
                for (int i = 0; i < count; i++)
                {
                    values[i] = *value;
                    value += columns;
                }
            }
        }
        else
        {
            data.Matrix!.Column(feature).Slice(first, count).CopyTo(new Span<float>(values, count));
        }
    }
}
