using System.Text;
using Microsoft.Extensions.Time.Testing;
using MimeKit;
using Predictive.Acting.Contacts;
using Predictive.Acting.Lists;
using Predictive.Acting.Tests.Campaigns;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Store;
using Predictive.Store.Contacts;
using Predictive.Store.Lists;
using Predictive.Store.Outbox;
using Predictive.Store.Tests;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Lists;

/// <summary>Lists over a real mail server: TLS, what is new and who left, once each, doubt after a crash.</summary>
public sealed class ListTests(PostgresServer postgres, ScoredShop shop) : StoreTest(postgres)
{
    private static ListSettings Settings(MailReceiver server, string? folder = null, bool plain = false) => new()
    {
        MailServer = new MailServer("localhost", "Predictive <lists@example.com>")
        {
            Port = server.Port, User = plain ? null : MailReceiver.User, PasswordVariable = plain ? null : "P", AllowPlain = plain,
        },
        Lists = [new ListDefinition("calls of the week", "at-risk", "0 7 * * 1")
        {
            Top = 20, Channel = "call", Mail = ["sales@example.com"], Folder = folder,
        }],
    };

    private static ListSender Sender(StoreDatabase store, ListSettings settings, MailReceiver server,
        string password = MailReceiver.Password) =>
        new(store, settings, "test", _ => password, server.Client);

    private ArrivingList Make(StoreDatabase store, ListSettings settings, string due, int days = 0) => ArrivingList.Make(
        settings.Lists[0], shop.Scorer, days == 0 ? shop.Scores : shop.Scorer.ScoreAll(shop.History, shop.AsOf.AddDays(days)),
        new RuleOptions(), new ContactSettings(), store, due, new Predictive.Learning.BuiltIn.BuiltInEngine());

