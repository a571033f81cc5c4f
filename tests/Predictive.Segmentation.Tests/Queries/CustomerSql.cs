using System.Globalization;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>
/// The metrics of a customer as SQL over the tables lines, events and people, written anew and not taken from the rules. The lines hold no
/// return, so that every order is kept. What is configured (windows, weights, limits) is read from the settings; what is derived from the
/// base is derived again, but for the lines of value, tiers and quadrants, which are taken as they are told.
/// </summary>
internal sealed class CustomerSql(RuleBook book, string day, int horizonDays)
{
    /// <summary>What a model predicts: its independent check is the version as an ONNX graph, not SQL.</summary>
    public static IReadOnlyList<string> Given { get; } =
        ["churn_probability", "clv_expected", "clv_low", "clv_high", "expected_orders", "portrait"];

    private string At => $"TIMESTAMP '{day}'";

    /// <summary>Statements that make the table c: a row per customer, a column per metric.</summary>
    public IEnumerable<string> Tables()
    {
        (RuleOptions o, var of) = (book.Options, new PredictionSql(book, horizonDays));
        yield return $"""
            CREATE TABLE l AS SELECT *, date_diff('day', TIMESTAMP '1970-01-01', ordered_at) AS d,
                sum(amount) OVER (PARTITION BY customer_id ORDER BY ordered_at, place) AS so_far
            FROM (SELECT *, row_number() OVER () AS place FROM lines WHERE ordered_at < {At})
            """;
        yield return $"""
            CREATE TABLE c0 AS SELECT customer_id, date_diff('day', TIMESTAMP '1970-01-01', {At}) AS today, today - max(d) AS recency_days,
                count(DISTINCT order_id) AS orders, round(sum(amount), 2) AS spend_total,
                round(coalesce(sum(amount) FILTER (ordered_at >= {At} - INTERVAL 365 DAY), 0), 2) AS spend_365d,
                round(sum(amount - abs(coalesce(quantity, 1)) * unit_cost), 2) AS profit_total, today - min(d) AS tenure_days,
                strftime(min(ordered_at), '%Y-%m-%d') AS first_purchase, min(d) AS first_d, max(d) AS last_d,
                count(DISTINCT d) AS days, count(DISTINCT category) AS categories_bought,
                round(spend_total / orders, 2) AS order_value, sum(floor(so_far + 1e-6) - floor(so_far - amount + 1e-6)) AS points_earned
            FROM l GROUP BY 1
            """;
        yield return $"""
            CREATE TABLE e AS SELECT customer_id,
                count(*) FILTER (kind IN ({Kinds(o.Engagement.Visits)}) AND occurred_at >= {At} - INTERVAL {o.Engagement.WindowDays} DAY)
                    AS visits,
                date_diff('day', max(occurred_at) FILTER (kind IN ({Kinds(o.Engagement.Visits)})), {At}) AS days_since_visit,
                count(*) FILTER (kind IN ({Kinds(o.Engagement.Service)})) AS service_requests,
                sum(coalesce(value, {Number(o.Engagement.CostPerRequest)})) FILTER (kind IN ({Kinds(o.Engagement.Service)}))
                    AS service_cost,
                arg_max(value, occurred_at) FILTER (kind IN ({Kinds(o.Engagement.Nps)}) AND value BETWEEN 0 AND 10) AS nps,
                count(*) FILTER (kind IN ({Kinds(o.Reputation.Cancellations)})) AS cancelled,
                count(*) FILTER (kind IN ({Kinds(o.Reputation.Disputes)})) AS disputed
            FROM events WHERE occurred_at < {At} GROUP BY 1
            """;
        yield return $"""
            CREATE TABLE lots AS SELECT customer_id, d + {o.Points.ExpireDays} AS ends,
                floor(so_far + 1e-6) - floor(so_far - amount + 1e-6) AS points
            FROM l WHERE ordered_at + INTERVAL {o.Points.ExpireDays} DAY >= {At}
            """;
        yield return """
            CREATE TABLE points AS SELECT customer_id, sum(s) AS balance, arg_min(s, ends) FILTER (s > 0) AS expiring
            FROM (SELECT customer_id, ends, sum(points) AS s FROM lots GROUP BY 1, 2) GROUP BY 1
            """;
        yield return $"""
            CREATE TABLE w AS SELECT customer_id, sum(amount) AS kept_spend, count(DISTINCT order_id) AS kept_orders FROM l
            WHERE ordered_at >= {At} - INTERVAL {o.Tiers.WindowDays - horizonDays} DAY GROUP BY 1
            """;
        foreach (string table in Gaps().Concat(Levels()).Concat(new BasketSql(book).Tables()))
        {
            yield return table;
        }

        yield return $"""
            CREATE TABLE c AS WITH base AS (SELECT c0.*, gaps.*, stage.*, levels.tier_level, p.churn,
                    p.expected, p.buys, w.kept_spend, w.kept_orders, missing.cross_sell_gap, inferred.inferred,
                    coalesce(e.visits, 0) AS visits, e.days_since_visit, coalesce(e.service_requests, 0) AS service_requests,
                    round(coalesce(e.service_cost, 0), 2) AS service_cost, e.nps,
                    {Number(o.Reputation.CancellationWeight)} * coalesce(e.cancelled, 0)
                        + {Number(o.Reputation.DisputeWeight)} * coalesce(e.disputed, 0) AS incidents,
                    coalesce(points.balance, 0) AS points_balance, coalesce(points.expiring, 0) AS points_expiring
                FROM c0 JOIN gaps USING (customer_id) JOIN stage USING (customer_id) JOIN levels USING (customer_id)
                JOIN predicted p USING (customer_id) LEFT JOIN e USING (customer_id)
                LEFT JOIN w USING (customer_id) LEFT JOIN points USING (customer_id)
                LEFT JOIN missing USING (customer_id) LEFT JOIN inferred USING (customer_id)),
            cuts AS (SELECT {Cuts("recency_days")} AS rc, {Cuts("orders")} AS fc, {Cuts("spend_total")} AS mc,
                quantile_disc(spend_365d, {Hundred}) AS vc, quantile_disc(shrunk, {Hundred}) AS gc,
                sum(incidents) / sum(orders) AS usual, (SELECT count(DISTINCT category) FROM l) AS categories FROM base),
            scored AS (SELECT *, 5 - {Above("rc", "recency_days")} AS r, 1 + {Above("fc", "orders")} AS f,
                1 + {Above("mc", "spend_total")} AS m, {Share(o.Loyalty)} AS loyalty,
                100 * greatest(0, 1 - (incidents + {Number(o.Reputation.PriorOrders)} * usual)
                    / (orders + {Number(o.Reputation.PriorOrders)})) AS reputation, {of.Residual(o.LifetimeValue)} AS residual,
                {of.Mix(o.ValueMatrix)} AS mix, {of.Ahead(o.Tiers)}
                FROM base, cuts),
            told AS (SELECT *, CASE WHEN churn >= {Number(o.ChurnBands.HighFrom)} THEN 'high'
                    WHEN churn >= {Number(o.ChurnBands.MediumFrom)} THEN 'medium' ELSE 'low' END AS churn_band,
                {of.Cell()} AS value_matrix FROM scored)
            SELECT *, orders AS frequency, spend_total AS monetary, r + f + m AS rfm_score, spend_365d AS value_amount,
                {Above("vc[2:101]", "spend_365d")} AS value_percentile, spend_365d AS tier_spend,
                CASE WHEN spend_365d > {Number(book.Value.ThresholdA)} THEN 'A'
                    WHEN spend_365d >= {Number(book.Value.ThresholdB)} THEN 'B' ELSE 'C' END AS value_band,
                round(loyalty, 2) AS loyalty_score, CASE WHEN loyalty >= {Number(o.Loyalty.HighFrom)} THEN 'high'
                    WHEN loyalty >= {Number(o.Loyalty.MediumFrom)} THEN 'medium' ELSE 'low' END AS loyalty_band,
                CASE WHEN tenure_days <= {o.Quadrants.NewDays} THEN 'B'
                    WHEN orders >= {Number(book.Quadrants.Frequency)} AND order_value >= {Number(book.Quadrants.OrderValue)} THEN 'E'
                    WHEN orders >= {Number(book.Quadrants.Frequency)} THEN 'D'
                    WHEN order_value >= {Number(book.Quadrants.OrderValue)} THEN 'C' ELSE 'B' END AS quadrant,
                [{Kinds(book.Tiers.Tiers.Select(t => t.Name))}][tier_level + 1] AS tier, round(reputation, 2) AS reputation_score,
                {Restriction(o.Reputation)} AS reputation_restriction, 0 AS returned_orders,
                round(profit_total - service_cost, 2) AS net_value, round(categories_bought / categories, 4) AS penetration,
                CASE WHEN nps >= 9 THEN 'promoter' WHEN nps >= 7 THEN 'passive' WHEN nps >= 0 THEN 'detractor' END AS nps_group,
                (SELECT segment FROM cells WHERE cells.r = told.r AND cells.f = told.f AND cells.m = told.m) AS rfm_segment,
                {of.Nearest()} AS rfm_group,
                round(mix, 2) AS potential, [{Kinds(book.Tiers.Tiers.Select(t => t.Name))}][1 + greatest(reached,
                    least(tier_level, holds))] AS predicted_tier, {PredictionSql.Play(o.Plays)} AS play,
                round(residual, 2) AS lifetime_residual, round(spend_total + residual, 2) AS lifetime_value,
                CASE WHEN lifetime_value < {Number(book.LifetimeValue!.MiddleFrom)} THEN 'low'
                    WHEN lifetime_value >= {Number(book.LifetimeValue.HighFrom)} THEN 'high' ELSE 'middle' END AS lifetime_band
            FROM told
            """;
    }

