using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Predictive.Acting.Alerts;

namespace Predictive.EndToEnd.Tests.Fleet;

public sealed partial class HostsTests
{
    private const string AlertRules = """
        {"rules": [{"name": "big spender", "owner": "sales", "text": "{customer} spent {spend_365d}", "atFirst": "Remember",
          "all": [{"field": "spend_365d", "atLeast": 1000000}], "actions": [{"do": "Tell", "role": "sales"}]}]}
        """;

    private static void WriteAlertRules(string data) => File.WriteAllText(Path.Combine(data, AlertSettings.FileName), AlertRules);

    // Raised by what came to one, listed, seen and silenced on the other; what crosses then on the first is muted.
    private async Task AlertsAreShared()
    {
        string[] ids = [.. (await Json(0, "/v1/at-risk?top=3&minProbability=0")).ToJsonString().Split("\"customerId\":\"").Skip(1)
            .Select(p => p.Split('"')[0]).Distinct().TakeLast(2)];
        // The first look is of the whole base; events are looked at after it.
        FleetProcess.Done(
            _folder, "alerts", "evaluate", Path.Combine(_folder, Name), "--models", Models, "--model", Name, "--store", _connection);
        await Spends(ids[0]);
        JsonNode alert = await Alert(1, ids[0]);
        Assert.Equal(("big spender", "open"), ((string)alert["rule"]!, (string)alert["state"]!));
        using (HttpResponseMessage seen = await _client.PostAsync($"{_urls[1]}/v1/alerts/{alert["id"]}/ack", null))
        {
            Assert.True(seen.IsSuccessStatusCode, await seen.Content.ReadAsStringAsync());
        }

        JsonNode acknowledged = await Alert(0, ids[0]);
        Assert.Equal("acknowledged", (string)acknowledged["state"]!);
        Assert.NotNull(acknowledged["ackedBy"]);
        using (HttpResponseMessage muted = await _client.PostAsJsonAsync($"{_urls[1]}/v1/alerts/mute", new { rule = "big spender" }))
        {
            Assert.True(muted.IsSuccessStatusCode, await muted.Content.ReadAsStringAsync());
        }

        await Spends(ids[1]);
        Assert.Equal("muted", (string)(await Alert(1, ids[1]))["state"]!);

        async Task Spends(string who)
        {
            string day = ((string)(await Json(0, $"/v1/customers/{who}/score"))["asOf"]!)[..10];
            using HttpResponseMessage sent = await _client.PostAsJsonAsync($"{_urls[0]}/v1/events", new
            {
                eventId = $"big {who}", customerId = who, amount = 2_000_000,
                orderedAt = $"{DateOnly.ParseExact(day, "yyyy-MM-dd").AddDays(-1):yyyy-MM-dd}T12:00:00",
            });
            Assert.True(sent.IsSuccessStatusCode, await sent.Content.ReadAsStringAsync());
        }

        async Task<JsonNode> Alert(int host, string who)
        {
            JsonNode? found = null;
            await Until($"host {host} lists the alert about {who}", async () =>
                (found = (await Json(host, "/v1/alerts?all=true"))["alerts"]!.AsArray()
                    .SingleOrDefault(a => (string)a!["customer"]! == who)) is not null);
            return found!;
        }
    }
}
