using Microsoft.ML;
using Predictive.History;
using Predictive.MLNet.Data;
using Predictive.MLNet.Models;
using Predictive.MLNet.Trainers;
using Predictive.Segmentation.Registry;

namespace Predictive.MLNet;

/// <summary>What this product adds to <see cref="MLContext"/>: Parquet files, customer features, versions, boosting.</summary>
public static class PredictiveCatalog
{
    /// <summary>
    /// Parquet files as a table, streamed row group by row group: of Single and Double the missing is NaN, other numbers are Double (Int64
    /// where none may be missing), texts Text, times DateTime; columns of other types are left out. Folders named <c>key=value</c> add a
    /// text column each.
    /// </summary>
    /// <param name="catalog">Of a context.</param>
    /// <param name="fileOrFolder">A file, or a folder with files of the same columns, at any depth.</param>
    /// <exception cref="DatasetException">There is none, one is damaged, or their columns differ; while it is read: a whole number beyond
    /// ±2^53 in a column whose numbers may be missing, which no Double tells from its neighbours.</exception>
    public static IDataView LoadFromParquet(this DataOperationsCatalog catalog, string fileOrFolder)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(fileOrFolder);
        return new ParquetView(fileOrFolder);
    }

    /// <summary>
    /// The features of every customer with a purchase before an as-of: <c>CustomerId</c>, the vector <c>Features</c> with its slot names,
    /// and where the horizon has passed <c>Label</c> (true = no purchase within it), <c>NetSpend</c>, <c>Orders</c>,
    /// <c>DaysToNextOrder</c> (NaN = none). The same bits as training computes; what a
    /// version scores is seen beside the base it was trained on, so its own as-of and horizon give its own scores, and no others do.
    /// </summary>
    /// <param name="catalog">Of a context.</param>
    /// <param name="dataset">Dataset folder, or a single Parquet file.</param>
    /// <param name="asOf">Local time of the dataset; only what is strictly before it is looked at.</param>
    /// <param name="horizonDays">Days of the window. Default 90.</param>
    /// <exception cref="DatasetException">The dataset cannot be used, or nobody has bought before the as-of.</exception>
    public static IDataView LoadCustomerFeatures(this DataOperationsCatalog catalog, string dataset, DateTime asOf, int horizonDays = 90)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(dataset);
        ArgumentOutOfRangeException.ThrowIfLessThan(horizonDays, 1);
        return CustomerView.Of(new MLContext(1), dataset, asOf, horizonDays);
    }

    /// <summary>A version of the registry as a transformer; see <see cref="PredictiveTransformer"/>.</summary>
    /// <param name="catalog">Of a context.</param>
    /// <param name="versionZip">The version's file, such as <c>models/default/3.zip</c>.</param>
    /// <param name="featureColumn">The vector it reads. Default <c>Features</c>.</param>
    /// <exception cref="ModelPackageException">The zip is damaged, or of other features.</exception>
    public static PredictiveTransformer LoadPredictive(
        this ModelOperationsCatalog catalog, string versionZip, string featureColumn = "Features")
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentException.ThrowIfNullOrEmpty(versionZip);
        return PredictiveTransformer.Load(new MLContext(1), versionZip, featureColumn);
    }

    /// <summary>Histogram gradient boosting of two classes.</summary>
    /// <param name="trainers">Of a context.</param>
    /// <param name="options">Columns and settings; null = the defaults.</param>
    public static HistogramBoostingTrainer HistogramBoosting(
        this BinaryClassificationCatalog.BinaryClassificationTrainers trainers, HistogramBoostingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return new HistogramBoostingTrainer(new MLContext(1), classifies: true, options);
    }

    /// <summary>Histogram gradient boosting of a number; squared error unless the options name another objective.</summary>
    /// <param name="trainers">Of a context.</param>
    /// <param name="options">Columns and settings; null = the defaults.</param>
    public static HistogramBoostingTrainer HistogramBoosting(
        this RegressionCatalog.RegressionTrainers trainers, HistogramBoostingOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(trainers);
        return new HistogramBoostingTrainer(new MLContext(1), classifies: false, options);
    }
}
