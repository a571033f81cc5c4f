using System.Globalization;
using System.Text;
using Predictive.History.Import;

namespace Predictive.History.Tests.Import;

public sealed class CsvNumbersTests
{
    [Theory]
    [InlineData("12.50", 12.5)]
    [InlineData("-3", -3.0)]
    [InlineData("+3", 3.0)]
    [InlineData(".5", .5)]
    [InlineData("5.", 5.0)]
    [InlineData("1,234,567.89", 1234567.89)]
    [InlineData("1 234.5", 1234.5)]
    [InlineData("1\u00A0234.5", 1234.5)]
    [InlineData("1'234.5", 1234.5)]
    [InlineData("1,23,456.00", 123456.0)]
    [InlineData("£12.50", 12.5)]
    [InlineData("-£12.50", -12.5)]
    [InlineData("£-12.50", -12.5)]
    [InlineData("12.50 EUR", 12.5)]
    [InlineData("(12.50)", -12.5)]
    [InlineData("($1,200.00)", -1200.0)]
    [InlineData("12.50-", -12.5)]
    [InlineData("1.5e3", 1500.0)]
    [InlineData("1E-3", .001)]
    [InlineData("123456789012345678901", null)]
    [InlineData("0.1234567890123456789012", 0.123456789012345678)]
    [InlineData("12,50", null)]
    [InlineData("1,2345", null)]
    [InlineData("1.2.3", null)]
    [InlineData("0,946", null)]
    [InlineData("-0,946", null)]
    [InlineData("0\u00A0946", null)]
    [InlineData("74'843,487", null)]
    [InlineData("1\u2019234.5", 1234.5)]
    [InlineData("5.00 CR", -5.0)]
    [InlineData("5.00 DR", 5.0)]
    [InlineData("\u22125.00", -5.0)]
    [InlineData("12%", null)]
    [InlineData("abc", null)]
    [InlineData("NaN", null)]
    [InlineData("-", null)]
    [InlineData("12 pieces", null)]
    [InlineData("", null)]
    public void WithADecimalPoint(string text, double? expected) => Check(false, text, expected);

    [Theory]
    [InlineData("12,50", 12.5)]
    [InlineData("1.234,50", 1234.5)]
    [InlineData("1 234,50 €", 1234.5)]
    [InlineData("-0,01", -.01)]
    [InlineData("1.5", null)]
    public void WithADecimalComma(string text, double? expected) => Check(true, text, expected);

    [Fact]
    public void CountsTheCurrencyMarks()
    {
        var numbers = new CsvNumbers(false, CsvEncoding.Utf8);
        foreach (string text in new[] { "£1", "£2", "EUR 3", "4" })
        {
            Assert.True(numbers.TryParse(Encoding.UTF8.GetBytes(text), out _));
        }

        Assert.Equal(2, numbers.Marks["£"]);
        Assert.Equal(1, numbers.Marks["EUR"]);
    }

    /// <summary>Quantity × price is rounded once, from the exact product: 6 × 2.55 is 15.3 and not 15.299999999999999.</summary>
    [Fact]
    public void ProductsAreRoundedOnce()
    {
        const int seed = 7;
        var random = new Random(seed);
        Assert.Equal(15.3, ExactNumber.ToDouble(6 * 255, 2));
        for (int i = 0; i < 10_000; i++)
        {
            long quantity = random.Next(-500, 5000), cents = random.NextInt64(1, 10_000_000_000);
            double expected =
                double.Parse(((decimal)quantity * cents / 1000m).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
            Assert.Equal(expected, ExactNumber.ToDouble((Int128)quantity * cents, 3));
        }
    }

    /// <summary>Any double written by the framework with up to 17 digits comes back as the number its digits say.</summary>
    [Fact]
    public void RandomNumbersAgreeWithTheFramework()
    {
        const int seed = 11;
        var random = new Random(seed);
        var numbers = new CsvNumbers(false, CsvEncoding.Utf8);
        for (int i = 0; i < 20_000; i++)
        {
            string text = ((random.NextDouble() - .5) * Math.Pow(10, random.Next(-3, 9))).ToString(
                "F" + random.Next(0, 6), CultureInfo.InvariantCulture);
            Assert.True(numbers.TryParse(Encoding.UTF8.GetBytes(text), out var number), text);
            Assert.Equal(double.Parse(text, CultureInfo.InvariantCulture), number.ToDouble());
        }
    }

    private static void Check(bool comma, string text, double? expected)
    {
        bool read = new CsvNumbers(comma, CsvEncoding.Utf8).TryParse(Encoding.UTF8.GetBytes(text), out var number);
        Assert.Equal(expected is not null, read);
        if (expected is not null)
        {
            Assert.Equal(expected.Value, number.ToDouble());
        }
    }
}
