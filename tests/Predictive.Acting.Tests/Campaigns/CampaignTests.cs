using System.Text;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;
using Predictive.Store.Tests;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Campaigns;

/// <summary>Campaigns from their making to their report, on both databases.</summary>
public sealed class CampaignTests(PostgresServer postgres, ScoredShop shop) : StoreTest(postgres)
{
    private static readonly DateOnly s_from = new(2025, 7, 1), s_to = new(2025, 8, 29);

    private static CampaignRequest Request(string name = "calls", string audience = "at-risk") => new()
    {
        Name = name, Audience = audience, Top = 120, Holdout = .25, Channel = "call", From = s_from, To = s_to, Cost = 3,
    };

    private CampaignCreation Create(StoreDatabase store, CampaignRequest request, string contacts = "{}", RuleOptions? settings = null) =>
        new CampaignMaker(store).Create(
            request, shop.Scorer, shop.Scores, settings ?? new RuleOptions(), ContactSettings.Parse(Encoding.UTF8.GetBytes(contacts)),
                "ann");

    [Theory, MemberData(nameof(Both))]
    public void The_same_again_is_the_same_and_another_of_the_name_is_refused(Database database)
    {
        StoreDatabase store = Open(database);
        CampaignCreation first = Create(store, Request()), again = Create(Open(database), Request());
        Assert.True(first.IsNew && !again.IsNew && again.IsSame);
        Assert.Equal((first.Campaign.Id, 90, 30), (again.Campaign.Id, again.Campaign.Contacted, again.Campaign.HeldOut));
        CampaignException refused = Assert.Throws<CampaignException>(() => Create(store, Request() with { Top = 60 }));
        Assert.Contains("something else", refused.Message, StringComparison.Ordinal);
        AuditEntry entry = Assert.Single(new AuditLog(store).List());
        Assert.Equal(("ann", "campaign-create", "campaign calls"), (entry.Actor, entry.Action, entry.Subject));
        Assert.Null(new AuditLog(store).Verify().Fault);
    }

    [Theory, MemberData(nameof(Both))]
    public void Nobody_is_in_two_campaigns_of_one_time_and_the_next_in_rank_come_in(Database database)
    {
        StoreDatabase store = Open(database);
        Campaign first = Create(store, Request()).Campaign, second = Create(store, Request("mails") with { Channel = "email" }).Campaign;
        var book = new CampaignBook(store);
        HashSet<string> taken = [.. book.Members(first.Id).Select(m => m.CustomerId)];
        Assert.DoesNotContain(book.Members(second.Id), m => taken.Contains(m.CustomerId));
        Assert.Contains(second.LeftOut, l => l is { Reason: "in the campaign 'calls'", Customers: 90 });
        Assert.Contains(second.LeftOut, l => l is { Reason: "held out by the campaign 'calls'", Customers: 30 });

        // After the window, or once it is cancelled, they are free.
        Campaign later = Create(store, Request("later") with { From = s_to.AddDays(1), To = s_to.AddDays(30) }).Campaign;
        Assert.Equal(taken, book.Members(later.Id).Select(m => m.CustomerId).ToHashSet());
        Assert.True(book.Close("calls", CampaignBook.Cancelled, "ann"));
        Assert.False(book.Close("calls", CampaignBook.Ended, "ann"));
        Assert.Equal(
            taken, book.Members(Create(store, Request("instead")).Campaign.Id).Select(m => m.CustomerId).ToHashSet());
    }

    [Theory, MemberData(nameof(Both))]
    public async Task Of_two_made_at_once_each_customer_is_in_one(Database database)
    {
        StoreDatabase store = Open(database);
        Campaign[] made = await Task.WhenAll(Enumerable.Range(0, 4).Select(
            i => Task.Run(() => Create(store, Request($"campaign {i}") with { Top = 40 }).Campaign)));
        string[] all = [.. made.SelectMany(c => new CampaignBook(store).Members(c.Id)).Select(m => m.CustomerId)];
        Assert.Equal(160, all.Length);
        Assert.Equal(160, all.Distinct().Count());
    }