    /// <summary>The metrics of the whole base, over the table c.</summary>
    public static string Of(BaseMetric metric) => metric.Name switch
    {
        "customers" => "count(*)",
        "prospects" => """
            (SELECT count(*) FROM (SELECT customer_id FROM people UNION SELECT customer_id FROM events) known
                WHERE customer_id NOT IN (SELECT customer_id FROM lines))
            """,
        "revenue_total" => "sum(spend_total)",
        "revenue_365d" => "sum(spend_365d)",
        "gross_profit" => "sum(profit_total)",
        "service_cost_total" => "sum(service_cost)",
        "net_value_total" => "sum(net_value)",
        "orders_total" => "sum(orders)",
        "mean_order_value" => "sum(spend_total) / sum(orders)",
        "repeat_share" => "avg(CASE WHEN orders >= 2 THEN 1 ELSE 0 END)",
        "active_90d_share" => "avg(CASE WHEN recency_days <= 90 THEN 1 ELSE 0 END)",
        "returned_order_share" => "0.0",
        "top_decile_revenue_share" => TopDecile("spend_total"),
        "top_decile_profit_share" => TopDecile("profit_total"),
        "nps_score" => """
            100 * (count(*) FILTER (nps_group = 'promoter') - count(*) FILTER (nps_group = 'detractor')) / count(nps_group)::DOUBLE
            """,
        "mean_penetration" => "avg(penetration)",
        "mean_reputation" => "avg(reputation_score)",
        "points_outstanding" => "sum(points_balance)",
        "expected_churners" => "sum(churn)",
        "expected_spend" => "sum(expected)",
        "lifetime_value_total" => "sum(lifetime_value)",
        "mean_lifetime_value" => "avg(lifetime_value)",
        _ => throw new NotSupportedException($"No SQL for {metric.Name}: a metric without an independent check."),
    };

