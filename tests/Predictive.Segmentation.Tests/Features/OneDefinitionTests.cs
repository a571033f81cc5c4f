using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.History.Returns;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;
using Predictive.Training.Snapshots;
using Predictive.Tests;

namespace Predictive.Segmentation.Tests.Features;

/// <summary>Rules, training snapshots at many instants, batch scoring and live scoring see the same facts: compared bit for bit.</summary>
public class OneDefinitionTests
{
    private const int H = 60;

    [Theory]
    [InlineData(1, true, true)]
    [InlineData(2, false, true)]
    [InlineData(3, true, false)]
    public void Snapshots_batch_live_and_rules_agree_at_many_instants(int seed, bool orderIds, bool tables)
    {
        TransactionHistory history = tables
            ? TableFeaturesTests.WithTables(seed, 120)
            : TransactionHistoryBuilder.Build(RandomBase.Lines(seed, 120, orderIds: orderIds));
        LocalTime last = LocalTime.From(RandomBase.Start.AddDays(400));
        TableSchema? schema = TableSchema.Fit(history, last);
        var store = new SnapshotStore(history, H, 3, TimeProvider.System, schema);
        foreach (int days in new[] { 61, 120, 200, 277, 350, 399 })
        {
            LocalTime asOf = LocalTime.From(RandomBase.Start.AddDays(days).AddHours(days % 24).AddMinutes(seed));
            Snapshot snapshot = store.Get(new SnapshotPoint(asOf, H, 1), labels: false);
            BaseProfile stored = BaseProfile.FromJson(snapshot.Profile.ToJson());
            FeatureMatrix batch = FeatureSet.Compute(history, snapshot.Customers, asOf, H, stored, threads: 1);
            Assert.Equal(snapshot.Features.Names, batch.Names);
            TransactionHistory marked = ReturnMatching.Mark(history, asOf);
            var rfm = Rfm.Fit(marked, asOf, new RfmOptions());
            var matching = new ReturnMatching();
            float[] trained = new float[batch.Columns], scored = new float[batch.Columns], live = new float[batch.Columns];
            for (int i = 0; i < snapshot.Rows; i++)
            {
                int customer = snapshot.Customers[i];
                snapshot.Features.CopyRow(i, trained);
                batch.CopyRow(i, scored);
                FeatureSet.Compute(HistorySample.Take(history, [customer]).Lines(0), asOf, H, stored, live);
                for (int j = 0; j < live.Length; j++)
                {
                    Assert.True(
                        BitConverter.SingleToInt32Bits(trained[j]) == BitConverter.SingleToInt32Bits(scored[j])
                            && BitConverter.SingleToInt32Bits(scored[j]) == BitConverter.SingleToInt32Bits(live[j]),
                        $"{batch.Names[j]} of {history.CustomerId(customer)} as of {asOf}: {trained[j]:R}, {scored[j]:R}, {live[j]:R}");
                }

                RfmResult rule = Rfm.Compute(marked.Lines(customer), asOf, new RfmOptions(), rfm);
                matching.Mark(history.Lines(customer).Before(asOf), out ReturnCounts counts);
                if (counts.KeptNothing)
                {
                    // The features know the orders that came back; for the rule they are none.
                    Assert.Equal((live[FeatureCatalogue.IndexOf("recency_days")], 0), (rule.RecencyDays, rule.Frequency));
                    continue;
                }

                Assert.Equal(
                    (
                        live[FeatureCatalogue.IndexOf("recency_days")], live[FeatureCatalogue.IndexOf("orders")],
                        live[FeatureCatalogue.IndexOf("net_total")]),
                    (rule.RecencyDays, rule.Frequency, (float)rule.Monetary));
            }
        }
    }
}
