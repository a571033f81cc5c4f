using System.Text.RegularExpressions;
using System.Xml.Linq;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Reports.Portfolios;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;

namespace Predictive.Reports.Tests.Portfolios;

/// <summary>The page of a portfolio says what the report says, escaped, without a script or a reference to anything outside.</summary>
public partial class PortfolioPageTests
{
    [Fact]
    public async Task It_shows_figures_segments_and_who_moved()
    {
        PortfolioReport report = Report();
        string html = await PortfolioPage.RenderAsync(report);
        Assert.Equal(html, await PortfolioPage.RenderAsync(report));
        XElement page = XElement.Parse(Meta().Replace(html["<!DOCTYPE html>".Length..], ""));
        Assert.Empty(page.Descendants("script"));
        Assert.DoesNotMatch("(src|href)=", html);
        string text = page.Value;
        Assert.Contains("<b>big</b>", text, StringComparison.Ordinal); // escaped, not markup
        MigrationMatrix tiers = report.Compared!.Migration["tier"];
        Assert.Contains($"{tiers.Stayed} stayed, {tiers.MovedUp} moved up, {tiers.MovedDown} down, {tiers.Entered.Sum()} are new.", text,
            StringComparison.Ordinal);
        Assert.All(report.Cutoffs, line => Assert.Contains(line, text, StringComparison.Ordinal));
        Assert.Contains("Customers by rfm segment", page.Descendants("svg").Select(s => (string?)s.Attribute("aria-label")));

        // Every count of the matrix stands in its cell.
        XElement table = page.Descendants("table").First(t => t.Value.Contains("bronze", StringComparison.Ordinal));
        string[] rows = [.. table.Descendants("tbody").Single().Elements("tr").Select(r => string.Join(
            ",", r.Elements("td").Skip(1).Take(tiers.States.Count).Select(c => c.Value.Trim())))];
        Assert.Equal(tiers.Counts.Select(r => string.Join(",", r.Select(n => n == 0 ? "" : $"{n}"))), rows.SkipLast(1));
    }

    private static PortfolioReport Report()
    {
        var random = new Random(5);
        var lines = Enumerable.Range(0, 120).SelectMany(c => Enumerable.Range(0, 1 + random.Next(8)).Select(o => new TransactionLine(
            $"c{c:000}", new DateTime(2024, 1, 1).AddDays(random.Next(300)), 10 + random.Next(90), $"o{c}-{o}", $"p{random.Next(5)}")));
        TransactionHistory history = TransactionHistoryBuilder.Build([.. lines]);
        LocalTime now = LocalTime.StartOf(new DateOnly(2024, 11, 1)), then = LocalTime.StartOf(new DateOnly(2024, 8, 1));
        var options = new RuleOptions
        {
            Segments = [new OwnSegment("<b>big</b>") { All = [new("spend_365d") { AtLeast = 100 }] }],
        };
        RuleBook book = RuleBook.Fit(history, now, options);
        return PortfolioBuilder.Build(
            SegmentTable.Build(history, book, now), null, SegmentTable.Build(history, book, then));
    }

    [GeneratedRegex("<meta [^>]*/?>")]
    private static partial Regex Meta();
}
