using Predictive.History;
using Predictive.History.Loading;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Tests.Rules;

/// <summary>Events and attributes where the rules read line items alone before.</summary>
public class ActivityTests
{
    [Fact]
    public void A_lifecycle_runs_on_visits_where_asked()
    {
        // Bought once, visits every second day up to day 20: every 2 days is the cadence, 4 silent days a decline, 15 gone.
        (string, int, string, double)[] visits = [.. Enumerable.Range(1, 10).Select(i => ("a", 2 * i, "visit", double.NaN))];
        TransactionHistory history = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 10), Bases.Line("b", 0, 10)], tables: NewRulesTests.Events(visits));
        var options = new LifecycleOptions { Activity = ["Visit"] };
        LifecycleCutoffs cutoffs = Lifecycle.Fit(history, Bases.At(60), options);
        LifecycleResult At(int day, LifecycleOptions of) => Lifecycle.Compute(history.Lines(0), Bases.At(day), of, cutoffs);
        Assert.Equal(LifecycleStage.Mature, At(22, options).Stage);
        Assert.Equal(2, At(22, options).CadenceDays);
        Assert.Equal("is active every 2 days, silent for 2 days", At(22, options).Reason);
        Assert.Equal(LifecycleStage.Declining, At(24, options).Stage);
        Assert.Equal((LifecycleStage.Left, Bases.Day0.AddDays(35)), (At(40, options).Stage, At(40, options).Since));
        // By purchases alone: one, 22 days ago.
        var standard = new LifecycleOptions();
        Assert.Equal(
            LifecycleStage.Acquired,
            Lifecycle.Compute(history.Lines(0), Bases.At(22), standard, Lifecycle.Fit(history, Bases.At(60), standard)).Stage);

        // A visit on the day of a purchase is one day; nothing at or after the as-of counts.
        TransactionHistory both = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 10), Bases.Line("a", 4, 10)],
            tables: NewRulesTests.Events(("a", 4, "visit", double.NaN), ("a", 8, "visit", double.NaN), ("a", 12, "login", double.NaN)));
        Assert.Equal(4, Lifecycle.Compute(both.Lines(0), Bases.At(12), options with { MinimumPurchaseDays = 3 }, cutoffs).CadenceDays);
    }

    [Fact]
    public void Value_is_days_of_activity_where_asked()
    {
        TransactionHistory history = TransactionHistoryBuilder.Build(
            [Bases.Line("a", 0, 10), Bases.Line("b", 90, 500)],
            tables: NewRulesTests.Events(
                ("a", 91, "visit", double.NaN), ("a", 91, "login", double.NaN), ("a", 92, "visit", double.NaN), ("a", 93, "nps", 9),
                ("a", 1, "visit", double.NaN)));
        var options = new ValueOptions { Measure = ValueMeasure.Activity, WindowDays = 30, ThresholdA = 1.5, ThresholdB = 1 };
        ValueCutoffs cutoffs = Value.Fit(history, Bases.At(100), options);
        Assert.Equal((2.0, "A"), Of(0));
        Assert.Equal((1.0, "B"), Of(1));

        // The matrix measures the kinds it is told, not those of the value.
        var matrix = new ValueMatrixOptions { Measure = ValueMeasure.Activity, Activity = ["nps"], WindowDays = 30 };
        ValueMatrixCutoffs lines = ValueMatrix.Fit(history, [0, 1], Bases.At(100), 90, [10, 10], matrix);
        Assert.Equal(1, ValueMatrix.Compute(history.Lines(0), Bases.At(100), 10, matrix, lines).CurrentValue);
        Assert.Equal(2, ValueMatrix.Compute(
            history.Lines(0), Bases.At(100), 10, matrix with { Activity = ["visit"] }, lines).CurrentValue);

        (double Amount, string Band) Of(int customer)
        {
            ValueResult v = Value.Compute(history.Lines(customer), Bases.At(100), options, cutoffs);
            return (v.Amount, v.Band);
        }
    }

    [Fact]
    public void Looking_counts_a_part_of_buying_and_what_customers_say_counts_by_its_lift()
    {
        // Both buy books; a looks at tents on eight days, b at books. Tents are bought by c.
        List<TransactionLine> lines =
        [
            Bases.Line("a", 0, 10, "1", "books"), Bases.Line("b", 0, 10, "2", "books"), Bases.Line("c", 0, 10, "3", "tents"),
            Bases.Line("c", 1, 10, "4", "books"),
        ];
        (string Customer, int Day)[] looks =
            [.. Enumerable.Range(2, 8).Select(d => ("a", d)), .. Enumerable.Range(2, 8).Select(d => ("b", d))];
        CustomerTables events = NewRulesTests.Events([.. looks.Select(l => (l.Customer, l.Day, "view", double.NaN))]);
        CustomerTables tables = events with
        {
            Events = events.Events! with
            {
                Offsets = [0, 8, 16, 16], Detail = [.. looks.Select(l => l.Customer == "a" ? 0 : 1)],
                Details = ["category tents", "product b1"], Things = [new(null, "tents"), new("b1", null)],
            },
            Attributes =
            [
                new AttributeColumn { Name = "interest", Categories = ["golf", "tennis"], Values = [0, 1, 1] },
                new AttributeColumn { Name = "region", Categories = ["north"], Values = [0, 0, 0] },
            ],
        };
        TransactionHistory history = TransactionHistoryBuilder.Build(lines, tables: tables);
        var options = new PreferenceOptions { HalfLifeDays = 1e9, PriorSupport = 0, MinimumSupport = 0, MinimumStrength = 1.2, Top = 9 };
        PreferenceCutoffs cutoffs = Preferences.Fit(history, Bases.At(20), options);
        // Books: 3 purchase days. Tents: 1, and 8 quarter days of a. Of b's products nothing says the category.
        Assert.Equal(3 / 6.0, cutoffs.Category!["books"], 6);
        Assert.Equal(3 / 6.0, cutoffs.Category["tents"], 6);
        Assert.Equal([("interest=golf", 1 / 3.0), ("interest=tennis", 2 / 3.0)], cutoffs.Stated!.Select(s => (s.Key, s.Value)));

        BoundPreferences bound = Preferences.Bind(history, options, cutoffs);
        PreferenceTag[] a =
            [.. bound.Compute(history.Lines(0), Bases.At(20)).Where(t => !t.Tag.StartsWith("hour", StringComparison.Ordinal))];
        Assert.Equal(["stated:golf", "category:tents"], a.Select(t => t.Tag));
        Assert.Equal(3, a[0].Strength, 9);
        // 2 of 3 days, where half is usual.
        Assert.Equal(2 / 3.0 / .5, a[1].Strength, 6);
        Assert.Equal(2, a[1].Support, 6);

        // The same without interest: books alone.
        Assert.DoesNotContain(
            Preferences.Bind(history, options with { InterestWeight = 0, Stated = [] }, cutoffs).Compute(history.Lines(0), Bases.At(20)),
            t => t.Tag is "category:tents" or "stated:golf");

        // Nothing after the as-of: on day 2 nobody has looked yet.
        Assert.DoesNotContain(bound.Compute(history.Lines(0), Bases.At(2)), t => t.Tag == "category:tents");
    }
}
