using System.Globalization;
using System.Xml.Linq;
using Predictive.Reports.Charts;
using Predictive.Reports.Pages;
using Predictive.Segmentation.Rules;

namespace Predictive.Reports.Tests.Charts;

public class ChartTests
{
    [Fact]
    public void An_axis_maps_its_range_and_marks_round_values()
    {
        var x = new ChartAxis(0, 1, 62, 466, ChartText.Short);
        Assert.Equal([62, 466, 264], new[] { x.At(0), x.At(1), x.At(.5) });
        Assert.Equal([0, .2, .4, .6, .8, 1], x.Ticks.Select(t => Math.Round(t, 12)));
        Assert.Equal([-2000, 0, 2000, 4000], new ChartAxis(-2000, 4000, 0, 1, ChartText.Short, 4).Ticks);
        Assert.Equal([1, 3, 8, 15, 25, 1000, 1], new[] { 1, 2.6, 6.1, 14, 21, 801.0, -3 }.Select(ChartAxis.RoundUp));
        Assert.Equal(2, new ChartAxis(1, 1, 0, 100, ChartText.Short).To);
    }

    [Fact]
    public async Task A_line_goes_through_the_planted_pixels()
    {
        // 480 × 320 with titles: x from 62 to 458, y from 276 (0) to 10 (1).
        var svg = await Render<LineChart>(new()
        {
            ["Label"] = "l", ["XTo"] = 1.0, ["YTo"] = 1.0, ["XTitle"] = "x", ["YTitle"] = "y",
            ["Series"] = new ChartSeries[] { new("s", "model", [new(0, 0), new(.5, 1), new(double.NaN, 1), new(1, .25)]) },
        });
        var line = Assert.Single(svg.Descendants("polyline"));
        Assert.Equal("62,276 260,10 458,209.5", (string?)line.Attribute("points"));
        Assert.Equal("line model", (string?)line.Attribute("class"));
        Assert.Equal(6, svg.Descendants("line").Count(l => (string?)l.Attribute("class") == "grid"));
    }

    [Fact]
    public async Task A_calibration_dot_sits_at_predicted_and_actual_with_an_area_by_count()
    {
        var svg = await Render<CalibrationPlot>(
            new() { ["Label"] = "l", ["Bins"] = new (double, double, int)[] { (.25, .5, 100), (.75, 1, 400) } });
        var dots = svg.Descendants("circle").ToArray();
        Assert.Equal([(161.0, 163.0, 10.0), (359.0, 10.0, 16.0)], dots.Select(d => (Number(d, "cx"), Number(d, "cy"), Number(d, "r"))));
        Assert.Equal("100 customers: 25 % predicted, 50 % happened", dots[0].Value);
        var diagonal = svg.Descendants("line").Single(l => (string?)l.Attribute("class") == "line ideal");
        Assert.Equal(
            (62.0, 316.0, 458.0, 10.0), (Number(diagonal, "x1"), Number(diagonal, "y1"), Number(diagonal, "x2"), Number(diagonal, "y2")));
    }

    [Fact]
    public async Task Bars_stand_on_zero_and_negative_ones_hang_below_it()
    {
        var svg =
            await Render<PairedBars>(
                new()
                {
                    ["Label"] = "l", ["FirstName"] = "a", ["SecondName"] = "b",
                    ["Pairs"] = new ChartPair[] { new("1", 100, 50, "t"), new("2", -100, double.NaN, "u") },
                });
        var bars = svg.Descendants("rect").Select(r => (Number(r, "y"), Number(r, "height"))).ToArray();

        // y: −100 at 276, 100 at 10, so 0 at 143.
        Assert.Equal([(10.0, 133.0), (76.5, 66.5), (143.0, 133.0), (143.0, 0.0)], bars);
    }

    [Fact]
    public async Task The_longest_bar_fills_the_room_and_the_others_their_share()
    {
        var svg =
            await Render<BarList>(
                new()
                {
                    ["Label"] = "l", ["Width"] = 400.0, ["LabelWidth"] = 140.0,
                    ["Bars"] = new ChartBar[] { new("long & thin", 4, "t"), new("half", 2, "t"), new("none", 0, "t") },
                });
        Assert.Equal([200, 100, 0], svg.Descendants("rect").Select(r => Number(r, "width")));
        Assert.Contains(svg.Descendants("text"), t => t.Value == "long & thin");
    }

    [Fact]
    public void Numbers_read_the_same_everywhere()
    {
        Assert.Equal(
            ["12 %", "12.3 %", "–", "–"],
            new[] { ChartText.Percent(.12), ChartText.Percent(.123, 1), ChartText.Percent(double.NaN), ChartText.Percent(null) });
        Assert.Equal(["1.2M", "35k", "0.5", "9999", "-20k"], new[] { 1.2e6, 35e3, .5, 9999, -2e4 }.Select(ChartText.Short));
        Assert.Equal(["12.30", "1,234", "–"], new[] { ChartText.Amount(12.3), ChartText.Amount(1234.4), ChartText.Amount(null) });
        Assert.Equal("0.33", ChartText.Px(1 / 3.0));
    }

    private static double Number(XElement element, string attribute) =>
        double.Parse((string)element.Attribute(attribute)!, CultureInfo.InvariantCulture);

    private static async Task<XElement> Render<T>(Dictionary<string, object?> parameters)
        where T : Microsoft.AspNetCore.Components.IComponent =>
        XElement.Parse(await ReportPage.RenderAsync<T>(parameters)).DescendantsAndSelf("svg").Single();
}
