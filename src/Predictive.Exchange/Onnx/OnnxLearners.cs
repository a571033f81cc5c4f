using Predictive.Exchange.Onnx.Wire;
using Predictive.Learning;
using Predictive.Learning.Boosting.Ensembles;
using Predictive.Learning.Boosting.Losses;
using Predictive.Learning.Boosting.Prediction;
using Predictive.Learning.BuiltIn;
using Predictive.Learning.Forest;
using Predictive.Learning.Linear;

namespace Predictive.Exchange.Onnx;

/// <summary>What learned a member of a blend, as nodes: trees, forests, linear models.</summary>
internal static class OnnxLearners
{
    /// <summary>
    /// The prediction for every row. A learner reads the row and, as its last feature, the logarithm of the horizon's ratio, which is 0
    /// whenever a customer is scored: splits on it are decided here.
    /// </summary>
    public static OnnxValue Prediction(OnnxGraph graph, IPredictor predictor, int width)
    {
        OnnxValue raw = Raw(graph, predictor, width);
        return predictor switch
        {
            BoostedPredictor boosted => boosted.Ensemble.Objective switch
            {
                Objective.Logistic => Logistic(raw),
                Objective.Tweedie or Objective.Poisson or Objective.Gamma => raw.Within(-LossMath.MaxLogMean, LossMath.MaxLogMean).Exp(),
                _ => raw,
            },
            LinearPredictor linear => linear.Model.Link switch
            {
                LinearLink.Logistic => Logistic(raw.Within(-LinearModel.MaxLogOdds, LinearModel.MaxLogOdds)),
                LinearLink.Log => graph.Min(raw, graph.Constant(LinearModel.MaxLog)).Exp(),
                _ => raw,
            },
            ForestPredictor { IsClassifier: true } => raw.Within(ForestPredictor.LeastProbability, 1 - ForestPredictor.LeastProbability),
            _ => raw,
        };
    }

    /// <summary>1 / (1 + e^-x).</summary>
    public static OnnxValue Logistic(OnnxValue raw) => 1 / (1 + (-1 * raw).Exp());

    /// <summary>The raw score for every row: log-odds of a logistic learner, the logarithm of the mean for log links.</summary>
    public static OnnxValue Raw(OnnxGraph graph, IPredictor predictor, int width) => predictor switch
    {
        BoostedPredictor boosted => Trees(graph, boosted.Ensemble, width),
        ForestPredictor forest => Trees(graph, forest.Forest, width),
        LinearPredictor linear => Line(graph, linear.Model, width),
        _ => throw new LearningException(
            $"A learner of the kind '{predictor.GetType().Name}' has no form in ONNX; expected trees, a forest or a linear model."),
    };

    // score = intercept + Σ coefficient · (value − mean), nothing for a value that is missing or infinite.
    private static OnnxValue Line(OnnxGraph graph, LinearModel model, int width)
    {
        // A feature more than the row has is log_horizon_ratio, 0 when scoring.
        OnnxValue at = model.FeatureNames.Count == width ? graph.Row : graph.Concat([graph.Row, Zero(graph)]);
        OnnxValue distance = at - graph.Constant([.. model.Means]);
        return model.Intercept + graph.RowSum(KnownOr(graph, distance, 0) * graph.Constant([.. model.Coefficients]));
    }

    /// <summary>0 for every row.</summary>
    public static OnnxValue Zero(OnnxGraph graph) => 0 * KnownOr(graph, graph.Columns(graph.Row, 0), 0);

    /// <summary>The value where it is a finite number.</summary>
    public static OnnxValue KnownOr(OnnxGraph graph, OnnxValue value, double other) =>
        graph.Where(graph.Apply("IsInf", value), graph.Constant(other), value.Or(other));

    private static OnnxValue Trees(OnnxGraph graph, TreeEnsemble ensemble, int width)
    {
        var nodes = new TreeNodes(width);
        for (int t = 0; t < ensemble.Members.Length; t++)
        {
            nodes.Add(t, ensemble.Members[t]);
        }

        return ensemble.Trees == 0
            ? ensemble.BaseScore + Zero(graph)
            : ensemble.BaseScore + graph.Learner("TreeEnsembleRegressor", graph.Row, nodes.Attributes());
    }

    /// <summary>The columns of a TreeEnsembleRegressor; a tree's nodes stand in preorder, its root first.</summary>
    private sealed class TreeNodes(int width)
    {
        private readonly List<long> _tree = [], _node = [], _feature = [], _yes = [], _no = [], _missing = [];
        private readonly List<long> _leafTree = [], _leafNode = [];
        private readonly List<string> _mode = [];
        private readonly List<double> _threshold = [], _weight = [];

        public void Add(int number, EnsembleTree tree)
        {
            int next = 0;
            Visit(tree.Splits == 0 ? ~0 : 0);

            long Visit(int at)
            {
                while (at >= 0 && tree.Feature[at] >= width)
                {
                    at = tree.GoesLeft(at, 0) ? tree.Left[at] : tree.Right[at];
                }

                long id = next++;
                int row = _node.Count;
                _tree.Add(number);
                _node.Add(id);
                if (at < 0)
                {
                    Fill("LEAF", 0, 0, false);
                    _leafTree.Add(number);
                    _leafNode.Add(id);
                    _weight.Add(tree.LeafValues[~at]);
                    return id;
                }

                if (tree.Sets[at] is not null)
                {
                    throw new LearningException(
                        $"Tree {number + 1} asks for categories at '{tree.Feature[at]}'; only splits at a number have a form here.");
                }

                Fill("BRANCH_LEQ", tree.Feature[at], tree.Threshold[at], tree.MissingLeft[at]);
                _yes[row] = Visit(tree.Left[at]);
                _no[row] = Visit(tree.Right[at]);
                return id;
            }
        }

        public IEnumerable<AttributeProto> Attributes() =>
        [
            OnnxNodes.Int("n_targets", 1),
            OnnxNodes.Text("aggregate_function", "SUM"),
            OnnxNodes.Text("post_transform", "NONE"),
            OnnxNodes.Ints("nodes_treeids", _tree),
            OnnxNodes.Ints("nodes_nodeids", _node),
            OnnxNodes.Ints("nodes_featureids", _feature),
            OnnxNodes.Texts("nodes_modes", _mode),
            OnnxNodes.Doubles("nodes_values_as_tensor", [.. _threshold]),
            OnnxNodes.Ints("nodes_truenodeids", _yes),
            OnnxNodes.Ints("nodes_falsenodeids", _no),
            OnnxNodes.Ints("nodes_missing_value_tracks_true", _missing),
            OnnxNodes.Ints("target_treeids", _leafTree),
            OnnxNodes.Ints("target_nodeids", _leafNode),
            OnnxNodes.Ints("target_ids", _leafTree.Select(_ => 0L)),
            OnnxNodes.Doubles("target_weights_as_tensor", [.. _weight]),
        ];

        private void Fill(string mode, int feature, double threshold, bool missing)
        {
            _mode.Add(mode);
            _feature.Add(feature);
            _threshold.Add(threshold);
            _missing.Add(missing ? 1 : 0);
            _yes.Add(0);
            _no.Add(0);
        }
    }
}
