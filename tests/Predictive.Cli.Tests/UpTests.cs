using Predictive.Cli.Terminal;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>A shop's file to a judged, published model, as somebody types it who has read nothing.</summary>
public sealed class UpTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-up-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_becomes_a_published_model_without_a_flag()
    {
        string file = Path.Combine(_folder, "bestellungen.csv"), data = Path.Combine(_folder, "data"),
            models = Path.Combine(_folder, "models");
        var random = new Random(16);
        var start = new DateOnly(2025, 1, 1);
        await Write(file, "K");
        string[] up = ["up", file, "--out", data, "--models", models, "--no-serve"];
        (int code, string output, string error) = await Run.Predictive(up);
        Assert.True(code == ExitCode.Done, error);
        foreach (string told in (string[])[
            "Kunde", "Bestelldatum", "kept 4,000 of 4,000 rows", "decimal ','", "churn AUC", "Published default/1",
        ])
        {
            Assert.Contains(told, output, StringComparison.Ordinal);
        }

        Assert.True(File.Exists(Path.Combine(models, "default", "1.zip")));

        // Another shop in the same registry: the gate holds the next version, says why and what goes on serving.
        string other = Path.Combine(_folder, "other.csv");
        await Write(other, "X");
        (code, output, error) =
            await Run.Predictive("up", other, "--out", Path.Combine(_folder, "other"), "--models", models, "--no-serve");
        Assert.True(code == ExitCode.Held, $"{code}: {output}{error}");
        foreach (string told in (string[])["held, ", "default/2 is held; default/1 goes on serving", "default/1 scored"])
        {
            Assert.Contains(told, output, StringComparison.Ordinal);
        }

        (code, output, error) = await Run.Predictive([.. up, "--promote", "force"]);
        Assert.True(code == ExitCode.Done, $"{code}: {output}{error}");
        Assert.Contains("was imported to", output, StringComparison.Ordinal);
        Assert.Contains("default/3 scored", output, StringComparison.Ordinal);
        (code, _, error) = await Run.Predictive("import", file, "--out", data);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("--overwrite", error, StringComparison.Ordinal);

        Task Write(string path, string customers) => File.WriteAllLinesAsync(
            path,
            [
                "Kunde;Bestelldatum;Betrag",
                .. Enumerable.Range(0, 4000)
                    .Select(_ =>
                        $"{customers}{random.Next(400)};{start.AddDays(random.Next(500)):dd.MM.yyyy};"
                            + $"{random.Next(5, 90)},{random.Next(10, 100)}"),
            ]);
    }

    [Theory]
    [InlineData("woo.csv", "--only CODE")]
    [InlineData("two_systems.csv", "--customer 'id'")]
    [InlineData("two_systems.csv", "can only be 'MM/dd/yyyy'")]
    [InlineData("serialonly.csv", "--time 't' --time-format excel")]
    public async Task In_a_pipe_a_doubt_is_refused_with_the_flags_that_decide(string file, string flag)
    {
        (int code, _, string error) =
            await Run.Predictive("up", SharedData.Path("cases/" + file), "--out", Path.Combine(_folder, "data"), "--no-serve");
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains(flag, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(_folder, "data")));
    }

    [Theory]
    [InlineData("--status", "state", "--count-status")]
    [InlineData("--delimiter", "ab", "--delimiter is 'ab'")]
    [InlineData("--decimal", ";", "--decimal is ';'")]
    [InlineData("--encoding", "klingon", "'klingon' is no encoding")]
    [InlineData("--preset", "shopfy", "no preset 'shopfy'")]
    public async Task Flags_that_make_no_sense(string flag, string value, string told)
    {
        string file = Path.Combine(_folder, "a.csv");
        await File.WriteAllTextAsync(file, "customer,date,amount\n1,2025-01-01,5\n");
        (int code, _, string error) = await Run.Predictive("import", file, "--out", Path.Combine(_folder, "data"), flag, value);
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains(told, error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Ids_that_begin_with_a_sign_can_be_named()
    {
        string file = Path.Combine(_folder, "a.csv");
        await File.WriteAllTextAsync(file, "customer,date,amount\n1,2025-01-01,5\n-1,2025-01-01,5\n0,2025-01-01,5\n");
        (int code, string output, string error) =
            await Run.Predictive("import", file, "--out", Path.Combine(_folder, "data"), "--no-customer", "-1,0");
        Assert.True(code == ExitCode.Done, error);
        Assert.Contains("kept 1 of 3 rows", output, StringComparison.Ordinal);
    }
}
