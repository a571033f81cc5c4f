using System.Text;
using Predictive.History.Text;

namespace Predictive.History.Tests.Text;

public class TextPoolTests
{
    /// <summary>
    /// Ids count up, and differ in any of their bytes: half as many places as ids must be taken at the least where as many places as ids
    /// are free (by chance .63 of them are).
    /// </summary>
    [Theory]
    [InlineData("C{0:000000000}")]
    [InlineData("{0}")]
    [InlineData("{0:000000}-A")]
    [InlineData("KD{0:0000000000000}")]
    [InlineData("{0:00000000}0000000")]
    public void Ids_that_count_up_are_spread_over_all_places(string format)
    {
        const int Places = 1 << 16;
        var taken = new bool[Places];
        for (int i = 0; i < Places; i++)
        {
            taken[TextPool.Home(TextKey.Of(Encoding.UTF8.GetBytes(string.Format(null, format, i))), Places - 1)] = true;
        }

        Assert.InRange(taken.Count(t => t), Places / 2, Places);
    }

    [Theory]
    [InlineData(100, 1)]
    [InlineData(40_000, 2)] // by several threads
    public void Ranks_are_those_of_ordinal_comparison(int count, int seed)
    {
        var random = new Random(seed);
        string[] parts = ["", "C", "C00", "C00000000", "é", "中", "😀", "\uE000", "a", "\u0001", "zz"];
        var names = new HashSet<string>();
        while (names.Count < count)
        {
            var name = new StringBuilder("shop-中");
            for (int k = random.Next(1, 5); k > 0; k--)
            {
                name.Append(parts[random.Next(parts.Length)]).Append(random.Next(100));
            }

            names.Add(name.ToString());
        }

        names.Add("shop-中"); // all of what the others begin with
        var pool = new TextPool();
        int[] codes = [.. names.Select(n => pool.CodeOf(Encoding.UTF8.GetBytes(n)))];
        var used = new bool[pool.Count];
        Array.Fill(used, true);
        used[codes[7]] = false;
        string[] expected = [.. names.Where((_, i) => i != 7).Order(StringComparer.Ordinal)];
        var (ranks, found) = TextRanks.Of(pool, used);
        Assert.Equal(expected, found);
        Assert.Equal(-1, ranks[codes[7]]);
        Assert.All(names.Zip(codes).Where((_, i) => i != 7), n => Assert.Equal(n.First, found[ranks[n.Second]]));
    }
}
