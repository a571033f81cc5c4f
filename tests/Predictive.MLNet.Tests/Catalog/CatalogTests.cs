using Microsoft.ML;
using Microsoft.ML.Data;
using Predictive.History;
using Predictive.Learning;
using Predictive.Learning.Boosting;
using Predictive.Learning.Boosting.Inputs;
using Predictive.MLNet.Models;
using Predictive.MLNet.Tests.Exchange;
using Predictive.MLNet.Trainers;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.MLNet.Tests.Catalog;

/// <summary>What is added to MLContext, as somebody who knows only ML.NET would use it.</summary>
[Collection(SampleVersion.Collection)]
public sealed class CatalogTests(SampleVersion sample)
{
    private readonly MLContext _context = new(1);

    [Fact]
    public void Customer_features_are_those_of_training_with_names_and_labels()
    {
        IDataView data = Customers();
        Assert.Equal(sample.Customers.Select(sample.History.CustomerId), data.GetColumn<string>("CustomerId"));
        VBuffer<ReadOnlyMemory<char>> names = default;
        data.Schema["Features"].GetSlotNames(ref names);
        Assert.Equal(sample.Features.Names, names.DenseValues().Select(n => n.ToString()));
        var row = new float[sample.Features.Columns];
        foreach (var (i, found) in data.GetColumn<float[]>("Features").Index())
        {
            sample.Features.CopyRow(i, row);
            Assert.True(
                row.Select(BitConverter.SingleToInt32Bits).SequenceEqual(found.Select(BitConverter.SingleToInt32Bits)), $"row {i}");
        }

        var labels = Labels.Compute(sample.History, sample.Customers, sample.AsOf, SampleVersion.Horizon);
        Assert.Equal(labels.Churned.Select(c => c == 1), data.GetColumn<bool>("Label"));
        Assert.Equal(labels.NetSpend.Select(v => (float)v), data.GetColumn<float>("NetSpend"));

        IDataView now = _context.Data.LoadCustomerFeatures(
            SampleVersion.Data, LocalTime.MidnightAfter(sample.History.LastMicros).ToDateTime(), SampleVersion.Horizon);
        Assert.Null(now.Schema.GetColumnOrNull("Label")); // what has not happened has no label
    }

