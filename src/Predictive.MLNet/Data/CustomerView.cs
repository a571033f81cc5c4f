using Microsoft.ML;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.MLNet.Data;

/// <summary>A customer with features.</summary>
internal class CustomerRow : FeatureRow
{
    public string CustomerId { get; set; } = "";
}

/// <summary>A customer whose window is over.</summary>
internal sealed class LabelledRow : CustomerRow
{
    public bool Label { get; set; }

    public float NetSpend { get; set; }

    public float Orders { get; set; }

    public float DaysToNextOrder { get; set; }
}

/// <summary>The features of a dataset's customers as a data view: what training sees, bit for bit.</summary>
internal static class CustomerView
{
    public static IDataView Of(MLContext context, string pathOrFolder, DateTime asOf, int horizonDays)
    {
        LocalTime at = LocalTime.From(asOf);
        TransactionHistory history = DatasetLoader.Load(pathOrFolder, new LoadOptions { Columns = HistoryColumns.Features });
        int[] customers = Population.At(history, at);
        BaseProfile profile = BaseProfile.Fit(history, at, horizonDays);
        FeatureMatrix features = FeatureSet.Compute(history, customers, at, horizonDays, profile);
        if (LocalTime.MidnightAfter(history.LastMicros) < at.AddDays(horizonDays))
        {
            return Rows.View(
                context, Rows.Each<CustomerRow>(features, (row, i) => row.CustomerId = history.CustomerId(customers[i])), features.Names);
        }

        var labels = Labels.Compute(history, customers, at, horizonDays);
        return Rows.View(
            context,
            Rows.Each<LabelledRow>(features, (row, i) =>
            {
                row.CustomerId = history.CustomerId(customers[i]);
                row.Label = labels.Churned[i] == 1;
                row.NetSpend = (float)labels.NetSpend[i];
                row.Orders = labels.Orders[i];
                row.DaysToNextOrder = labels.DaysToNextOrder[i];
            }),
            features.Names);
    }
}
