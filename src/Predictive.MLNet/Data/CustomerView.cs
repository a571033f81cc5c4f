using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning;
using Predictive.Segmentation.Features;

namespace Predictive.MLNet.Data;

/// <summary>A customer with features.</summary>
internal class CustomerRow
{
    public string CustomerId { get; set; } = "";

    public float[] Features { get; set; } = [];
}

/// <summary>A customer whose window is over.</summary>
internal sealed class LabelledRow : CustomerRow
{
    public bool Label { get; set; }

    public float NetSpend { get; set; }

    public float Orders { get; set; }

    public float DaysToNextOrder { get; set; }
}

/// <summary>The features of a dataset's customers as a data view: what training and scoring see, bit for bit.</summary>
internal static class CustomerView
{
    private const string Features = "Features", SlotNames = "SlotNames";

    public static IDataView Of(MLContext context, string pathOrFolder, DateTime asOf, int horizonDays)
    {
        LocalTime at = LocalTime.From(asOf);
        TransactionHistory history = DatasetLoader.Load(pathOrFolder, new LoadOptions { Columns = HistoryColumns.Features });
        int[] customers = Population.At(history, at);
        if (customers.Length == 0)
        {
            throw new DatasetException(
                "no-purchase-before-as-of", $"No purchase (amount > 0) lies before {at}. Choose a later as-of.", pathOrFolder);
        }

        BaseProfile profile = BaseProfile.Fit(history, at, horizonDays);
        FeatureMatrix features = FeatureSet.Compute(history, customers, at, horizonDays, profile);
        if (LocalTime.MidnightAfter(history.LastMicros) < at.AddDays(horizonDays))
        {
            return View(
                context, Each(history, customers, features, new Func<CustomerRow>(() => new CustomerRow()), (_, _) => { }), features);
        }

        var labels = Labels.Compute(history, customers, at, horizonDays);
        return View(
            context,
            Each(history, customers, features, new Func<LabelledRow>(() => new LabelledRow()), (row, i) =>
            {
                row.Label = labels.Churned[i] == 1;
                row.NetSpend = (float)labels.NetSpend[i];
                row.Orders = labels.Orders[i];
                row.DaysToNextOrder = labels.DaysToNextOrder[i];
            }),
            features);
    }

    private static IDataView View<T>(MLContext context, IEnumerable<T> rows, FeatureMatrix features)
        where T : class
    {
        SchemaDefinition definition = SchemaDefinition.Create(typeof(T));
        definition[Features].ColumnType = new VectorDataViewType(NumberDataViewType.Single, features.Columns);
        var slots = new VBuffer<ReadOnlyMemory<char>>(features.Columns, [.. features.Names.Select(n => n.AsMemory())]);
        definition[Features].AddAnnotation(SlotNames, slots, new VectorDataViewType(TextDataViewType.Instance, features.Columns));
        return context.Data.LoadFromEnumerable(rows, definition);
    }

    // One object per pass: ML.NET copies what it reads.
    private static IEnumerable<T> Each<T>(
        TransactionHistory history, int[] customers, FeatureMatrix features, Func<T> create, Action<T, int> fill)
        where T : CustomerRow
    {
        T row = create();
        row.Features = new float[features.Columns];
        for (int i = 0; i < customers.Length; i++)
        {
            row.CustomerId = history.CustomerId(customers[i]);
            features.CopyRow(i, row.Features);
            fill(row, i);
            yield return row;
        }
    }
}
