using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.Tests;
using Predictive.Worker;

namespace Predictive.Api.Tests.Events;

/// <summary>
/// Events over HTTP: in the next score, equal to a batch over the same lines bit for bit, before and after they are folded.
/// </summary>
[Collection(TrainedHost.Collection)]
public class EventTests(TrainedHost host)
{
    private string Someone(int i) => host.History.CustomerId(i * 37);

    // Two customers of the base, one who is new to it, and one known by the customers table alone.
    private static void AddTables(string data)
    {
        SmallTables.Write(
            data, [new SmallTables.Event("stranger", "2025-03-01", "visit"), new SmallTables.Event("stranger", "2025-04-01", "nps", 7)]);
    }

    [Fact]
    public async Task The_next_score_equals_the_batch_over_the_same_lines_bit_for_bit()
    {
        await using var own = new EventHost(host, prepare: AddTables);
        string a = Someone(1), b = Someone(2), untouched = Someone(3);
        string day = host.AsOf.AddDays(3).ToString();
        int line = host.History.Columns.Offsets[host.History.IndexOf(a)];
        string knownProduct = host.History.Columns.Products![host.History.Columns.Product![line]];
        string? before = await own.Score(a);
        long earliest = host.History.Lines(host.History.IndexOf(b)).OrderedAt[0];
        JsonElement[] answers = await own.Send(
            new
            {
                eventId = "1", customerId = a, orderedAt = $"{day}T10:15:00", amount = 25.5, orderId = "N1", productId = knownProduct,
                quantity = 2,
            },
            new
            {
                eventId = "2", customerId = a, orderedAt = $"{day}T10:15:00", amount = 12.25, orderId = "N1", productId = "a new one",
                category = "new",
            },
            new { eventId = "3", customerId = a, orderedAt = $"{day}T11:00:00", amount = -12.25, orderId = "N1", productId = "a new one" },
            // Two lines that say the same, sent as two events.
            new { eventId = "4", customerId = b, orderedAt = $"{day}T09:00:00.123456", amount = 8, orderId = "N2", channel = "web" },
            new { eventId = "5", customerId = b, orderedAt = $"{day}T09:00:00.123456", amount = 8, orderId = "N2", channel = "web" },
            // Late: before the data end, at the time of a line that is there.
            new { eventId = "6", customerId = b, orderedAt = new LocalTime(earliest).ToString(), amount = 3 },
            new { eventId = "7", customerId = "somebody new", orderedAt = day, amount = 99.99, unitCost = 1.5, discount = 0.5 },
            new { eventId = "8", customerId = "stranger", orderedAt = day, amount = 10 },
            new { eventId = "9", customerId = a, occurredAt = $"{day}T12:00:00", kind = "visit" },
            new { eventId = "10", customerId = a, occurredAt = $"{day}T12:00:00", kind = "a new kind", value = 3.5 });
        Assert.All(answers, e => Assert.Equal("accepted", e.GetProperty("outcome").GetString()));
        Assert.True(answers[5].GetProperty("late").GetBoolean());
        Assert.False(answers[0].TryGetProperty("late", out _));

        string[] customers = [a, b, "somebody new", "stranger", untouched];
        var live = new Dictionary<string, string?>();
        foreach (string customer in customers)
        {
            live[customer] = await own.Score(customer);
        }

        Assert.NotEqual(before, live[a]);
        LocalTime asOf = host.AsOf.AddDays(4);
        Assert.Contains($"\"asOf\":\"{asOf}\"", live[a]!, StringComparison.Ordinal);
        // Whoever has no event follows the new day at the next look.
        Assert.True(await own.Keeper.RefreshAsync());
        live[untouched] = await own.Score(untouched);

        CompactionReport report = own.Compact();
        Assert.Equal((10, 0, 2), (report.Events, report.Corrected, report.Files));
        Dictionary<string, string?> batch = own.Batch(asOf, customers);
        foreach (string customer in customers)
        {
            Assert.NotNull(batch[customer]);
            Assert.Equal(batch[customer], live[customer]);
        }

        // The same host, before and after it takes the files up; then one started afresh.
        Assert.Equal(live[a], await own.Score(a));
        Assert.True(await own.Keeper.RefreshAsync());
        foreach (string customer in customers)
        {
            Assert.Equal(batch[customer], await own.Score(customer));
        }

        await own.Restart();
        foreach (string customer in customers)
        {
            Assert.Equal(batch[customer], await own.Score(customer));
        }

        Assert.Equal(new CompactionReport(0, 0, 0), own.Compact());
    }

