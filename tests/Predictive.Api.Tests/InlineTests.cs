using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Simulation;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Tests;
using Predictive.Training;
using Predictive.Training.Pipeline;

namespace Predictive.Api.Tests;

/// <summary>Histories that come with the request: the same input as in the dataset gives the same answer, to the last bit.</summary>
[Collection(TrainedHost.Collection)]
public class InlineTests(TrainedHost host)
{
    [Fact]
    public async Task Every_customer_scores_the_same_by_id_and_inline()
    {
        await using WebApplication app = host.Start();
        await Agree(app.GetTestClient(), DatasetLoader.Load(host.Data, new LoadOptions { Tables = false }), 500, seed: 11);
    }

    [Fact]
    public async Task Events_and_attributes_count_inline_as_they_do_in_the_dataset()
    {
        // A base whose customers have events and attributes that tell something, so that the model reads them.
        TransactionHistory plain = Simulator.Generate(new SimulationOptions { Customers = 1500, Years = 1.5, Seed = 9 }).History;
        string data = Path.Combine(host.Folder, "tables"), models = Path.Combine(host.Folder, "tables-models");
        Simulator.GenerateTo(data, new SimulationOptions { Customers = 1500, Years = 1.5, Seed = 9 });
        SmallTables.Write(data, Events(plain, seed: 4));
        TransactionHistory history = DatasetLoader.Load(data);
        Assert.NotNull(history.Tables?.Events);
        var options =
            new TrainingOptions { AsOf = LocalTime.MidnightAfter(history.LastMicros), Engine = TrainedHost.Engine, HorizonDays = 60 };
        var bundle = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
        Assert.NotNull(bundle.Profile.Tables);
        new ModelRegistry(models, SmokeTest.Admit).Publish("default", bundle.ToPackage(), PublishAs.Champion);
        await using WebApplication app = host.Start(host.Options with { Data = data, Models = models });
        HttpClient client = app.GetTestClient();
        await Agree(client, history, 300, seed: 12);

        Dictionary<string, object?> without = host.Inline(5, history);
        without.Remove("events");
        without.Remove("attributes");
        JsonElement answer = await (await client.PostAsJsonAsync("/v1/score", without)).Content.ReadFromJsonAsync<JsonElement>();
        string[] absent = [.. answer.GetProperty("absent").EnumerateArray().Select(a => a.GetString()!)];
        Assert.Contains("events", absent);
        without["attributes"] = new Dictionary<string, object?> { ["no such column"] = 1 };
        answer = await (await client.PostAsJsonAsync("/v1/score", without)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("no such column", answer.GetProperty("ignored").EnumerateArray().Single().GetString());
    }

    [Fact]
    public async Task What_is_not_sent_is_listed()
    {
        await using WebApplication app = host.Start();
        HttpResponseMessage answer =
            await app.GetTestClient().PostAsync("/v1/score", Json("{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":12.5}]}"));
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        JsonElement score = await answer.Content.ReadFromJsonAsync<JsonElement>();
        TransactionColumns columns = DatasetLoader.Load(host.Data).Columns;
        Assert.Equal(columns.Channel is not null, score.GetProperty("absent").EnumerateArray().Any(a => a.GetString() == "channel"));
        Assert.Contains("orderId", score.GetProperty("absent").EnumerateArray().Select(a => a.GetString()));
    }

