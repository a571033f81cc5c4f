using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Predictive.Acting.Webhooks;
using Predictive.History;
using Predictive.Store;
using Predictive.Store.Deliveries;
using Predictive.Store.Outbox;
using Predictive.Store.Tests;
using Predictive.Tests;

namespace Predictive.Acting.Tests.Webhooks;

/// <summary>Events to a real receiver: signed, at least once, given up, refused where the address is private, killed between.</summary>
public sealed class WebhookTests(PostgresServer postgres) : StoreTest(postgres)
{
    private static WebhookSettings To(Receiver receiver, bool allowPrivate = true, int attempts = 3, params string[] kinds) => new()
    {
        Attempts = attempts,
        Destinations = [new("here", receiver.Url, "V") { AllowPrivate = allowPrivate, AllowHttp = true, Kinds = kinds }],
    };

    private static WebhookSender Sender(StoreDatabase store, WebhookSettings settings) =>
        new(store, settings, "test", _ => Receiver.Secret, TimeSpan.FromMilliseconds(1));

    // The example of the specification (standardwebhooks.com, "Signature scheme"), which its libraries test against.
    [Fact]
    public void The_signature_as_published() => Assert.Equal(
        "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        WebhookSignature.Of(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, "{\"test\": 2432232314}"u8));

    [Theory, MemberData(nameof(Both))]
    public async Task Every_event_arrives_once_signed_and_only_of_the_kinds_wanted(Database database)
    {
        StoreDatabase store = Open(database);
        await using var receiver = new Receiver();
        var outbox = new OutboxBook(store);
        outbox.Add("alert", "customer C1", new { text = "grüße" });
        outbox.Add("model_trained", "model default/1", new { });
        outbox.Add("alert", "customer C2", new { });
        using WebhookSender sender = Sender(store, To(receiver, true, 3, "alert"));
        DeliveryRound round = (await sender.RunAsync(default))!;
        Assert.Equal((2, 0, 0), (round.Delivered, round.Failed, receiver.Wrong));
        Assert.Equal(0, (await sender.RunAsync(default))!.Delivered);
        Assert.Equal(2, receiver.Heard.Count);
        Assert.Empty(outbox.Waiting());
        JsonElement first = JsonDocument.Parse(receiver.Bodies.First()).RootElement;
        Assert.Equal(("alert", "customer C1", "grüße"), (
            first.GetProperty("type").GetString(), first.GetProperty("subject").GetString(),
            first.GetProperty("data").GetProperty("text").GetString()));
        Assert.Contains(first.GetProperty("id").GetString()!, receiver.Heard.Keys);
    }

    [Theory, MemberData(nameof(Both))]
    public async Task What_fails_is_tried_again_later_and_later_and_given_up_in_the_end(Database database)
    {
        var clock = new FakeTimeProvider(new DateTimeOffset(2025, 7, 1, 12, 0, 0, TimeSpan.Zero));
        StoreDatabase store = Open(database, clock);
        await using var receiver = new Receiver { Answers = _ => 503 };
        new OutboxBook(store).Add("alert", "a", new { });
        new OutboxBook(store).Add("alert", "b", new { });
        using WebhookSender sender = Sender(store, To(receiver));
        var book = new DeliveryBook(store);
        Assert.Equal([30, 60, 21_600], new[] { 0, 1, 60 }.Select(n => WebhookSender.Pause(n).TotalSeconds));
        DeliveryRound first = (await sender.RunAsync(default))!;
        Assert.Equal((0, 1, 0), (first.Delivered, first.Failed, first.GivenUp));
        Assert.Equal(["here: it answered 503"], first.Messages);
        Assert.Equal(2, book.Waiting());
        for (int i = 0; i < 12 && book.Waiting() > 0; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(5));
            await sender.RunAsync(default);
        }

        Assert.Equal(["a", "b"], book.Dead().Select(d => d.Event.Subject));
        Assert.All(book.Dead(), d => Assert.Equal((3, "it answered 503"), (d.Attempts, d.Message)));
        receiver.Answers = _ => 200;
        Assert.Equal(0, (await sender.RunAsync(default))!.Delivered);
        Assert.Equal(2, book.Revive(null, "ann"));
        Assert.Equal(2, (await sender.RunAsync(default))!.Delivered);
        Assert.Empty(book.Dead());

