using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Tests.Features;

public class BaseProfileTests
{
    /// <summary>Planted: three in four buy once; the others come back after 10 to 29 days, median 19; nobody gives anything back.</summary>
    [Fact]
    public void A_base_too_large_to_look_at_whole_is_described_by_a_part_of_it_and_counted_whole()
    {
        const int Customers = 130_001;
        var random = new Random(3);
        var start = new DateTime(2024, 1, 1);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < Customers; c++)
        {
            int day = random.Next(200);
            lines.Add(new TransactionLine($"c{c:000000}", start.AddDays(day), 10));
            if (random.Next(4) == 0)
            {
                lines.Add(new TransactionLine($"c{c:000000}", start.AddDays(day + 10 + random.Next(20)), 10));
            }
        }

        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        LocalTime asOf = LocalTime.From(start.AddDays(300));
        BaseProfile one = BaseProfile.Fit(history, asOf, 30, threads: 1), two = BaseProfile.Fit(history, asOf, 30, threads: 2);
        Assert.Equal(Customers, one.Customers);
        Assert.Equal(.75, one.OneTimeShare, .01);
        Assert.InRange(one.MedianGapDays, 18, 20);
        Assert.Equal(1, one.NetOverGross);
        Assert.Equal(one.ToJson(), two.ToJson());
    }
}
