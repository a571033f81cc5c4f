using Predictive.History.Text;

namespace Predictive.History.Tests.Text;

/// <summary>The set of row hashes against the framework's, alone and by order.</summary>
public class RowHashSetTests
{
    [Theory]
    [InlineData(1, false, 100_000, 1)]
    [InlineData(2, true, 100_000, 1)]
    [InlineData(3, true, 100_000, 12)]
    [InlineData(4, true, 100_000, 700)]
    [InlineData(5, true, 60_000, 60_000)]
    public void It_tells_what_was_there(int seed, bool grouped, int rows, int inGroup)
    {
        var random = new Random(seed);
        var set = new RowHashSet(grouped: grouped);
        var all = new HashSet<UInt128>();
        ulong group = 0;
        for (int i = 0; i < rows; i++)
        {
            if (i % inGroup == 0)
            {
                // Groups come back, as an order whose lines do not stand together.
                group = random.Next(4) == 0 && all.Count > 0 ? group : (ulong)random.NextInt64();
            }

            // One in eight was there, or is zero or one.
            var hash = new UInt128(group, random.Next(8) == 0 ? (ulong)random.Next(3) : (ulong)random.NextInt64());
            hash = random.Next(50) == 0 ? (UInt128)random.Next(2) : hash;
            UInt128 taken = hash == UInt128.Zero ? UInt128.One : hash;
            set.Prefetch(hash);
            Assert.True(all.Add(taken) == set.Add(hash), $"seed {seed}, row {i}: {hash}");
        }

        Assert.Equal(all.Count, set.Count);
    }
}
