using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.History.Loading;

namespace Predictive.Benchmarks;

/// <summary>
/// The scoring host beside a bare minimal-API endpoint that sends the same bytes, in turns within one run, by <c>wrk -t1 -c32</c> and one
/// script for both. Keys, limits, metrics and a request log to a file are on: <c>host --data DIR --models DIR [--seconds 8] [--rounds
/// 4]</c>.
/// </summary>
internal static partial class HostBench
{
    private const int Customers = 2000;
    private const int Bodies = 2000;

    public static int Run(string[] args)
    {
        if (BenchProcess.Option(args, "--serve") is { } role)
        {
            Serve(role, args).GetAwaiter().GetResult();
            return 0;
        }

        return Compare(args).GetAwaiter().GetResult();
    }

    private static async Task<int> Compare(string[] args)
    {
        string data = BenchProcess.Option(args, "--data") ?? "data-samples", models = BenchProcess.Option(args, "--models") ?? "models";
        int seconds = BenchProcess.Option(args, "--seconds", 8), rounds = BenchProcess.Option(args, "--rounds", 4);
        string work = Directory.CreateTempSubdirectory("predictive-hostbench-").FullName;
        string keys = Path.Combine(work, "keys.json");
        string key = new KeyFile(keys).Add(KeyRole.Admin, DateTimeOffset.UnixEpoch).Text;
        TransactionHistory history = DatasetLoader.Load(data);
        string[] ids = [.. Enumerable.Range(0, history.CustomerCount).Select(history.CustomerId).Take(Customers)];
        string[] bodies =
        [
            .. Enumerable.Range(0, history.CustomerCount).Where(c => history.Lines(c).Count is > 2 and < 60).Take(Bodies)
                .Select(c => Inline(history, c)),
        ];
        using Process host = BenchProcess.StartHost(
            "host", "--serve", "host", "--data", data, "--models", models, "--keys", keys, "--log", Path.Combine(work, "requests.log"));
        string hostUrl = await UrlOf(host);
        try
        {
            using var client = new HttpClient { BaseAddress = new Uri(hostUrl) };
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            var known = new List<string>();
            using (var bytes = new StreamWriter(Path.Combine(work, "answers.txt")))
            {
                foreach (string id in ids)
                {
                    using HttpResponseMessage answer = await client.GetAsync($"/v1/customers/{id}/score");
                    if (answer.IsSuccessStatusCode)
                    {
                        known.Add(id);
                        await bytes.WriteLineAsync($"{id}\t{Convert.ToBase64String(await answer.Content.ReadAsByteArrayAsync())}");
                    }
                }

                using HttpResponseMessage scored =
                    await client.PostAsync("/v1/score", new StringContent(bodies[0], Encoding.UTF8, "application/json"));
                await bytes.WriteLineAsync(
                    $"\t{Convert.ToBase64String(await scored.EnsureSuccessStatusCode().Content.ReadAsByteArrayAsync())}");
            }

            using Process bare = BenchProcess.StartHost("host", "--serve", "bare", "--answers", Path.Combine(work, "answers.txt"));
            string bareUrl = await UrlOf(bare);
            try
            {
                string script = Path.Combine(work, "requests.lua");
                await File.WriteAllTextAsync(script, Script(known, bodies, key));
                var results = new Dictionary<string, object>();
                foreach (string kind in (string[])["get", "post"])
                {
                    List<Measured> ours = [], theirs = [];
                    for (int round = 0; round <= rounds; round++)
                    {
                        Measured a = Wrk(bareUrl, script, kind, seconds), b = Wrk(hostUrl, script, kind, seconds);
                        if (round > 0)
                        {
                            // The first round warms both up.
                            theirs.Add(a);
                            ours.Add(b);
                            Console.Error.WriteLine(
                                string.Create(
                                    CultureInfo.InvariantCulture,
                                    $"{kind}: bare {a.PerSecond:0}/s p99 {a.P99:0.00} ms, host {b.PerSecond:0}/s p99 {b.P99:0.00} ms, "
                                        + $"{b.Failed} failed"));
                        }
                    }

                    results[kind] = new
                    {
                        bare = Median(theirs, m => m.PerSecond), host = Median(ours, m => m.PerSecond),
                        ratio = Median(ours, m => m.PerSecond) / Median(theirs, m => m.PerSecond),
                        bareP99Ms = Median(theirs, m => m.P99), hostP99Ms = Median(ours, m => m.P99), failed = ours.Sum(m => m.Failed),
                    };
                }

                await Task.Delay(500);
                results["logLines"] = await CountLines(Path.Combine(work, "requests.log"));
                host.Refresh();
                results["hostMB"] = host.WorkingSet64 >> 20;
                Console.WriteLine(JsonSerializer.Serialize(results));
                return 0;
            }
            finally
            {
                bare.Kill();
            }
        }
        finally
        {
            host.Kill();
            Directory.Delete(work, recursive: true);
        }
    }

