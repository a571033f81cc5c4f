using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Training.Snapshots;

namespace Predictive.Training.Recommendation;

/// <summary>Settings of the recommender.</summary>
public sealed record RecommenderOptions
{
    /// <summary>Days after which a purchase counts half. Default 90.</summary>
    public double HalfLifeDays { get; init; } = 90;

    /// <summary>Items kept, most popular first. Default 1,000.</summary>
    public int MaximumItems { get; init; } = 1000;

    /// <summary>Neighbours kept of each item. Default 20.</summary>
    public int Neighbours { get; init; } = 20;

    /// <summary>
    /// Distinct items of one customer beyond which the rest is left out of the co-purchase counts (a reseller buys everything). Default
    /// 200.
    /// </summary>
    public int MostItemsOfCustomer { get; init; } = 200;

    /// <summary>The K of Success@K that weights are chosen by. Default 3.</summary>
    public int ChooseByTop { get; init; } = 3;

    /// <summary>Fewest customers with a purchase in a window for weights to be chosen or graded on it. Default 50.</summary>
    public int FewestCustomers { get; init; } = 50;

    /// <summary>
    /// Most customers that weights are chosen and graded on, a seeded sample beyond: enough to tell .01 of Success@K. Default 10,000.
    /// </summary>
    public int MostCustomers { get; init; } = 10_000;

    /// <summary>Seed of that sample. Default 1.</summary>
    public int Seed { get; init; } = 1;
}

/// <summary>Learns and grades the next-best-category (or product) model.</summary>
public static class RecommenderTrainer
{
    /// <summary>K of the Success@K that is graded.</summary>
    private const int GradedTop = 3;

    private static readonly int[] s_tops = [1, 3, 5, 10];

    // Every mix of a coarse grid; popularity always has a little, to rank what nothing else knows.
    private static readonly RecommenderWeights[] s_grid =
    [
        .. from own in new[] { 0, 0.5, 1, 2 } from together in new[] { 0, 0.5, 1, 2 } from popular in new[] { 0.05, 0.5, 1 }
           select new RecommenderWeights(own, together, popular),
    ];

    /// <summary>
    /// Weights are chosen on the window before last, the result is graded on the last one ([as-of − days, as-of)), and the model returned
    /// is counted anew up to the as-of with those weights.
    /// </summary>
    /// <param name="history">The base.</param>
    /// <param name="asOf">Nothing at or after it is looked at.</param>
    /// <param name="windowDays">Length of a window, ≥ 1.</param>
    /// <param name="options">Null = defaults.</param>
    /// <returns>The model, and its report; the report is null where too few customers bought within the windows to grade.</returns>
    /// <exception cref="DatasetException">The data has neither categories nor products.</exception>
    public static (RecommenderModel Model, RecommenderReport? Report) Train(
        TransactionHistory history, LocalTime asOf, int windowDays, RecommenderOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(history);
        ArgumentOutOfRangeException.ThrowIfLessThan(windowDays, 1);
        options ??= new RecommenderOptions();
        RecommendedItem kind = history.Columns.Category is not null ? RecommendedItem.Category
            : history.Columns.Product is not null ? RecommendedItem.Product
            : throw new DatasetException(
                "no-items",
                "The transactions have neither 'category' nor 'product_id'; recommendations need one of them. Map a column to it.",
                "transactions");
        LocalTime last = asOf.AddDays(-windowDays), beforeLast = last.AddDays(-windowDays);
        var weights = new RecommenderWeights(1, 1, 0.5);
        var trial = new Window(history, RecommenderCounts.Fit(history, beforeLast, kind, weights, options), beforeLast, last, options);
        if (trial.Customers.Length >= options.FewestCustomers)
        {
            double[] success = new double[s_grid.Length];
            Parallel.For(0, s_grid.Length, g => success[g] = Success(trial.FirstHits(s_grid[g], newOnly: false), options.ChooseByTop));
            weights = s_grid[Array.IndexOf(success, success.Max())];
        }

        var test = new Window(history, RecommenderCounts.Fit(history, last, kind, weights, options), last, asOf, options);
        RecommenderModel model = RecommenderCounts.Fit(history, asOf, kind, weights, options);
        return (model, test.Customers.Length >= options.FewestCustomers ? Report(test, weights, last, windowDays) : null);
    }

