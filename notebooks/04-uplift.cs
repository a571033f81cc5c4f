#!/usr/bin/env dotnet
// 4. Whom a contact changes, over the library: an X-learner and a tree for reading on a trial whose truth is planted. Campaigns themselves
// (draw, holdout, contacts, report, standing) are not in the packages: `predictive campaign` and 04-campaigns.ipynb have them.
// Run it from the repository's root: dotnet run -c Release notebooks/04-uplift.cs [-- ROOT]
#:project ../src/Predictive.Training/Predictive.Training.csproj
#:property PublishAot=false
#:property NoWarn=$(NoWarn);CS1591;CA2007

using System.Globalization;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Learning.BuiltIn;
using Predictive.Learning.Metrics;
using Predictive.Learning.Uplift;
using Predictive.Segmentation.Features;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
string shop = Path.Combine(args.Length > 0 ? args[0] : Directory.GetCurrentDirectory(), "data-samples");
TransactionHistory history = DatasetLoader.Load(shop, new LoadOptions { Columns = HistoryColumns.Answers });
LocalTime asOf = LocalTime.From(new DateTime(2025, 7, 1));
const int Horizon = 90, Seed = 1;

// What is known of each customer on that day, and what they did in the 90 days after it, left alone.
int[] customers = Population.At(history, asOf);
BaseProfile profile = BaseProfile.Fit(history, asOf, Horizon);
FeatureMatrix all = FeatureSet.Compute(history, customers, asOf, Horizon, profile);
string[] measures = ["recency_days", "orders", "orders_365", "net_365", "cadence_days", "pareto_active"];
var features = new FeatureMatrix(measures, [.. measures.Select(m => all.ColumnArray(all.Names.ToList().IndexOf(m)))]);
Labels labels = Labels.Compute(history, customers, asOf, Horizon);

// Half of them are contacted, by a seeded draw. The planted truth: of those silent for 90 days or more who would not have bought, 40 of 100
// buy after all; of those seen since, 20 of 100 who would have bought are put off.
const int Wavering = 90;
var random = new Random(Seed);
float[] silent = features.ColumnArray(0);
bool[] contacted = [.. customers.Select(_ => random.NextDouble() < .5)];
double[] bought = [.. customers.Select((_, i) =>
{
    bool buys = labels.Churned[i] == 0;
    double chance = random.NextDouble();
    return contacted[i] && (silent[i] >= Wavering ? !buys && chance < .4 : buys && chance < .2) ? (buys ? 0 : 1.0) : buys ? 1 : 0;
})];
double share = bought.Average();
var trial = new UpliftData(
    features, contacted, bought, [.. customers.Select(_ => .5)], [.. customers.Select(_ => share)]);

// Learned on one half, judged on the other.
(int[] first, int[] second) = trial.Halves(Seed);
UpliftData judged = trial.Take(second);
double[] uplift = UpliftModel.Learn(trial.Take(first), new BuiltInEngine()).Uplift(judged.Features);
double qini = UpliftMetrics.Qini(uplift, judged.Treated, judged.Outcome);
double truth = UpliftMetrics.Qini(
    [.. judged.Features.ColumnArray(0).Select(d => d >= Wavering ? 1.0 : 0)], judged.Treated, judged.Outcome);
Console.WriteLine(
    $"{customers.Length:N0} customers, {contacted.Count(c => c):N0} contacted; Qini {qini:0.000}, by the planted rule {truth:0.000}");

foreach (EffectLeaf leaf in EffectTree.Grow(trial))
{
    string who = string.Join(
        " and ", leaf.Questions.Select(q => $"{measures[q.Feature]} {(q.AtLeast ? "at least" : "below")} {q.Cut:0.##}"));
    string effect = $"{100 * leaf.Effect:+0.0;-0.0} points ({100 * leaf.Low:+0.0;-0.0} to {100 * leaf.High:+0.0;-0.0})";
    Console.WriteLine($"{(who.Length == 0 ? "everybody" : who)}: {effect}");
}

return qini > .5 * truth ? 0 : 1;
