using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Keys;
using Predictive.Api.Privacy;
using Predictive.Api.Tests.Events;
using Predictive.History;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.History.Sources;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Ingest;
using Predictive.Tests;

namespace Predictive.Api.Tests.Privacy;

/// <summary>Who asked to be forgotten is in no answer, no list, no later delivery, and in the end in no file.</summary>
[Collection(TrainedHost.Collection)]
public class ErasureTests(TrainedHost host)
{
    private static CancellationToken Ended => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_erased_customer_is_gone_from_the_next_answer_on_and_stays_away()
    {
        await using var own = new EventHost(host, prepare: data => SmallTables.Write(
            data, [new SmallTables.Event("stranger", "2025-03-01", "visit"), new SmallTables.Event(Id(0), "2025-03-01", "visit")]));
        string gone = Id(0), other = Id(1), day = host.AsOf.AddDays(1).ToString(), asOf = host.AsOf.AddDays(2).ToString();
        await own.Send(
            new { eventId = "1", customerId = gone, orderedAt = day, amount = 17.25 },
            new { eventId = "2", customerId = gone, occurredAt = day, kind = "visit" },
            new { eventId = "3", customerId = other, orderedAt = day, amount = 5 },
            // First theirs, then corrected to be somebody else's, and the other way round.
            new { eventId = "4", customerId = gone, orderedAt = day, amount = 6 },
            new { eventId = "5", customerId = other, orderedAt = day, amount = 7 });
        own.Compact();
        await own.Send(
            new { eventId = "4", customerId = other, orderedAt = day, amount = 6 },
            new { eventId = "5", customerId = gone, orderedAt = day, amount = 7 },
            new { eventId = "6", customerId = gone, orderedAt = day, amount = 8 });
        await own.Keeper.RefreshAsync();
        string? otherBefore = await own.Score(other, asOf);
        Assert.NotNull(await own.Score(gone, asOf));

        JsonElement export = await Json(await own.Client.GetAsync($"/v1/customers/{gone}/export"));
        Assert.Equal(gone, export.GetProperty("score").GetProperty("customerId").GetString());
        Assert.Equal(5, export.GetProperty("sentEvents").GetArrayLength());
        int lines = host.History.Lines(host.History.IndexOf(gone)).Count;
        // Event 1 and the first content of event 4 were folded in; what came since was not.
        Assert.Equal(lines + 2, export.GetProperty("tables").GetProperty("transactions").GetArrayLength());
        Assert.Equal(2, export.GetProperty("tables").GetProperty("events").GetArrayLength());
        Assert.Contains(
            export.GetProperty("tables").GetProperty("transactions").EnumerateArray(), l => l.GetProperty("amount").GetDouble() == 17.25);

        Assert.Equal(HttpStatusCode.NotFound, (await own.Client.DeleteAsync("/v1/customers/nobody")).StatusCode);
        JsonElement answer = await Json(await own.Client.DeleteAsync($"/v1/customers?id={gone}"));
        Assert.Equal((false, 5), (answer.GetProperty("wasErased").GetBoolean(), answer.GetProperty("events").GetInt32()));
        string hash = answer.GetProperty("customer").GetString()!;

        await Nowhere(own, gone, asOf);
        Assert.Equal(otherBefore, await own.Score(other, asOf));
        Assert.Null(own.Batch(host.AsOf.AddDays(2), gone)[gone]);
        JsonElement[] sent = await own.Send(
            new { eventId = "7", customerId = gone, orderedAt = day, amount = 9 },
            new { eventId = "8", customerId = other, orderedAt = day, amount = 1 });
        Assert.Equal(["erased", "accepted"], sent.Select(e => e.GetProperty("outcome").GetString()));
        await Nowhere(own, gone, asOf);
        string? live = await own.Score(other, asOf);
        Assert.Equal(HttpStatusCode.NotFound, (await own.Client.GetAsync($"/v1/customers/{gone}/export")).StatusCode);
        Assert.True((await Json(await own.Client.DeleteAsync($"/v1/customers/{gone}"))).GetProperty("wasErased").GetBoolean());

        await own.Restart();
        await Nowhere(own, gone, asOf);
        Assert.True(own.Compact().ErasedLines >= lines + 2);
        Assert.Equal(0, own.Compact().ErasedLines);
        await own.Keeper.RefreshAsync();
        Assert.Equal(live, await own.Score(other, asOf));
        Assert.Equal(live, own.Batch(host.AsOf.AddDays(2), other)[other]);
        AuditLog audit = new(own.Store);
        Assert.Contains(audit.List(), e => (e.Action, e.Subject) == ("erase", $"customer {hash}"));
        Assert.Contains(audit.List(), e => (e.Action, e.Subject) == ("export", $"customer {hash}"));
        Assert.DoesNotContain(gone, JsonSerializer.Serialize(audit.List()), StringComparison.Ordinal);
        Assert.DoesNotContain(new EventStream(own.Store, IngestStream.Of(own.Data, IngestTable.Transactions)).Read(0),
            e => e.Body.Contains(gone, StringComparison.Ordinal));

        // What the files hold now, without the promise beside them: the customer is not in there.
        File.Delete(Path.Combine(own.Data, Erasures.FileName));
        TransactionHistory left = DatasetLoader.Load(own.Data);
        Assert.Equal((-1, host.History.CustomerCount - 1), (left.IndexOf(gone), left.CustomerCount));
        Assert.DoesNotContain(gone, left.Tables!.Prospects!);
        Assert.Equal(live, own.Batch(host.AsOf.AddDays(2), other)[other]);
    }

