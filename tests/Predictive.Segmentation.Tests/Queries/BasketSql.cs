using System.Globalization;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>What baskets tell, as SQL over the tables l, c0 and people: the category missing, and the attributes inferred.</summary>
internal sealed class BasketSql(RuleBook book)
{
    /// <summary>Statements that make the tables missing and inferred, a row per customer of whom they say something.</summary>
    public IEnumerable<string> Tables()
    {
        // Shares are told to four digits; whole ten-thousandths add up exactly, so that names decide where two are level.
        yield return $"""
            CREATE TABLE own AS WITH pairs AS (SELECT DISTINCT customer_id, category FROM l WHERE category IS NOT NULL)
            SELECT * FROM pairs WHERE category IN (SELECT category FROM pairs GROUP BY 1 ORDER BY count(*) DESC, category
                LIMIT {book.Options.Penetration.MaximumCategories})
            """;
        yield return """
            CREATE TABLE given AS SELECT a.category AS bought, b.category AS besides,
                round_even(10000 * count(*)::DOUBLE / any_value(n.buyers), 0)::BIGINT AS share
            FROM own a JOIN own b USING (customer_id) JOIN (SELECT category, count(*) AS buyers FROM own GROUP BY 1) n
                ON n.category = a.category GROUP BY 1, 2
            """;
        yield return """
            CREATE TABLE missing AS WITH sums AS (SELECT own.customer_id, besides, sum(share) AS s FROM own JOIN given
                    ON given.bought = own.category GROUP BY 1, 2),
                every AS (SELECT c0.customer_id, k.category FROM c0 CROSS JOIN (SELECT DISTINCT category FROM own) k
                    EXCEPT SELECT customer_id, category FROM own),
                alone AS (SELECT category, count(*) AS s FROM own GROUP BY 1)
            SELECT customer_id, first(category ORDER BY coalesce(sums.s, CASE WHEN c0.categories_bought = 0 THEN alone.s ELSE 0 END) DESC,
                category) AS cross_sell_gap
            FROM every JOIN c0 USING (customer_id) JOIN alone USING (category)
                LEFT JOIN sums ON sums.customer_id = every.customer_id AND sums.besides = every.category GROUP BY 1
            """;
        yield return "CREATE TABLE inferred AS " + Inferred(book.Options.Inference);
    }

    // Of several rules for one attribute the most confident counts; what was told is never inferred.
    private static string Inferred(InferenceOptions o)
    {
        string Fits(InferenceRule rule) => string.Join(" AND ", rule.Bought.Select(words => "(" + string.Join(
            " OR ", words.SelectMany(w => new[] { "category", "product_id" }.Select(c => $"bool_or({c} ILIKE '%{w}%') IS TRUE"))) + ")"));
        IEnumerable<string> rules = o.Rules.Select((rule, i) => $"""
            SELECT {i} AS place, '{rule.Attribute}' AS attribute, '{rule.Value}' AS value, fits.customer_id, p.{rule.Attribute} AS told,
                (count(*) FILTER (lower(told) = lower('{rule.Value}')) OVER () + {Number(o.PriorCustomers * rule.Confidence)})
                    / (count(told) OVER () + {Number(o.PriorCustomers)}) AS confidence
            FROM (SELECT customer_id FROM l GROUP BY 1 HAVING {Fits(rule)}) fits LEFT JOIN people p USING (customer_id)
            """);
        return $"""
            WITH worth AS ({string.Join(" UNION ALL ", rules)}),
            shown AS (SELECT *, round_even(confidence, 4) AS sure FROM worth WHERE told IS NULL AND sure >= {Number(o.MinimumConfidence)}
                QUALIFY row_number() OVER (PARTITION BY customer_id, attribute ORDER BY sure DESC, place) = 1),
            places AS (SELECT customer_id, attribute, value, sure, place FROM shown)
            SELECT customer_id, string_agg(attribute || ': ' || value || ' (' || round(100 * sure)::INT || ' %)', ' | ' ORDER BY place)
                AS inferred FROM places GROUP BY 1
            """;
    }

    private static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
