namespace Predictive.Acting.Alerts;

public sealed partial record AlertSettings
{
    /// <summary>What <c>predictive init</c> writes: the three rules of the practice, and one more.</summary>
    public const string Standard =
        """
        // Rules: when the conditions begin to hold of a customer, the actions are done, once. They are done again only after the conditions
        // did not hold in between. Evaluated after each training of the worker, and by: predictive alerts evaluate DIR
        {
          // Conditions are those of own segments (segments.json): any field of GET /v1/metrics, attribute.COLUMN, events.KIND.count,
          // .days_since, .last_value, score.NAME, combined.NAME; atLeast, above, atMost, below, in, notIn, known. One more: tier_change, the
          // levels between the tier now and the predicted one (-1 = falls by one).
          //   all       all must hold;   any   at least one;   was   what must have held at the look before (a change from one to another)
          //   base      instead: metrics of the whole base, such as {"field": "top_decile_revenue_share", "atLeast": 0.5}
          //   severity  info, warning or critical;   owner   who is told;   quietDays   days without another alert about the same customer
          //   atFirst   Tell: the first look tells of everybody it holds for; Remember: only of those who cross from then on
          //   text      what is said; {customer} and fields in braces
          //   actions   Tell a role; Task and Calendar (title, dueDays, repeats weekly to yearly, priority, channel, escalateTo);
          //             Pool (predictive campaign create --audience pool:NAME takes its members)
          "rules": [
            {
              "name": "cash cow silent for 30 days",
              "severity": "critical", "owner": "sales director", "atFirst": "Tell", "quietDays": 30,
              "text": "{customer}, a cash cow, has bought nothing for {recency_days} days (12-month spend {spend_365d})",
              "play": "call, ask how satisfied they are, settle what is open; do not push for growth",
              "all": [{"field": "value_matrix", "in": ["cash cow"]}, {"field": "recency_days", "atLeast": 30}],
              "actions": [
                {"do": "Tell", "role": "sales director"},
                {"do": "Task", "role": "account manager", "title": "call {customer}: nothing bought for {recency_days} days",
                 "priority": "high", "dueDays": 3, "channel": "call", "escalateTo": "sales director"}
              ]
            },
            {
              "name": "potential above the line",
              "severity": "info", "owner": "development team", "atFirst": "Remember", "quietDays": 90,
              "text": "{customer} has crossed the line of potential: {clv_expected} expected, {spend_365d} spent in 12 months",
              "play": "a plan of their own: seminars, cases, entry-level products; watch the signs of growth",
              // potential: the mix of segments.json (valueMatrix.potential). Where that is growth alone, the cell of the matrix says it.
              "any": [{"field": "potential", "atLeast": 80}, {"field": "value_matrix", "in": ["potential"]}],
              "actions": [
                {"do": "Pool", "pool": "high potential"},
                {"do": "Tell", "role": "development team"}
              ]
            },
            {
              "name": "becomes a star",
              "severity": "info", "owner": "senior account manager", "atFirst": "Remember", "quietDays": 90,
              "text": "{customer} has become a star: {spend_365d} in 12 months, {clv_expected} expected",
              "play": "a team of their own, joint planning, tailored solutions",
              "all": [{"field": "value_matrix", "in": ["star"]}],
              "actions": [
                {"do": "Task", "role": "senior account manager", "title": "service ticket: take over {customer}, a new star", "dueDays": 7,
                 "priority": "high", "escalateTo": "sales director"},
                {"do": "Calendar", "role": "chief executive", "title": "visit {customer}", "dueDays": 30, "repeats": "quarterly"}
              ]
            },
            {
              "name": "tier about to fall",
              "severity": "warning", "owner": "customer service", "atFirst": "Remember", "quietDays": 60,
              "text": "{customer} is {tier} and predicted to be {predicted_tier}",
              "play": "tell them what is missing to keep the tier",
              "all": [{"field": "tier_change", "atMost": -1}],
              "actions": [{"do": "Pool", "pool": "tier about to fall"}]
            }
          ]
        }

        """;
}
