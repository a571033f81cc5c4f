using System.Text.Json;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Tests;

/// <summary>The verbs of acting one after the other, as a marketer types them; and what they refuse.</summary>
public sealed class ActingVerbTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-acting-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task From_a_campaign_to_its_verdict_and_from_a_rule_to_a_task()
    {
        string data = Path.Combine(_folder, "data"), calls = Path.Combine(_folder, "calls.csv"), played = Path.Combine(_folder, "p.csv");
        string[] at = ["--models", Path.Combine(_folder, "models")];
        await Done("generate", "--customers", "400", "--years", "1.2", "--seed", "3", "--out", data);
        await Done(["train", data, .. at, "--as-of", "2025-07-01", "--horizon", "60d"]);
        string[] create =
        [
            "campaign", "create", data, .. at, "--name", "July calls", "--audience", "at-risk", "--top", "120", "--holdout", "50%",
                "--channel",
            "call", "--from", "2025-07-01", "--to", "2025-08-29", "--cost", "3",
        ];
        string made = await Done(create);
        Assert.Contains("to contact by call", made, StringComparison.Ordinal);
        Assert.Contains("you can see a difference of", made, StringComparison.Ordinal);
        Assert.Equal(made, await Done(create));
        JsonElement shown = JsonDocument.Parse(await Done(["campaign", "show", "July calls", "--json", .. at])).RootElement;
        Assert.Equal("at-risk", shown.GetProperty("campaign").GetProperty("plan").GetProperty("audience").GetString());
        Assert.Contains(shown.GetProperty("words")[0].GetString()!, made, StringComparison.Ordinal);
        Assert.Contains("made on", await Refused([.. create[..^1], "4"]), StringComparison.Ordinal);
        Assert.Contains("Nothing is known yet", await Done(["campaign", "report", "July calls", .. at]), StringComparison.Ordinal);
        Assert.Contains("the 60 held out are not in it", await Done(["campaign", "export", "July calls", "--out", calls, .. at]),
            StringComparison.Ordinal);
        string[] lines = await File.ReadAllLinesAsync(calls);
        Assert.Equal(61, lines.Length);
        await File.WriteAllLinesAsync(calls, lines.Select((l, i) => i is 0 or > 40 ? l : l[..^1] + "2025-07-03,reached"));
        Assert.Contains("40 contacts noted", await Done(["campaign", "contacts", "July calls", "--from-file", calls, .. at]),
            StringComparison.Ordinal);
        Assert.Contains("of 120 of 120", await Done(["campaign", "outcomes", "July calls", "--data", data, .. at]),
            StringComparison.Ordinal);
        await Done(["campaign", "rehearse", "July calls", "--effect", "40%", "--out", played, .. at]);
        await Done(["campaign", "outcomes", "July calls", "--from-file", played, .. at]);
        Assert.Contains("It worked", await Done(["campaign", "report", "July calls", .. at]), StringComparison.Ordinal);
        JsonElement report = JsonDocument.Parse(await Done(["campaign", "report", "July calls", "--json", .. at])).RootElement;
        Assert.Equal("final", report.GetProperty("stage").GetString());
        Assert.True(report.GetProperty("retention").GetProperty("low").GetDouble() > 0);
        Assert.Equal(120, report.GetProperty("cost").GetDouble());
        Assert.Contains("July calls", await Done(["campaign", "list", .. at]), StringComparison.Ordinal);
        Assert.Contains("is ended", await Done(["campaign", "end", "July calls", .. at]), StringComparison.Ordinal);
        Assert.Contains("is ended", await Refused(["campaign", "export", "July calls", "--out", calls, .. at]), StringComparison.Ordinal);
        Assert.Contains("by their own wish", await Done(["campaign", "opt-out", "C000001", "--channel", "call", .. at]),
            StringComparison.Ordinal);

        Assert.Contains("no rule is in force", await Refused(["alerts", "evaluate", data, .. at]), StringComparison.Ordinal);
        await Done("init", data);
        string[] evaluate = ["alerts", "evaluate", data, .. at, "--as-of", "2025-07-01", "--json"];
        int fired = Fired(await Done(evaluate));
        Assert.InRange(fired, 1, 400);
        Assert.Equal(0, Fired(await Done(evaluate)));
        JsonElement alerts = JsonDocument.Parse(await Done(["alerts", "list", "--top", "1000", "--json", .. at])).RootElement;
        Assert.Equal(fired, alerts.GetArrayLength());
        Assert.Contains("acknowledged", await Done(["alerts", "ack", $"{alerts[0].GetProperty("id")}", .. at]), StringComparison.Ordinal);
        Assert.Contains("There is no alert 9999", await Refused(["alerts", "ack", "9999", .. at]), StringComparison.Ordinal);
        Assert.Contains("is muted until", await Done(["alerts", "mute", "becomes a star", "--for", "7d", .. at]), StringComparison.Ordinal);
        Assert.Contains("names no destination", await Refused(["alerts", "deliver", data, .. at]), StringComparison.Ordinal);
        JsonElement tasks = JsonDocument.Parse(await Done(["tasks", "list", "--json", .. at])).RootElement;
        string id = $"{tasks[0].GetProperty("id")}";
        Assert.Contains("is snoozed to 2030-01-01", await Done(["tasks", "snooze", id, "--until", "2030-01-01", .. at]),
            StringComparison.Ordinal);
        Assert.Contains("is done", await Done(["tasks", "done", id, "--outcome", "reached", .. at]), StringComparison.Ordinal);
        Assert.Contains("is done already", await Refused(["tasks", "done", id, .. at]), StringComparison.Ordinal);
        Assert.Contains("There is no task 9999", await Refused(["tasks", "cancel", "9999", .. at]), StringComparison.Ordinal);
        string calendar = Path.Combine(_folder, "a.ics");
        await Done(["tasks", "calendar", "--owner", "account manager", "--out", calendar, .. at]);
        Assert.StartsWith("BEGIN:VCALENDAR", await File.ReadAllTextAsync(calendar), StringComparison.Ordinal);

        Assert.Contains("has no list", await Refused(["lists", "preview", data, .. at]), StringComparison.Ordinal);
        await File.WriteAllTextAsync(
            Path.Combine(data, "lists.json"),
            JsonSerializer.Serialize(new
            {
                lists = new[] { new { name = "week", audience = "at-risk", top = 5, when = "0 7 * * 1", folder = Path.Combine(_folder,
                    "out") } },
            }));
        string[] send = ["lists", "send", data, .. at, "--as-of", "2025-07-01"];
        Assert.Contains("folder: sent", await Done(send), StringComparison.Ordinal);
        Assert.Contains("not sent: it is noted as sent", await Done(send), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_folder, "out", "week 2025-07-01.xlsx")));
        Assert.Contains("since the list of 2025-07-01",
            await Done(["lists", "preview", data, .. at, "--as-of", "2025-09-01"]), StringComparison.Ordinal);
        Assert.Contains("week", await Done(["lists", "history", .. at]), StringComparison.Ordinal);
        await Done(["audit", "verify", .. at]);
    }

    [Theory]
    [InlineData("--holdout", "150%", "expected a share")]
    [InlineData("--holdout", "0%", "without one nothing is learned")]
    [InlineData("--to", "2025-06-01", "before it begins")]
    [InlineData("--from", "July", "expected a date")]
    [InlineData("--top", "1", "expected 4 customers or more")]
    public async Task What_cannot_be_a_campaign_is_refused_before_anything_is_read(string option, string value, string told)
    {
        var options = new Dictionary<string, string>
        {
            ["--name"] = "x", ["--channel"] = "call", ["--from"] = "2025-07-01", ["--to"] = "2025-08-01", [option] = value,
        };
        Assert.Contains(
            told, await Refused(["campaign", "create", "nowhere", .. options.SelectMany(o => new[] { o.Key, o.Value })]),
            StringComparison.Ordinal);
    }

    private static int Fired(string json) => JsonDocument.Parse(json).RootElement.GetProperty("rules").EnumerateArray()
        .Sum(r => r.GetProperty("result").GetProperty("fired").GetInt32());

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: exit code {code}; {error}");
        return output;
    }

    private static async Task<string> Refused(params string[] args)
    {
        (int code, _, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Refused, $"{string.Join(' ', args)}: exit code {code}; {error}");
        return error;
    }
}