    [Theory]
    [InlineData(
        "{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1e308},{\"orderedAt\":\"2024-06-04\",\"amount\":1e308}]}",
        "transactions[0].amount is 1e308; expected a number from −1e13 to 1e13")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1e999}]}", "transactions[0].amount is 1e999")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1,\"quantity\":1e39}]}", "transactions[0].quantity is 1e39")]
    [InlineData(
        "{\"asOf\":\"9999-12-31\",\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1}]}",
        "asOf is '9999-12-31'; expected a date from 1900 to 2199")]
    [InlineData(
        "{\"transactions\":[{\"orderedAt\":\"0001-01-01T00:00:00+14:00\",\"amount\":1}]}", "transactions[0].orderedAt is '0001-01-01")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1}]}{\"transactions\":[]}", "after a single JSON value")]
    [InlineData(
        "{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1,\"quantty\":2}]}",
        "'transactions[].quantty' is not known; expected orderedAt, amount")]
    [InlineData("{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1,\"amount\":2}]}", "'transactions[].amount' is given twice")]
    [InlineData(
        "{\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1}],\"events\":[{\"occurredAt\":\"2024-06-03\"}]}",
        "events[0].kind is missing")]
    [InlineData("{\"transactions\":[null]}", "'transactions[0]' has a value of the wrong type")]
    [InlineData("{\"transactions\":null}", "'transactions' has a value of the wrong type")]
    [InlineData("{\"customerId\":\"\\ud800\",\"transactions\":[{\"orderedAt\":\"2024-06-03\",\"amount\":1}]}", "half a character")]
    [InlineData("", "The text is not the JSON expected")]
    public async Task What_makes_no_sense_is_refused_where_it_stands(string body, string words)
    {
        await using WebApplication app = host.Start();
        HttpResponseMessage answer = await app.GetTestClient().PostAsync("/v1/score", Json(body));
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Contains(
            words, (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_body_beyond_its_limits_is_refused_whatever_its_length_says()
    {
        await using WebApplication app =
            host.Start(host.Options with { MaxBodyBytes = 1000, BodyTimeout = TimeSpan.FromMilliseconds(200) });
        HttpClient client = app.GetTestClient();
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync("/v1/score", Json(new string(' ', 2000)))).StatusCode);
        using var endless = new StreamContent(new SlowStream(new byte[10_000], bytesAtOnce: 900, pause: TimeSpan.FromMilliseconds(5)));
        endless.Headers.ContentType = new("application/json");
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await client.PostAsync("/v1/score", endless)).StatusCode);
        using var slow = new StreamContent(new SlowStream(new byte[500], bytesAtOnce: 1, pause: TimeSpan.FromMilliseconds(50)));
        slow.Headers.ContentType = new("application/json");
        Assert.Equal(HttpStatusCode.RequestTimeout, (await client.PostAsync("/v1/score", slow)).StatusCode);
    }

    private async Task Agree(HttpClient client, TransactionHistory history, int customers, int seed)
    {
        int[] drawn = Enumerable.Range(0, history.CustomerCount).ToArray();
        new Random(seed).Shuffle(drawn);
        int compared = 0;
        foreach (int customer in drawn.Take(customers))
        {
            HttpResponseMessage known = await client.GetAsync($"/v1/customers/{history.CustomerId(customer)}/score");
            HttpResponseMessage inline = await client.PostAsJsonAsync("/v1/score", host.Inline(customer, history));
            if (known.StatusCode == HttpStatusCode.NotFound)
            {
                Assert.Equal(HttpStatusCode.BadRequest, inline.StatusCode);
                continue;
            }

            string sent = await known.Content.ReadAsStringAsync(), got = await inline.Content.ReadAsStringAsync();
            Assert.True(inline.IsSuccessStatusCode, $"seed {seed}, {history.CustomerId(customer)}: {got}");
            // The whole answer, words and all; then what was absent: nothing.
            Assert.Equal($"{sent[..^1]},\"absent\":[],\"ignored\":[]}}", got);
            compared++;
        }

        Assert.InRange(compared, customers / 2, customers);
    }

    // Those who complain buy less later; half of the customers never say anything.
    private static IEnumerable<SmallTables.Event> Events(TransactionHistory history, int seed)
    {
        var random = new Random(seed);
        for (int c = 0; c < history.CustomerCount; c += 1 + random.Next(3))
        {
            CustomerLines lines = history.Lines(c);
            var times = lines.OrderedAt.ToArray();
            foreach (long at in times.Take(6))
            {
                string kind = times.Length < 4 ? "service_request" : "visit";
                yield return new SmallTables.Event(
                    history.CustomerId(c), new LocalTime(at - (at % 1_000_000)).ToString(), kind,
                    random.Next(2) == 0 ? double.NaN : random.Next(11));
            }
        }
    }

    internal static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");
}

/// <summary>A body that comes in small pieces.</summary>
internal sealed class SlowStream(byte[] content, int bytesAtOnce, TimeSpan pause) : MemoryStream(content)
{
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await Task.Delay(pause, cancellationToken);
        return await base.ReadAsync(buffer[..Math.Min(buffer.Length, bytesAtOnce)], cancellationToken);
    }

    public override Task CopyToAsync(
        Stream destination, int bufferSize, CancellationToken cancellationToken) => Copy(destination, cancellationToken);

    private async Task Copy(Stream destination, CancellationToken cancellation)
    {
        byte[] buffer = new byte[bytesAtOnce];
        for (int read; (read = await ReadAsync(buffer.AsMemory(), cancellation)) > 0;)
        {
            await destination.WriteAsync(buffer.AsMemory(0, read), cancellation);
            await destination.FlushAsync(cancellation);
        }
    }
}
