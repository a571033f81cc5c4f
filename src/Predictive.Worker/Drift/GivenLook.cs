using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Worker.Drift;

/// <summary>
/// What can be told of scores from outside at another time than their own: what came true of them, and whether their days have passed. How
/// far the base has moved cannot: nobody else can say what they would say of it now.
/// </summary>
internal static class GivenLook
{
    private const string Method =
        "Scores from outside answer for one time alone: what was given then is held against what came once the window has passed; bands by "
            + "200 Poisson resamples of the customers. Distributions are not compared.";

    /// <summary>Looks at a version of given scores after their time.</summary>
    public static DriftDocument Run(
        TransactionHistory history, ModelRegistry registry, CustomerScorer scorer, LocalTime asOf, int age, int seed,
        CancellationToken cancellation)
    {
        CultureInfo c = CultureInfo.InvariantCulture;
        ModelBundle bundle = scorer.Bundle;
        GivenScores given = scorer.Given!;
        int horizon = bundle.Manifest.HorizonDays;
        LocalTime over = given.AsOf.AddDays(horizon);
        IReadOnlyList<OutcomeDrift> outcomes =
            OutcomeCheck.Run(history, registry, scorer.Stamp.Name, horizon, asOf, seed, cancellation);
        int now = Population.At(history, asOf).Length;
        var forecast = new StaleForecast(
            over <= asOf
                ? $"The {horizon} days that '{given.Source}' spoke of are over since {over}: import newer scores, or train."
                : $"What came true can be told from {over} on, when the {horizon} days that '{given.Source}' spoke of are over.")
        {
            StaleOn = over.ToDateTime().ToString("yyyy-MM-dd", c),
        };
        List<string> words =
        [
            string.Create(
                c,
                $"{given.Count:N0} customers were scored by '{given.Source}', a model from outside, as of {given.AsOf}, {age} days ago; "
                    + $"{now:N0} have bought before {asOf}. How far they have moved since cannot be told: such scores answer for one time "
                    + $"alone."),
            .. outcomes.Where(o => o.AgeDays == 0).TakeLast(3).Select(DriftLook.OutcomeWords),
            forecast.Text,
        ];
        return new DriftDocument(
            scorer.Stamp, asOf.ToString(), bundle.Manifest.AsOf, age,
            new PopulationDrift(
                bundle.Distribution.Customers, now, bundle.Distribution.ChurnMean, null, bundle.Distribution.ClvMean, null),
            [], outcomes, forecast, over <= asOf, words, Method);
    }
}
