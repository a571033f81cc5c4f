using System.Diagnostics;
using System.Text;
using Predictive.Acting.Alerts;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Acting.Standing;
using Predictive.Acting.Tests.Campaigns;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;
using Predictive.Store.Outbox;
using Predictive.Store.Standing;
using Predictive.Store.Tests;
using Predictive.Store.WorkTasks;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Standing;

/// <summary>Standing campaigns, round by round, on both databases.</summary>
public sealed class StandingTests(PostgresServer postgres, ScoredShop shop) : StoreTest(postgres)
{
    private static readonly StandingCampaign s_reminder = new(
        "reminder", new TriggerSettings(StandingTrigger.Sleeping) { Days = 20 },
        [
            new StandingStep("email", "{customer}: new in {category}, after {about}") { Cost = .5 },
            new StandingStep("call", "call {customer}") { After = 10, Cost = 3, Owner = "sales", Hour = 9 },
        ],
        new StandingCaps(40, 400, 1000, 5000))
    {
        Unproved = true, AtFirst = true, Holdout = .3, Window = 30, People = 100, Margin = .5,
    };

    private ScoreTable At(int days, TransactionHistory? history = null) =>
        shop.Scorer.ScoreAll(history ?? shop.History, shop.AsOf.AddDays(days));

    private static StandingOutcome Run(
        StoreDatabase store, ScoreTable scores, StandingCampaign? campaign = null, string contacts = "{}") =>
        Assert.Single(new StandingRun(store).Run(
            new StandingSettings { Campaigns = [campaign ?? s_reminder] }, scores, new RuleOptions(),
            ContactSettings.Parse(Encoding.UTF8.GetBytes(contacts)), "ann"));

