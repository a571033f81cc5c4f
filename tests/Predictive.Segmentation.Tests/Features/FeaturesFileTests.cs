using System.Globalization;
using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Tests;
using Predictive.Training.Snapshots;

namespace Predictive.Segmentation.Tests.Features;

public sealed class FeaturesFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-features-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The file holds what the feature set gives, bit for bit, whatever the threads and the memory.</summary>
    [Fact]
    public void The_file_is_the_feature_set()
    {
        string file = LargeFile.Write(_folder, text: true), whole = Path.Combine(_folder, "whole.parquet"),
            alone = Path.Combine(_folder, "alone.parquet");
        LocalTime asOf = new(300 * LocalTime.MicrosPerDay);
        var options = new LoadOptions { Columns = HistoryColumns.Features };
        FeaturesFileReport report = FeaturesFile.Write(file, whole, _ => asOf, 60, options);
        TransactionHistory history = DatasetLoader.Load(file, options);
        BaseProfile profile = BaseProfile.Fit(history, asOf, 60);
        int[] customers = Population.At(history, asOf);
        FeatureMatrix features = FeatureSet.Compute(history, customers, asOf, 60, profile);
        Assert.Equal((asOf, customers.Length, features.Columns, null), (report.AsOf, report.Customers, report.Features, report.Sampled));
        using (StoredFile stored = StoredFile.Open(whole))
        {
            Assert.Equal(["customer_id", .. features.Names], stored.Columns);
            Assert.Equal(customers.Select(history.CustomerId), stored.Texts("customer_id"));
            foreach (string name in new[] { "recency_days", "net_total", "pareto_active", "gap_sd", "top_category_share" })
            {
                float[] expected = features.ColumnArray(features.Names.ToList().IndexOf(name));
                Assert.Equal(
                    expected.Select(BitConverter.SingleToInt32Bits),
                    stored.Doubles(name).Select(v => BitConverter.SingleToInt32Bits((float)v)));
            }
        }

        FeaturesFile.Write(file, alone, _ => asOf, 60, options with { Threads = 1 });
        Assert.Equal(File.ReadAllBytes(whole), File.ReadAllBytes(alone));

        string parts = Path.Combine(_folder, "parts.parquet"), spill = Path.Combine(_folder, "spill");
        IEnumerable<TransactionHistory> ranges = DatasetLoader.LoadInParts(file, options with { MemoryBytes = 1, TemporaryFolder = spill });
        Assert.Equal(customers.Length, FeaturesFile.Write(ranges, asOf, 60, profile, parts));
        using StoredFile one = StoredFile.Open(whole), two = StoredFile.Open(parts);
        Assert.Equal(one.Texts("customer_id"), two.Texts("customer_id"));
        Assert.Equal(one.Doubles("net_total"), two.Doubles("net_total"));
    }

    /// <summary>
    /// What training learns from at that as-of, features and labels, bit for bit, in each format; every column is in the dictionary.
    /// </summary>
    [Theory]
    [InlineData(".parquet")]
    [InlineData(".arrow")]
    [InlineData(".csv")]
    public void The_file_is_the_training_matrix(string ending)
    {
        string samples = Path.Combine(SharedData.RepositoryRoot, "data-samples"), file = Path.Combine(_folder, "matrix" + ending);
        LocalTime asOf = LocalTime.From(new DateTime(2025, 7, 1));
        const int Horizon = 90;
        TransactionHistory history = DatasetLoader.Load(samples, new LoadOptions { Columns = HistoryColumns.Answers });
        Snapshot snapshot = new SnapshotStore(history, Horizon, 0, TimeProvider.System, TableSchema.Fit(history, asOf))
            .Get(new SnapshotPoint(asOf, Horizon, 1), labels: true);
        FeaturesFile.Write(samples, file, _ => asOf, Horizon, labels: true);

        string[] names = ["customer_id", .. snapshot.Features.Names, .. FeatureDictionary.LabelColumns.Select(l => l.Name)];
        var (ids, columns, dictionary) = ReadBack(file);
        Assert.Equal(snapshot.Customers.Select(history.CustomerId), ids);
        Assert.Equal(names.Skip(1), columns.Keys);
        for (int j = 0; j < snapshot.Features.Columns; j++)
        {
            Assert.True(
                snapshot.Features.Column(j).ToArray().Select(BitConverter.SingleToInt32Bits)
                    .SequenceEqual(columns[names[j + 1]].Select(v => BitConverter.SingleToInt32Bits((float)v))),
                names[j + 1]);
        }

        Labels labels = snapshot.Labels!;
        Assert.InRange(labels.Churned.Average(), .05, .95);
        Assert.Equal(labels.Churned.Select(v => (double)v), columns["label_churned"]);
        Assert.Equal(labels.NetSpend, columns["label_net_spend"]);
        Assert.Equal(labels.Orders.Select(v => (double)v), columns["label_orders"]);
        Assert.Equal(labels.DaysToNextOrder.Select(v => (double)v), columns["label_days_to_next_order"]);

        JsonElement told = JsonDocument.Parse(dictionary).RootElement;
        Assert.Equal(names, told.GetProperty("columns").EnumerateArray().Select(c => c.GetProperty("name").GetString()));
        Assert.All(told.GetProperty("columns").EnumerateArray(), c => Assert.NotEmpty(c.GetProperty("meaning").GetString()!));
        JsonElement ratio = told.GetProperty("columns").EnumerateArray()
            .Single(c => c.GetProperty("name").GetString() == "recency_over_cadence");
        Assert.Equal("c.Summary.Recency / c.Cadence", ratio.GetProperty("formula").GetString());
        Assert.Equal("cadence", ratio.GetProperty("family").GetString());
    }

    [Fact]
    public void Labels_of_a_window_that_is_not_over_are_refused()
    {
        string samples = Path.Combine(SharedData.RepositoryRoot, "data-samples"), file = Path.Combine(_folder, "early.parquet");
        var e = Assert.Throws<DatasetException>(
            () => FeaturesFile.Write(samples, file, s => LocalTime.MidnightAfter(s.LastMicros).AddDays(-89), 90, labels: true));
        Assert.Contains("labels as of", e.Message, StringComparison.Ordinal);
        Assert.False(File.Exists(file));
    }

    private static (string[] Ids, Dictionary<string, double[]> Columns, string Dictionary) ReadBack(string file)
    {
        switch (Path.GetExtension(file))
        {
            case ".parquet":
                using (var parquet = new ParquetSharp.ParquetFileReader(file))
                using (StoredFile stored = StoredFile.Open(file))
                {
                    return (
                        [.. stored.Texts("customer_id").Select(t => t!)],
                        stored.Columns.Skip(1).ToDictionary(c => c, c => stored.Doubles(c).ToArray()),
                        parquet.FileMetaData.KeyValueMetadata[FeatureDictionary.MetadataKey]);
                }

            case ".arrow":
                using (var reader = new Apache.Arrow.Ipc.ArrowFileReader(File.OpenRead(file)))
                {
                    using Apache.Arrow.RecordBatch batch = reader.ReadNextRecordBatch();
                    Assert.Null(reader.ReadNextRecordBatch());
                    var ids = (Apache.Arrow.StringArray)batch.Column(0);
                    return (
                        [.. Enumerable.Range(0, batch.Length).Select(i => ids.GetString(i))],
                        batch.Schema.FieldsList.Skip(1).Index().ToDictionary(f => f.Item.Name, f => batch.Column(f.Index + 1) switch
                        {
                            Apache.Arrow.FloatArray a => [.. a.Values.ToArray().Select(v => (double)v)],
                            Apache.Arrow.DoubleArray a => a.Values.ToArray(),
                            Apache.Arrow.Int32Array a => [.. a.Values.ToArray().Select(v => (double)v)],
                            var other => throw new InvalidOperationException(other.GetType().Name),
                        }),
                        batch.Schema.Metadata[FeatureDictionary.MetadataKey]);
                }

            default:
                string[][] rows = [.. File.ReadLines(file).Select(l => l.Split(','))];
                return (
                    [.. rows.Skip(1).Select(r => r[0])],
                    rows[0].Index().Skip(1).ToDictionary(
                        c => c.Item,
                        c => rows.Skip(1).Select(r => r[c.Index].Length == 0 ? double.NaN
                            : c.Item == "label_net_spend" ? double.Parse(r[c.Index], CultureInfo.InvariantCulture)
                            : float.Parse(r[c.Index], CultureInfo.InvariantCulture)).ToArray()),
                    File.ReadAllText(file + ".dictionary.json"));
        }
    }

    /// <summary>
    /// A base that does not fit: everybody is in the file, the typical rhythm comes from whole customers, and that is told.
    /// </summary>
    [Fact]
    public void A_base_that_does_not_fit_is_written_range_by_range()
    {
        string file = LargeFile.Write(_folder, text: true), output = Path.Combine(_folder, "within.parquet");
        LocalTime asOf = new(300 * LocalTime.MicrosPerDay);
        var options = new LoadOptions
        {
            Columns = HistoryColumns.Features, MemoryBytes = 270L << 20, TemporaryFolder = Path.Combine(_folder, "spill"),
        };
        FeaturesFileReport report = FeaturesFile.Write(file, output, _ => asOf, 60, options);
        TransactionHistory history = DatasetLoader.Load(file, options with { MemoryBytes = null });
        int[] customers = Population.At(history, asOf);
        Assert.InRange(report.Sampled!.Value, 1_000, customers.Length - 1);
        Assert.Equal(customers.Length, report.Customers);
        using StoredFile stored = StoredFile.Open(output);
        Assert.Equal(customers.Select(history.CustomerId), stored.Texts("customer_id"));
    }

    [Fact]
    public void Where_nobody_has_bought_no_file_appears()
    {
        string file = LargeFile.Write(_folder, text: false), output = Path.Combine(_folder, "none.parquet");
        Assert.Throws<DatasetException>(() => FeaturesFile.Write(file, output, _ => new LocalTime(-LocalTime.MicrosPerDay), 60));
        Assert.False(File.Exists(output));
    }
}