    [Theory, MemberData(nameof(Both))]
    public void Opt_outs_suppressions_and_caps_leave_out_and_are_counted(Database database)
    {
        StoreDatabase store = Open(database);
        var book = new CampaignBook(store);
        string[] best = [.. book.Members(Create(store, Request("look")).Campaign.Id).Select(m => m.CustomerId)];
        book.Close("look", CampaignBook.Cancelled, "ann");
        var contacts = new ContactBook(store);
        contacts.Suppress(new Suppression(best[0], ContactBook.EveryChannel, true, null, "by mail"), "ann");
        contacts.Suppress(new Suppression(best[1], "call", true, null, ""), "ann");
        contacts.Suppress(new Suppression(best[2], "email", true, null, ""), "ann");
        contacts.Suppress(new Suppression(best[3], "call", false, s_from.AddDays(-1), "a dispute, over by then"), "ann");
        contacts.Suppress(new Suppression(best[4], "call", false, s_from, "a dispute"), "ann");
        contacts.Add([
            new Contact(best[5], "call", s_from.AddDays(-29), null, "reached"), new Contact(best[6], "call", s_from.AddDays(-30), null, ""),
            new Contact(best[7], "email", s_from.AddDays(-5), null, ""), new Contact(best[7], "email", s_from.AddDays(-4), null, ""),
        ]);
        Campaign campaign = Create(store, Request(), $$"""
            {"caps": [{"channel": "call", "most": 1, "days": 30}, {"channel": "*", "most": 2, "days": 30}], "never": ["{{best[8]}}"]}
            """).Campaign;
        HashSet<string> members = [.. book.Members(campaign.Id).Select(m => m.CustomerId)];
        Assert.Equal([2, 3, 6], Enumerable.Range(0, 9).Where(i => members.Contains(best[i])));
        Assert.Equal(
            [("had 1 call in 30 days", 1), ("had 2 contacts in 30 days", 1), ("opted out of call", 2), ("suppressed by the house", 2)],
            campaign.LeftOut.Select(l => (l.Reason, l.Customers)).Where(l => !l.Reason.StartsWith("ranked", StringComparison.Ordinal)
                && !l.Reason.StartsWith("gave back", StringComparison.Ordinal)).Order());
        Assert.Equal(120, members.Count);

        // The house's suppression ends; the customer's wish does not, whoever lifts the house's.
        Assert.False(contacts.Lift(best[1], "call", isOptOut: false, "", "ann"));
        Assert.True(contacts.Lift(best[1], "call", isOptOut: true, "asked by phone", "ann"));
        Assert.DoesNotContain(contacts.InForce(s_from), s => s.CustomerId == best[1]);
    }

    [Fact]
    public void A_column_of_the_customers_table_opts_out_and_one_that_is_not_there_is_refused()
    {
        StoreDatabase store = Open(Database.Sqlite);
        const string Missing = """{"optOuts": [{"column": "no_calls", "channel": "call", "values": ["yes"]}]}""";
        DatasetException refused = Assert.Throws<DatasetException>(() => Create(store, Request(), Missing));
        Assert.Contains("no_calls", refused.Message, StringComparison.Ordinal);
        Assert.Null(new CampaignBook(store).Find("calls"));
    }