    private static RecommenderReport Report(Window test, RecommenderWeights weights, LocalTime from, int days)
    {
        RecommenderWeights popular = new(0, 0, 1), habit = new(1, 0, 1e-9);
        int[] model = test.FirstHits(weights, false), popularity = test.FirstHits(popular, false), habits = test.FirstHits(habit, false);
        int[] newModel = test.FirstHits(weights, true), newPopularity = test.FirstHits(popular, true);
        SuccessAtK[] success =
        [
            .. s_tops.Select(k => new SuccessAtK(
                k, Success(model, k), Success(popularity, k), Success(habits, k), Success(newModel, k), Success(newPopularity, k))),
        ];
        Advantage all = Advantage.Of(model, Success(habits, GradedTop) > Success(popularity, GradedTop) ? habits : popularity, GradedTop),
            among = Advantage.Of(newModel, newPopularity, GradedTop);
        string grade = all.IsAtLeast(1.2) || among.IsAtLeast(1.2) ? "A"
            : all.IsAtLeast(1.05) || among.IsAtLeast(1.05) ? "B"
            : all.Gain >= -all.Noise ? "C" : "D";
        return new RecommenderReport(from.ToString(), days, test.Customers.Length, test.CustomersWithNew, success, grade)
        {
            Gain = all.Gain, Noise = all.Noise, NewGain = among.Gain, NewNoise = among.Noise,
        };
    }

    private static double Success(int[] firstHits, int top) =>
        firstHits.Length == 0 ? 0 : firstHits.Count(h => h >= 0 && h < top) / (double)firstHits.Length;

    /// <summary>What one list finds more than another, on the same customers.</summary>
    /// <param name="Own">Success@K of the one.</param>
    /// <param name="Other">Of the other.</param>
    /// <param name="Noise">Standard error of the difference: customers are paired.</param>
    private readonly record struct Advantage(double Own, double Other, double Noise)
    {
        public double Gain => Own - Other;

        public static Advantage Of(int[] own, int[] other, int top)
        {
            if (own.Length < 2)
            {
                return default;
            }

            double[] difference = [.. own.Zip(other, (a, b) => (a >= 0 && a < top ? 1.0 : 0) - (b >= 0 && b < top ? 1 : 0))];
            double mean = difference.Average(), squares = difference.Sum(d => (d - mean) * (d - mean));
            return new Advantage(
                Success(own, top), Success(other, top), Math.Sqrt(squares / (own.Length - 1) / own.Length));
        }

        /// <summary>So many times the other's success, and by more than two standard errors.</summary>
        public bool IsAtLeast(double times) => Gain > 2 * Noise && Own >= times * Other;
    }

    /// <summary>A window to judge on, with a model counted strictly before it.</summary>
    private sealed class Window
    {
        private readonly TransactionHistory _history;
        private readonly RecommenderModel _model;
        private readonly LocalTime _from;
        private readonly int[][] _bought;
        private readonly int[][] _boughtNew;

        public Window(TransactionHistory history, RecommenderModel model, LocalTime from, LocalTime to, RecommenderOptions options)
        {
            (_history, _model, _from) = (history, model, from);
            var recommender = new Recommender(model, history);
            var customers = new List<int>();
            var bought = new List<int[]>();
            var boughtNew = new List<int[]>();
            int[] population = Population.At(history, from);
            foreach (int i in HistorySample.Draw(population.Length, Math.Min(population.Length, options.MostCustomers), options.Seed))
            {
                int customer = population[i];
                // Something was bought; an item the model does not know can only be missed, so it counts against every contender.
                int[] within = Items(recommender, history.Lines(customer).Between(from, to));
                if (within.Length > 0)
                {
                    int[] earlier = Items(recommender, history.Lines(customer).Before(from));
                    customers.Add(customer);
                    bought.Add(within);
                    boughtNew.Add([.. within.Except(earlier)]);
                }
            }

            (Customers, _bought, _boughtNew) = ([.. customers], [.. bought], [.. boughtNew]);
        }

        public int[] Customers { get; }

        public int CustomersWithNew => _boughtNew.Count(b => b.Length > 0);

        /// <summary>
        /// Per customer who bought something (new to them, where only that counts): place of the first of it in their list, from 0; −1 =
        /// not within the longest list.
        /// </summary>
        public int[] FirstHits(RecommenderWeights weights, bool newOnly)
        {
            var recommender = new Recommender(_model with { Weights = weights }, _history);
            double[] own = new double[_model.Items.Count], scores = new double[own.Length];
            var hits = new List<int>();
            for (int c = 0; c < Customers.Length; c++)
            {
                int[] wanted = newOnly ? _boughtNew[c] : _bought[c];
                if (wanted.Length > 0)
                {
                    recommender.Score(_history.Lines(Customers[c]), _from, own, scores);
                    hits.Add(Array.FindIndex(Recommender.Top(own, scores, s_tops[^1], newOnly), wanted.Contains));
                }
            }

            return [.. hits];
        }

        private static int[] Items(Recommender recommender, CustomerLines lines)
        {
            var items = new SortedSet<int>();
            for (int i = 0; i < lines.Count; i++)
            {
                if (lines.Amount[i] > 0)
                {
                    items.Add(recommender.ItemOf(lines, i));
                }
            }

            return [.. items];
        }
    }
}
