using System.Text;
using Predictive.History;
using Predictive.History.Import;

namespace Predictive.History.Tests.Import;

public sealed class TimeFormatTests
{
    [Theory]
    [InlineData("yyyy-MM-dd HH:mm:ss", "2010-12-01 08:26:00", "2010-12-01T08:26:00")]
    [InlineData("yyyy-MM-dd[ HH:mm:ss]", "2010-12-01", "2010-12-01")]
    [InlineData("dd/MM/yyyy HH:mm", "1/2/2011 9:05", "2011-02-01T09:05:00")]
    [InlineData("MM/dd/yy", "12/31/99", "1999-12-31")]
    [InlineData("yyyyMMdd", "20240229", "2024-02-29")]
    [InlineData("yyyyMMddHHmmss", "20240229235959", "2024-02-29T23:59:59")]
    [InlineData("dd MMM yyyy", "03 Sept 2020", "2020-09-03")]
    [InlineData("MMM dd, yyyy h:mm tt", "Jan 5, 2020 12:07 AM", "2020-01-05T00:07:00")]
    [InlineData("MMM dd, yyyy h:mm tt", "January 5, 2020 12:07 PM", "2020-01-05T12:07:00")]
    [InlineData("yyyy-MM-dd'T'HH:mm:ss.fff", "2020-01-05T10:00:00.123456789", "2020-01-05T10:00:00.123456")]
    [InlineData("yyyy-MM-dd'T'HH:mm:ssK", "2020-07-05T10:00:00Z", "2020-07-05T11:00:00")]
    [InlineData("yyyy-MM-dd'T'HH:mm:ssK", "2020-01-05T10:00:00+05:30", "2020-01-05T04:30:00")]
    [InlineData("unix-s", "1577836800", "2020-01-01")]
    [InlineData("unix-ms", "1577836800123", "2020-01-01T00:00:00.123000")]
    [InlineData("unix-us", "-1", "1970-01-01T00:59:59.999999")]
    public void ReadsOnTheLondonClock(string format, string text, string expected)
    {
        Assert.True(London(format).TryParse(Encoding.UTF8.GetBytes(text), out long micros));
        Assert.Equal(expected, new LocalTime(micros).ToString());
    }

    [Theory]
    [InlineData("yyyy-MM-dd", "2010-13-01")]
    [InlineData("yyyy-MM-dd", "2010-02-29")]
    [InlineData("yyyy-MM-dd", "2010-02-28x")]
    [InlineData("yyyy-MM-dd", "10-02-28")]
    [InlineData("yyyy-MM-dd", "0001-01-01")]
    [InlineData("yyyy-MM-dd", "9999-12-31")]
    [InlineData("yyyy-MM-dd HH:mm", "2010-02-28 24:00")]
    [InlineData("yyyy-MM-dd hh:mm tt", "2010-02-28 13:00")]
    [InlineData("dd/MM/yyyy", "")]
    [InlineData("unix-s", "99999999999999")]
    [InlineData("unix-s", "12x")]
    public void RefusesWhatIsNoTime(string format, string text) =>
        Assert.False(London(format).TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("dd/MM")]
    [InlineData("yyyy-MM")]
    [InlineData("yyyy-MM-dd q")]
    [InlineData("yyyy-MM-dd[ HH:mm")]
    [InlineData("yyyy-MM-dd 'at")]
    public void AFormatThatMakesNoSenseIsRefused(string format)
    {
        var refused = Assert.Throws<DatasetException>(() => London(format));
        Assert.Equal("bad-time-format", refused.Findings[0].Code);
        Assert.Contains(format, refused.Message);
    }

    [Fact]
    public void ARepeatedTextGivesTheSameAnswerAsTheFirst()
    {
        var format = London("dd/MM/yyyy");
        foreach (string text in new[] { "01/02/2011", "01/02/2011", "02/02/2011", "bad", "02/02/2011", "1/2/2011" })
        {
            bool read = format.TryParse(Encoding.UTF8.GetBytes(text), out long micros);
            Assert.Equal(text != "bad", read);
            Assert.True(!read || new LocalTime(micros).ToString() == (text.StartsWith("02") ? "2011-02-02" : "2011-02-01"), text);
        }
    }

    /// <summary>Every half hour of two years, daylight saving included, against the framework's own conversion.</summary>
    [Fact]
    public void OffsetsAgreeWithTheFramework()
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById("Europe/London");
        var format = London("yyyy-MM-dd'T'HH:mm:ssK");
        for (var utc = new DateTime(2019, 1, 1, 0, 0, 0, DateTimeKind.Utc); utc.Year < 2021; utc = utc.AddMinutes(29))
        {
            Assert.True(format.TryParse(Encoding.UTF8.GetBytes(utc.ToString("yyyy-MM-dd'T'HH:mm:ssK")), out long micros));
            Assert.Equal(LocalTime.From(TimeZoneInfo.ConvertTimeFromUtc(utc, zone)).Micros, micros);
        }
    }

    private static TimeFormat London(string format) => TimeFormat.Compile(format, TimeZoneInfo.FindSystemTimeZoneById("Europe/London"));
}
