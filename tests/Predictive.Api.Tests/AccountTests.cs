using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Tests.Events;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Tests;

/// <summary>A host whose customers are accounts: people order, their account is scored.</summary>
[Collection(TrainedHost.Collection)]
public class AccountTests(TrainedHost host)
{
    [Fact]
    public async Task What_people_order_counts_towards_their_account_in_the_next_answer_and_in_the_batch()
    {
        await using EventHost own = Accounts(out string[] people, out string alone);
        string day = host.AsOf.AddDays(3).ToString();
        string? before = await own.Score("ACME");
        Assert.NotNull(before);
        JsonElement[] answers = await own.Send(
            new { eventId = "1", customerId = people[0], orderedAt = $"{day}T10:00:00", amount = 25, orderId = "N1" },
            new { eventId = "2", customerId = people[1], orderedAt = $"{day}T11:00:00", amount = 30, orderId = "N2" },
            new { eventId = "3", customerId = alone, orderedAt = $"{day}T12:00:00", amount = 7, orderId = "N3" },
            new { eventId = "4", customerId = "ACME", orderedAt = $"{day}T13:00:00", amount = 7, orderId = "N4" });
        Assert.Equal("accepted", answers[0].GetProperty("outcome").GetString());
        Assert.Contains("expected the id of the person who ordered", answers[3].ToString(), StringComparison.Ordinal);
        // Corrected to be another person's of the same account, and back to somebody else's.
        await own.Send(
            new { eventId = "1", customerId = people[1], orderedAt = $"{day}T10:00:00", amount = 26, orderId = "N1" },
            new { eventId = "2", customerId = alone, orderedAt = $"{day}T11:00:00", amount = 30, orderId = "N2" });
        string? live = await own.Score("ACME"), other = await own.Score(alone);
        Assert.NotEqual(before, live);
        own.Compact();
        Dictionary<string, string?> batch = own.Batch(host.AsOf.AddDays(4), "ACME", alone);
        Assert.Equal(batch["ACME"], live);
        Assert.Equal(batch[alone], other);
        Assert.True(await own.Keeper.RefreshAsync());
        Assert.Equal(live, await own.Score("ACME"));
    }

    [Fact]
    public async Task An_account_tells_its_people_and_a_person_is_shown_the_way()
    {
        await using EventHost own = Accounts(out string[] people, out string alone);
        JsonElement view = JsonDocument.Parse(await own.Client.GetStringAsync("/v1/customers?id=ACME")).RootElement;
        JsonElement[] told = [.. view.GetProperty("people").EnumerateArray()];
        Assert.Equal(people.Order(), told.Select(p => p.GetProperty("customerId").GetString()!).Order());
        Assert.Equal(1, told.Sum(p => p.GetProperty("share").GetDouble()), .001);
        Assert.Equal(view.GetProperty("money").GetProperty("net").GetDouble(), told.Sum(p => p.GetProperty("net").GetDouble()), .005);
        Assert.Equal(
            people.Sum(p => host.History.Lines(host.History.IndexOf(p)).Before(host.AsOf).Count),
            view.GetProperty("money").GetProperty("lines").GetInt32());
        HttpResponseMessage person = await own.Client.GetAsync($"/v1/customers/score?id={people[0]}");
        Assert.Equal(HttpStatusCode.NotFound, person.StatusCode);
        Assert.Contains("people of the account 'ACME'", await person.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        // Pages of a host without keys need no sign-in.
        await using WebApplication open = host.Start(own.Options with { Keys = Path.Combine(host.Folder, "none.json") });
        HttpClient pages = open.GetTestClient();
        HttpResponseMessage page = await pages.GetAsync($"/customer?id={people[0]}");
        Assert.Equal(("/customer?id=ACME", HttpStatusCode.Redirect), (page.Headers.Location?.ToString(), page.StatusCode));
        Assert.Contains("People of the account", await pages.GetStringAsync("/customer?id=ACME"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            "People of the account", await pages.GetStringAsync($"/customer?id={alone}"), StringComparison.Ordinal);
        Assert.DoesNotContain(
            $"\"customerId\":\"{people[0]}\"", await own.Client.GetStringAsync("/v1/at-risk?top=4000"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_is_erased_leaves_the_account_and_an_account_is_nobody_to_erase()
    {
        await using EventHost own = Accounts(out string[] people, out _);
        HttpResponseMessage account = await own.Client.DeleteAsync("/v1/customers?id=ACME");
        Assert.Equal(HttpStatusCode.BadRequest, account.StatusCode);
        Assert.Contains("people are erased", await account.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await own.Client.DeleteAsync($"/v1/customers?id={people[0]}")).StatusCode);
        JsonElement view = JsonDocument.Parse(await own.Client.GetStringAsync("/v1/customers?id=ACME")).RootElement;
        Assert.DoesNotContain(people[0], view.GetProperty("people").ToString(), StringComparison.Ordinal);
        Assert.Equal(
            people.Skip(1).Sum(p => host.History.Lines(host.History.IndexOf(p)).Before(host.AsOf).Count),
            view.GetProperty("money").GetProperty("lines").GetInt32());
    }

    private EventHost Accounts(out string[] people, out string alone)
    {
        string[] three = [.. Enumerable.Range(1, 3).Select(i => host.History.CustomerId(i * 41))];
        (people, alone) = (three, host.History.CustomerId(7));
        string models = Path.Combine(host.Folder, Path.GetRandomFileName());
        ModelPackage package = host.Bundle.ToPackage();
        new ModelRegistry(models, SmokeTest.Admit).Publish(
            "default",
            new ModelPackage(
                package.Manifest with { Level = "account" },
                package.EntryNames.Select(n => KeyValuePair.Create(n, package.Entry(n).ToArray()))),
            PublishAs.Champion);
        return new EventHost(host, models: models, prepare: data =>
        {
            using var writer = ParquetWriter.Create(
                Path.Combine(data, "account-map.parquet"), [ParquetField.String("customer_id"), ParquetField.String("account_id")]);
            writer.WriteRowGroup((string?[])[.. three], (string?[])["ACME", "ACME", "ACME"]);
            writer.Complete();
            File.WriteAllText(Path.Combine(data, "dataset.json"), """{ "level": "account", "currency": "EUR" }""");
        });
    }
}
