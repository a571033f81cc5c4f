using System.Text.RegularExpressions;
using System.Xml.Linq;
using Predictive.Reports.Backtests;
using Predictive.Segmentation.Models.Evaluation;
using Predictive.Segmentation.Rules;

namespace Predictive.Reports.Tests.Backtests;

public partial class BacktestPageTests
{
    private static readonly BacktestReport Report = SampleReport.Make();

    [Fact]
    public async Task The_page_refers_to_nothing_outside_itself_and_runs_no_script()
    {
        string html = await BacktestPage.RenderAsync(Report);
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        Assert.Empty(Reference().Matches(html).Select(m => m.Value));

        // What the pattern is for: it finds each of these.
        Assert.All(
            [
                "<img src=\"x.png\">", "<link rel=\"stylesheet\" href=\"a.css\">", "<script>", "<style>@import 'x'</style>",
                "a{background:url(x)}", "<a href='https://e.org'>", "<iframe srcdoc=''>",
            ],
            bad => Assert.Matches(Reference(), bad));
    }

    [Fact]
    public async Task The_page_is_well_formed_and_shows_every_part()
    {
        string html = await BacktestPage.RenderAsync(Report);
        var page = Parse(html);
        Assert.Equal(
            ["Calibration plot of the churn probabilities", "Gain curve: leavers caught by customers contacted", "Lift curve: leavers "
                + "among those contacted against the average",
                "Features by mean contribution to the churn score", "Mean predicted and actual net spend by decile of prediction",
                "Share of spend by share of customers, highest prediction first",
                "Share that bought nothing by window, oldest first", "Net spend per customer by window, oldest first",
                "Customers by window, oldest first", "Median days of silence by window, oldest first"],
            page.Descendants("svg").Select(s => (string?)s.Attribute("aria-label")));
        Assert.Equal(3, page.Descendants("table").Count());
        Assert.Contains(
            "2,735 customers were scored, and the 90 days that followed showed what really happened: 46 % of them bought nothing", html,
            StringComparison.Ordinal);
        Assert.Contains("does not reach .820 of &lt;past spend&gt; &amp; co", html, StringComparison.Ordinal);
        Assert.Contains("ridge logistic 0.45, trees 0.45, pareto/nbd 0.10.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.Contains("prefers-color-scheme: dark", html, StringComparison.Ordinal);
        Assert.Contains("@media print", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_best_of_each_column_is_marked()
    {
        var page = Parse(await BacktestPage.RenderAsync(Report));
        var rows = page.Descendants("table").ElementAt(1).Descendants("tr").Skip(1).ToArray();
        Assert.Equal(
            ["This model", "Days since the last order", "RFM score", "BG/NBD", "BG/NBD × Gamma-Gamma"],
            rows.Select(r => r.Elements().First().Value));
        string[] best =
        [
            .. rows.SelectMany(r =>
                r.Elements().Where(c => (string?)c.Attribute("class") == "best").Select(c => $"{r.Elements().First().Value}: {c.Value}")),
        ];
        Assert.Equal(
            [
                "This model: 0.765", "This model: 0.568", "This model: 0.196", "This model: 1.6 %", "This model: 1.75",
                "This model: 0.522", "This model: 60.4 %", "RFM score: 0.820",
            ], best);
    }

    [Fact]
    public async Task Equal_reports_give_equal_files_and_nothing_half_written_stays()
    {
        string folder = Directory.CreateTempSubdirectory("report").FullName;
        try
        {
            await BacktestPage.WriteAsync(Report, Path.Combine(folder, "a.html"), TestContext.Current.CancellationToken);
            await BacktestPage.WriteAsync(SampleReport.Make(), Path.Combine(folder, "b.html"), TestContext.Current.CancellationToken);
            Assert.Equal(
                await File.ReadAllBytesAsync(Path.Combine(folder, "a.html"), TestContext.Current.CancellationToken),
                await File.ReadAllBytesAsync(Path.Combine(folder, "b.html"), TestContext.Current.CancellationToken));
            await Assert.ThrowsAnyAsync<IOException>(() => BacktestPage.WriteAsync(Report, Path.Combine(folder, "a.html", "c.html")));
            Directory.CreateDirectory(Path.Combine(folder, "taken"));
            await Assert.ThrowsAnyAsync<Exception>(() => BacktestPage.WriteAsync(Report, Path.Combine(folder, "taken")));
            Assert.Equal(["a.html", "b.html", "taken"], Directory.EnumerateFileSystemEntries(folder).Select(Path.GetFileName).Order());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Fact]
    public async Task A_report_with_nothing_to_draw_still_makes_a_page()
    {
        var empty = Report with
        {
            Charts = new BacktestCharts([], [], [], [], [], [], [], []),
            Baselines = new Dictionary<string, BaselineMetrics>(),
            Churn = new ChurnMetrics(0, double.NaN, double.NaN, double.NaN, 0, 0, double.NaN),
            Clv = new ClvMetrics(0, 0, double.NaN, 0, 0, double.NaN, double.NaN),
            Interval = Report.Interval with { CoverageLikelyBuyers = null },
        };
        string html = await BacktestPage.RenderAsync(empty);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Infinity", html, StringComparison.Ordinal);
        Assert.DoesNotContain("∞", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Words_follow_the_figures()
    {
        Assert.Equal(
            "Pick one customer who left and one who stayed: in 76 of 100 such pairs the model gives the leaver the higher risk. Days "
                + "since the last order alone manage 67.",
            BacktestWords.Ranking(Report));
        Assert.StartsWith("The probabilities can be taken at their word", BacktestWords.Calibration(Report), StringComparison.Ordinal);
        Assert.StartsWith(
            "The ranking can be used", BacktestWords.Calibration(Report with { Churn = Report.Churn with { Ece = .07 } }),
            StringComparison.Ordinal);
        Assert.Contains(
            "1,150,000 was predicted and 1,210,000 came in, close enough to plan with", BacktestWords.Value(Report),
            StringComparison.Ordinal);
        Assert.Contains(
            "would be too high", BacktestWords.Value(Report with { Clv = Report.Clv with { PredictedTotal = 2e6 } }),
            StringComparison.Ordinal);
        Assert.Contains(
            "46 % bought nothing, in the newest training window 50 %: a model can rank well under such drift", BacktestWords.Drift(Report),
            StringComparison.Ordinal);
        Assert.Equal(.25, BacktestWords.At([new(0, 0), new(.2, .5), new(1, 1)], .1), 12);
    }

    // As XML: meta is the only void element of the page.
    private static XDocument Parse(string html) => XDocument.Parse(Meta().Replace(html["<!DOCTYPE html>".Length..], "$0</meta>"));

    [GeneratedRegex("<meta[^>]*>")]
    private static partial Regex Meta();

    [GeneratedRegex(
        @"\b(src|href|srcset|srcdoc|action|data|poster)\s*=|url\(|@import|<script|<link|<iframe|<object|<embed|https?://",
        RegexOptions.IgnoreCase)]
    private static partial Regex Reference();
}
