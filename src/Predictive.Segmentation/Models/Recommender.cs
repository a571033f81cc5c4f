using Predictive.History;

namespace Predictive.Segmentation.Models;

/// <summary>What is recommended.</summary>
public enum RecommendedItem
{
    /// <summary>A category.</summary>
    Category,

    /// <summary>A product.</summary>
    Product,
}

/// <summary>How much each source of evidence counts.</summary>
/// <param name="Own">What the customer bought before, recent purchases more.</param>
/// <param name="Together">What customers with the same purchases bought.</param>
/// <param name="Popular">What everybody buys.</param>
public sealed record RecommenderWeights(double Own, double Together, double Popular);

/// <summary>An item that goes with another.</summary>
/// <param name="Item">Index of the other item.</param>
/// <param name="Similarity">Cosine of the two items' buyers: customers who bought both over the root of the product of each one's buyers,
/// 0–1.</param>
public sealed record ItemNeighbour(int Item, double Similarity);

/// <summary>Everything a recommendation needs. JSON-serialisable.</summary>
/// <param name="Kind">Categories or products.</param>
/// <param name="Items">Names, most popular first.</param>
/// <param name="Popularity">Recency-weighted share of each, summing to 1.</param>
/// <param name="Neighbours">The strongest neighbours of each, strongest first.</param>
/// <param name="HalfLifeDays">Days after which a purchase counts half.</param>
/// <param name="Weights">How the evidence is mixed.</param>
public sealed record RecommenderModel(
    RecommendedItem Kind,
    IReadOnlyList<string> Items,
    IReadOnlyList<double> Popularity,
    IReadOnlyList<IReadOnlyList<ItemNeighbour>> Neighbours,
    double HalfLifeDays,
    RecommenderWeights Weights);

/// <summary>One recommendation.</summary>
/// <param name="Item">Category or product.</param>
/// <param name="Score">Mixed evidence; comparable within one customer only.</param>
/// <param name="IsNew">The customer has not bought it before.</param>
/// <param name="Because">What it rests on, in plain words.</param>
public sealed record Recommendation(string Item, double Score, bool IsNew, string Because);

/// <summary>
/// The next best categories or products of a customer: own habits, what goes with them (item-based collaborative filtering, Sarwar et al.
/// 2001) and popularity, mixed with weights chosen out of time. Immutable; safe to use from several threads.
/// </summary>
public sealed class Recommender
{
    private readonly RecommenderModel _model;
    private readonly int[] _itemOfCode;
    private readonly TransactionColumns _columns;

    /// <summary>Binds a model to a history, whose codes it then understands.</summary>
    public Recommender(RecommenderModel model, TransactionHistory history)
        : this(model, history, IndexOf(model))
    {
    }

    /// <summary>The same with the model's index made before: for many small histories.</summary>
    internal Recommender(RecommenderModel model, TransactionHistory history, Dictionary<string, int> index)
    {
        ArgumentNullException.ThrowIfNull(history);
        _model = model;
        _columns = history.Columns;
        string[] names = (model.Kind == RecommendedItem.Category ? _columns.Categories : _columns.Products) ?? [];
        _itemOfCode = [.. names.Select(n => index.GetValueOrDefault(n, -1))];
    }

    /// <summary>Whether the items are products; categories otherwise.</summary>
    internal bool AreProducts => _model.Kind == RecommendedItem.Product;

    /// <summary>Where each item stands.</summary>
    internal static Dictionary<string, int> IndexOf(RecommenderModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return model.Items.Select((name, i) => (name, i)).ToDictionary(p => p.name, p => p.i, StringComparer.Ordinal);
    }