    [Fact]
    public void Audiences_are_groups_own_segments_conditions_and_pools()
    {
        StoreDatabase store = Open(Database.Sqlite);
        var own = new RuleOptions { Segments = [new OwnSegment("vip") { All = [new FieldCondition("spend_total") { AtLeast = 50 }] }] };
        var where = Request() with { Where = "recency_days>=20 and recency_days<200 and lifecycle!=left|acquired" };
        var none = (string _) => (IReadOnlyList<string>)[];
        Audience filtered = Audience.Find(where with { Audience = "filter" }, shop.Scores, own, none);
        Assert.NotEmpty(filtered.Candidates);
        Assert.All(filtered.Candidates, c => Assert.InRange(shop.Scores.RecencyDays[c.Row], 20, 199));
        Assert.All(filtered.Candidates, c => Assert.DoesNotContain(shop.Scores.LifecycleName(c.Row), new[] { "left", "acquired" }));
        Audience vip = Audience.Find(Request(audience: "segment:VIP"), shop.Scores, own, none);
        Assert.InRange(vip.Candidates.Count, 1, shop.Scores.Count - 1);
        Audience growing = Audience.Find(Request(audience: "segment:growing"), shop.Scores, own, none);
        Assert.All(growing.Candidates, c => Assert.Equal("growing", shop.Scores.LifecycleName(c.Row)));
        Audience pool = Audience.Find(Request(audience: "pool:p"), shop.Scores, own, _ => [shop.Scores.CustomerId(3), "nobody"]);
        Assert.Equal(shop.Scores.CustomerId(3), Assert.Single(pool.Candidates).Id);
        foreach ((CampaignRequest request, string told) in new[]
        {
            (Request(audience: "vips"), "expected at-risk"), (Request(audience: "segment:high"), "is a group of"),
            (Request(audience: "segment:x"), "an own segment (vip)"), (Request(audience: "filter"), "no conditions"),
            (where with { Where = "recency_days is 3" }, "cannot be read"), (where with { Where = "recency>3" },
                "there is no field 'recency'"),
            (where with { Where = "lifecycle>3" }, "is a text"), (where with { Where = "recency_days>many" }, "expected a number"),
        })
        {
            CampaignException refused = Assert.Throws<CampaignException>(() => Audience.Find(request, shop.Scores, own, none));
            Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        }

        CampaignException empty = Assert.Throws<CampaignException>(
            () => Create(store, Request() with { Where = "recency_days<0" }));
        Assert.Contains("Nobody fits", empty.Message, StringComparison.Ordinal);
        CampaignException late = Assert.Throws<CampaignException>(() => Create(store, Request() with { From = s_from.AddDays(-1) }));
        Assert.Contains("would know what it is to find out", late.Message, StringComparison.Ordinal);
        CampaignException many = Assert.Throws<CampaignException>(
            () => Create(store, Request() with { Holdout = 0, Top = 1, Cost = -1, Name = "a|b", To = s_from.AddDays(-1) }));
        Assert.All(
            new[] { "the name is 'a|b'", "cut at 1", "the holdout is 0 %", "before it begins", "costs -1" },
            told => Assert.Contains(told, many.Message, StringComparison.Ordinal));
    }

    [Theory, MemberData(nameof(Both))]
    public void The_export_has_the_contacted_only_and_comes_back_as_contacts(Database database)
    {
        StoreDatabase store = Open(database);
        Campaign campaign = Create(store, Request()).Campaign;
        IReadOnlyList<CampaignMember> members = new CampaignBook(store).Members(campaign.Id);
        using var folder = new TemporaryFolder();
        Assert.Equal(90, CampaignFile.Write(members, folder["calls.csv"]));
        string[] lines = File.ReadAllLines(folder["calls.csv"]);
        Assert.Equal("rank,customer_id,what_to_do,why,churn_risk,expected_spend,contacted_on,outcome", lines[0]);
        Assert.DoesNotContain(members.Where(m => m.IsHeldOut), m => lines.Any(l => l.Contains(m.CustomerId, StringComparison.Ordinal)));
        File.WriteAllLines(folder["done.csv"], lines.Select((l, i) => i is 0 || i > 60 ? l : l[..^1] + (
            i <= 10 ? "2025-07-03,not reached" : "2025-07-03,")));
        IReadOnlyList<Contact> made = CampaignOutcomes.ReadContacts(folder["done.csv"], campaign);
        var contacts = new ContactBook(store);
        Assert.Equal((60, 0), (contacts.Add(made), contacts.Add(made)));
        contacts.Add([new Contact(members.First(m => m.IsHeldOut).CustomerId, "email", s_from, null, "")]);
        new CampaignBook(store).Note(campaign, Rehearsal.Play(members, .4, 3), campaign.To, "ann");
        CampaignReport report = CampaignReport.Of(
            campaign, new CampaignBook(store).Members(campaign.Id), contacts.Between(s_from, s_to), campaign.To);
        Assert.Equal((60, 50, 1, 180.0), (report.Made, report.Reached, report.Contaminated, report.Cost));
        File.WriteAllText(folder["bad.csv"], "customer_id,contacted_on,outcome\nC1,yesterday,\n");
        DatasetException bad = Assert.Throws<DatasetException>(() => CampaignOutcomes.ReadContacts(folder["bad.csv"], campaign));
        Assert.Contains("line 2: contacted_on is 'yesterday'", bad.Message, StringComparison.Ordinal);
    }

