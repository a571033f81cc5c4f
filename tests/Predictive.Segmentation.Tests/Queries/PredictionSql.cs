using System.Globalization;
using Predictive.Segmentation.Rules;
using static Predictive.Segmentation.Tests.Queries.CustomerSql;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>What the rules make of a prediction, as SQL over the columns of <see cref="CustomerSql"/>.</summary>
internal sealed class PredictionSql(RuleBook book, int horizonDays)
{
    /// <summary>What is still expected of a lifetime.</summary>
    public string Residual(LifetimeValueOptions o)
    {
        double limit = o.LimitYears * 365 / horizonDays;
        return $"""
            list_sum(list_transform(range(0, {(int)Math.Ceiling(limit)}), lambda k: least(1, {Number(limit)} - k) * greatest(expected, 0)
                * pow(1 - churn, k) / pow({Number(1 + o.DiscountRate)}, (k + least(1, {Number(limit)} - k) / 2) * {horizonDays} / 365)))
            """;
    }

    /// <summary>Name of the nearest centre.</summary>
    public string Nearest()
    {
        string far = string.Join(
            ", ", book.RfmGroups.Groups.Select(g => $"pow(r - {Number(g.R)}, 2) + pow(f - {Number(g.F)}, 2) + pow(m - {Number(g.M)}, 2)"));
        return $"[{Kinds(book.RfmGroups.Groups.Select(g => g.Name))}][list_position([{far}], list_min([{far}]))]";
    }

    /// <summary>Cell of the value matrix.</summary>
    public string Cell()
    {
        ValueMatrixCutoffs cut = book.ValueMatrix!;
        string high = $"(spend_365d >= {Number(cut.HighValue)} AND spend_365d > 0)";
        string grows = book.Options.ValueMatrix.Potential.CrossSellWeight > 0
            ? $"(mix >= {Number(cut.PotentialFrom)})"
            : $"""
            (expected >= {Number(cut.MinimumExpected)} AND (spend_365d <= 0
                OR expected / (spend_365d * {horizonDays} / {book.Options.ValueMatrix.WindowDays}) >= {Number(cut.GrowthRatio)}))
            """;
        return $"CASE WHEN {high} AND {grows} THEN 'star' WHEN {high} THEN 'cash cow' WHEN {grows} THEN 'potential' ELSE 'problem' END";
    }

    /// <summary>Potential from 0 to 100.</summary>
    // Growth as g / (1 + g), and the categories not bought yet.
    public string Mix(ValueMatrixOptions o)
    {
        (double growth, double gap) = (o.Potential.GrowthWeight, o.Potential.CrossSellWeight);
        string g = $"(expected / (spend_365d * {horizonDays} / {o.WindowDays}))";
        return gap == 0 ? "NULL" : $"""
            ({Number(growth)} * CASE WHEN expected < {Number(book.ValueMatrix!.MinimumExpected)} OR (spend_365d > 0 AND {g} <= 0) THEN 0
                WHEN spend_365d <= 0 THEN 100 ELSE 100 * {g} / (1 + {g}) END
                + CASE WHEN categories > 0 THEN {Number(gap)} * 100 * (1 - categories_bought / categories) ELSE 0 END)
                / ({Number(growth)} + CASE WHEN categories > 0 THEN {Number(gap)} ELSE 0 END)
            """;
    }

    /// <summary>
    /// What of the window is still in it at the end of the horizon, and what is expected besides: reached in full, or held by the kept
    /// share.
    /// </summary>
    public string Ahead(TierOptions o)
    {
        double part = Math.Min(1, o.WindowDays / (double)horizonDays);
        string Level(double share) => "greatest(0" + string.Concat(book.Tiers.Tiers.Select((t, i) => $"""
            , CASE WHEN coalesce(kept_spend, 0) + {Number(part)} * expected >= {Number(share * t.MinimumSpend)} - 1e-9
                AND coalesce(kept_orders, 0) + {Number(part)} * buys >= {Number(share * t.MinimumOrders)} - 1e-9 THEN {i} ELSE 0 END
            """)) + ")";
        return $"{Level(1)} AS reached, {Level(o.KeepShare)} AS holds";
    }

    /// <summary>The first row of the plays that fits.</summary>
    public static string Play(PlayOptions o) => "CASE " + string.Concat(o.Rules.Select(rule => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        WHEN {In("churn_band", rule.Risk)} AND {In("value_matrix", rule.Cells?.Select(ValueMatrix.NameOf))}
            AND {In("lifecycle", rule.Stages?.Select(Lifecycle.NameOf))} THEN '{rule.Play.Goal}'

        """))) + "END";

    private static string In(string column, IEnumerable<string>? values) => values is null ? "true" : $"{column} IN ({Kinds(values)})";
}
