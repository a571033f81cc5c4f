using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.TestHost;
using Predictive.Api.Description;
using Predictive.Api.Tests.Events;
using Predictive.Tests;

namespace Predictive.Api.Tests.Description;

/// <summary>
/// A client's types generated from the document (npm: openapi-typescript) against answers of the real pipeline, by the TypeScript compiler:
/// each answer stands as a literal of its type, so a member too many, one too few and one of another kind are errors.
/// </summary>
[Collection(TrainedHost.Collection)]
public class ClientTests(TrainedHost host)
{
    private const string Settings = """
        {
          "compilerOptions": {
            "noEmit": true, "strict": true, "target": "es2022", "module": "es2022", "moduleResolution": "bundler", "types": []
          },
          "files": ["check.ts"]
        }
        """;

    private static string Tools => Path.Combine(SharedData.RepositoryRoot, "tests", "Predictive.Api.Tests", "Client", "node_modules");

    [Fact]
    public async Task A_generated_client_type_checks_against_real_answers()
    {
        Assert.SkipUnless(
            Directory.Exists(Path.Combine(Tools, "openapi-typescript")),
            "needs node and the packages of tests/Predictive.Api.Tests/Client (npm ci there); .ci/run installs them");
        await using var own = new EventHost(host);
        string id = host.History.CustomerId(3), folder = Directory.CreateTempSubdirectory("predictive-client-").FullName;
        try
        {
            await File.WriteAllTextAsync(Path.Combine(folder, "api.json"), await own.Client.GetStringAsync(ApiDocument.Path));
            await File.WriteAllTextAsync(Path.Combine(folder, "check.ts"), await Checks(own, id));
            await Run(
                folder, Path.Combine(Tools, "openapi-typescript", "bin", "cli.js"), Path.Combine(folder, "api.json"), "-o",
                Path.Combine(folder, "api.ts"));
            await File.WriteAllTextAsync(Path.Combine(folder, "tsconfig.json"), Settings);
            await Run(folder, Path.Combine(Tools, "typescript", "bin", "tsc"), "-p", folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task<string> Checks(EventHost own, string id)
    {
        var code = new StringBuilder("import type { paths } from './api';\n");
        int n = 0;
        string history = JsonSerializer.Serialize(host.Inline(5)), day = host.AsOf.ToString();
        string one = JsonSerializer.Serialize(new { eventId = "1", customerId = id, orderedAt = day, amount = 2.5, channel = "web" });
        string infer = JsonSerializer.Serialize(new
        {
            id = "42", inputs = new[] { new { name = "history", shape = new[] { 1 }, datatype = "BYTES", data = new[] { history } } },
        });
        string score = await Answer("GET", "/v1/customers/{id}/score", $"/v1/customers/{id}/score");
        await Answer("GET", "/v1/customers/score", $"/v1/customers/score?id={id}&asOf={host.AsOf}");
        await Answer("GET", "/v1/customers/{id}", $"/v1/customers/{id}");
        await Answer("GET", "/v1/customers/{id}", "/v1/customers/nobody", 404);
        await Answer("GET", "/v1/customers", $"/v1/customers?id={id}");
        await Answer("GET", "/v1/customers/{id}/export", $"/v1/customers/{id}/export");
        await Answer("DELETE", "/v1/customers/{id}", "/v1/customers/x?unknown=true");
        await Answer("GET", "/v1/at-risk", "/v1/at-risk?top=3&band=high");
        await Answer("GET", "/v1/at-risk", "/v1/at-risk?top=0", 400);
        await Answer("GET", "/v1/segments", "/v1/segments");
        await Answer("GET", "/v1/portfolio", "/v1/portfolio");
        await Answer("GET", "/v1/metrics", "/v1/metrics");
        await Answer("GET", "/v1/models", "/v1/models");
        await Answer("GET", "/v1/jobs", "/v1/jobs");
        await Answer("POST", "/v1/jobs/train", "/v1/jobs/train", 202);
        await Answer("GET", "/v1/jobs/{id}", "/v1/jobs/1");
        await Answer("GET", "/v1/drift", "/v1/drift", 404);
        string from = DateOnly.FromDateTime(host.AsOf.ToDateTime()).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        await Answer("POST", "/v1/campaigns", "/v1/campaigns", 201,
            $$"""{"name":"client","channel":"call","from":"{{from}}","to":"{{from[..4]}}-12-31","top":40,"holdout":0.5}""");
        await Answer("GET", "/v1/campaigns", "/v1/campaigns");
        await Answer("GET", "/v1/campaigns/{name}", "/v1/campaigns/client");
        await Answer("GET", "/v1/campaigns/{name}/report", "/v1/campaigns/client/report");
        await Answer("GET", "/v1/campaigns/{name}/export", "/v1/campaigns/client/export");
        await Answer("POST", "/v1/campaigns/{name}/outcomes", "/v1/campaigns/client/outcomes",
            body: $$"""{"outcomes":[{"customer":"{{id}}","bought":true,"spend":2.5}]}""");
        await Answer("GET", "/v1/standing-campaigns", "/v1/standing-campaigns");
        await Answer("POST", "/v1/standing-campaigns/{name}/pause", "/v1/standing-campaigns/x/pause", 404, """{"reason":"x"}""");
        await Answer("POST", "/v1/opt-outs", "/v1/opt-outs", body: $$"""{"customer":"{{id}}","channel":"sms"}""");
        await Answer("GET", "/v1/opt-outs", "/v1/opt-outs");
        await Answer("POST", "/v1/budget", "/v1/budget", body: """{"budget":500,"preset":"free"}""");
        await Answer("GET", "/v1/alerts", "/v1/alerts");
        await Answer("POST", "/v1/alerts/mute", "/v1/alerts/mute", body: """{"rule":"x"}""");
        await Answer("POST", "/v1/tasks", "/v1/tasks", 201, $$"""{"customer":"{{id}}","title":"call","owner":"ann","due":"{{from}}"}""");
        await Answer("POST", "/v1/tasks/{id}/outcome", "/v1/tasks/1/outcome", body: """{"outcome":"reached"}""");
        await Answer("GET", "/v1/tasks", "/v1/tasks?all=true");
        await Answer("GET", "/health/live", "/health/live");
        await Answer("GET", "/health/ready", "/health/ready");
        string product = host.History.Columns.Products![0];
        await Answer("GET", "/v1/products/{id}/accessories", $"/v1/products/{Uri.EscapeDataString(product)}/accessories");
        await Answer("POST", "/v1/score", "/v1/score", body: history);
        await Answer("POST", "/v1/score", "/v1/score", 400, "{}");
        await Answer("POST", "/v1/score/batch", "/v1/score/batch", body: history + "\n{}\n", media: "application/x-ndjson");
        await Answer("POST", "/v1/events", "/v1/events", body: one);
        await Answer("POST", "/v1/events", "/v1/events", body: one + "\n[]\n", media: "application/x-ndjson");
        await Answer("GET", "/v2", "/v2");
        await Answer("GET", "/v2/health/ready", "/v2/health/ready");
        await Answer("GET", "/v2/models/{name}", "/v2/models/default");
        await Answer("GET", "/v2/models/{name}/versions/{version}/ready", "/v2/models/default/versions/1/ready");
        await Answer("POST", "/v2/models/{name}/infer", "/v2/models/default/infer", body: infer);
        await Answer("POST", "/v2/models/{name}/infer", "/v2/models/default/infer", 400, "{}");

        // What must not pass: the check itself is checked.
        const string Score = "paths['/v1/customers/{id}/score']['get']['responses'][200]['content']['application/json']";
        foreach (Action<JsonNode> spoil in (Action<JsonNode>[])
            [
                s => s["churn"]!["probability"] = "0.5", s => s["churn"]!["band"] = "huge", s => s.AsObject().Remove("rfm"),
                s => s["more"] = 1, s => s["clv"]!["low"] = null,
            ])
        {
            JsonNode wrong = JsonNode.Parse(score)!;
            spoil(wrong);
            code.Append(CultureInfo.InvariantCulture, $"// @ts-expect-error\nexport const a{n++}: {Score} = {wrong.ToJsonString()};\n");
        }

        code.Append(
            "// @ts-expect-error\nexport const none: paths['/v1/score']['post']['requestBody']['content']['application/json'] = {};\n");
        return code.ToString();

        async Task<string> Answer(
            string method, string template, string url, int status = 200, string? body = null, string media = "application/json")
        {
            using var request = new HttpRequestMessage(new HttpMethod(method), url);
            if (body is not null)
            {
                request.Content = new StringContent(body, Encoding.UTF8);
                request.Content.Headers.ContentType = new MediaTypeHeaderValue(media);
            }

            using HttpResponseMessage response = await own.Client.SendAsync(request);
            string text = await response.Content.ReadAsStringAsync();
            Assert.True((int)response.StatusCode == status, $"{method} {url}: {response.StatusCode} {text}");
            string type = response.Content.Headers.ContentType!.MediaType!, verb = method.ToLowerInvariant();
            foreach (string literal in type == "application/x-ndjson" ? text.Split('\n', StringSplitOptions.RemoveEmptyEntries) : [text])
            {
                code.Append(
                    CultureInfo.InvariantCulture,
                    $"export const a{n++}: paths['{template}']['{verb}']['responses'][{status}]['content']['{type}'] = ")
                    .Append(JsonNode.Parse(literal)!.ToJsonString()).Append(";\n");
            }

            if (body is not null && status == 200)
            {
                string sent = body.Split('\n')[0];
                code.Append(
                    CultureInfo.InvariantCulture,
                    $"export const a{n++}: paths['{template}']['{verb}']['requestBody']['content']['{media}'] = {sent};\n");
            }

            return text;
        }
    }

    private static async Task Run(string folder, string script, params string[] arguments)
    {
        var start = new ProcessStartInfo("node")
        {
            WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.ArgumentList.Add(script);
        Array.ForEach(arguments, start.ArgumentList.Add);
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(), errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        string told = await output + await errors;
        Assert.True(process.ExitCode == 0, told.Length > 4000 ? told[..4000] : told);
    }
}