    [Fact]
    public void A_version_scores_in_a_pipeline_as_it_does_here()
    {
        PredictiveTransformer version = _context.Model.LoadPredictive(sample.Zip);
        IDataView scored = version.Transform(Customers());
        float[] churn = [.. scored.GetColumn<float>("ChurnProbability")], spend = [.. scored.GetColumn<float>("ExpectedSpend")];
        float[] low = [.. scored.GetColumn<float>("SpendLow")], high = [.. scored.GetColumn<float>("SpendHigh")];
        float[] orders = [.. scored.GetColumn<float>("ExpectedOrders")];
        string[] portrait = [.. scored.GetColumn<string>("Portrait")];
        Assert.Equal(sample.Customers.Length, churn.Length);
        var row = new float[sample.Features.Columns];
        for (int i = 0; i < churn.Length; i++)
        {
            sample.Features.CopyRow(i, row);
            double p = sample.Bundle.Churn.Predict(row);
            ClvPrediction clv = sample.Bundle.Clv.Predict(row, p);
            Assert.Equal(
                ((float)p, (float)clv.Expected, (float)clv.Low, (float)clv.High, (float)clv.ExpectedOrders),
                (churn[i], spend[i], low[i], high[i], orders[i]));
            Assert.Equal(sample.Bundle.Portraits.Description.Portraits[sample.Bundle.Portraits.Assign(row)].Name, portrait[i]);
        }

        // ML.NET's own parts go on from there, and features in another order are refused.
        IDataView told = _context.Transforms.CopyColumns("Score", "ChurnProbability")
            .Append(_context.Transforms.Expression("PredictedLabel", "(x) => x > 0.5f", "ChurnProbability")).Fit(scored).Transform(scored);
        BinaryClassificationMetrics metrics = _context.BinaryClassification.Evaluate(told, probabilityColumnName: "ChurnProbability");
        Assert.InRange(metrics.AreaUnderRocCurve, .75, 1);
        IDataView other = _context.Transforms.Concatenate("Features", "Orders", "NetSpend").Fit(scored).Transform(scored);
        var order = Assert.Throws<ArgumentException>(() => version.Transform(other));
        Assert.Contains("expected a vector of", order.Message, StringComparison.Ordinal);
        var saved = Assert.ThrowsAny<Exception>(() => _context.Model.Save(version, scored.Schema, Path.Combine(sample.Folder, "no.zip")));
        Assert.Contains("--format mlnet", saved.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Boosting_is_a_trainer_like_any_other()
    {
        IDataView data = Customers();
        var options = new HistogramBoostingOptions { Boosting = new BoostingOptions { Trees = 60, Leaves = 8, LearningRate = .05 } };
        var trainer = _context.BinaryClassification.Trainers.HistogramBoosting(options);

        // In a pipeline, under ML.NET's cross-validation and evaluator.
        var pipeline = _context.Transforms.CopyColumns("Copied", "Orders").Append(trainer);
        var folds = _context.BinaryClassification.CrossValidate(data, pipeline, numberOfFolds: 3);
        Assert.Equal(3, folds.Count);
        Assert.All(folds, f => Assert.InRange(f.Metrics.AreaUnderRocCurve, .7, 1));
        Assert.All(folds, f => Assert.InRange(f.Metrics.LogLossReduction, .05, 1));

        // The same trees as without ML.NET, whatever carries the rows.
        HistogramBoostingTransformer model = trainer.Fit(data);
        float[] labels = [.. data.GetColumn<bool>("Label").Select(l => l ? 1f : 0f)];
        var plain = GradientBoosting.Train(new BoostingData(sample.Features, labels), options.Boosting);
        var expected = new double[labels.Length];
        plain.Predict(sample.Features, expected);
        Assert.Equal(expected.Select(p => (float)p), model.Transform(data).GetColumn<float>("Probability"));
        Assert.Equal(sample.Features.Names, model.Model.FeatureNames);

        // Saved, it is loaded by plain ML.NET.
        string file = Path.Combine(sample.Folder, "boosting.zip");
        model.Save(file);
        float[][] loaded = [.. _context.Model.Load(file, out _).Transform(data).GetColumn<float[]>("Probability")];
        Assert.All(expected.Zip(loaded), p => Assert.Equal(p.First, p.Second.Single(), 1e-6));
        var refused = Assert.ThrowsAny<Exception>(() => _context.Model.Save(model, data.Schema, file));
        Assert.Contains("transformer.Save(path)", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Its_twin_learns_numbers()
    {
        IDataView data = Customers();
        var options = new HistogramBoostingOptions
        {
            LabelColumnName = "Orders",
            ExampleWeightColumnName = "Weight",
            Boosting = new BoostingOptions { Objective = Objective.Poisson, Trees = 60, Leaves = 8 },
        };
        IDataView weighted = _context.Transforms.Expression("Weight", "(x) => x + 1f", "Orders").Fit(data).Transform(data);
        HistogramBoostingTransformer model = _context.Regression.Trainers.HistogramBoosting(options).Fit(weighted);
        RegressionMetrics metrics = _context.Regression.Evaluate(model.Transform(weighted), labelColumnName: "Orders");
        Assert.InRange(metrics.RSquared, .2, 1);
        Assert.Equal(Objective.Poisson, model.Model.Objective);
        var wrong = Assert.Throws<LearningException>(
            () => _context.Regression.Trainers.HistogramBoosting(options with { LabelColumnName = "Orderz" }).Fit(weighted));
        Assert.Contains("There is no column 'Orderz'", wrong.Message, StringComparison.Ordinal);
    }

    private IDataView Customers() =>
        _context.Data.LoadCustomerFeatures(SampleVersion.Data, sample.AsOf.ToDateTime(), SampleVersion.Horizon);
}