    [Theory]
    [InlineData(0)]
    // A prospect whose events were corrected and folded before anybody asked for them.
    [InlineData(6574786)]
    public async Task Whatever_comes_in_whatever_order_equals_the_batch(int seed)
    {
        seed = seed == 0 ? Environment.TickCount : seed;
        TestContext.Current.TestOutputHelper!.WriteLine($"seed {seed}");
        var random = new Random(seed);
        await using var own = new EventHost(host, prepare: AddTables);
        string[] customers = [.. Enumerable.Range(0, 12).Select(Someone), "new 1", "new 2", "stranger"];
        var orders = new[] { "O1", "O2", null };
        for (int round = 0; round < 6; round++)
        {
            object[] events = [.. Enumerable.Range(0, 40).Select(_ =>
            {
                string customer = customers[random.Next(customers.Length)];
                // Few ids, so that many are duplicates or corrections, of another customer too.
                string id = $"id {random.Next(60)}";
                string at = host.AsOf.AddDays(random.Next(-300, 20)).ToString() + (random.Next(2) == 0 ? "" : "T08:30:00");
                double amount = Math.Round((random.NextDouble() * 50) - 10, 2);
                string? order = orders[random.Next(3)], category = random.Next(2) == 0 ? "c1" : null;
                return random.Next(5) == 0
                    ? (object)new { eventId = id, customerId = customer, occurredAt = at, kind = category ?? "nps", value = amount }
                    : new { eventId = id, customerId = customer, orderedAt = at, amount, orderId = order, category };
            })];
            await own.Send(events);
            if (round % 2 == 1)
            {
                own.Compact(mostInFile: 17);
                if (random.Next(2) == 0)
                {
                    await own.Keeper.RefreshAsync();
                }
            }
        }

        LocalTime asOf = host.AsOf.AddDays(30);
        var live = new Dictionary<string, string?>();
        foreach (string customer in customers)
        {
            live[customer] = await own.Score(customer, asOf.ToString());
        }

        own.Compact(mostInFile: 17);
        var batch = own.Batch(asOf, customers);
        foreach (string customer in customers)
        {
            Assert.True(batch[customer] == live[customer], $"seed {seed}, {customer}: {Difference(batch[customer], live[customer])}");
        }

        await own.Restart();
        foreach (string customer in customers)
        {
            Assert.Equal(live[customer], await own.Score(customer, asOf.ToString()));
        }
    }

    private static string Difference(string? batch, string? live)
    {
        int at = (batch ?? "").Zip(live ?? "").TakeWhile(p => p.First == p.Second).Count(), from = Math.Max(0, at - 60);
        string Part(string? text) => text is null ? "none" : text[from..Math.Min(text.Length, at + 120)];
        return $"the batch says {Part(batch)}, the host {Part(live)}";
    }

