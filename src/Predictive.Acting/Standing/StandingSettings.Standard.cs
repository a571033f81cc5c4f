namespace Predictive.Acting.Standing;

public sealed partial record StandingSettings
{
    /// <summary>What <c>predictive init</c> writes; read, it is the default.</summary>
    public const string Standard =
        """
        // Campaigns that are always on. Run by the worker once a day and after each training; by hand: predictive campaign standing run
        // DIR. Each keeps a part of its customers uncontacted for good, measures itself against them, and pauses itself when it no longer
        // pays.
        {
          // The worker sends nothing where the data end so many days ago; it runs the day's round from this hour on.
          "freshDays": 3,
          "roundFrom": 6,

          // Such as:
          // {
          //   "name": "sleeping: a reminder", "purpose": "win back who falls silent",
          //   // The campaign whose report says that it paid; or instead "unproved": true, to begin on trial.
          //   "proved": "July calls",
          //   // on: Birthday (column: a number, month * 100 + day; days ahead), FirstPurchase (days since), Sleeping (days; left out =
          //   // longer than is usual for the customer), PriceDrop (kind of the event that is a look, drop, days since the look), Voucher
          //   // (kind of the event that gives one, its value = days it is good for; usedKind; days before it expires), Score (when: any
          //   // condition that begins to hold, such as "potential>=80"). What the data lack is said, and the campaign does not run.
          //   "trigger": {"on": "Sleeping"},
          //   "where": "value_band=A|B",
          //   "atFirst": false,             // true = the first round takes everybody it holds for; false = who crosses from then on
          //   "again": 180,                 // days until the same customer may enter again; 0 = never
          //   "holdout": 0.1,               // never contacted, drawn once for good
          //   "window": 60,                 // days from entering whose purchases count
          //   "margin": 0.4, "people": 1000,
          //   // {customer}, {about} (what brought them), {category} (their own), any field of GET /v1/metrics. hour: left out = the hour
          //   // the customer mostly orders in. own: another way for who orders by another channel. owner: a task instead of a message.
          //   "steps": [
          //     {"channel": "email", "content": "new in {category}", "cost": 0.1, "own": [{"orders": "store", "channel": "sms"}]},
          //     {"after": 14, "channel": "call", "content": "call {customer}: silent for {recency_days} days", "cost": 3, "owner": "sales"}
          //   ],
          //   "stop": {"bought": true, "when": "tier=gold"},
          //   // Who does not come under the caps waits so many days, and then does not enter.
          //   "patience": 7,
          //   "caps": {"perDay": 50, "perMonth": 1000, "spendPerDay": 100, "spendPerMonth": 1500}
          // }
          "campaigns": []
        }

        """;
}
