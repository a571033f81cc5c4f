using System.Globalization;
using System.IO.Compression;
using Predictive.Learning.Lifetimes;
using Predictive.Tests;

namespace Predictive.Learning.Tests.Lifetimes;

/// <summary>
/// Published numbers on the CDNOW 1/10 sample, calibration to 1997-09-30, weeks (Fader &amp; Hardie; CLVTools and lifetimes test suites).
/// </summary>
public class PublishedCdnowTests
{
    [Fact]
    public void BgNbd_reproduces_the_published_parameters()
    {
        var (x, tx, t) = Calibration();
        Assert.Equal(2357, x.Length);
        BgNbdModel model = BgNbdModel.Fit(x, tx, t);
        Assert.True(model.DropoutIdentified);
        Assert.Equal(.2426, model.R, .0005);
        Assert.Equal(4.4136, model.Alpha, .0005);
        Assert.Equal(.7929, model.A, .0005);
        Assert.Equal(2.4259, model.B, .0005);
        Assert.Equal(-9582.429, model.LogLikelihood, .01);
        Assert.All(model.StandardErrors, e => Assert.InRange(e, 1e-4, 1));
        // Spot check of the literature.
        Assert.Equal(1.226, model.ExpectedPurchases(2, 30.43, 38.86, 39), .001);
        // One-time buyers never drop out in this model.
        Assert.Equal(1, model.ProbabilityAlive(0, 0, 38));
    }

    [Fact]
    public void ParetoNbd_reproduces_the_published_parameters()
    {
        var (x, tx, t) = Calibration();
        ParetoNbdModel model = ParetoNbdModel.Fit(x, tx, t);
        Assert.Equal(.5533, model.R, .0005);
        Assert.Equal(10.578, model.Alpha, .005);
        Assert.Equal(.6061, model.S, .0005);
        Assert.Equal(11.669, model.Beta, .005);
        Assert.Equal(-9594.976, model.LogLikelihood, .01);
        Assert.Equal(25.46, model.ExpectedPurchases(26, 30.86, 31, 52), .01);
    }

    [Fact]
    public void MbgNbd_reproduces_the_published_parameters()
    {
        var (x, tx, t) = Calibration();
        MbgNbdModel model = MbgNbdModel.Fit(x, tx, t);
        Assert.Equal(.525, model.R, .001);
        Assert.Equal(6.183, model.Alpha, .005);
        Assert.Equal(.891, model.A, .001);
        Assert.Equal(1.614, model.B, .002);
    }

    [Fact]
    public void GammaGamma_reproduces_the_published_parameters()
    {
        string[][] rows =
        [.. Rows("data/cdnow/cdnow_customers_summary_with_transactions.csv.gz", out var column).Where(r => Number(r[column["x"]]) > 0)];
        Assert.Equal(946, rows.Length);
        GammaGammaModel model =
            GammaGammaModel.Fit([.. rows.Select(r => Number(r[column["x"]]))], [.. rows.Select(r => Number(r[column["zbar"]]))]);
        Assert.Equal(6.249, model.P, .01);
        Assert.Equal(3.745, model.Q, .01);
        Assert.Equal(15.448, model.Gamma, .01);
        Assert.Equal(-4055.92, model.LogLikelihood, .01);
        Assert.False(model.Degenerate);
    }

    private static (double[] X, double[] Tx, double[] T) Calibration()
    {
        string[][] rows = [.. Rows("data/cdnow/cdnow_customers_summary.csv.gz", out var column)];
        return (
            [.. rows.Select(r => Number(r[column["frequency"]]))], [.. rows.Select(r => Number(r[column["recency"]]))],
            [.. rows.Select(r => Number(r[column["T"]]))]);
    }

    private static IEnumerable<string[]> Rows(string path, out Dictionary<string, int> column)
    {
        using var reader = new StreamReader(new GZipStream(File.OpenRead(SharedData.Path(path)), CompressionMode.Decompress));
        string[] lines = reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        column = lines[0].Split(',').Select((name, i) => (Name: name.Trim('"'), i)).ToDictionary(p => p.Name, p => p.i);
        return lines[1..].Select(l => l.Split(','));
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);
}