    private static string Hundred { get; } = $"[{string.Join(", ", Enumerable.Range(0, 101).Select(i => Number(i / 100.0)))}]";

    // Days of purchase, the gaps between them, and the stage by silence: the last entry of the replay, and where its run began.
    private IEnumerable<string> Gaps()
    {
        (LoyaltyOptions o, LifecycleOptions c) = (book.Options.Loyalty, book.Options.Lifecycle);
        yield return $"""
            CREATE TABLE days AS SELECT customer_id, d, row_number() OVER w AS n, d - lag(d) OVER w AS gap, lead(d) OVER w AS next,
                min(d) OVER (PARTITION BY customer_id) AS d1
            FROM (SELECT DISTINCT customer_id, d FROM l) WINDOW w AS (PARTITION BY customer_id ORDER BY d)
            """;
        yield return $"""
            CREATE TABLE gaps AS WITH g AS (SELECT customer_id, count(gap) AS n, sum(gap) AS total, avg(gap) AS mean,
                    sqrt(greatest(0, avg(gap * gap) - avg(gap) * avg(gap))) / avg(gap) AS variation FROM days GROUP BY 1),
                usual AS (SELECT coalesce(quantile_disc(mean, .5) FILTER (n > 0), 365) AS gap,
                    coalesce(quantile_disc(variation, .5) FILTER (n >= 3), 1) AS variation FROM g)
            SELECT customer_id, (coalesce(total, 0) + {Number(o.PriorGaps)} * usual.gap) / (n + {Number(o.PriorGaps)}) AS shrunk,
                CASE WHEN n >= 2 THEN (n * g.variation + {Number(o.PriorGaps)} * usual.variation) / (n + {Number(o.PriorGaps)})
                    ELSE usual.variation END AS varies,
                CASE WHEN n + 1 >= {c.MinimumPurchaseDays} THEN mean END AS cadence_days FROM g, usual
            """;
        yield return $"""
            CREATE TABLE short AS SELECT quantile_disc(gap, {Number(c.DecliningQuantile)})::INT + 1 AS declining,
                greatest(declining + 1, quantile_disc(gap, {Number(c.LeftQuantile)})::INT + 1) AS gone
            FROM days WHERE n <= {c.MinimumPurchaseDays}
            """;
        yield return $"""
            CREATE TABLE stages AS WITH paced AS (SELECT days.*, (days.d - d1) / (n - 1)::DOUBLE AS cadence,
                    least({c.RecentGaps}, (n - 1) // 2)::INT AS recent FROM days),
                limits AS (SELECT paced.*, back.d AS dr,
                    CASE WHEN paced.n < {c.MinimumPurchaseDays} THEN declining ELSE ceil({Number(c.DecliningCadences)} * cadence - 1e-9)
                        END AS falls,
                    CASE WHEN paced.n < {c.MinimumPurchaseDays} THEN gone ELSE ceil({Number(c.LeftCadences)} * cadence - 1e-9) END AS goes
                    FROM short, paced LEFT JOIN days back ON back.customer_id = paced.customer_id AND back.n = paced.n - paced.recent)
            SELECT *, CASE WHEN n < {c.MinimumPurchaseDays} THEN 'acquired'
                WHEN (d - dr) / recent::DOUBLE <= {Number(c.GrowingRatio)} * (dr - d1) / (n - 1 - recent)::DOUBLE THEN 'growing'
                ELSE 'mature' END AS active FROM limits
            """;
        yield return $"""
            CREATE TABLE stage AS WITH runs AS (SELECT *, lag(active) OVER w IS DISTINCT FROM active OR d >= lag(d + falls) OVER w
                    OR d >= lag(d + goes) OVER w AS begins, date_diff('day', TIMESTAMP '1970-01-01', {At}) - d AS silence FROM stages
                    WINDOW w AS (PARTITION BY customer_id ORDER BY n)),
                last AS (SELECT *, max(d) FILTER (begins) OVER (PARTITION BY customer_id) AS since FROM runs QUALIFY next IS NULL)
            SELECT customer_id, CASE WHEN silence >= goes THEN 'left' WHEN silence >= falls THEN 'declining' ELSE active END AS lifecycle,
                strftime(DATE '1970-01-01' + CASE WHEN silence >= goes THEN (d + goes)::INT WHEN silence >= falls THEN (d + falls)::INT
                    ELSE since::INT END, '%Y-%m-%d') AS lifecycle_since FROM last
            """;
    }

