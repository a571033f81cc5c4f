using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Models;
using Predictive.Training.Recommendation;

namespace Predictive.Training.Tests.Recommendation;

public class RecommenderTests
{
    private static readonly DateTime s_start = new(2024, 1, 1);

    [Fact]
    public void Counts_and_scores_by_hand()
    {
        // As of the day itself plus nothing: all weights 1. a bought tea and cake, b tea and cake, c tea, d soap.
        TransactionHistory history = TransactionHistoryBuilder.Build(
        [
            Line("a", "tea"), Line("a", "cake"), Line("b", "tea"), Line("b", "cake"), Line("c", "tea"), Line("d", "soap"),
            Line("d", "tea") with { Amount = -1 }, Line("c", "cake") with { OrderedAt = s_start.AddDays(1) },
        ]);
        LocalTime asOf = LocalTime.StartOf(new DateOnly(2024, 1, 2));
        RecommenderModel model =
            RecommenderCounts.Fit(history, asOf, RecommendedItem.Category, new RecommenderWeights(1, 2, 0.5), new RecommenderOptions());
        Assert.Equal(["tea", "cake", "soap"], model.Items);
        Assert.Equal(3 / 6.0, model.Popularity[0], 9);
        Assert.Equal(2 / 6.0, model.Popularity[1], 9);
        Assert.Equal(1 / 6.0, model.Popularity[2], 9);
        // Both bought by two; tea by three, cake by two: 2 / sqrt(6).
        Assert.Equal(2 / Math.Sqrt(6), model.Neighbours[0].Single().Similarity, 12);
        Assert.Equal(1, model.Neighbours[0].Single().Item);
        Assert.Empty(model.Neighbours[2]);

        var recommender = new Recommender(model, history);
        var best = recommender.Recommend(history.Lines(history.IndexOf("c")), asOf, 3);
        Assert.Equal(["cake", "tea", "soap"], best.Select(r => r.Item));
        Assert.Equal((2 * 2 / Math.Sqrt(6)) + (0.5 * 2 / 6), best[0].Score, 9);
        Assert.Equal(1 + (0.5 * 3 / 6), best[1].Score, 9);
        Assert.Equal((true, "goes with tea"), (best[0].IsNew, best[0].Because));
        Assert.Equal((false, "bought often before"), (best[1].IsNew, best[1].Because));
        Assert.Equal("popular with everybody", best[2].Because);
        Assert.Equal(
            ["cake", "soap"], recommender.Recommend(history.Lines(history.IndexOf("c")), asOf, 3, newOnly: true).Select(r => r.Item));
    }

    [Fact]
    public void What_others_of_the_same_taste_bought_earns_the_grade()
    {
        // Eight tastes of ten categories each; nobody buys a category twice: only what others of the taste bought tells the next one.
        var random = new Random(6);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 400; c++)
        {
            int[] order = [.. Enumerable.Range(0, 10).OrderBy(_ => random.Next())];
            for (int k = 0; k < 9; k++)
            {
                lines.Add(
                    new TransactionLine($"c{c:000}", s_start.AddDays((k * 20) + random.Next(20)), 10, Category: $"k{c % 8}-{order[k]}"));
            }
        }

        LocalTime asOf = LocalTime.StartOf(DateOnly.FromDateTime(s_start.AddDays(180)));
        RecommenderReport report = RecommenderTrainer.Train(TransactionHistoryBuilder.Build(lines), asOf, 40).Report!;
        Assert.Equal("A", report.Grade);
        Assert.True(report.NewGain > 5 * report.NewNoise, $"{report}");
    }

    [Fact]
    public void Planted_tastes_beat_popularity_out_of_time_and_nothing_later_is_seen()
    {
        // Eight tastes; a customer buys only from two neighbouring categories of its taste, one order every 20 days.
        const int Seed = 4;
        var random = new Random(Seed);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 400; c++)
        {
            for (int day = random.Next(20); day < 200; day += 20)
            {
                lines.Add(new TransactionLine($"c{c:000}", s_start.AddDays(day), 10, Category: $"k{(c % 8 * 2) + random.Next(2):00}"));
            }
        }

        LocalTime asOf = LocalTime.StartOf(DateOnly.FromDateTime(s_start.AddDays(200)));
        var (model, report) = RecommenderTrainer.Train(TransactionHistoryBuilder.Build(lines), asOf, 40);
        SuccessAtK three = report!.Success.Single(s => s.Top == 3);
        Assert.Equal(16, model.Items.Count);
        Assert.True(three.Model > 0.99, $"{three}");
        Assert.InRange(three.Popularity, 0.1, 0.5);
        // Habit finds as much: that is no merit of the model.
        Assert.Equal("C", report.Grade);
        Assert.InRange(report.Gain, -report.Noise, 2 * report.Noise);
        Assert.Equal(400, report.Customers);

        // The same model whatever happens after the instant.
        lines.Add(new TransactionLine("c000", asOf.ToDateTime().AddHours(1), 1000, Category: "k05"));
        var (again, _) = RecommenderTrainer.Train(TransactionHistoryBuilder.Build(lines), asOf, 40);
        Assert.Equal(System.Text.Json.JsonSerializer.Serialize(model), System.Text.Json.JsonSerializer.Serialize(again));
    }

    [Fact]
    public void Without_categories_and_products_it_is_refused()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build([new TransactionLine("a", s_start, 1)]);
        Assert.Contains(
            "neither 'category' nor 'product_id'",
            Assert.Throws<DatasetException>(
                () => RecommenderTrainer.Train(history, LocalTime.MidnightAfter(history.LastMicros), 30)).Message,
            StringComparison.Ordinal);
    }

    private static TransactionLine Line(string customer, string category) =>
        new(customer, s_start.AddHours(23).AddMinutes(59).AddSeconds(59), 1, Category: category);
}
