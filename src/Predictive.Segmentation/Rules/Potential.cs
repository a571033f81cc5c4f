using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>An attribute of the customers table that speaks of potential: an industry, a size, an expert's score.</summary>
/// <param name="Name">Column of the customers table.</param>
/// <param name="Weight">Its share of the mix.</param>
public sealed record PotentialAttribute(string Name, double Weight)
{
    /// <summary>Number that counts 0. Default 0.</summary>
    public double From { get; init; }

    /// <summary>Number that counts 100. Default 100.</summary>
    public double To { get; init; } = 100;

    /// <summary>For a text: what each value counts, 0 to 100; others count 0. Default null: the attribute is a number.</summary>
    public IReadOnlyDictionary<string, double>? Values { get; init; }
}

/// <summary>What potential is a mix of; weights are divided by their sum, and a part that is unknown leaves its weight to the
/// others.</summary>
public sealed record PotentialOptions
{
    /// <summary>Weight of predicted growth: g / (1 + g) of the predicted spend over own pace g, 0 below the smallest prediction. Default
    /// 1.</summary>
    public double GrowthWeight { get; init; } = 1;

    /// <summary>Weight of the cross-sell gap: the share of the base's categories not bought yet. Default 0.</summary>
    public double CrossSellWeight { get; init; }

    /// <summary>Attributes that speak of potential. Default none.</summary>
    public IReadOnlyList<PotentialAttribute> Attributes { get; init; } = [];

    /// <summary>Mixed potential, 0 to 100, from which it is high. Default null: the base's median.</summary>
    public double? HighFrom { get; init; }

    /// <summary>Whether nothing but growth counts: then the lines of the matrix are those of growth.</summary>
    internal bool IsGrowthAlone => CrossSellWeight == 0 && Attributes.Count == 0;
}

/// <summary>The potential of a customer as an editable mix.</summary>
internal static class Potential
{
    /// <summary>0 to 100; NaN where nothing of the mix is known.</summary>
    public static double Compute(
        CustomerLines before, double growth, double expected, PotentialOptions options, ValueMatrixCutoffs cutoffs)
    {
        double sum = 0, weights = 0;
        double grows = expected < cutoffs.MinimumExpected || growth <= 0 ? 0 : double.IsInfinity(growth) ? 1 : growth / (1 + growth);
        Add(options.GrowthWeight, 100 * grows);
        if (cutoffs.Categories > 0)
        {
            Add(options.CrossSellWeight, 100 * (1 - (Distinct(before) / (double)cutoffs.Categories)));
        }

        foreach (PotentialAttribute attribute in options.Attributes)
        {
            if (KnownAttributes.Find(before.Tables, attribute.Name) is { } column)
            {
                Add(
                    attribute.Weight,
                    new ScoreTerm(attribute.Name, 1) { From = attribute.From, To = attribute.To, Values = attribute.Values }.PointsOf(
                        KnownAttributes.Number(column, before.Customer), KnownAttributes.Text(column, before.Customer)));
            }
        }

        return weights > 0 ? sum / weights : double.NaN;

        void Add(double weight, double points)
        {
            if (!double.IsNaN(points))
            {
                sum += weight * points;
                weights += weight;
            }
        }
    }

    public static void Validate(PotentialOptions options, List<string> faults)
    {
        if (!(options.GrowthWeight >= 0 && options.CrossSellWeight >= 0)
            || !(options.GrowthWeight + options.CrossSellWeight + options.Attributes.Sum(a => a.Weight) > 0))
        {
            faults.Add("a weight of potential is below 0 or all are 0; expected weights of 0 or more with a positive sum");
        }

        foreach (PotentialAttribute attribute in options.Attributes)
        {
            if (string.IsNullOrWhiteSpace(attribute.Name) || !(attribute.Weight >= 0) || attribute.From == attribute.To)
            {
                faults.Add(
                    $"the attribute '{attribute.Name}' of potential weighs {attribute.Weight} from {attribute.From} to {attribute.To}; "
                        + "expected a name, 0 or more, and two different ends");
            }
        }
    }

    private static int Distinct(CustomerLines before)
    {
        var seen = new HashSet<int>();
        for (int i = 0; i < before.Category.Length; i++)
        {
            if (before.Kept[i] > 0 && before.Category[i] >= 0)
            {
                seen.Add(before.Category[i]);
            }
        }

        return seen.Count;
    }
}
