using Predictive.Learning.Lifetimes;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Segmentation.Tests.Features;

public class LifetimesFeatureTests
{
    [Fact]
    public void The_lifetimes_features_are_the_models_of_the_profile_in_weeks()
    {
        var random = new Random(5);
        var start = new DateTime(2024, 1, 1);
        var lines = new List<TransactionLine>();
        for (int c = 0; c < 120; c++)
        {
            int day = random.Next(60);
            for (int k = 0; k < 1 + (c % 5); k++, day += 7 + random.Next(30))
            {
                lines.Add(new TransactionLine($"c{c:000}", start.AddDays(day), 10 + random.Next(50)));
            }
        }

        // Bought on day 10 and day 38; as of day 180: x = 1, t_x = 4 weeks, T = 170 / 7 weeks; net 30 over two days.
        lines.Add(new TransactionLine("z", start.AddDays(10), 20));
        lines.Add(new TransactionLine("z", start.AddDays(38), 10));
        TransactionHistory history = TransactionHistoryBuilder.Build(lines);
        LocalTime asOf = LocalTime.From(start.AddDays(180));
        BaseProfile profile = BaseProfile.Fit(history, asOf, 28);
        var row = new float[FeatureCatalogue.All.Count];
        FeatureSet.Compute(history.Lines(history.IndexOf("z")), asOf, 28, profile, row);

        ParetoNbdModel pareto = profile.ParetoNbd!;
        Assert.Equal((float)pareto.ProbabilityActive(1, 4, 170 / 7.0, 4), row[FeatureCatalogue.IndexOf("pareto_active")]);
        Assert.Equal((float)pareto.ExpectedPurchases(1, 4, 170 / 7.0, 4), row[FeatureCatalogue.IndexOf("pareto_purchases")]);
        Assert.Equal((float)profile.BgNbd!.ProbabilityActive(1, 4, 170 / 7.0, 4), row[FeatureCatalogue.IndexOf("bgnbd_active")]);
        Assert.Equal((float)profile.GammaGamma!.ExpectedValue(2, 15), row[FeatureCatalogue.IndexOf("gamma_gamma_spend")]);
    }
}
