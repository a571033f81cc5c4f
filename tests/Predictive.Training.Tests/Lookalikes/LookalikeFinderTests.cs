using Predictive.Learning.BuiltIn;
using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Training.Lookalikes;

namespace Predictive.Training.Tests.Lookalikes;

public class LookalikeFinderTests
{
    private const int First = 20, Within = 60;
    private static readonly DateTime s_start = new(2023, 1, 1);
    private static readonly LocalTime s_asOf = LocalTime.StartOf(new DateOnly(2024, 6, 1));

    [Fact]
    public void A_planted_sign_of_the_first_days_is_found_where_first_spend_says_nothing()
    {
        // Who orders twice in the first days spends 500 later, others 10; what they spend in the first days is the same, and random.
        LookalikeReport report = LookalikeFinder.Find(TransactionHistoryBuilder.Build(Lines(seed: 5)), Options());
        Assert.Equal(500, report.HighValueFrom);
        Assert.InRange(report.HighValue / (double)report.Earlier, 0.2, 0.4);
        Assert.True(report.Model!.Auc > 0.99, $"AUC {report.Model.Auc}");
        Assert.InRange(report.FirstSpend!.Auc, 0.35, 0.65);
        Assert.Equal("A", report.Grade);
        Assert.All(report.New, c => Assert.Equal(c.Orders == 2, c.Probability > 0.5));
        Assert.Equal(Enumerable.Range(1, report.New.Count), report.New.Select(c => c.Rank));
        // Orders, purchase days and the gap between them all say it.
        Assert.Contains(
            report.New[0].Reasons,
            r => r.Contains("2 orders so far", StringComparison.Ordinal) || r.Contains("on 2 days", StringComparison.Ordinal)
                || r.Contains("pause", StringComparison.Ordinal) || r.Contains("returned", StringComparison.Ordinal));
    }

    [Fact]
    public void Nothing_after_the_first_days_moves_a_new_customer_and_nothing_at_the_instant_moves_anything()
    {
        List<TransactionLine> lines = Lines(seed: 6);
        LookalikeReport before = LookalikeFinder.Find(TransactionHistoryBuilder.Build(lines), Options());
        string[] young = [.. before.New.Select(c => c.CustomerId)];
        // The open window of the new customers, and everything from the as-of instant on.
        IEnumerable<TransactionLine> later = young
            .Select(id => new TransactionLine(id, FirstOf(lines, id).AddDays(First), 9_999, $"later-{id}"))
            .Where(l => LocalTime.From(l.OrderedAt) < s_asOf);
        IEnumerable<TransactionLine> future =
            lines.Take(200).Select(l => l with { OrderedAt = s_asOf.ToDateTime(), Amount = 77, OrderId = "future" + l.OrderId });
        LookalikeReport after = LookalikeFinder.Find(TransactionHistoryBuilder.Build([.. lines, .. later, .. future]), Options());
        Assert.Equal(
            before.New.Select(c => (c.Rank, c.CustomerId, c.Probability, c.Net)),
            after.New.Select(c => (c.Rank, c.CustomerId, c.Probability, c.Net)));
        Assert.Equal(before.Model, after.Model);
    }

    [Fact]
    public void What_is_learned_reads_no_profile()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(Lines(seed: 7));
        var starts = EarlyDays.Starts(history, s_asOf, First);
        EarlyDays One(LocalTime fitted, int horizon) => EarlyDays.Of(history, starts, BaseProfile.Fit(history, fitted, horizon), First);
        FeatureMatrix a = One(s_asOf, 30).Features, b = One(s_asOf.AddDays(-300), 30).Features;
        Assert.All(
            EarlyDays.Learned,
            name => Assert.True(a.Column(FeatureCatalogue.IndexOf(name)).SequenceEqual(b.Column(FeatureCatalogue.IndexOf(name))), name));
    }

    [Fact]
    public void Too_short_a_history_is_refused_with_the_shortfall()
    {
        DatasetException refused = Assert.Throws<DatasetException>(() =>
            LookalikeFinder.Find(TransactionHistoryBuilder.Build(Lines(seed: 5)), Options() with { WithinDays = 480 }));
        Assert.Contains("expected at least 150", refused.Message, StringComparison.Ordinal);
    }

    private static LookalikeOptions Options() =>
        new() { AsOf = s_asOf, FirstDays = First, WithinDays = Within, HighShare = 0.2, Engine = new BuiltInEngine() };

    private static DateTime FirstOf(
        List<TransactionLine> lines, string id) => lines.Where(l => l.CustomerId == id).Min(l => l.OrderedAt).Date;

    private static List<TransactionLine> Lines(int seed)
    {
        var random = new Random(seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 900; c++)
        {
            DateTime first = s_start.AddDays(random.Next(510)).AddHours(9);
            bool twice = random.NextDouble() < 0.3;
            double spend = 50 + random.Next(100);
            lines.Add(new TransactionLine($"c{c:000}", first, twice ? spend / 2 : spend, $"{c}-1"));
            if (twice)
            {
                lines.Add(new TransactionLine($"c{c:000}", first.AddDays(1 + random.Next(15)), spend / 2, $"{c}-2"));
            }

            DateTime later = first.Date.AddDays(First + 1 + random.Next(Within - 2));
            if (LocalTime.From(later) < s_asOf)
            {
                lines.Add(new TransactionLine($"c{c:000}", later, twice ? 500 : 10, $"{c}-3"));
            }
        }

        return lines;
    }
}