    private static async Task Serve(string role, string[] args)
    {
        WebApplication app;
        if (role == "bare")
        {
            Dictionary<string, byte[]> answers = File.ReadLines(BenchProcess.Option(args, "--answers")!).Select(l => l.Split('\t'))
                .ToDictionary(l => l[0], l => Convert.FromBase64String(l[1]));
            byte[] scored = answers[""];
            WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            app = builder.Build();
            app.Urls.Add("http://127.0.0.1:0");
            app.MapGet("/v1/customers/{id}/score", (string id) => Results.Bytes(answers[id], "application/json"));
            app.MapPost("/v1/score", async (HttpRequest request) =>
            {
                await request.Body.CopyToAsync(Stream.Null);
                return Results.Bytes(scored, "application/json");
            });
        }
        else
        {
            app = ScoringHost.Build(
                new ScoringHostOptions
                {
                    Data = BenchProcess.Option(args, "--data"), Models = BenchProcess.Option(args, "--models")!,
                    Keys = BenchProcess.Option(args, "--keys"), Urls = "http://127.0.0.1:0",
                },
                TimeProvider.System,
                b => b.Services.AddSingleton(
                    _ => new RequestLog(
                        new FileStream(BenchProcess.Option(args, "--log")!, FileMode.Create, FileAccess.Write, FileShare.ReadWrite),
                        json: false, TimeProvider.System)));
        }

        await app.StartAsync();
        Console.WriteLine(app.Urls.First());
        await app.WaitForShutdownAsync();
    }

    private static async Task<long> CountLines(string log)
    {
        // The host still writes it.
        await using var stream = new FileStream(log, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        using var reader = new StreamReader(stream);
        long lines = 0;
        while (await reader.ReadLineAsync() is not null)
        {
            lines++;
        }

        return lines;
    }

    internal static async Task<string> UrlOf(Process process)
    {
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (line.StartsWith("http://", StringComparison.Ordinal))
            {
                return line;
            }
        }

        throw new InvalidOperationException("The server ended before it listened.");
    }

    private static Measured Wrk(string url, string script, string kind, int seconds)
    {
        var start = new ProcessStartInfo(
            "wrk", ["-t1", "-c32", $"-d{seconds}s", "--latency", "-s", script, url]) { RedirectStandardOutput = true };
        start.Environment["KIND"] = kind;
        using Process process = Process.Start(start)!;
        string text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Match latency = P99().Match(text), rate = PerSecond().Match(text), failed = Failed().Match(text);
        double unit = latency.Groups[2].Value switch { "us" => .001, "ms" => 1, _ => 1000 };
        return new Measured(
            Number(rate.Groups[1].Value), unit * Number(latency.Groups[1].Value),
            failed.Success ? long.Parse(failed.Groups[1].Value, CultureInfo.InvariantCulture) : 0);

        static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
    }

    private static string Script(IReadOnlyList<string> ids, IReadOnlyList<string> bodies, string key)
    {
        var lua = new StringBuilder();
        lua.Append("local ids = {").AppendJoin(',', ids.Select(i => $"\"{i}\"")).Append("}\n");
        lua.Append("local bodies = {").AppendJoin(',', bodies.Select(b => $"[==[{b}]==]")).Append("}\n");
        lua.Append(CultureInfo.InvariantCulture, $$"""
            math.randomseed(7)
            local headers = { ["Authorization"] = "Bearer {{key}}", ["Content-Type"] = "application/json" }
            local post = os.getenv("KIND") == "post"
            request = function()
              if post then return wrk.format("POST", "/v1/score", headers, bodies[math.random(#bodies)]) end
              return wrk.format("GET", "/v1/customers/" .. ids[math.random(#ids)] .. "/score", headers)
            end
            """);
        return lua.ToString();
    }

    private static string Inline(TransactionHistory history, int customer)
    {
        CustomerLines lines = history.Lines(customer);
        TransactionColumns c = history.Columns;
        var transactions = new List<Dictionary<string, object?>>();
        for (int i = 0; i < lines.Count; i++)
        {
            var line =
                new Dictionary<string, object?>
                {
                    ["orderedAt"] = new LocalTime(lines.OrderedAt[i]).ToString(), ["amount"] = lines.Amount[i],
                };
            line["orderId"] = lines.Order.IsEmpty ? null : lines.Order[i].ToString(CultureInfo.InvariantCulture);
            line["category"] = lines.Category.IsEmpty || lines.Category[i] < 0 ? null : c.Categories![lines.Category[i]];
            line["productId"] = lines.Product.IsEmpty || lines.Product[i] < 0 ? null : c.Products![lines.Product[i]];
            line["channel"] = lines.Channel.IsEmpty || lines.Channel[i] < 0 ? null : c.Channels![lines.Channel[i]];
            line["quantity"] = lines.Quantity.IsEmpty || float.IsNaN(lines.Quantity[i]) ? null : lines.Quantity[i];
            transactions.Add(line);
        }

        return JsonSerializer.Serialize(new Dictionary<string, object?> { ["transactions"] = transactions });
    }

    private static double Median(List<Measured> of, Func<Measured, double> value) => of.Select(value).Order().ElementAt(of.Count / 2);

    private sealed record Measured(double PerSecond, double P99, long Failed);

    [GeneratedRegex(@"99%\s+([\d.]+)(us|ms|s)")]
    private static partial Regex P99();

    [GeneratedRegex(@"Requests/sec:\s+([\d.]+)")]
    private static partial Regex PerSecond();

    [GeneratedRegex(@"Non-2xx or 3xx responses: (\d+)")]
    private static partial Regex Failed();
}
