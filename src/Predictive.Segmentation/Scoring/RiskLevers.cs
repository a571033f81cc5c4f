using System.Globalization;
using Predictive.Segmentation.Features;
using Predictive.History;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// What would lower a customer's risk most: each plausible action is written into a copy of the customer's history just before the as-of
/// and the copy is scored by the same features and model.
/// </summary>
internal static class RiskLevers
{
    // An effect below this is not worth a sentence.
    private const double SmallestGain = 0.005;

    public static RiskLever? Find(
        CustomerLines lines, LocalTime asOf, int featureHorizonDays, BaseProfile profile, ChurnModel churn, ReadOnlySpan<float> row,
        double probability)
    {
        CustomerLines before = lines.Before(asOf);
        double usual = row[FeatureCatalogue.IndexOf("order_value_mean")];
        if (before.Count == 0 || !(usual > 0))
        {
            return null;
        }

        Span<float> copyRow = stackalloc float[profile.Features.Count];
        (string Action, double Probability)? best = null;
        foreach ((string action, double factor, bool somethingNew) in new[]
        {
            ("an order of the usual value today", 1.0, false),
            ("an order of twice the usual value today", 2.0, false),
            ("an order from a category not bought before today", 1.0, true),
        })
        {
            if (somethingNew && before.Category.IsEmpty)
            {
                continue;
            }

            TransactionColumns copy = WithOrder(before, asOf, usual * factor, somethingNew);
            FeatureSet.Compute(
                new CustomerLines(copy, 0, copy.OrderedAt.Length, before.Tables, before.Customer), asOf, featureHorizonDays, profile,
                copyRow);
            double then = churn.Predict(copyRow);
            // The plain order is named unless another action does clearly better.
            if (then < (best?.Probability ?? probability) - SmallestGain)
            {
                best = (action, then);
            }
        }

        return best is not { } lever ? null : new RiskLever(
            lever.Action,
            lever.Probability,
            string.Create(
                CultureInfo.InvariantCulture,
                $"{lever.Action} (about {usual * (lever.Action.Contains("twice", StringComparison.Ordinal) ? 2 : 1):#,0.00}) would bring "
                    + $"the risk from {probability:P0} to {lever.Probability:P0}"));
    }

    private static TransactionColumns WithOrder(CustomerLines before, LocalTime asOf, double amount, bool somethingNew)
    {
        // Basket features count distinct codes only, so any unused code is a new thing; the plain order repeats the last line's.
        return new TransactionColumns
        {
            CustomerIds = ["copy"],
            Offsets = [0, before.Count + 1],
            OrderedAt = [.. before.OrderedAt, asOf.Micros - 1],
            Amount = [.. before.Amount, amount],
            Order = Extend(before.Order, isNew: true),
            Product = Extend(before.Product, somethingNew),
            Category = Extend(before.Category, somethingNew),
            Channel = Extend(before.Channel, isNew: false),
            Quantity = before.Quantity.IsEmpty ? null : [.. before.Quantity, before.Quantity[^1]],
            UnitCost = before.UnitCost.IsEmpty ? null : [.. before.UnitCost, before.UnitCost[^1]],
            Discount = before.Discount.IsEmpty ? null : [.. before.Discount, 0],
        };
    }

    private static int[]? Extend(ReadOnlySpan<int> codes, bool isNew)
    {
        if (codes.IsEmpty)
        {
            return null;
        }

        int highest = -1;
        foreach (int code in codes)
        {
            highest = Math.Max(highest, code);
        }

        return [.. codes, isNew ? highest + 1 : codes[^1]];
    }
}
