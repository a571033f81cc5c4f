using Predictive.Cli.Terminal;

namespace Predictive.Cli.Tests;

/// <summary>Every broken input ends with exit code 2 and one clear message on standard error; no stack trace.</summary>
public sealed class BrokenInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-broken-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public Task A_missing_column() =>
        Refused(
            [
                "import", Csv("a.csv", "who,when,much", "1,2025-01-01,5"), "--out", Out("a"), "--customer", "client", "--time", "when",
                "--amount", "much",
            ],
            "client");

    [Fact]
    public Task Two_columns_mapped_to_one_name() =>
        Refused(
            [
                "import", Csv("b.csv", "who,when,much", "1,2025-01-01,5"), "--out", Out("b"), "--customer", "who", "--time", "who",
                "--amount", "much",
            ],
            "'who' is claimed more than once");

    [Fact]
    public Task A_text_file_named_parquet()
    {
        string path = Path.Combine(_folder, "text.parquet");
        File.WriteAllText(path, "customer_id,ordered_at\n1,2025-01-01\n");
        return Refused(["train", path, "--models", Out("models")], "text.parquet");
    }

    [Fact]
    public async Task A_truncated_file()
    {
        string data = await Dataset("whole", Rows(300, 5));
        string file = Path.Combine(data, "transactions.parquet");
        byte[] bytes = await File.ReadAllBytesAsync(file);
        await File.WriteAllBytesAsync(file, bytes[..(bytes.Length / 2)]);
        await Refused(["train", data, "--models", Out("models")], "transactions.parquet");
    }

    [Fact]
    public Task An_empty_table() =>
        Refused(
            ["import", Csv("empty.csv", "who,when,much"), "--out", Out("empty"), "--customer", "who", "--time", "when", "--amount", "much"],
            "empty.csv");

    [Fact]
    public async Task One_customer() => await Refused(["train", await Dataset("one", Rows(1, 40)), "--models", Out("models")], "49 more");

    [Fact]
    public async Task All_amounts_zero() =>
        await Refused(["train", await Dataset("zero", Rows(300, 5, amount: "0")), "--models", Out("models")], "All 1,500 amounts");

    [Fact]
    public async Task No_purchase_before_the_as_of() =>
        await Refused(["train", await Dataset("late", Rows(300, 5)), "--as-of", "2001-01-01", "--models", Out("models")], "2001-01-01");

    [Fact]
    public async Task A_line_after_today_is_told_and_does_not_set_the_as_of()
    {
        string data = await Dataset("future", [.. Rows(300, 5), "1,2031-01-01,5"]);
        (int code, string output, _) = await Run.Predictive("check", data);
        Assert.Equal(ExitCode.Done, code);
        Assert.Contains("2031-01-01", output, StringComparison.Ordinal);
        (code, output, string error) = await Run.Predictive("lookalikes", data, "--json");
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("1 line lies after today", error, StringComparison.Ordinal);
        Assert.DoesNotContain("2031", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--horizon", "90")]
    [InlineData("--horizon", "0d")]
    [InlineData("--tune", "soon")]
    [InlineData("--engine", "quantum")]
    [InlineData("--as-of", "someday")]
    public async Task Options_that_make_no_sense(string option, string value) =>
        await Refused(["train", await Dataset("fine", Rows(20, 3)), "--models", Out("models"), option, value], value);

    [Fact]
    public Task An_unknown_verb() => Refused(["trian"], "trian");

    [Theory]
    [InlineData("100MB", "--memory is 100 MB; expected at least 384 MB")]
    [InlineData("lots", "--memory is 'lots'; expected a size such as 2GB or 512MB")]
    public Task A_memory_budget_nothing_can_run_in(string size, string told) =>
        Refused(["train", _folder, "--models", Out("models"), "--memory", size], told);

    [Theory]
    [InlineData("check")]
    [InlineData("train")]
    [InlineData("backtest", "--cutoff", "2025-01-01")]
    [InlineData("lookalikes")]
    public Task A_dataset_that_is_not_there(params string[] verb) =>
        Refused([verb[0], Path.Combine(_folder, "nowhere"), .. verb[1..]], $"Found nothing at '{Path.Combine(_folder, "nowhere")}'");

    [Theory]
    [InlineData("score", "--out", "s.csv")]
    [InlineData("at-risk")]
    public async Task A_model_that_is_not_there(params string[] verb) =>
        await Refused(
            [verb[0], await Dataset("modelless", Rows(20, 3)), .. verb[1..], "--models", Out("none")], "holds no model; train one first");

    private static string[] Rows(int customers, int each, string amount = "12.5")
    {
        var start = new DateOnly(2024, 1, 1);
        return [
            .. Enumerable.Range(0, customers)
                .SelectMany(
                    c => Enumerable.Range(0, each).Select(i => $"{c + 1},{start.AddDays(((c * 7) + (i * 61)) % 600):yyyy-MM-dd},{amount}")),
        ];
    }

    private static async Task Refused(string[] args, string mentions)
    {
        (int code, string output, string error) = await Run.Predictive(args);
        Assert.True(code == ExitCode.Refused, $"exit code {code}; {error}{output}");
        Assert.Contains(mentions, error, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", error, StringComparison.Ordinal);
        Assert.DoesNotContain("fault of predictive", error, StringComparison.Ordinal);
    }

    private async Task<string> Dataset(string name, string[] rows)
    {
        (int code, _, string error) = await Run.Predictive(
            "import", Csv(name + ".csv", ["who,when,much", .. rows]), "--out", Out(name), "--customer", "who", "--time", "when",
            "--amount", "much");
        Assert.True(code == ExitCode.Done, error);
        return Out(name);
    }

    private string Csv(string name, params string[] lines)
    {
        string path = Path.Combine(_folder, name);
        File.WriteAllLines(path, lines);
        return path;
    }

    private string Out(string name) => Path.Combine(_folder, "out-" + name);
}
