using System.Globalization;
using System.Text;
using Predictive.History;

namespace Predictive.Warehouse.Tests;

public sealed class CityHashTests(WarehouseServers servers)
{
    // What ClickHouse 18.16 said; the rest is asked of a server where there is one.
    [Theory, InlineData("", 11160318154034397263), InlineData("abc", 4220206313085259313)]
    public void KnownTexts(string text, ulong expected) => Assert.Equal(expected, CityHash.Hash64(Encoding.UTF8.GetBytes(text)));

    [Fact]
    public void TheServerHashesAlike()
    {
        const int seed = 24, texts = 4_000;
        var random = new Random(seed);
        string[] ids = [.. Enumerable.Range(0, texts).Select(i =>
        {
            (int least, int most) = i % 3 == 0 ? (0x21, 0x2000) : ('0', ':');
            return string.Concat(Enumerable.Range(0, i < 400 ? i / 2 : random.Next(60)).Select(_ => (char)random.Next(least, most)));
        })];
        for (int from = 0; from < ids.Length; from += 500)
        {
            string[] some = ids[from..(from + 500)];
            string sql = string.Join(", ", some.Select(i => $"'{i.Replace("\\", "\\\\").Replace("'", "\\'")}'"));
            string[] said = servers.ClickHouse.Run($"SELECT cityHash64(arrayJoin([{sql}]))").Split('\n');
            Assert.Equal(
                said, some.Select(i => CityHash.Hash64(Encoding.UTF8.GetBytes(i)).ToString(CultureInfo.InvariantCulture)));
        }
    }

    [Theory, InlineData(500_000, 3_004_118, 160), InlineData(1, 961, 1), InlineData(960, 961, 960), InlineData(961, 961, null)]
    public void ASampleHasAsManyBucketsAsHoldTheCustomersWanted(int wanted, long customers, int? buckets) =>
        Assert.Equal(buckets, HistorySlice.BucketsFor(wanted, customers));

    [Fact]
    public void OfTwoSamplesTheSmallerIsPartOfTheLargerAndTogetherTheSlicesOfTheBucketsAreTheSample()
    {
        string[] ids = [.. Enumerable.Range(0, 20_000).Select(i => $"customer {i}")];
        HistorySlice few = HistorySlice.Sample(7), more = HistorySlice.Sample(96);
        Assert.Equal("1-96/960", more.ToString());
        Assert.All(ids.Where(few.Holds), id => Assert.True(more.Holds(id)));
        Assert.Equal(
            ids.Where(id => Enumerable.Range(0, 96).Any(b => new HistorySlice(b, 960).Holds(id))), ids.Where(more.Holds));
        Assert.InRange(ids.Count(more.Holds), 1_850, 2_150);
        Assert.True(HistorySlice.Sample(960).IsWhole);
        Assert.NotEqual(HistorySlice.Sample(2), new HistorySlice(0, 960));
    }
}
