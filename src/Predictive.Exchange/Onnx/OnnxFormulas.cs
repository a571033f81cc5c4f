using Predictive.Learning;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.Exchange.Onnx;

/// <summary>The formulas of <see cref="ChurnModel"/> and <see cref="ClvParts"/> as a graph, in double precision.</summary>
internal sealed class OnnxFormulas(OnnxGraph graph, int width)
{
    /// <summary>Chance of no purchase within the horizon.</summary>
    /// <exception cref="LearningException">The model is carried from a shorter horizon.</exception>
    public OnnxValue Churn(ChurnModel.Parts parts)
    {
        if (parts.Carry is not null)
        {
            throw Carried(parts.HorizonDays, parts.FeatureHorizonDays);
        }

        OnnxValue sum = parts.Linear is { } linear
            ? parts.Offset + (parts.LinearWeight * Line(linear))
            : parts.Offset + OnnxLearners.Zero(graph);
        if (parts.Trees is { } trees && parts.TreesWeight != 0)
        {
            sum += parts.TreesWeight * LogOddsOf(OnnxLearners.Prediction(graph, trees, width));
        }

        foreach (var (weight, feature, mean) in new[]
        {
            (parts.ParetoWeight, parts.ParetoFeature, parts.ParetoMean), (parts.BgWeight, parts.BgFeature, parts.BgMean),
        })
        {
            if (weight != 0)
            {
                OnnxValue active = graph.Columns(graph.Row, feature);
                sum += weight * graph.Where(active.IsMissing(), graph.Constant(mean), -1 * LogOddsOf(active));
            }
        }

        return OnnxLearners.Logistic(sum);
    }

    /// <summary>Expected net spend and number of orders within the horizon.</summary>
    /// <param name="parts">Of the model.</param>
    /// <param name="churn">From <see cref="Churn"/>.</param>
    /// <exception cref="LearningException">The model is carried from a shorter horizon.</exception>
    public (OnnxValue Spend, OnnxValue Orders) Clv(ClvParts parts, OnnxValue churn)
    {
        if (parts.Lifetimes.HorizonDays != parts.Lifetimes.FeatureHorizonDays)
        {
            throw Carried(parts.Lifetimes.HorizonDays, parts.Lifetimes.FeatureHorizonDays);
        }

        OnnxValue buy = 1 - churn, days = Known(LifetimeColumns.ParetoPurchases).AtLeast(0);
        OnnxValue mean = parts.Weights[3] * (days * Known(LifetimeColumns.SpendPerPurchase).AtLeast(0));
        if (parts.LogLinear is { } linear)
        {
            mean += (parts.Weights[0] * parts.LinearSmear) * (buy * (Held(parts, Line(linear)).Exp() - 1));
        }

        mean += (parts.Weights[1] * parts.TreesSmear) * (buy * (Held(parts, Trees(parts.LogTrees)).Exp() - 1));
        mean += parts.Weights[2] * (buy * Trees(parts.GammaTrees).AtLeast(0));
        OnnxValue lost = graph.Less(buy, graph.Constant(parts.LostBelow));
        OnnxValue value = graph.Where(lost, graph.Constant(parts.LostValue), Tilt(parts, mean));
        OnnxValue orders = parts.OrdersLevel * ((parts.OrderTreesWeight * Trees(parts.OrderTrees).AtLeast(0))
            + (((1 - parts.OrderTreesWeight) * parts.OrdersPerPurchaseDay) * days));
        return ((parts.Level * value).AtLeast(0), orders.AtLeast(0));
    }

    private static LearningException Carried(int horizon, int learned) => new(
        $"The model predicts {horizon} days from what was learned of {learned}: carrying it there takes Pareto/NBD, which has no form in "
            + $"ONNX. Train on a longer history, or with --horizon {learned}d, and export that version.");

    private OnnxValue Trees(IPredictor? predictor) =>
        predictor is null ? OnnxLearners.Zero(graph) : OnnxLearners.Prediction(graph, predictor, width);

    private static OnnxValue Held(ClvParts parts, OnnxValue log) => log.Within(parts.LogLow, parts.LogHigh);