    [Theory, MemberData(nameof(Both))]
    public async Task It_arrives_once_with_the_sheet_and_the_next_says_who_is_new_and_who_left(Database database)
    {
        StoreDatabase store = Open(database);
        using var server = new MailReceiver();
        using var folder = new TemporaryFolder();
        ListSettings settings = Settings(server, folder.Path);
        ListSender sender = Sender(store, settings, server);
        ArrivingList first = Make(store, settings, "one");
        IReadOnlyList<ListOutcome> sent = await sender.SendAsync(settings.Lists[0], first, "one", false, "ann", default);
        Assert.Equal([("folder", "sent"), ("mail", "sent")], sent.Select(o => (o.Way, o.State)));
        IReadOnlyList<ListOutcome> again = await sender.SendAsync(settings.Lists[0], first, "one", false, "ann", default);
        Assert.All(again, o => Assert.Equal(ListSender.Already, o.State));
        MimeMessage mail = Assert.Single(server.Mails);
        Assert.Equal("calls of the week: 20 customers as of 2025-07-01", mail.Subject);
        Assert.Equal(ListMail.MessageId("calls of the week", "one", "lists@example.com"), mail.MessageId);
        MimePart sheet = Assert.IsType<MimePart>(Assert.Single(mail.Attachments));
        using var content = new MemoryStream();
        sheet.Content!.DecodeTo(content);
        content.Position = 0;
        Assert.Equal(21, new Workbook(content).Rows.Count);
        Assert.True(File.Exists(folder["calls of the week 2025-07-01.xlsx"]));

        // A month later: one was called, and one does not want to be.
        string called = first.Rows[0].CustomerId, silent = first.Rows[1].CustomerId;
        new ContactBook(store).Add([new Contact(called, "call", new DateOnly(2025, 7, 2), null, "reached")]);
        new ContactBook(store).Suppress(new Suppression(silent, "call", true, null, ""), "ann");
        ArrivingList next = Make(store, settings, "two", 60);
        await sender.SendAsync(settings.Lists[0], next, "two", false, "ann", default);
        Assert.Equal(2, server.Mails.Count);
        Assert.NotEqual(mail.MessageId, server.Mails[1].MessageId);
        HashSet<string> stood = [.. first.Rows.Select(r => r.CustomerId)], stands = [.. next.Rows.Select(r => r.CustomerId)];
        Assert.All(next.Rows, r => Assert.Equal(stood.Contains(r.CustomerId) ? "as last time" : "new", r.Since));
        Assert.Equal(stood.Except(stands), next.Left.Select(l => l.CustomerId));
        Assert.Contains(next.Left, l => l.CustomerId == silent && l.Outcome.Contains("opted out of call", StringComparison.Ordinal));
        Assert.All(next.Left.Where(l => l.CustomerId == called), l => Assert.Contains("after a call on 2025-07-02", l.Outcome,
            StringComparison.Ordinal));
        foreach (LeftRow left in next.Left)
        {
            CustomerLines lines = shop.History.Lines(shop.History.IndexOf(left.CustomerId)).Between(shop.AsOf, shop.AsOf.AddDays(60));
            bool bought = false;
            foreach (double amount in lines.Amount)
            {
                bought |= amount > 0;
            }

            Assert.Equal(bought, left.Outcome.StartsWith("bought for", StringComparison.Ordinal));
        }
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_was_begun_and_not_ended_may_have_been_sent_and_is_not_sent_unasked(Database database)
    {
        StoreDatabase store = Open(database);
        using var server = new MailReceiver();
        ListSettings settings = Settings(server);
        ListSender sender = Sender(store, settings, server);
        ArrivingList list = Make(store, settings, "one");

        // As a process that died between the two notes leaves it.
        new ListSendBook(store).Begin("calls of the week", "mail", "one", list.AsOf.Micros, ["C1"], "id@example.com", false);
        ListOutcome held = Assert.Single(await sender.SendAsync(settings.Lists[0], list, "one", false, "ann", default));
        Assert.Equal((ListSender.Already, "it is noted as maybe-sent"), (held.State, held.Message));
        Assert.Empty(server.Mails);
        Assert.Contains(new OutboxBook(store).Waiting(), e => e.Kind == "list_maybe_sent");
        Assert.Equal("sent", Assert.Single(await sender.SendAsync(settings.Lists[0], list, "one", true, "ann", default)).State);
        Assert.Equal("id@example.com", Assert.Single(server.Mails).MessageId);

        // The server took the mail, and the connection broke before it could say so.
        server.Cuts = true;
        ListOutcome doubt = Assert.Single(await sender.SendAsync(settings.Lists[0], list, "two", false, "ann", default));
        Assert.True(doubt.State is ListSendBook.MaybeSent or ListSendBook.Failed, doubt.State);
    }

    [Fact]
    public async Task What_fails_for_certain_is_told_and_tried_again()
    {
        StoreDatabase store = Open(Database.Sqlite);
        using var server = new MailReceiver();
        ListSettings settings = Settings(server);
        ArrivingList list = Make(store, settings, "one");
        Assert.Contains("refused the account", await Told(Sender(store, settings, server, "wrong")), StringComparison.Ordinal);
        var distrusts = new ListSender(store, settings, "test", _ => "pw");
        Assert.Contains("certificate is not trusted", await Told(distrusts), StringComparison.Ordinal);
        server.Answer = SmtpServer.Protocol.SmtpResponse.TransactionFailed;
        Assert.Contains("refused the mail (554)", await Told(Sender(store, settings, server)), StringComparison.Ordinal);
        using (var plain = new MailReceiver(withTls: false))
        {
            ListSettings inTheClear = Settings(plain) with { };
            Assert.Contains("knows no STARTTLS", await Told(Sender(store, inTheClear, plain)), StringComparison.Ordinal);
        }

        Assert.Equal(4, new OutboxBook(store).Waiting().Count(e => e.Kind == "list_failed"));
        server.Answer = SmtpServer.Protocol.SmtpResponse.Ok;
        Assert.Equal("sent", Assert.Single(
            await Sender(store, settings, server).SendAsync(settings.Lists[0], list, "one", false, "ann", default)).State);
        Assert.Equal(5, Assert.Single(new ListSendBook(store).History()).Attempts);

        async Task<string> Told(ListSender sender)
        {
            ListOutcome o = Assert.Single(await sender.SendAsync(settings.Lists[0], list, "one", false, "ann", default));
            Assert.Equal(ListSendBook.Failed, o.State);
            return o.Message;
        }
    }

    [Fact]
    public void Lists_are_due_at_their_times_and_missed_ones_once()
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2025, 7, 1, 0, 0, 0, TimeSpan.Zero));
        StoreDatabase store = Open(Database.Sqlite, clock);
        using var server = new MailReceiver();
        ListSettings settings = Settings(server);
        ListSender sender = Sender(store, settings, server);
        TimeZoneInfo paris = TimeZoneInfo.FindSystemTimeZoneById("Europe/Paris");
        // Monday 2025-07-07, seven in Paris, is five in UTC.
        DateTimeOffset monday = new(2025, 7, 7, 5, 0, 0, TimeSpan.Zero), before = monday.AddDays(-20);
        Assert.Empty(sender.DueAt(monday.AddMinutes(-1), paris, monday.AddDays(-6)));
        Assert.Equal("2025-07-07T05:00:00Z", Assert.Single(sender.DueAt(monday, paris, before)).Due);
        new ListSendBook(store).Begin("calls of the week", "mail", "2025-07-07T05:00:00Z", 0, [], "x@y", false);
        Assert.Empty(sender.DueAt(monday.AddDays(3), paris, before));
        Assert.Equal("2025-07-14T05:00:00Z", Assert.Single(sender.DueAt(monday.AddDays(7), paris, before)).Due);

        // What failed for certain is due again after ten minutes, and then after twenty.
        clock.SetUtcNow(monday.AddDays(7));
        var book = new ListSendBook(store);
        book.End(book.Begin("calls of the week", "mail", "2025-07-14T05:00:00Z", 0, [], "x@y", false)!, "no server", "ann");
        Assert.Empty(sender.DueAt(monday.AddDays(7).AddMinutes(9), paris, before));
        Assert.Single(sender.DueAt(monday.AddDays(7).AddMinutes(10), paris, before));
        book.End(book.Begin("calls of the week", "mail", "2025-07-14T05:00:00Z", 0, [], "x@y", false)!, "no server", "ann");
        Assert.Empty(sender.DueAt(monday.AddDays(7).AddMinutes(19), paris, before));
        Assert.Single(sender.DueAt(monday.AddDays(7).AddMinutes(20), paris, before));
    }

    [Theory]
    [InlineData("\"when\": \"monday\"", "is no time")]
    [InlineData("\"when\": \"scored\", \"zone\": \"Nowhere\"", "is no zone")]
    [InlineData("\"when\": \"scored\", \"top\": 0", "expected 1 or more")]
    [InlineData("\"when\": \"scored\", \"mail\": [\"a@b.example\"]", "there is no mailServer")]
    [InlineData("\"when\": \"scored\", \"mail\": [\"nobody@\"]", "is no address")]
    [InlineData("\"when\": \"scored\"", "it goes nowhere")]
    public void Faults_are_told_with_their_lines(string part, string told)
    {
        DatasetException refused = Assert.Throws<DatasetException>(() => ListSettings.Parse(Encoding.UTF8.GetBytes(
            $"{{\"lists\": [\n{{\"name\": \"a\", \"audience\": \"at-risk\", {part}}}]}}")));
        Assert.Contains("lists.json, line 2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.Empty(ListSettings.Parse(Encoding.UTF8.GetBytes(ListSettings.Standard)).Lists);
    }
}
