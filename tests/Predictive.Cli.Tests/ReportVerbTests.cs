using System.Text.Json;
using Predictive.Cli.Terminal;
using Predictive.Store;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>report on data-samples as a marketing head calls it: figures against metrics compute, formats, refusals, the review and its
/// approval.</summary>
public sealed class ReportVerbTests : IDisposable
{
    private static readonly string s_data = Path.Combine(SharedData.RepositoryRoot, "data-samples");

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-report-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task The_report_tells_what_metrics_compute_and_is_the_same_twice()
    {
        JsonElement report = JsonDocument.Parse(await Done("report", s_data, "--compare", "2025-06", "--json")).RootElement;
        foreach (JsonElement figure in report.GetProperty("happened").EnumerateArray())
        {
            string name = figure.GetProperty("metric").GetString()!.Split('/')[0];
            JsonElement total = JsonDocument.Parse(await Done(
                "metrics", "compute", name, s_data, "--from", "2025-06", "--to", "2025-06", "--compare", "previous", "--json")).RootElement
                .GetProperty("total");
            Assert.Equal(total.GetProperty("value").GetDouble(), figure.GetProperty("value").GetDouble());
            Assert.Equal(total.GetProperty("before").GetDouble(), figure.GetProperty("before").GetDouble());
        }

        // The three parts of the revenue add up to its change, to the cent.
        JsonElement revenue = report.GetProperty("happened")[0];
        Assert.Equal(
            revenue.GetProperty("value").GetDouble() - revenue.GetProperty("before").GetDouble(),
            report.GetProperty("drivers").EnumerateArray().Sum(d => d.GetProperty("effect").GetDouble()), .006);
        foreach (string ending in new[] { "html", "md", "xlsx" })
        {
            string one = Path.Combine(_folder, "one." + ending), two = Path.Combine(_folder, "two." + ending);
            await Done("report", s_data, "--out", one, "--language", "zh");
            await Done("report", s_data, "--out", two, "--language", "zh");
            Assert.Equal(await File.ReadAllBytesAsync(one), await File.ReadAllBytesAsync(two));
        }

        string html = await File.ReadAllTextAsync(Path.Combine(_folder, "one.html"));
        Assert.Contains("<html lang=\"zh-Hans\">", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("http", html.Replace("http://www.w3.org", "", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Contains("revenue/1", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_review_proposes_and_nothing_takes_effect_before_it_is_approved_by_name()
    {
        string proposal = Path.Combine(_folder, "q2.json"), store = Path.Combine(_folder, "store.db");
        string[] review = ["report", s_data, "--quarter", "2025Q2", "--proposal", proposal];
        JsonElement figures = JsonDocument.Parse(await Done([.. review, "--json"])).RootElement;
        Assert.Equal("2025-07-01", figures.GetProperty("asOf").GetString()![..10]);
        JsonElement tiers = figures.GetProperty("migration").GetProperty("tier");
        int moved = tiers.GetProperty("stayed").GetInt32() + tiers.GetProperty("movedUp").GetInt32()
            + tiers.GetProperty("movedDown").GetInt32();
        Assert.Equal(moved, tiers.GetProperty("counts").EnumerateArray().Sum(r => r.EnumerateArray().Sum(c => c.GetInt32())));
        string settings = Path.ChangeExtension(proposal, ".approved.json");
        Assert.False(File.Exists(settings));

        // Only where there is a store, under a name, and for exactly what was proposed.
        Assert.Contains("needs a name", await Refused([.. review[..4], "--approve-by", "Ann Lee"]), StringComparison.Ordinal);
        StoreDatabase.Open(store, TimeProvider.System);
        string read = await File.ReadAllTextAsync(proposal);
        await File.WriteAllTextAsync(proposal, read.Replace("\"hash\": \"", "\"hash\": \"0", StringComparison.Ordinal));
        Assert.Contains(
            "is not what would be proposed now", await Refused([.. review, "--approve-by", "Ann Lee", "--store", store]),
            StringComparison.Ordinal);
        Assert.False(File.Exists(settings));
        await File.WriteAllTextAsync(proposal, read);
        await Done([.. review, "--approve-by", "Ann Lee", "--store", store]);
        string log = await Done("audit", "list", "--store", store, "--json");
        Assert.Contains("approve-cutoffs", log, StringComparison.Ordinal);
        Assert.Contains("Ann Lee", log, StringComparison.Ordinal);

        // The settings are those of a segments.json, and under them the base divides as proposed.
        string tier = await Done("segment", s_data, "--segments", settings, "--as-of", "2025-07-01", "--json");
        Assert.NotEmpty(tier);
    }

    [Theory]
    [InlineData("--language is 'fr'; expected en or zh", "--language", "fr")]
    [InlineData("the ending is '.doc'; expected .html, .md, .xlsx or .pdf", "--out", "report.doc")]
    [InlineData("compare is 'sometime'", "--compare", "sometime")]
    [InlineData("Choose another period", "--compare", "1999-06")]
    [InlineData("The quarter is '2025-06'", "--quarter", "2025-06")]
    [InlineData("needs data before it", "--quarter", "2019-Q1")]
    [InlineData("belong to the review", "--approve-by", "Ann Lee")]
    public async Task What_cannot_be_is_refused(string says, params string[] args) =>
        Assert.Contains(says, await Refused(["report", s_data, .. args]), StringComparison.Ordinal);

    private static async Task<string> Done(params string[] args)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Done, $"{string.Join(' ', args)}: {code}: {error}");
        return output;
    }

    private static async Task<string> Refused(string[] args)
    {
        (int code, _, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Refused, $"{string.Join(' ', args)}: {code}: {error}");
        return error;
    }
}