    [Theory, MemberData(nameof(Both))]
    public void Outcomes_from_transactions_are_what_was_bought_in_the_window(Database database)
    {
        StoreDatabase store = Open(database);
        Campaign campaign = Create(store, Request()).Campaign;
        var book = new CampaignBook(store);
        IReadOnlyList<MemberOutcome> all = CampaignOutcomes.From(campaign, book.Members(campaign.Id), shop.History, campaign.To);
        // Another base, or ids written otherwise: nobody bought nothing because of that. Who was erased has no outcome.
        CampaignMember[] renamed =
            [.. book.Members(campaign.Id).Select((m, i) => i == 0 ? m with { CustomerId = "c-" + m.CustomerId } : m)];
        CampaignException refused = Assert.Throws<CampaignException>(
            () => CampaignOutcomes.From(campaign, renamed, shop.History, campaign.To));
        Assert.Contains("1 of the 120 customers", refused.Message, StringComparison.Ordinal);
        Assert.Equal(119, CampaignOutcomes.From(campaign, renamed, shop.History, campaign.To, id => id == renamed[0].CustomerId).Count);
        Assert.Equal(120, book.Note(campaign, all, campaign.To, "ann"));
        foreach (CampaignMember m in book.Members(campaign.Id))
        {
            double spend = 0;
            bool bought = false;
            CustomerLines lines = shop.History.Lines(shop.History.IndexOf(m.CustomerId));
            for (int i = 0; i < lines.Count; i++)
            {
                int day = new LocalTime(lines.OrderedAt[i]).Day;
                if (day >= LocalTime.StartOf(s_from).Day && day <= LocalTime.StartOf(s_to).Day)
                {
                    spend += lines.Amount[i];
                    bought |= lines.Amount[i] > 0;
                }
            }

            Assert.Equal(bought, m.Retained);
            Assert.Equal(spend, m.Spend!.Value, 2);
        }

        // Nobody was called in the simulation: the report must not find much.
        CampaignReport report = CampaignReport.Of(
            book.Find("calls")!, book.Members(campaign.Id), [], book.Find("calls")!.OutcomesThrough!.Value);
        Assert.Equal(ReportStage.Final, report.Stage);
        Assert.InRange(0, report.Retention.Low, report.Retention.High);
        Assert.Contains(CampaignWords.Verdict(report), s => s.StartsWith("No effect can be told", StringComparison.Ordinal));
    }

    [Fact]
    public void Verdicts_say_what_was_planted_and_nothing_before_the_end()
    {
        StoreDatabase store = Open(Database.Sqlite);
        var book = new CampaignBook(store);
        Campaign campaign = Create(store, Request() with { Top = 400, Holdout = .5 }).Campaign;
        Assert.Contains("Nothing is known yet", Verdict(null, s_from), StringComparison.Ordinal);
        Assert.Contains("It worked: of 100", Verdict(.3, campaign.To), StringComparison.Ordinal);
        Assert.Contains("It did harm", Verdict(-.3, campaign.To), StringComparison.Ordinal);
        Assert.Contains("Too early to say", Verdict(.3, campaign.To.AddDays(-1)), StringComparison.Ordinal);

        string Verdict(double? effect, DateOnly through)
        {
            if (effect is { } planted)
            {
                book.Note(campaign, Rehearsal.Play(book.Members(campaign.Id), planted, 1), through, "ann");
            }

            return CampaignWords.Verdict(CampaignReport.Of(campaign, book.Members(campaign.Id), [], through))[0];
        }
    }

    [Fact]
    public void Who_looks_every_day_has_wider_intervals_and_a_word_before_the_end()
    {
        StoreDatabase store = Open(Database.Sqlite);
        var book = new CampaignBook(store);
        Campaign atEnd = Create(store, Request("end")).Campaign;
        book.Close("end", CampaignBook.Cancelled, "ann");
        Campaign daily = Create(store, Request("end daily") with { IsDaily = true }).Campaign;
        IReadOnlyList<MemberOutcome> played = Rehearsal.Play(book.Members(daily.Id), .3, 1);
        book.Note(atEnd, played, atEnd.To, "ann");
        book.Note(daily, played, atEnd.To.AddDays(-9), "ann");
        CampaignReport one = CampaignReport.Of(atEnd, book.Members(atEnd.Id), [], atEnd.To);
        CampaignReport two = CampaignReport.Of(daily, book.Members(daily.Id), [], daily.To.AddDays(-9));
        Assert.Equal(ReportStage.Running, two.Stage);
        Assert.StartsWith("So far", CampaignWords.Verdict(two)[0], StringComparison.Ordinal);
        Assert.True(two.Retention.High - two.Retention.Low > 1.3 * (one.Retention.High - one.Retention.Low));
    }
}