    [Fact]
    public async Task Duplicates_and_corrections_are_told_before_and_after_they_are_folded()
    {
        await using var own = new EventHost(host);
        string a = Someone(4), b = Someone(5);
        string day = host.AsOf.AddDays(1).ToString(), asOf = host.AsOf.AddDays(2).ToString();
        object first = new { eventId = "x", customerId = a, orderedAt = day, amount = 10 };
        string? before = await own.Score(a, asOf), beforeB = await own.Score(b, asOf);
        Assert.Equal("accepted", (await own.Send(first))[0].GetProperty("outcome").GetString());
        string? with = await own.Score(a, asOf);
        Assert.NotEqual(before, with);
        JsonElement again = (await own.Send(first))[0];
        Assert.Equal(("duplicate", 1L), (again.GetProperty("outcome").GetString(), again.GetProperty("sequence").GetInt64()));
        Assert.Equal(with, await own.Score(a, asOf));

        // It was somebody else's: one score goes back, the other moves.
        JsonElement corrected = (await own.Send(new { eventId = "x", customerId = b, orderedAt = day, amount = 10 }))[0];
        Assert.Equal(("corrected", 2), (corrected.GetProperty("outcome").GetString(), corrected.GetProperty("revision").GetInt32()));
        Assert.Equal(before, await own.Score(a, asOf));
        Assert.NotEqual(beforeB, await own.Score(b, asOf));
        // A late second delivery of the first content does not undo the correction.
        Assert.Equal("duplicate", (await own.Send(first))[0].GetProperty("outcome").GetString());

        own.Compact();
        await own.Keeper.RefreshAsync();
        Assert.Equal("duplicate", (await own.Send(first))[0].GetProperty("outcome").GetString());
        // Corrected after it was folded, and after the host has forgotten it: the line in the files is taken back.
        await own.Keeper.RefreshAsync();
        await own.Restart();
        JsonElement later = (await own.Send(new { eventId = "x", customerId = a, orderedAt = day, amount = 20 }))[0];
        Assert.Equal("corrected", later.GetProperty("outcome").GetString());
        Assert.Equal(beforeB, await own.Score(b, asOf));
        string? live = await own.Score(a, asOf);
        CompactionReport report = own.Compact();
        Assert.Equal((0, 1), (report.Events, report.Corrected));
        Assert.Equal(live, own.Batch(host.AsOf.AddDays(2), a)[a]);
        Assert.Equal(beforeB, own.Batch(host.AsOf.AddDays(2), b)[b]);
        await own.Keeper.RefreshAsync();
        Assert.Equal(live, await own.Score(a, asOf));
    }