    private OnnxValue Tilt(ClvParts parts, OnnxValue a)
    {
        if (parts.TiltStrength == 0 || parts.MeanValue <= 0 || parts.CubedRankMean <= 0)
        {
            return a;
        }

        OnnxValue w = parts.TiltStrength * graph.Apply("Sqrt", 1 - Share(parts.ValueQuantiles.Values.ToArray(), a)) / 2;
        OnnxValue r = Trees(parts.RankTrees).Within(.001, 1);
        return parts.MeanValue * (graph.Pow(a.AtLeast(1e-9 * parts.MeanValue) / parts.MeanValue, 1 - w)
            * graph.Pow(r * r * r / parts.CubedRankMean, w));
    }

    // As QuantileTable.Share: the place of a value among n ascending ones, linear between them.
    private OnnxValue Share(double[] table, OnnxValue value)
    {
        int last = table.Length - 1;
        OnnxValue below = graph.RowSum(graph.Number(graph.Less(graph.Constant(table), value)));
        OnnxValue high = below.Within(1, last), from = graph.Entries(table, high - 1), to = graph.Entries(table, high);
        // The step is above 0 wherever the value lies inside the table.
        OnnxValue share = (high - 1 + ((value - from) / (to - from).AtLeast(double.Epsilon)).Within(0, 1)) / last;
        OnnxValue inside = graph.Where(graph.Less(graph.Constant(last + .5), below), graph.Constant(1), share);
        return graph.Where(graph.Less(below, graph.Constant(.5)), graph.Constant(0), inside);
    }

    private OnnxValue Known(int feature) => OnnxLearners.KnownOr(graph, graph.Columns(graph.Row, feature), 0);

    private static OnnxValue LogOddsOf(OnnxValue probability)
    {
        OnnxValue p = probability.Within(LogOdds.Smallest, 1 - LogOdds.Smallest);
        return (p / (1 - p)).Log();
    }

    /// <summary>
    /// intercept + Σ coefficient · d + Σ coefficient · d · d of the used features' distances d from their means, after transform and clip.
    /// </summary>
    private OnnxValue Line(LinearScorer linear)
    {
        // One run of columns per transform; place[j] = where used feature j stands among them.
        (FeatureTransform Transform, int[] Used)[] runs =
        [
            .. Enumerable.Range(0, linear.Features.Length).GroupBy(j => FeatureCatalogue.All[linear.Features[j]].Transform)
                .OrderBy(g => g.Key).Select(g => (g.Key, g.ToArray())),
        ];
        int[] order = [.. runs.SelectMany(r => r.Used)];
        var place = new int[order.Length];
        for (int k = 0; k < order.Length; k++)
        {
            place[order[k]] = k;
        }

        OnnxValue seen = graph.Concat(
            [.. runs.Select(r => Seen(r.Transform, graph.Columns(graph.Row, [.. r.Used.Select(j => linear.Features[j])])))]);
        OnnxValue held = graph.Min(graph.Max(seen, In(linear.Low)), In(linear.High));
        OnnxValue distance = graph.Where(seen.IsMissing(), graph.Constant(0), held - In(linear.Mean));
        OnnxValue score = linear.Intercept + graph.RowSum(distance * In(linear.Coefficient));
        if (linear.Products.Count == 0)
        {
            return score;
        }

        OnnxValue a = graph.Columns(distance, [.. linear.Products.Select(p => place[p.A])]);
        OnnxValue b = graph.Columns(distance, [.. linear.Products.Select(p => place[p.B])]);
        return score + graph.RowSum(graph.Constant([.. linear.Products.Select(p => p.Coefficient)]) * a * b);

        OnnxValue In(double[] perFeature) => graph.Constant([.. order.Select(j => perFeature[j])]);
    }

    private OnnxValue Seen(FeatureTransform transform, OnnxValue value)
    {
        switch (transform)
        {
            case FeatureTransform.SignedLog:
                return graph.Apply("Sign", value) * (1 + graph.Apply("Abs", value)).Log();
            case FeatureTransform.Logit:
                OnnxValue p = graph.Where(
                    value.IsMissing(), value, value.Within(FeatureDefinition.LogitFloor, 1 - FeatureDefinition.LogitFloor));
                return (p / (1 - p)).Log();
            default:
                return value;
        }
    }
}
