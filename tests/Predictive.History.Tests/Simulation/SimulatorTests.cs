using Predictive.History;
using Predictive.History.Simulation;

namespace Predictive.History.Tests.Simulation;

public class SimulatorTests
{
    private static readonly SimulationOptions Small = new() { Customers = 400, Years = 1.5, Seed = 7 };

    [Fact]
    public void Equal_options_make_equal_bases_and_another_seed_another_one()
    {
        var (one, two, other) = (Simulator.Generate(Small), Simulator.Generate(Small), Simulator.Generate(Small with { Seed = 8 }));
        Assert.Equal(one.History.Columns.OrderedAt, two.History.Columns.OrderedAt);
        Assert.Equal(one.History.Columns.Amount, two.History.Columns.Amount);
        Assert.Equal(one.OrderNames, two.OrderNames);
        Assert.Equal(one.Customers, two.Customers);
        Assert.NotEqual(one.History.Columns.Amount, other.History.Columns.Amount);
    }

    [Fact]
    public void A_customer_does_not_depend_on_how_many_there_are()
    {
        var (few, many) = (Simulator.Generate(Small with { Customers = 50 }), Simulator.Generate(Small));
        Assert.Equal(few.Customers, many.Customers[..50]);
        Assert.Equal(few.History.Columns.Amount, many.History.Columns.Amount[..few.History.LineCount]);
    }

    [Fact]
    public void The_base_is_well_formed()
    {
        var simulated = Simulator.Generate(Small);
        var (history, options) = (simulated.History, simulated.Options);
        Assert.Equal(400, history.CustomerCount);
        Assert.True(
            history.FirstMicros >= LocalTime.StartOf(options.Start).Micros && history.LastMicros < LocalTime.StartOf(options.End).Micros);
        for (int c = 0; c < history.CustomerCount; c++)
        {
            var lines = history.Lines(c);
            double net = 0;
            bool bought = false;
            for (int i = 0; i < lines.Count; i++)
            {
                Assert.True(i == 0 || lines.OrderedAt[i] >= lines.OrderedAt[i - 1]);
                Assert.Equal(lines.Amount[i], Math.Round(lines.Amount[i], 2));
                Assert.NotEqual(0, lines.Amount[i]);
                net += lines.Amount[i];
                bought |= lines.Amount[i] > 0;
            }

            Assert.True(bought);
            Assert.True(net > -.005, $"customer {c} was refunded more than was paid: {net}");
        }
    }

    [Fact]
    public void Nobody_buys_after_the_truth_says_they_left()
    {
        var simulated = Simulator.Generate(Small);
        int left = 0;
        for (int c = 0; c < simulated.History.CustomerCount; c++)
        {
            double dropout = simulated.Customers[c].DropoutDay;
            left += dropout < new LocalTime(simulated.History.LastMicros).Day ? 1 : 0;
            var lines = simulated.History.Lines(c);
            for (int i = 0; i < lines.Count; i++)
            {
                Assert.True(lines.Amount[i] < 0 || new LocalTime(lines.OrderedAt[i]).Day < dropout, $"customer {c}");
            }
        }

        Assert.InRange(left, 40, 360);
    }

    [Fact]
    public void Immortal_customers_without_a_calendar_buy_at_their_own_rate()
    {
        var simulated = Simulator.Generate(new SimulationOptions
        {
            Customers = 800, Years = 3, Seed = 3, LifetimeDays = double.PositiveInfinity, OneTimeShare = 0, AgeingShare = 0, Season = 0,
            PromotionsPerYear = 0,
            ExistingShare = 1, RateShape = 20, CadenceDays = 30, RefundShare = 0,
        });
        double expected = simulated.Customers.Sum(c => c.RatePerDay) * simulated.Options.SpanDays;

        // About 29,000 orders of gaps more regular than random: 2 % is more than ten standard errors of the count.
        Assert.InRange(simulated.OrderNames.Length / expected, .98, 1.02);
        Assert.DoesNotContain(simulated.History.Columns.Amount, a => a < 0);
    }

    [Fact]
    public void Season_and_promotions_show()
    {
        var quiet = new SimulationOptions
        {
            Customers = 1500, Years = 3, Seed = 5, GrowthPerYear = 0, LifetimeDays = double.PositiveInfinity, OneTimeShare = 0,
            PromotionsPerYear = 0, ExistingShare = 1, CadenceDays = 30,
        };
        int[] months = new int[13];
        foreach (long at in Simulator.Generate(quiet with { Season = .5 }).History.Columns.OrderedAt)
        {
            months[new LocalTime(at).ToDateTime().Month]++;
        }

        Assert.True(months[12] > 2 * months[6], string.Join(" ", months));
        Assert.DoesNotContain(Simulator.Generate(quiet with { Customers = 100 }).History.Columns.Discount!, d => d > 0);
        Assert.Contains(Simulator.Generate(quiet with { Customers = 100, PromotionsPerYear = 4 }).History.Columns.Discount!, d => d > 0);
    }

    [Fact]
    public void Order_ids_count_up_in_time_and_belong_to_one_customer()
    {
        var simulated = Simulator.Generate(Small);
        var columns = simulated.History.Columns;
        var owner = new Dictionary<int, int>();
        var first = new Dictionary<string, long>();
        for (int c = 0; c < simulated.History.CustomerCount; c++)
        {
            for (int i = columns.Offsets[c]; i < columns.Offsets[c + 1]; i++)
            {
                Assert.Equal(c, owner.TryAdd(columns.Order![i], c) ? c : owner[columns.Order[i]]);
                first.TryAdd(simulated.OrderNames[columns.Order[i]], columns.OrderedAt[i]);
            }
        }

        Assert.Equal(first.OrderBy(f => f.Key, StringComparer.Ordinal).Select(f => f.Value), first.Values.Order());
    }

    [Fact]
    public void Senseless_options_are_refused_with_every_fault()
    {
        var fault =
            Assert.Throws<ArgumentException>(() => Simulator.Generate(new SimulationOptions { Customers = 0, Years = -1, Season = 2 }));
        Assert.Contains("customers is 0; expected 1–5,000,000; years is -1", fault.Message, StringComparison.Ordinal);
        Assert.Contains("season", fault.Message, StringComparison.Ordinal);
    }
}
