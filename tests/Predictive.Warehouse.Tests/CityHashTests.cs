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
}
