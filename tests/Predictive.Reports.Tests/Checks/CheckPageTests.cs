using System.Text.RegularExpressions;
using System.Xml.Linq;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Checks;

namespace Predictive.Reports.Tests.Checks;

/// <summary>The page of a check says what the check said, escaped, without a reference to anything outside.</summary>
public partial class CheckPageTests
{
    private static readonly CheckReport Report = new()
    {
        Usable = true,
        Lines = 1234,
        Customers = 56,
        Prospects = 7,
        First = "2024-01-05T00:00:00",
        Last = "2024-04-02T00:00:00",
        Findings =
        [
            new Finding(
                "odd-id", FindingSeverity.Warning, "Ids such as <b>None</b> & co.", "transactions", "customer_id", 3, ["None", "NA"]),
            new Finding("returns", FindingSeverity.Info, "Some lines are returns.", "transactions", null, 12),
        ],
        Months = [new("2024-01", 600, 590, 12872.27), new("2024-02", 500, 480, -10), new("2024-04", 134, 134, 99)],
        LeftOut = [new("shop.csv", "transactions", "no customer id", 88, 1322, false, [2, 9])],
    };

    [Fact]
    public async Task It_shows_history_rows_left_out_and_findings()
    {
        string html = await CheckPage.RenderAsync(Report, "my <shop>");
        XElement page = XElement.Parse(Meta().Replace(html["<!DOCTYPE html>".Length..], ""));
        Assert.Equal(
            ["Lines by month", "Net amount by month"], page.Descendants("svg").Select(s => (string?)s.Attribute("aria-label")));

        // March, of which there is no line, has its place: four dots a chart.
        Assert.Equal([4, 4], page.Descendants("svg").Select(s => s.Descendants("circle").Count()));
        string text = page.Value;
        foreach (string told in new[]
        {
            "What is in my <shop>?", "1,234", "no customer id", "88", "6.7 %", "shop.csv (transactions)", "2, 9",
            "Ids such as <b>None</b> & co.", "For example: None; NA",
            "worth a look · odd-id · transactions.customer_id · 3", "12,961", "net amount: 2024-03, 0",
        })
        {
            Assert.Contains(told, text, StringComparison.Ordinal);
        }

        Assert.DoesNotContain("<script", html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", html, StringComparison.Ordinal);
        Assert.Equal(html, await CheckPage.RenderAsync(Report, "my <shop>"));
    }

    [Fact]
    public async Task A_dataset_that_cannot_be_read_has_a_page_too()
    {
        string html = await CheckPage.RenderAsync(
            new CheckReport
            {
                Usable = false, Lines = 0, Customers = 0, First = null, Last = null,
                Findings = [new Finding("missing-table", FindingSeverity.Blocking, "There is no transactions table.", null, null, 1)],
            },
            "empty");
        Assert.Contains("not yet usable", html, StringComparison.Ordinal);
        Assert.Contains("There is no transactions table.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<svg", html, StringComparison.Ordinal);
    }

    [GeneratedRegex("<meta[^>]*>")]
    private static partial Regex Meta();
}
