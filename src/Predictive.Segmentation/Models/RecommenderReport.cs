namespace Predictive.Segmentation.Models;

/// <summary>Success@K: share of the customers who bought in the window whose top K held something they bought.</summary>
/// <param name="Top">K.</param>
/// <param name="Model">Of the recommender.</param>
/// <param name="Popularity">Of recommending the most popular items to everyone.</param>
/// <param name="Habit">Of recommending what the customer bought most, recent purchases more.</param>
/// <param name="NewModel">Of the recommender among items new to the customer, over customers who bought something new.</param>
/// <param name="NewPopularity">Of popularity, likewise.</param>
public sealed record SuccessAtK(int Top, double Model, double Popularity, double Habit, double NewModel, double NewPopularity);

/// <summary>How good the recommender is on the last window, which neither the counts nor the weights have seen.</summary>
/// <param name="From">First day of the window.</param>
/// <param name="Days">Its length.</param>
/// <param name="Customers">Customers with a purchase before it and one within.</param>
/// <param name="CustomersWithNew">Of them, those who bought something new to them.</param>
/// <param name="Success">K = 1, 3, 5, 10.</param>
/// <param name="Grade">
/// At K = 3, against the better of popularity and habit, or among items new to the customer against popularity: A = at least 1.2 times as
/// good in one of the two and beyond two standard errors of the difference; B = 1.05 times, likewise; C = told apart in neither; D = worse
/// than popularity or habit by more than the noise: not to be used.
/// </param>
public sealed record RecommenderReport(
    string From, int Days, int Customers, int CustomersWithNew, IReadOnlyList<SuccessAtK> Success, string Grade)
{
    /// <summary>Success@3 less that of the better of popularity and habit.</summary>
    public double Gain { get; init; }

    /// <summary>Standard error of <see cref="Gain"/>, the same customers on both sides.</summary>
    public double Noise { get; init; }

    /// <summary>Success@3 among items new to the customer, less that of popularity.</summary>
    public double NewGain { get; init; }

    /// <summary>Standard error of <see cref="NewGain"/>.</summary>
    public double NewNoise { get; init; }
}

/// <summary>What a version holds for recommending.</summary>
/// <param name="Model">Counts and weights.</param>
/// <param name="Report">How good it was out of time; null where too few customers bought to tell.</param>
public sealed record Recommendations(RecommenderModel Model, RecommenderReport? Report = null);
