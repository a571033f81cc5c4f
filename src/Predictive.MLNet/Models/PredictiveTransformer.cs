using Microsoft.ML;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;

namespace Predictive.MLNet.Models;

/// <summary>
/// A version of the registry in an ML.NET pipeline: adds to the vector of features (as <c>LoadCustomerFeatures</c> gives it)
/// <c>ChurnProbability</c>, <c>ExpectedSpend</c> with <c>SpendLow</c> and <c>SpendHigh</c> (its 80 % interval, the dataset's currency),
/// <c>ExpectedOrders</c> and <c>Portrait</c>. Safe to use from several threads.
/// </summary>
public sealed class PredictiveTransformer : WrappedTransformer
{
    private PredictiveTransformer(ITransformer inner, string column, ModelBundle bundle)
        : base(inner, column, bundle.Profile.FeatureNames) => Bundle = bundle;

    /// <summary>The version.</summary>
    public ModelBundle Bundle { get; }

    private protected override string SaveAdvice =>
        "A version is saved as it is: keep its zip, and load it with mlContext.Model.LoadPredictive; or write what ML.NET itself loads: "
            + "predictive models export NAME VERSION --format mlnet --out FILE.zip.";

    internal static PredictiveTransformer Load(MLContext context, string versionZip, string featureColumn)
    {
        var bundle = ModelBundle.Load(ModelPackage.Read(versionZip));
        // Here and not at the first row: a version of scores from outside has no such models, and says so.
        (ChurnModel leaving, ClvModel value) = (bundle.Churn, bundle.Clv);
        IReadOnlyList<Portrait> portraits = bundle.Portraits.Description.Portraits;
        ITransformer inner = context.Transforms.CustomMapping<VectorInput, Answer>(
            (input, answer) =>
            {
                ReadOnlySpan<float> row = input.Values();
                double churn = leaving.Predict(row);
                ClvPrediction clv = value.Predict(row, churn);
                answer.ChurnProbability = (float)churn;
                answer.ExpectedSpend = (float)clv.Expected;
                answer.SpendLow = (float)clv.Low;
                answer.SpendHigh = (float)clv.High;
                answer.ExpectedOrders = (float)clv.ExpectedOrders;
                answer.Portrait = portraits[bundle.Portraits.Assign(row)].Name;
            },
            contractName: null,
            VectorInput.Definition(featureColumn, bundle.Profile.FeatureNames.Count))
            .Fit(context.Data.LoadFromEnumerable(
                Array.Empty<VectorInput>(), VectorInput.Definition(featureColumn, bundle.Profile.FeatureNames.Count)));
        return new PredictiveTransformer(inner, featureColumn, bundle);
    }

    private sealed class Answer
    {
        public float ChurnProbability { get; set; }

        public float ExpectedSpend { get; set; }

        public float SpendLow { get; set; }

        public float SpendHigh { get; set; }

        public float ExpectedOrders { get; set; }

        public string Portrait { get; set; } = "";
    }
}