    [Theory, MemberData(nameof(Both))]
    public void Rounds_enter_send_wait_and_stop_and_the_same_again_sends_nothing(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new StandingBook(store);
        StandingReport first = Run(store, At(0)).Report!;
        StandingSend[] sends = [.. book.Sends("reminder")];
        Assert.Equal((40, 40, 20.0), (first.Sent, sends.Length, first.Cost));
        Assert.True(first.Waiting > 40 && first.Entered > 40);
        Assert.All(sends, s => Assert.DoesNotContain('{', s.Content));

        // Whoever is held out is so by the customer alone, and enters beside the others; nobody of them is sent anything.
        StandingEntrant[] entered = [.. book.Entrants("reminder").Where(e => e.Entered is not null)];
        Assert.Equal(first.Entered, entered.Length);
        Assert.Equal(
            entered.Where(e => HoldoutDraw.Uniform(1, "reminder", e.CustomerId) < .3), entered.Where(e => e.IsHeldOut));
        HashSet<string> heldOut = [.. entered.Where(e => e.IsHeldOut).Select(e => e.CustomerId)];
        Assert.True(heldOut.Count is > 5 and < 30, $"{heldOut.Count} are held out");
        Assert.DoesNotContain(sends, s => heldOut.Contains(s.CustomerId));

        StandingReport again = Run(Open(database), At(0)).Report!;
        Assert.Equal((0, 0), (again.Sent, again.Entered));
        Assert.Equal(40, book.Sends("reminder").Count);
        Assert.Equal(40, new ContactBook(store).For("reminder").Count);
        Assert.Equal(40, new OutboxBook(store).Waiting(1000).Count(e => e.Kind == "standing_step"));

        // No other campaign takes who is in its window.
        Campaign other = new CampaignMaker(store).Create(
            new CampaignRequest
            {
                Name = "calls", Audience = "everyone", Top = 500, Holdout = .2, Channel = "call", From = new(2025, 7, 2),
                To = new(2025, 8, 1),
            },
            shop.Scorer, shop.Scores, new RuleOptions(), ContactSettings.Parse("{}"u8.ToArray()), "ann").Campaign;
        HashSet<string> members = [.. new CampaignBook(store).Members(other.Id).Select(m => m.CustomerId)];
        Assert.DoesNotContain(entered, e => members.Contains(e.CustomerId));
        Assert.Contains(other.LeftOut, l => l.Reason == "held out by the campaign 'reminder'" && l.Customers == heldOut.Count);
        new CampaignBook(store).Close("calls", CampaignBook.Cancelled, "ann");

        // Ten days on: who bought has no second step; who opted out neither; the others are a task of sales.
        string optedOut = sends[0].CustomerId;
        new ContactBook(store).Suppress(new Suppression(optedOut, "*", true, null, "asked"), "ann");
        ScoreTable later = At(10);
        Run(store, later, s_reminder with { Caps = new StandingCaps(1000, 1000, 5000, 5000) });
        foreach (StandingEntrant e in book.Entrants("reminder").Where(e => e.Entered == new DateOnly(2025, 7, 1) && !e.IsHeldOut))
        {
            bool bought = shop.History.Lines(shop.History.IndexOf(e.CustomerId)).Between(shop.AsOf, later.AsOf).Amount.ToArray()
                .Any(a => a > 0);
            bool called = book.Sends("reminder", new DateOnly(2025, 7, 11)).Any(s => s.CustomerId == e.CustomerId && s.Step == 1);
            Assert.Equal(!bought && e.CustomerId != optedOut, called);
            Assert.Equal(
                bought ? (StandingBook.Stopped, "bought") : e.CustomerId == optedOut ? (StandingBook.Stopped, "opted out of call")
                    : (StandingBook.Done, ""),
                (e.State, e.Why));
        }

        Assert.Equal(
            book.Sends("reminder").Count(s => s.Step == 1), new WorkTaskBook(store).List("sales").Count(t => t.Asked.Channel == "call"));
        Assert.Contains("later time", Run(store, At(5)).Refusal, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Database.Sqlite, false)]
    [InlineData(Database.Sqlite, true)]
    [InlineData(Database.Postgres, false)]
    [InlineData(Database.Postgres, true)]
    public void One_without_an_effect_pauses_itself_and_one_with_an_effect_goes_on(Database database, bool works)
    {
        StoreDatabase store = Open(database);
        StandingCampaign campaign = s_reminder with
        {
            Steps = [s_reminder.Steps[0]], Caps = new StandingCaps(1000, 1000, 1000, 1000), Again = 0,
            Trigger = new TriggerSettings(StandingTrigger.Score) { When = "recency_days>=1" }, Stop = new StandingStop { Bought = false },
            Holdout = .5, People = 400,
        };
        Run(store, At(0), campaign);
        var book = new StandingBook(store);
        HashSet<string> sent = [.. book.Sends(campaign.Name).Select(s => s.CustomerId)];
        // Contacted, they buy for 100 more each time they buy.
        TransactionColumns columns = shop.History.Columns;
        double[] amounts = [.. columns.Amount];
        for (int c = 0; works && c < shop.History.CustomerCount; c++)
        {
            for (int i = columns.Offsets[c]; i < columns.Offsets[c + 1] && sent.Contains(shop.History.CustomerId(c)); i++)
            {
                amounts[i] += columns.OrderedAt[i] >= shop.AsOf.Micros && amounts[i] > 0 ? 100 : 0;
            }
        }

        var after = new TransactionHistory(columns with { Amount = amounts }, shop.History.Description, shop.History.Tables);
        StandingReport report = Run(store, At(30, after), campaign).Report!;
        Assert.True(report.Judgement.Judged >= 400, $"{report.Judgement.Judged} are judged");
        Assert.Equal(works ? StandingBook.Running : StandingBook.Paused, book.Find(campaign.Name)!.State);
        if (works)
        {
            Assert.Equal((1, null), (report.Judgement.Periods, report.Judgement.Pause));
            return;
        }

        Assert.Contains("people", report.Reason, StringComparison.Ordinal);
        Assert.Single(new OutboxBook(store).Waiting(5000), e => e.Kind == "standing_paused");
        Assert.Equal(0, Run(store, At(31, after), campaign).Report!.Sent);
        Assert.True(book.Resume(campaign.Name, "ann"));
        Assert.False(book.Resume(campaign.Name, "ann"));
        Assert.Equal(0, Run(store, At(32, after), campaign).Report!.Judgement.Judged);
        Assert.Equal(StandingBook.Running, book.Find(campaign.Name)!.State);
    }

    [Theory, MemberData(nameof(Both))]
    public void What_the_data_lack_and_what_was_never_proved_is_refused_by_name(Database database)
    {
        StoreDatabase store = Open(database);
        foreach ((TriggerSettings trigger, string missing) in new[]
        {
            (new TriggerSettings(StandingTrigger.Birthday) { Column = "born" }, "no column of numbers 'born'"),
            (new TriggerSettings(StandingTrigger.Voucher) { Kind = "voucher" }, "no events of the kind 'voucher'"),
            (new TriggerSettings(StandingTrigger.PriceDrop) { Kind = "view" }, "'view'"),
        })
        {
            string? refusal = Run(store, shop.Scores, s_reminder with { Trigger = trigger }).Refusal;
            Assert.True(refusal?.Contains(missing, StringComparison.Ordinal) == true, refusal);
        }

        Assert.Contains(
            "none of that name", Run(store, shop.Scores, s_reminder with { Unproved = false, Proved = "July calls" }).Refusal,
            StringComparison.Ordinal);
        // Days without times tell nobody's usual hour; a step that names one needs none.
        TransactionColumns columns = shop.History.Columns;
        var days = new TransactionHistory(
            columns with { OrderedAt = [.. columns.OrderedAt.Select(t => t - LocalTime.OfDay(t))] }, shop.History.Description,
            shop.History.Tables);
        Assert.Contains("name an hour", Run(store, At(0, days)).Refusal, StringComparison.Ordinal);
        Assert.Empty(new StandingBook(store).List());
        Assert.Null(Run(store, At(0, days), s_reminder with { Steps = [.. s_reminder.Steps.Select(s => s with { Hour = 9 })] }).Refusal);
        Assert.Null(Run(store, At(0), s_reminder with { Trigger = new TriggerSettings(StandingTrigger.FirstPurchase) }).Refusal);
    }