        // Who answers that it is gone is not asked again.
        receiver.Answers = _ => 410;
        new OutboxBook(store).Add("alert", "c", new { });
        Assert.Equal(1, (await sender.RunAsync(default))!.GivenUp);
    }

    [Theory]
    [InlineData(302, "a redirect, and those are not followed")]
    [InlineData(404, "it answered 404")]
    public async Task What_is_not_2xx_is_not_delivered(int status, string told)
    {
        StoreDatabase store = Open(Database.Sqlite);
        await using var receiver = new Receiver { Answers = _ => status };
        new OutboxBook(store).Add("alert", "a", new { });
        using WebhookSender sender = Sender(store, To(receiver));
        Assert.Contains(told, Assert.Single((await sender.RunAsync(default))!.Messages), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Private_addresses_are_refused_by_number_and_by_name()
    {
        StoreDatabase store = Open(Database.Sqlite);
        await using var receiver = new Receiver();
        new OutboxBook(store).Add("alert", "a", new { });
        var settings = new WebhookSettings
        {
            Destinations =
            [
                new("number", receiver.Url, "V") { AllowHttp = true },
                new("name", receiver.Url.Replace("127.0.0.1", "localhost", StringComparison.Ordinal), "V") { AllowHttp = true },
            ],
        };
        using (WebhookSender sender = Sender(store, settings))
        {
            IReadOnlyList<string> messages = (await sender.RunAsync(default))!.Messages;
            Assert.Equal(2, messages.Count);
            Assert.All(messages, m => Assert.Contains("leads into a private network", m, StringComparison.Ordinal));
        }

        Assert.Empty(receiver.Heard);
        using var without = new WebhookSender(store, To(receiver), "test", _ => "too short");
        new OutboxBook(store).Add("alert", "c", new { });
        Assert.Contains("24 characters", Assert.Single((await without.RunAsync(default))!.Messages), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.1.2.3", true)]
    [InlineData("172.16.0.1", true)]
    [InlineData("172.32.0.1", false)]
    [InlineData("192.168.1.1", true)]
    [InlineData("169.254.169.254", true)]
    [InlineData("100.64.0.1", true)]
    [InlineData("0.0.0.0", true)]
    [InlineData("224.0.0.1", true)]
    [InlineData("255.255.255.255", true)]
    [InlineData("8.8.8.8", false)]
    [InlineData("::1", true)]
    [InlineData("::", true)]
    [InlineData("::ffff:127.0.0.1", true)]
    [InlineData("::ffff:8.8.8.8", false)]
    [InlineData("::127.0.0.1", true)]
    [InlineData("fd00::1", true)]
    [InlineData("fe80::1", true)]
    [InlineData("64:ff9b::a00:1", true)]
    [InlineData("64:ff9b::808:808", false)]
    [InlineData("2002:7f00:1::", true)]
    [InlineData("2606:4700::1111", false)]
    public void Addresses_that_are_not_public(string address, bool isPrivate) =>
        Assert.Equal(isPrivate, PrivateAddress.Is(IPAddress.Parse(address)));

    [Theory]
    [InlineData("http://a.example/x", "without TLS")]
    [InlineData("ftp://a.example/x", "no address to send to")]
    [InlineData("https://user:pw@a.example/x", "no address to send to")]
    [InlineData("hooks", "no address to send to")]
    public void Urls_are_checked(string url, string told)
    {
        DatasetException refused = Assert.Throws<DatasetException>(() => WebhookSettings.Parse(Encoding.UTF8.GetBytes(
            $"{{\n\"destinations\": [{{\"name\": \"a\", \"url\": \"{url}\", \"secretVariable\": \"V\"}}]}}")));
        Assert.Contains("webhooks.json, line 2: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(told, refused.Message, StringComparison.Ordinal);
        Assert.Empty(WebhookSettings.Parse(Encoding.UTF8.GetBytes(WebhookSettings.Standard)).Destinations);
    }

    [Fact]
    public async Task One_sender_at_a_time()
    {
        StoreDatabase store = Open(Database.Sqlite);
        await using var receiver = new Receiver();
        using var held = new Predictive.Store.Leases.LeaseBook(store).TryTake("webhooks", "another");
        using WebhookSender sender = Sender(store, To(receiver));
        Assert.Null(await sender.RunAsync(default));
    }

    [Theory, MemberData(nameof(Both))]
    public async Task A_sender_that_is_killed_loses_nothing_and_what_comes_twice_has_the_same_id(Database database)
    {
        StoreDatabase store = Open(database);
        await using var receiver = new Receiver();
        var random = new Random(2);
        int put = 0;
        for (int kill = 0; kill < 2; kill++)
        {
            int heard = receiver.Heard.Count;
            using var child = ChildTest.Start(
                typeof(WebhookTests), nameof(Send_until_killed), ("PREDICTIVE_TEST_STORE", Location(database)),
                ("PREDICTIVE_TEST_URL", receiver.Url));
            for (; put < (kill + 1) * 20; put++)
            {
                new OutboxBook(store).Add("alert", $"n{put}", new { put });
            }

            Assert.True(SpinWait.SpinUntil(() => { Thread.Sleep(5); return receiver.Heard.Count > heard; }, TimeSpan.FromSeconds(60)));
            Thread.Sleep(random.Next(0, 150));
            child.Kill();
            child.WaitForExit();
            // Its lease ends by itself in half a minute; a test does not wait for it.
            store.Run(c => Microsoft.EntityFrameworkCore.RelationalDatabaseFacadeExtensions.ExecuteSqlRaw(
                c.Database, "UPDATE leases SET expires_at = 0"));
        }

        using WebhookSender sender = Sender(store, To(receiver));
        await sender.RunAsync(default);
        Assert.Equal(put, receiver.Heard.Count);
        Assert.Equal(put, receiver.Bodies.Select(b => JsonDocument.Parse(
            b).RootElement.GetProperty("subject").GetString()).Distinct().Count());
        Assert.Equal(0, receiver.Wrong);
        Assert.Empty(new OutboxBook(store).Waiting());
    }

    [Fact(Explicit = true)]
    public async Task Send_until_killed()
    {
        string location = Environment.GetEnvironmentVariable("PREDICTIVE_TEST_STORE")
            ?? throw new InvalidOperationException("Run by the test above only.");
        StoreDatabase store = StoreDatabase.Open(location, TimeProvider.System);
        var settings = new WebhookSettings
        {
            Destinations = [new("here", Environment.GetEnvironmentVariable("PREDICTIVE_TEST_URL")!, "V") { AllowPrivate = true,
                AllowHttp = true }],
        };
        using WebhookSender sender = Sender(store, settings);
        while (true)
        {
            await sender.RunAsync(default);
            await Task.Delay(5);
        }
    }
}
