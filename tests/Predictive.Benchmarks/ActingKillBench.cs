using System.Diagnostics;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Predictive.Acting.Tests.Alerts;
using Predictive.Acting.Tests.Webhooks;
using Predictive.Acting.Webhooks;
using Predictive.Store;

namespace Predictive.Benchmarks;

/// <summary>
/// Kills, many times, a process that looks at a rule and tells a receiver of what fires: <c>alert-kills 200</c>, or <c>acting-kill
/// [--kills 200] [--seed 1] [--store CONNECTION]</c>. After every kill the alerts and tasks must be those of the days that
/// were looked at; in the end the receiver must have heard of every alert, and, by event id, of none twice.
/// </summary>
internal static class ActingKillBench
{
    public static int Run(string[] args)
    {
        if (BenchProcess.Option(args, "--child") is { } url)
        {
            return Child(BenchProcess.Option(args, "--store")!, url).GetAwaiter().GetResult();
        }

        int kills = args is [var first, ..] && int.TryParse(first, out int asked) ? asked : BenchProcess.Option(args, "--kills", 200);
        int wrong = 0;
        var random = new Random(BenchProcess.Option(args, "--seed", 1));
        string folder = Directory.CreateTempSubdirectory("predictive-acting-kill-").FullName;
        string location = BenchProcess.Option(args, "--store") ?? Path.Combine(folder, "store.db");
        StoreDatabase store = StoreDatabase.Open(location, TimeProvider.System);
        var receiver = new Receiver();
        for (int kill = 1; kill <= kills; kill++)
        {
            int before = CrossingTrial.Count(store), heard = receiver.Heard.Count;
            using Process child = BenchProcess.Start("acting-kill", "--child", receiver.Url, "--store", location);
            Stopwatch waited = Stopwatch.StartNew();
            while ((CrossingTrial.Count(store) == before || receiver.Heard.Count == heard) && waited.Elapsed < TimeSpan.FromSeconds(60))
            {
                Thread.Sleep(30);
            }

            Thread.Sleep(random.Next(0, 300));
            child.Kill();
            child.WaitForExit();
            // The lease of a killed sender ends after half a minute; the bench does not wait for it.
            store.Run(c => c.Database.ExecuteSqlRaw("UPDATE leases SET expires_at = 0"));
            if (CrossingTrial.Fault(store) is { } fault)
            {
                wrong++;
                Console.Error.WriteLine(fault);
            }

            if (kill % 20 == 0)
            {
                Console.Error.WriteLine($"{kill}: {CrossingTrial.Count(store)} alerts, {receiver.Heard.Count} heard of, {wrong} wrong");
            }
        }

        using (WebhookSender sender = Sender(store, receiver.Url))
        {
            sender.RunAsync(default).GetAwaiter().GetResult();
        }

        int alerts = CrossingTrial.Count(store), told = receiver.Heard.Count, twice = receiver.Heard.Values.Count(n => n > 1);
        int subjects = receiver.Bodies.Select(b => JsonDocument.Parse(b).RootElement.GetProperty("data"))
            .Select(d => $"{d.GetProperty("customer")}|{d.GetProperty("crossing")}").Distinct().Count();
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            kills, alerts, wrongAfterKill = wrong, lost = alerts - subjects, doubled = told - subjects, sentTwiceWithOneId = twice,
            wrongSignatures = receiver.Wrong,
        }));
        receiver.DisposeAsync().AsTask().GetAwaiter().GetResult();
        Directory.Delete(folder, recursive: true);
        return wrong == 0 && alerts == subjects && told == subjects && receiver.Wrong == 0 ? 0 : 1;
    }

    private static async Task<int> Child(string location, string url)
    {
        StoreDatabase store = StoreDatabase.Open(location, TimeProvider.System);
        _ = Task.Run(() => CrossingTrial.Run(store, _ => Thread.Sleep(100)));
        using WebhookSender sender = Sender(store, url);
        while (true)
        {
            await sender.RunAsync(default);
            await Task.Delay(10);
        }
    }

    private static WebhookSender Sender(StoreDatabase store, string url) => new(
        store,
        new WebhookSettings { Destinations = [new("here", url, "V") { AllowPrivate = true, AllowHttp = true }] },
        "bench",
        _ => Receiver.Secret,
        TimeSpan.FromMilliseconds(5));
}
