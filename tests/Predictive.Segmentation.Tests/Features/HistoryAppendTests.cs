using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Features;

public sealed class HistoryAppendTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-append-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, true)]
    [InlineData(3, false)] // deliveries that reach back in time
    public void Day_by_day_equals_the_full_rebuild_to_the_bit(int seed, bool byTime)
    {
        List<TransactionLine> lines = RandomBase.Lines(seed, 150);
        if (byTime)
        {
            lines = [.. lines.OrderBy(l => l.OrderedAt)];
        }

        // Orders go on over file borders: some lines of one order fall into two deliveries.
        TransactionLine[][] deliveries = [.. lines.Chunk((lines.Count / 7) + 1)];
        string all = Directory.CreateDirectory(Path.Combine(_folder, "all", "transactions")).FullName;
        var options = new LoadOptions { KeepOrderIds = true };
        TransactionHistory? history = null;
        for (int d = 0; d < deliveries.Length; d++)
        {
            string file = Path.Combine(all, $"part-{d:00}.parquet");
            LineFile.Write(file, deliveries[d], 300);
            TransactionHistory delivery = DatasetLoader.Load(file, options);
            history = history is null ? delivery : HistoryAppend.Append(history, delivery);
            TransactionHistory rebuilt = DatasetLoader.Load(Path.Combine(_folder, "all"), options);
            LineFile.AssertSame(rebuilt, history);
            Assert.Equal(rebuilt.Columns.Order, history.Columns.Order);
            Assert.Equal(rebuilt.Columns.Orders, history.Columns.Orders);
            LocalTime asOf = LocalTime.MidnightAfter(rebuilt.LastMicros);
            BaseProfile profile = BaseProfile.Fit(rebuilt, asOf, 60);
            Assert.Equal(profile.ToJson(), BaseProfile.Fit(history, asOf, 60).ToJson());
            int[] customers = Population.At(rebuilt, asOf);
            FeatureMatrix expected = FeatureSet.Compute(rebuilt, customers, asOf, 60, profile),
                actual = FeatureSet.Compute(history, customers, asOf, 60, profile);
            for (int j = 0; j < expected.Columns; j++)
            {
                Assert.Equal(
                    expected.ColumnArray(j).Select(BitConverter.SingleToInt32Bits),
                    actual.ColumnArray(j).Select(BitConverter.SingleToInt32Bits));
            }
        }
    }

    [Fact]
    public void Differing_columns_and_lost_order_ids_are_refused()
    {
        List<TransactionLine> lines = RandomBase.Lines(4, 20);
        string file = Path.Combine(_folder, "t.parquet");
        LineFile.Write(file, lines, 1000);
        TransactionHistory kept = DatasetLoader.Load(file, new LoadOptions { KeepOrderIds = true }), lost = DatasetLoader.Load(file),
            bare = DatasetLoader.Load(file, new LoadOptions { Columns = HistoryColumns.None });
        Assert.Contains("order_id", Assert.Throws<ArgumentException>(() => HistoryAppend.Append(lost, kept)).Message);
        Assert.Contains("order_id", Assert.Throws<ArgumentException>(() => HistoryAppend.Append(kept, bare)).Message);
        Assert.Equal(2 * kept.LineCount, HistoryAppend.Append(kept, kept).LineCount);
    }
}
