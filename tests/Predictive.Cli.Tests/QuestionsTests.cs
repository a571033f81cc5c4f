using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>What may be read in two ways is asked where somebody sits at a terminal: the answer decides, in a pipe the flags do.</summary>
public sealed class QuestionsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-questions-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private string Data => Path.Combine(_folder, "data");

    /// <summary>Each kind of doubt, each answer: what is asked, what is typed, the sum of the amounts or the first day then.</summary>
    [Theory]
    [InlineData("customer,date,x,y\n1,2024-01-31,5.25,7.50\n2,2024-01-31,6.25,8.50", "Which column is the money", "1\n", "11.5")]
    [InlineData("customer,date,x,y\n1,2024-01-31,5.25,7.50\n2,2024-01-31,6.25,8.50", "Which column is the money", "2\n", "16")]
    [InlineData("customer,date,x,y\n1,2024-01-31,5.25,7.50\n2,2024-01-31,6.25,8.50", "Which column is the money", "\n", "11.5")]
    [InlineData("customer,date,x,y\n1,2024-01-31,5.25,7.50\n2,2024-01-31,6.25,8.50", "is none of 1 to 2", "3\nyes\n 2 \n", "16")]
    [InlineData("customer,date,quantity,price\n1,2024-01-31,2,7.50\n2,2024-01-31,3,8.50", "the price of one unit", "1\n", "40.5")]
    [InlineData("customer,date,quantity,price\n1,2024-01-31,2,7.50\n2,2024-01-31,3,8.50", "the price of one unit", "2\n", "16")]
    [InlineData("customer,date,total,status\n1,2024-01-31,5,completed\n2,2024-01-31,6,cancelled", "which orders count", "1\n", "5")]
    [InlineData("customer,date,total,status\n1,2024-01-31,5,completed\n2,2024-01-31,6,cancelled", "which orders count", "2\n", "11")]
    [InlineData("customer;date;amount\n1;2024-01-31;2.350\n2;2024-02-01;1.125", "Which is the decimal mark", "1\n", "3.475")]
    [InlineData("customer;date;amount\n1;2024-01-31;2.350\n2;2024-02-01;1.125", "Which is the decimal mark", "2\n", "3475")]
    [InlineData("customer,date,amount\n1,2024-01-31,\"1,234\"\n2,2024-02-01,\"2,125\"", "Which is the decimal mark", "2\n", "3.359")]
    [InlineData("customer,date,amount\n1,01/02/2024,5\n2,03/04/2024,6", "In which order", "1\n", "2024-02-01")]
    [InlineData("customer,date,amount\n1,01/02/2024,5\n2,03/04/2024,6", "In which order", "2\n", "2024-01-02")]
    [InlineData("customer,date,amount\n1,2024-01-31,USD 5\n2,2024-01-31,EUR 6", "Which currency is kept", "1\n", "6")]
    [InlineData("customer,date,amount\n1,2024-01-31,USD 5\n2,2024-01-31,EUR 6", "Which currency is kept", "2\n", "5")]
    [InlineData("customer,date,amount\n1,2024-01-31,$5\n2,2024-01-31,6 €", "Which currency is kept", "1\n", "5|6")]
    [InlineData(
        "customer,d1,d2,x,y\n1,2024-01-31,2024-02-01,5.5,7.5\n2,2024-01-31,2024-02-03,6.5,8.5", "Which column is the time", "2\n1\n", "12")]
    public async Task An_answer_decides(string text, string asked, string typed, string expected)
    {
        string file = Path.Combine(_folder, "in.csv");
        await File.WriteAllTextAsync(file, text);
        (int code, string output, string error) = await Run.Answering(typed, "import", file, "--out", Data);
        Assert.True(code == ExitCode.Done, $"{code}: {output}{error}");
        Assert.Contains(asked, error, StringComparison.Ordinal);
        Assert.DoesNotContain(asked, output, StringComparison.Ordinal);
        TransactionHistory history = DatasetLoader.Load(Data);
        string found = expected.Contains('-', StringComparison.Ordinal)
            ? new LocalTime(history.FirstMicros).ToString()[..10]
            : history.Columns.Amount.Sum().ToString("0.###", CultureInfo.InvariantCulture);
        Assert.Contains(found, expected.Split('|'));

        // The same file in a pipe is refused, and says what would have decided.
        (code, _, error) = await Run.Predictive("import", file, "--out", Data + "-2");
        Assert.Equal(ExitCode.Refused, code);
        Assert.Matches("--(amount|unit-price|count-status|decimal|time|time-format|only)", error);
        Assert.False(Directory.Exists(Data + "-2"));
    }

    [Theory]
    [InlineData("q\n")]
    [InlineData("")]
    public async Task Whoever_stops_decides_nothing(string typed)
    {
        string file = Path.Combine(_folder, "in.csv");
        await File.WriteAllTextAsync(file, "customer,date,x,y\n1,2024-01-31,5.25,7.50\n2,2024-01-31,6.25,8.50");
        (int code, _, string error) = await Run.Answering(typed, "import", file, "--out", Data);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("--amount 'x' or --amount 'y'", error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Data));
    }

    /// <summary>With --json the document stands alone on standard output, whatever was asked.</summary>
    [Fact]
    public async Task Questions_do_not_disturb_the_document()
    {
        (int code, string output, string error) =
            await Run.Answering(
                "1\n", "import", SharedData.Path("cases/two_systems.csv"), "--out", Data, "--json", "--customer", "id", "--time", "date");
        Assert.True(code == ExitCode.Done, error);
        Assert.StartsWith("{", output, StringComparison.Ordinal);
        Assert.Contains("In which order are day and month?", error, StringComparison.Ordinal);
    }
}
