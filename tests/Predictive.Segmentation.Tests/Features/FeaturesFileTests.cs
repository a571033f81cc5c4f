using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Tests;

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
