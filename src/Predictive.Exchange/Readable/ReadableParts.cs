using System.Text.Json;
using Predictive.Learning;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Prediction;
using Predictive.Learning.BuiltIn;
using Predictive.Learning.Forest;
using Predictive.Learning.Linear;
using Predictive.Segmentation.Features;
using Predictive.Segmentation.Models;

namespace Predictive.Exchange.Readable;

/// <summary>The parts of the models as JSON, with the formula that joins them.</summary>
internal sealed class ReadableParts(Utf8JsonWriter json, IReadOnlyList<string> names)
{
    public void Write(ChurnModel.Parts churn)
    {
        json.WriteStartObject("churn");
        json.WriteString(
            "formula",
            "probability = 1 / (1 + exp(-(offset + linear.weight * linear + trees.weight * logit(trees) "
                + "- paretoNbd.weight * logit(paretoNbd) - bgNbd.weight * logit(bgNbd) + carry)))");
        json.WriteNumber("offset", churn.Offset);
        Member("linear", churn.LinearWeight, () => Line(churn.Linear));
        Member("trees", churn.TreesWeight, () => Learner("learner", churn.Trees));
        Lifetimes("paretoNbd", churn.ParetoWeight, churn.ParetoFeature, churn.ParetoMean);
        Lifetimes("bgNbd", churn.BgWeight, churn.BgFeature, churn.BgMean);
        if (churn.Carry is { } carry)
        {
            json.WriteStartObject("carry");
            json.WriteString(
                "formula",
                "carry = share*(logit(1-P(H)) - logit(1-P(h))), P = Pareto/NBD's chance of a purchase within horizonDays, "
                    + "featureHorizonDays");
            json.WriteNumber("share", carry.Share);
            Pareto(carry.Terms);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public void Write(ClvParts clv)
    {
        json.WriteStartObject("clv");
        json.WriteString(
            "formula",
            "buy = 1 - churn; a = w0*buy*linearSmear*(exp(hold(linear))-1) + w1*buy*treesSmear*(exp(hold(logTrees))-1) + w2*buy*gammaTrees "
                + "+ w3*max(0,pareto_purchases)*max(0,gamma_gamma_spend); W = tiltStrength*sqrt(1-share(a))/2; "
                + "v = meanValue*(max(a,1e-9*meanValue)/meanValue)^(1-W)*(rankTrees^3/cubedRankMean)^W, or a where tiltStrength is 0 or "
                + "meanValue or cubedRankMean not above 0, or lostValue where buy < lostBelow; expected = max(0, level*v); "
                + "orders = max(0, ordersLevel*(orderTreesWeight*max(0,orderTrees) "
                + "+ (1-orderTreesWeight)*ordersPerPurchaseDay*max(0,pareto_purchases)))");
        if (clv.Lifetimes.HorizonDays != clv.Lifetimes.FeatureHorizonDays)
        {
            // Pareto/NBD's own formulas are not written out: who has them can go on from here, nobody else is to take the above for it.
            json.WriteString(
                "carried",
                "The formula is that of featureHorizonDays. For horizonDays let C = E(H)/E(h) and B = P(H)/P(h) of Pareto/NBD (expected "
                    + "purchase days, chance of one), H = horizonDays, h = featureHorizonDays: expected = max(0, C/B*(.75*level*v "
                    + "+ .25*E(H)*max(0,gamma_gamma_spend))), orders = C*orders");
        }

        List("weights", clv.Weights);
        Numbers(
            ("linearSmear", clv.LinearSmear), ("treesSmear", clv.TreesSmear), ("logLow", clv.LogLow), ("logHigh", clv.LogHigh),
            ("tiltStrength", clv.TiltStrength), ("meanValue", clv.MeanValue), ("cubedRankMean", clv.CubedRankMean),
            ("lostBelow", clv.LostBelow), ("lostValue", clv.LostValue), ("level", clv.Level), ("spendShift", clv.SpendShift),
            ("ordersLevel", clv.OrdersLevel), ("ordersPerPurchaseDay", clv.OrdersPerPurchaseDay),
            ("orderTreesWeight", clv.OrderTreesWeight));
        List("valueQuantiles", clv.ValueQuantiles.Values);
        if (clv.LogLinear is { } linear)
        {
            json.WriteStartObject("linear");
            Line(linear);
            json.WriteEndObject();
        }

        Learner("logTrees", clv.LogTrees);
        Learner("gammaTrees", clv.GammaTrees);
        Learner("rankTrees", clv.RankTrees);
        Learner("orderTrees", clv.OrderTrees);
        Pareto(clv.Lifetimes);
        json.WriteStartObject("interval");
        json.WriteNumber("lowFrom", clv.Interval.LowFrom);
        List("highLevels", [.. clv.Interval.HighLevels]);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private void Member(string name, double weight, Action write)
    {
        json.WriteStartObject(name);
        json.WriteNumber("weight", weight);
        write();
        json.WriteEndObject();
    }

    private void Lifetimes(string name, double weight, int feature, double mean) => Member(name, weight, () =>
    {
        json.WriteString("feature", names[feature]);
        json.WriteNumber("churnLogOddsWhereMissing", mean);
    });

    private void Line(LinearScorer? line)
    {
        if (line is null)
        {
            return;
        }

        json.WriteNumber("intercept", line.Intercept);
        json.WriteStartArray("terms");
        for (int j = 0; j < line.Features.Length; j++)
        {
            json.WriteStartObject();
            json.WriteString("feature", names[line.Features[j]]);
            json.WriteString("transform", FeatureCatalogue.All[line.Features[j]].Transform.ToString());
            Numbers(("low", line.Low[j]), ("high", line.High[j]), ("mean", line.Mean[j]), ("coefficient", line.Coefficient[j]));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("products");
        foreach (FeatureProduct product in line.Products)
        {
            json.WriteStartObject();
            json.WriteString("a", names[line.Features[product.A]]);
            json.WriteString("b", names[line.Features[product.B]]);
            json.WriteNumber("coefficient", product.Coefficient);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private void Learner(string name, IPredictor? predictor)
    {
        if (predictor is null)
        {
            return;
        }

        json.WriteStartObject(name);
        switch (predictor)
        {
            case BoostedPredictor boosted:
                json.WriteString("kind", "boosting");
                json.WriteString("objective", boosted.Ensemble.Objective.ToString());
                Trees(boosted.Ensemble);
                break;
            case ForestPredictor forest:
                json.WriteString("kind", "forest");
                Trees(forest.Forest);
                break;
            case LinearPredictor linear:
                Write(linear.Model);
                break;
            default:
                throw new LearningException(
                    $"A learner of the kind '{predictor.GetType().Name}' has no readable form; expected trees, a forest or a "
                        + "linear model.");
        }

        json.WriteEndObject();
    }

    private void Write(LinearModel model)
    {
        json.WriteString("kind", "linear");
        json.WriteString("link", model.Link.ToString());
        json.WriteNumber("intercept", model.Intercept);
        List("means", [.. model.Means]);
        List("coefficients", [.. model.Coefficients]);
    }

    private void Trees(TreeEnsemble ensemble)
    {
        json.WriteNumber("baseScore", ensemble.BaseScore);
        json.WriteStartArray("trees");
        foreach (EnsembleTree tree in ensemble.Members)
        {
            Node(tree, tree.Splits == 0 ? ~0 : 0);
        }

        json.WriteEndArray();
    }

    private void Node(EnsembleTree tree, int at)
    {
        json.WriteStartObject();
        if (at < 0)
        {
            json.WriteNumber("value", tree.LeafValues[~at]);
        }
        else
        {
            int feature = tree.Feature[at];
            json.WriteString("feature", feature < names.Count ? names[feature] : ChurnModel.HorizonColumn);
            if (float.IsPositiveInfinity(tree.Threshold[at]))
            {
                json.WriteString("atMost", "Infinity");
            }
            else
            {
                json.WriteNumber("atMost", tree.Threshold[at]);
            }

            json.WriteString("missing", tree.MissingLeft[at] ? "yes" : "no");
            json.WritePropertyName("yes");
            Node(tree, tree.Left[at]);
            json.WritePropertyName("no");
            Node(tree, tree.Right[at]);
        }

        json.WriteEndObject();
    }

    private void Pareto(LifetimeTerms terms)
    {
        json.WriteStartObject("paretoNbdWeeks");
        Numbers(("r", terms.Pareto.R), ("alpha", terms.Pareto.Alpha), ("s", terms.Pareto.S));
        if (double.IsFinite(terms.Pareto.Beta))
        {
            json.WriteNumber("beta", terms.Pareto.Beta);
        }

        json.WriteEndObject();
    }

    private void Numbers(params (string Name, double Value)[] numbers)
    {
        foreach (var (name, value) in numbers)
        {
            json.WriteNumber(name, value);
        }
    }

    private void List(string name, ReadOnlySpan<double> values)
    {
        json.WriteStartArray(name);
        foreach (double value in values)
        {
            json.WriteNumberValue(value);
        }

        json.WriteEndArray();
    }
}