    /// <summary>What a product or a customer is called is said as it is, never read as a field.</summary>
    [Fact]
    public void Braces_within_a_value_are_no_field() => Assert.Equal(
        $"Mug {{customer}} {{orders}} for {shop.Scores.CustomerId(0)}, unknown",
        AlertText.Of(
            "{about} for {customer}, {nothing}",
            SegmentTable.Build(shop.History, shop.Scores.Bundle.Rules, shop.AsOf, null, TestContext.Current.CancellationToken), 0,
            field => field == "about" ? "Mug {customer} {orders}" : null));

    [Fact]
    public void Of_campaigns_without_an_effect_few_stay_on_and_those_that_pay_stay()
    {
        const int Campaigns = 60, People = 1000;
        double effect = .6, cost = .5, margin = .5;
        StandingTrials.Rates none = StandingTrials.Run(Campaigns, People, 1, .3, 0, cost, margin, 1);
        StandingTrials.Rates pays = StandingTrials.Run(Campaigns, People, 1, .3, effect, cost, margin, 1000);
        Assert.True(StandingTrials.TrueProfit(effect, cost, margin) > 5);
        Assert.True(none.PausedInFirst >= .9, $"{none.PausedInFirst:P0} of those without an effect were paused");
        Assert.True(pays.PausedInFirst <= .1, $"{pays.PausedInFirst:P0} of those that pay were paused");

        // One that fades is paused in the period after.
        var fading = StandingJudgement.Of(StandingTrials.Entrants(3000, .3, i => i < 1000 ? 1 : 0, cost, 7), margin, People);
        Assert.Equal((1, true), (fading.Periods, fading.Pause is not null));
    }

    [Theory]
    [InlineData(704, "2025-07-01", "2025-07-04")]
    [InlineData(101, "2025-12-30", "2026-01-01")]
    [InlineData(229, "2025-02-27", "2025-02-28")]
    [InlineData(229, "2024-02-27", "2024-02-29")]
    [InlineData(231, "2025-02-27", null)]
    [InlineData(1301, "2025-02-27", null)]
    [InlineData(double.NaN, "2025-02-27", null)]
    public void Birthdays_come_round(double number, string from, string? expected) => Assert.Equal(
        expected is null ? null : DateOnly.Parse(expected, null), StandingTriggers.NextBirthday(number, DateOnly.Parse(from, null)));

    [Fact]
    public void The_standard_file_reads_and_faults_are_told_with_their_lines()
    {
        Assert.Empty(StandingSettings.Parse(Encoding.UTF8.GetBytes(StandingSettings.Standard), new RuleOptions()).Campaigns);
        DatasetException wrong = Assert.Throws<DatasetException>(() => StandingSettings.Parse(
            """
            {"campaigns": [{"name": "a", "trigger": {"on": "Score"}, "again": 10, "holdout": 0,
              "steps": [{"channel": "email", "content": "{nothing}", "after": 3, "cost": 50}],
              "where": "recency>>3",
              "caps": {"perDay": 0, "perMonth": 10, "spendPerDay": 10, "spendPerMonth": 10}}]}
            """u8.ToArray(), new RuleOptions()));
        string all = string.Join("\n", wrong.Findings.Select(f => f.Message));
        foreach (string part in new[]
        {
            "proved", "a when", "again", "holdout", "'nothing'", "first step", "it costs 50", "recency>>3", "perDay",
        })
        {
            Assert.Contains(part, all, StringComparison.Ordinal);
        }
    }

    [Theory, MemberData(nameof(Both))]
    public void Killed_between_neither_lost_nor_sent_twice(Database database)
    {
        StoreDatabase store = Open(database);
        for (int kill = 0; kill < 3; kill++)
        {
            int before = StandingKillTrial.LastDay(store);
            using Process child = ChildTest.Start(
                typeof(StandingTests), nameof(Child), ("PREDICTIVE_TEST_STORE", Location(database)));
            Assert.True(SpinWait.SpinUntil(
                () => { Thread.Sleep(20); return StandingKillTrial.LastDay(store) > before + 1; }, TimeSpan.FromSeconds(60)));
            Thread.Sleep(kill * 37);
            child.Kill();
            child.WaitForExit();
            Assert.Null(StandingKillTrial.Fault(store));
        }
    }

    [Fact(Explicit = true)]
    public void Child() => StandingKillTrial.Run(
        StoreDatabase.Open(Environment.GetEnvironmentVariable("PREDICTIVE_TEST_STORE")!, TimeProvider.System), _ => { });
}