    // A purchase raises to what is reached, the first of a month lowers to what is kept: the fold of both in order of time.
    private IEnumerable<string> Levels()
    {
        TierOptions o = book.Options.Tiers;
        string Level(double share) => "greatest(0" + string.Concat(book.Tiers.Tiers.Select((t, i) => $"""
            , CASE WHEN coalesce(sum(l.amount), 0) >= {Number(share * t.MinimumSpend)} - 1e-9
                AND count(DISTINCT l.order_id) >= {Number(share * t.MinimumOrders)} - 1e-9 THEN {i} ELSE 0 END
            """)) + ")";
        yield return $"""
            CREATE TABLE steps AS
            SELECT x.customer_id, x.ordered_at AS moment, 1 AS later, {Level(1)} AS step
                FROM (SELECT DISTINCT customer_id, ordered_at FROM l) x
                JOIN l ON l.customer_id = x.customer_id AND l.ordered_at <= x.ordered_at
                    AND l.ordered_at > x.ordered_at - INTERVAL {o.WindowDays} DAY GROUP BY 1, 2
            UNION ALL
            SELECT x.customer_id, x.moment, 0, 10 + {Level(o.KeepShare)} FROM (SELECT customer_id, unnest(generate_series(
                    date_trunc('month', min(ordered_at)) + INTERVAL 1 MONTH, {At}, INTERVAL 1 MONTH)) AS moment FROM l GROUP BY 1) x
                LEFT JOIN l ON l.customer_id = x.customer_id AND l.ordered_at < x.moment
                    AND l.ordered_at >= x.moment - INTERVAL {o.WindowDays} DAY GROUP BY 1, 2
            """;
        yield return """
            CREATE TABLE levels AS SELECT customer_id, list_reduce(list_prepend(0, list(step ORDER BY moment, later)),
                lambda a, x: CASE WHEN x >= 10 THEN least(a, x - 10) ELSE greatest(a, x) END) AS tier_level FROM steps GROUP BY 1
            """;
    }