    [Fact]
    public async Task What_cannot_be_used_is_refused_in_its_place_and_the_rest_counts()
    {
        await using var own = new EventHost(host);
        string good = JsonSerializer.Serialize(new { eventId = "g", customerId = Someone(6), orderedAt = "2025-01-01", amount = 1 });
        string[] bad =
        [
            "{", "[]", "null", "{}", "{\"eventId\":\"a\"}", good + good, good.Replace("\"g\"", "7", StringComparison.Ordinal),
            good.Replace("amount", "Amount", StringComparison.Ordinal), good.Replace("2025-01-01", "9999-12-31", StringComparison.Ordinal),
            good.Replace("2025-01-01", "yesterday", StringComparison.Ordinal), good.Replace(":1}", ":1e308}", StringComparison.Ordinal),
            good.Replace(":1}", ":\"1\"}", StringComparison.Ordinal), good.Replace(":1}", ":1,\"amount\":2}", StringComparison.Ordinal),
            good.Replace(":1}", ":1,\"occurredAt\":\"2025-01-01\"}", StringComparison.Ordinal),
            good.Replace("\"g\"", "\"g\\u0000\"", StringComparison.Ordinal), good.Replace("\"g\"", "\"\\ud800\"", StringComparison.Ordinal),
            good.Replace("\"g\"", $"\"{new string('x', 201)}\"", StringComparison.Ordinal),
            good.Replace("\"g\"", "\"  \"", StringComparison.Ordinal),
            JsonSerializer.Serialize(new { eventId = "e", customerId = "c", occurredAt = "2025-01-01", kind = "visit" }),
        ];
        JsonElement[] answers = await own.Send([.. bad.Take(9), good, .. bad.Skip(9)]);
        Assert.Equal(bad.Length + 1, answers.Length);
        for (int i = 0; i < answers.Length; i++)
        {
            if (i == 9)
            {
                Assert.Equal("accepted", answers[i].GetProperty("outcome").GetString());
                continue;
            }

            Assert.Equal(i + 1, answers[i].GetProperty("line").GetInt32());
            Assert.False(string.IsNullOrEmpty(answers[i].GetProperty("problem").GetProperty("detail").GetString()));
        }

        foreach (string one in bad)
        {
            Assert.Equal(HttpStatusCode.BadRequest, (await own.Post(one)).StatusCode);
        }

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, (await own.Post(good, "text/plain")).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await own.Post("")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await own.Post("", "application/x-ndjson")).StatusCode);
        Assert.Single(new Predictive.Store.Ingest.EventStream(own.Store, Path.GetFileName(own.Data) + "/transactions").Read(0));
    }

    [Fact]
    public async Task A_score_key_may_send_nothing_and_an_ingest_key_nothing_else()
    {
        await using var own = new EventHost(host);
        var file = new KeyFile(Path.Combine(own.Models, "keys.json"));
        string score = file.Add(KeyRole.Score, default).Text, ingest = file.Add(KeyRole.Ingest, default).Text;
        await own.Restart();
        string good = JsonSerializer.Serialize(new { eventId = "g", customerId = Someone(6), orderedAt = "2025-01-01", amount = 1 });
        HttpClient client = own.App.GetTestClient();
        client.DefaultRequestHeaders.Add("X-Api-Key", score);
        using var body = new StringContent(good, System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.Forbidden, (await client.PostAsync("/v1/events", body)).StatusCode);
        client = own.App.GetTestClient();
        client.DefaultRequestHeaders.Add("X-Api-Key", ingest);
        using var again = new StringContent(good, System.Text.Encoding.UTF8, "application/json");
        Assert.Equal(HttpStatusCode.OK, (await client.PostAsync("/v1/events", again)).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync($"/v1/customers/{Someone(6)}/score")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await client.GetAsync("/v1/at-risk")).StatusCode);
    }

    [Fact]
    public async Task Files_that_were_folded_from_another_store_are_lines_like_any_other()
    {
        await using var first = new EventHost(host);
        string a = Someone(9), day = host.AsOf.AddDays(1).ToString(), asOf = host.AsOf.AddDays(2).ToString();
        await first.Send(new { eventId = "1", customerId = a, orderedAt = day, amount = 5 });
        first.Compact();
        // The same dataset beside a fresh store, whose sequences begin at 1 again.
        await using var second = new EventHost(host, first.Data);
        string? before = await second.Score(a, asOf);
        JsonElement sent = (await second.Send(new { eventId = "1", customerId = a, orderedAt = day, amount = 7 }))[0];
        Assert.Equal("accepted", sent.GetProperty("outcome").GetString());
        string? live = await second.Score(a, asOf);
        Assert.NotEqual(before, live);
        Assert.Equal(1, second.Compact().Events);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(second.Data, "transactions"), "events-*").Length);
        Assert.Equal(live, second.Batch(host.AsOf.AddDays(2), a)[a]);
    }

    [Fact]
    public async Task Beside_an_older_copy_of_the_store_no_event_is_taken_and_it_is_told_why()
    {
        await using var own = new EventHost(host);
        string a = Someone(10), day = host.AsOf.AddDays(1).ToString();
        await own.Send(
            new { eventId = "1", customerId = a, orderedAt = day, amount = 5 },
            new { eventId = "2", customerId = a, orderedAt = day, amount = 6 });
        own.Compact();
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(own.Models, "store.db")}"))
        {
            connection.Open();
            using var older = connection.CreateCommand();
            older.CommandText = """DELETE FROM ingested WHERE "Sequence" = 2; UPDATE streams SET last_sequence = 1""";
            older.ExecuteNonQuery();
        }

        await own.Restart();
        using HttpResponseMessage answer = await own.Post(
            JsonSerializer.Serialize(new { eventId = "3", customerId = a, orderedAt = day, amount = 7 }));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Contains("older copy", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Contains("older copy", await own.Client.GetStringAsync("/health/ready"), StringComparison.Ordinal);
        Assert.NotNull(await own.Score(a));
        var refused = Assert.Throws<Predictive.Store.StoreException>(() => own.Compact());
        Assert.Contains("older copy", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_another_host_of_the_store_takes_is_in_the_scores_of_this_one_at_its_next_look()
    {
        await using var one = new EventHost(host);
        await using var other = new EventHost(host, one.Data, one.Models);
        string a = Someone(7), asOf = host.AsOf.AddDays(2).ToString();
        string? before = await other.Score(a, asOf);
        await one.Send(new { eventId = "1", customerId = a, orderedAt = host.AsOf.ToString(), amount = 5 });
        Assert.Equal(before, await other.Score(a, asOf));
        // Its own event comes behind the other's: both are taken up.
        await other.Send(new { eventId = "2", customerId = Someone(8), orderedAt = host.AsOf.ToString(), amount = 5 });
        Assert.Equal(await one.Score(a, asOf), await other.Score(a, asOf));
        Assert.NotEqual(before, await other.Score(a, asOf));
    }
}