    [Fact]
    public async Task Only_an_admin_erases_and_an_unknown_customer_only_when_asked_for()
    {
        await using var own = new EventHost(host);
        string score = new KeyFile(Path.Combine(own.Models, "keys.json")).Add(KeyRole.Marketer, default).Text;
        await own.Restart();
        HttpClient marketer = own.App.GetTestClient();
        marketer.DefaultRequestHeaders.Add("X-Api-Key", score);
        Assert.Equal(HttpStatusCode.Forbidden, (await marketer.DeleteAsync($"/v1/customers/{Id(2)}")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await marketer.GetAsync($"/v1/customers/{Id(2)}/export")).StatusCode);
        Assert.False(File.Exists(Path.Combine(own.Data, Erasures.FileName)));

        Assert.Equal(HttpStatusCode.BadRequest, (await own.Client.DeleteAsync("/v1/customers/later?unknown=perhaps")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await own.Client.DeleteAsync("/v1/customers/later?unknown=true")).StatusCode);
        JsonElement sent = (await own.Send(new { eventId = "1", customerId = "later", orderedAt = "2025-01-01", amount = 1 }))[0];
        Assert.Equal("erased", sent.GetProperty("outcome").GetString());
        string noted = await File.ReadAllTextAsync(Path.Combine(own.Data, Erasures.FileName), Ended);
        Assert.DoesNotContain("later", noted, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(
                UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(own.Data, Erasures.KeyFileName)));
        }
    }

    [Fact]
    public async Task Nothing_is_erased_where_the_audit_log_cannot_be_written()
    {
        await using var own = new EventHost(host);
        Directory.CreateDirectory(Path.Combine(own.Models, "store.db"));
        using HttpResponseMessage refused = await own.Client.DeleteAsync($"/v1/customers/{Id(3)}");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        Assert.NotNull(await own.Score(Id(3)));
        Assert.False(File.Exists(Path.Combine(own.Data, Erasures.FileName)));
    }

    [Fact]
    public async Task Killed_after_any_step_an_erasure_is_settled_by_what_stands()
    {
        foreach (string step in (string[])["intent", "noted", "swept", "done"])
        {
            string data = host.OwnData(), models = host.OwnModels();
            StoreDatabase store = KilledProcesses.Store(models);
            var stream = new EventStream(store, IngestStream.Of(data, IngestTable.Transactions));
            stream.Append([new NewEvent("1", new IngestedEvent(IngestTable.Transactions, Id(4), 0) { Amount = 1 }.ToBody())]);
            using Process child = ChildTest.Start(
                typeof(KilledErasure), nameof(KilledErasure.Erase_until_killed), (KilledProcesses.Data, data),
                (KilledProcesses.Models, models), (KilledErasure.Step, step), (KilledErasure.Customer, Id(4)));
            await child.WaitForExitAsync(Ended);
            Assert.NotEqual(0, child.ExitCode);

            bool stands = step != "intent";
            Assert.Equal(stands, DatasetLoader.Load(data).IndexOf(Id(4)) < 0);
            CustomerErasure.Settle(store, data);
            Assert.Equal(stands, stream.Of(Id(4)).Count == 0);
            AuditEntry[] entries = [.. new AuditLog(store).List().OrderBy(e => e.Number)];
            Assert.Equal(["intent", stands ? "erase" : "not-done"], entries.Select(e => e.Action));
            Assert.Empty(CustomerErasure.Settle(store, data));
            Assert.Equal(stands, new CustomerErasure(store, data).Run("test", Id(4), false, Ended)!.WasErased);
            Assert.Empty(stream.Of(Id(4)));
            Assert.Null(new AuditLog(store).Verify().Fault);
        }
    }

    private string Id(int i) => host.History.CustomerId((i * 41) + 7);

    private static async Task Nowhere(EventHost own, string id, string asOf)
    {
        Assert.Null(await own.Score(id));
        Assert.Null(await own.Score(id, asOf));
        Assert.Equal(HttpStatusCode.NotFound, (await own.Client.GetAsync($"/v1/customers/{id}")).StatusCode);
        string list = await own.Client.GetStringAsync("/v1/at-risk?top=10000&minProbability=0");
        Assert.DoesNotContain($"\"{id}\"", list, StringComparison.Ordinal);
    }

    private static async Task<JsonElement> Json(HttpResponseMessage answer)
    {
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text);
    }
}

/// <summary>What the test above starts in a process of its own.</summary>
public class KilledErasure
{
    internal const string Step = "PREDICTIVE_TEST_STEP", Customer = "PREDICTIVE_TEST_CUSTOMER";

    [Fact(Explicit = true)]
    public void Erase_until_killed()
    {
        string step = Environment.GetEnvironmentVariable(Step)!;
        var erasure = new CustomerErasure(
            KilledProcesses.Store(Environment.GetEnvironmentVariable(KilledProcesses.Models)!),
            Environment.GetEnvironmentVariable(KilledProcesses.Data)!)
        {
            Passed = passed =>
            {
                if (passed == step)
                {
                    Process.GetCurrentProcess().Kill();
                }
            },
        };
        erasure.Run("test", Environment.GetEnvironmentVariable(Customer)!, false, TestContext.Current.CancellationToken);
    }
}