    private static string Share(LoyaltyOptions o) => $"""
        ({Number(o.CadenceWeight)} * len(list_filter(gc[2:101], lambda x: x > shrunk)) + {Number(o.RegularityWeight)} * 100 / (1 + varies)
            + {Number(o.PresenceWeight)} * 100 * least(1, shrunk / greatest(recency_days, 1e-9)))
            / {Number(o.CadenceWeight + o.RegularityWeight + o.PresenceWeight)}
        """;

    private static string Restriction(ReputationOptions o) => "CASE " + string.Concat(o.Restrictions.OrderBy(r => r.Below).Select(r =>
        $"WHEN reputation < {Number(r.Below)} THEN '{r.Restriction}' ")) + "END";

    private static string TopDecile(string column) => $"""
        (SELECT sum(v * greatest(0, least(1, n / 10.0 - i + 1))) / sum(v) FROM (SELECT greatest({column}, 0) AS v,
            row_number() OVER (ORDER BY {column} DESC) AS i, count(*) OVER () AS n FROM c))
        """;

    private static string Cuts(string column) => $"quantile_disc({column}, [.2, .4, .6, .8])";

    private static string Above(string cuts, string value) => $"len(list_filter({cuts}, lambda x: x < {value}))";

    public static string Kinds(IEnumerable<string> kinds) => string.Join(", ", kinds.Select(k => $"'{k}'"));

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);
}