    /// <summary>The best items of a customer, best first; popular ones for a customer whose purchases say nothing.</summary>
    /// <param name="lines">The customer's lines; those at or after <paramref name="asOf"/> are not looked at, nor what was given back
    /// (<see cref="CustomerLines.Kept"/>).</param>
    /// <param name="asOf">The as-of.</param>
    /// <param name="top">At most so many.</param>
    /// <param name="newOnly">Only what the customer never bought: cross-selling. Default false.</param>
    public IReadOnlyList<Recommendation> Recommend(CustomerLines lines, LocalTime asOf, int top, bool newOnly = false)
    {
        var own = new double[_model.Items.Count];
        var scores = new double[own.Length];
        Score(lines, asOf, own, scores);
        return [
            .. Top(own, scores, top, newOnly).Select(i => new Recommendation(_model.Items[i], scores[i], own[i] == 0, Because(i, own))),
        ];
    }

    /// <summary>Own shares and mixed scores of every item.</summary>
    internal void Score(CustomerLines lines, LocalTime asOf, Span<double> own, Span<double> scores)
    {
        Own(lines, asOf, own);
        RecommenderWeights weights = _model.Weights;
        for (int i = 0; i < scores.Length; i++)
        {
            scores[i] = (weights.Own * own[i]) + (weights.Popular * _model.Popularity[i]);
        }

        for (int i = 0; i < own.Length && weights.Together > 0; i++)
        {
            if (own[i] > 0)
            {
                foreach (ItemNeighbour neighbour in _model.Neighbours[i])
                {
                    scores[neighbour.Item] += weights.Together * own[i] * neighbour.Similarity;
                }
            }
        }
    }

    /// <summary>Indices of the best items; ties go to the more popular (lower index).</summary>
    internal static int[] Top(ReadOnlySpan<double> own, ReadOnlySpan<double> scores, int top, bool newOnly)
    {
        var best = new PriorityQueue<int, (double Score, int Index)>(top + 1);
        for (int i = 0; i < scores.Length; i++)
        {
            if (newOnly && own[i] > 0)
            {
                continue;
            }

            best.Enqueue(i, (scores[i], -i));
            if (best.Count > top)
            {
                best.Dequeue();
            }
        }

        var indices = new int[best.Count];
        for (int k = indices.Length - 1; k >= 0; k--)
        {
            indices[k] = best.Dequeue();
        }

        return indices;
    }

    /// <summary>Index of the item of a line; −1 = none, or too rare to be in the model.</summary>
    internal int ItemOf(CustomerLines lines, int line)
    {
        ReadOnlySpan<int> codes = _model.Kind == RecommendedItem.Category ? lines.Category : lines.Product;
        return codes.IsEmpty || codes[line] < 0 ? -1 : _itemOfCode[codes[line]];
    }

    private void Own(CustomerLines lines, LocalTime asOf, Span<double> own)
    {
        own.Clear();
        CustomerLines before = lines.Before(asOf);
        double sum = 0;
        for (int i = 0; i < before.Count; i++)
        {
            int item = before.Kept[i] > 0 ? ItemOf(before, i) : -1;
            if (item >= 0)
            {
                double weight = Math.Pow(2, -(asOf.Micros - before.OrderedAt[i]) / (_model.HalfLifeDays * LocalTime.MicrosPerDay));
                own[item] += weight;
                sum += weight;
            }
        }

        for (int i = 0; i < own.Length && sum > 0; i++)
        {
            own[i] /= sum;
        }
    }

    private string Because(int item, double[] own)
    {
        if (own[item] >= 0.2)
        {
            return "bought often before";
        }

        int with = -1;
        double most = 0;
        for (int i = 0; i < own.Length; i++)
        {
            double pull =
                i == item || own[i] == 0 ? 0 : own[i] * (_model.Neighbours[i].FirstOrDefault(n => n.Item == item)?.Similarity ?? 0);
            (with, most) = pull > most ? (i, pull) : (with, most);
        }

        bool together = with >= 0 && _model.Weights.Together * most >= _model.Weights.Own * own[item]
            && _model.Weights.Together * most >= _model.Weights.Popular * _model.Popularity[item];
        return together ? $"goes with {_model.Items[with]}" : own[item] > 0 ? "bought before" : "popular with everybody";
    }
}
