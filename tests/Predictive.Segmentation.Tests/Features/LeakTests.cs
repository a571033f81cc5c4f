using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Features;

/// <summary>
/// Changing any fact at or after the as-of instant must change no bit of a feature or of the base's profile; a planted leak proves that the
/// check can fail.
/// </summary>
public class LeakTests
{
    private const int Horizon = 60;

    /// <summary>Names of definitions whose value changes when the facts at or after as-of do.</summary>
    private static SortedSet<string> Leaking(
        int seed, Func<Peek, IReadOnlyList<FeatureDefinition>>? definitions = null, int daysSeenPast = 0)
    {
        var peek = new Peek();
        IReadOnlyList<FeatureDefinition> features = definitions?.Invoke(peek) ?? FeatureCatalogue.All;
        var random = new Random(seed);
        List<TransactionLine> lines = RandomBase.Lines(seed);
        LocalTime asOf = LocalTime.From(RandomBase.Start.AddDays(200).AddHours(seed % 2 == 0 ? 0 : 10));
        List<TransactionLine> changed = [.. lines.Where(l => LocalTime.From(l.OrderedAt) < asOf)];
        foreach (TransactionLine line in lines.Where(l => LocalTime.From(l.OrderedAt) >= asOf))
        {
            // Removed, altered, moved onto the as-of instant, or doubled.
            switch (random.Next(4))
            {
                case 0: break;
                case 1: changed.Add(
                    line with { Amount = line.Amount + 1000, OrderId = "altered", ProductId = "p1", Category = "k1" }); break;
                case 2: changed.Add(line with { OrderedAt = asOf.ToDateTime() }); break;
                default: changed.AddRange([line, line with { Amount = -1 }]); break;
            }
        }

        TransactionHistory before = TransactionHistoryBuilder.Build(lines), after = TransactionHistoryBuilder.Build(changed);
        BaseProfile profile = BaseProfile.Fit(before, asOf, Horizon);
        var leaking = new SortedSet<string>();
        if (!profile.ToJson().AsSpan().SequenceEqual(BaseProfile.Fit(after, asOf, Horizon).ToJson()))
        {
            leaking.Add("profile");
        }

        var rowBefore = new FeatureRow(asOf.AddDays(daysSeenPast), Horizon, profile, features);
        var rowAfter = new FeatureRow(asOf.AddDays(daysSeenPast), Horizon, profile, features);
        float[] a = new float[features.Count], b = new float[features.Count];
        foreach (int c in Population.At(before, asOf))
        {
            (peek.History, peek.Customer) = (before, c);
            rowBefore.Fill(before.Lines(c), a);
            (peek.History, peek.Customer) = (after, after.IndexOf(before.CustomerId(c)));
            rowAfter.Fill(after.Lines(peek.Customer), b);
            for (int j = 0; j < a.Length; j++)
            {
                if (BitConverter.SingleToInt32Bits(a[j]) != BitConverter.SingleToInt32Bits(b[j]))
                {
                    leaking.Add(features[j].Name);
                }
            }
        }

        return leaking;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void No_feature_sees_past_as_of(int seed) => Assert.Empty(Leaking(seed));

    [Fact]
    public void A_pass_that_reads_past_as_of_is_found()
    {
        // The same definitions, their one pass allowed to see ten days past as-of.
        SortedSet<string> leaking = Leaking(1, daysSeenPast: 10);
        Assert.Superset(new HashSet<string> { "recency_days", "net_total", "orders", "products", "decay_10" }, leaking);
    }

    [Fact]
    public void A_single_planted_feature_is_found_and_named()
    {
        SortedSet<string> leaking = Leaking(1, peek =>
        [
            .. FeatureCatalogue.All,
            FeatureCatalogue.Get("net_total") with { Name = "planted", Value = _ => Sum(peek.History!.Lines(peek.Customer).Amount) },
        ]);
        Assert.Equal(["planted"], leaking);
    }

    private static double Sum(ReadOnlySpan<double> amounts)
    {
        double sum = 0;
        foreach (double amount in amounts)
        {
            sum += amount;
        }

        return sum;
    }

    /// <summary>Lets a planted definition reach what the pass hides from it.</summary>
    private sealed class Peek
    {
        public TransactionHistory? History { get; set; }

        public int Customer { get; set; }
    }
}
