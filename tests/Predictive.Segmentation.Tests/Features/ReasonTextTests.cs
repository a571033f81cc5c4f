using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Segmentation.Tests.Features;

public class ReasonTextTests
{
    [Theory]
    [InlineData("orders_90", 1, "1 order in the last 90 days (typical customer: unknown)")]
    [InlineData("orders_90", 2, "2 orders in the last 90 days (typical customer: unknown)")]
    [InlineData("tenure_days", 1, "a customer for 1 day (typical: unknown)")]
    [InlineData("lines_per_order", 1.5f, "1.5 lines in an order (typical customer: unknown)")]
    public void One_of_a_thing_is_not_plural(string feature, float value, string text)
    {
        var row = new float[FeatureCatalogue.All.Count];
        row[FeatureCatalogue.IndexOf(feature)] = value;
        TransactionHistory history = TransactionHistoryBuilder.Build([new TransactionLine("a", new DateTime(2024, 1, 1), 5)]);
        BaseProfile profile = BaseProfile.Fit(history, LocalTime.StartOf(new DateOnly(2024, 2, 1)), 30);
        Assert.Equal(text, FeatureCatalogue.Get(feature).Text(row, profile));
    }

    [Fact]
    public void Every_sentence_quotes_features_that_exist()
    {
        Assert.All(
            FeatureCatalogue.All,
            f => Assert.All(f.Quoted(once: false).Concat(f.Quoted(once: true)), name => FeatureCatalogue.IndexOf(name)));
        Assert.Equal(["purchase_days_h", "purchase_days_2h"], FeatureCatalogue.Get("purchase_days_trend").Quoted(once: false));
    }
}
