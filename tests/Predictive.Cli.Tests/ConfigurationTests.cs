using System.Text.Json;
using Predictive.Api.Configuration;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Cli.Verbs;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>Settings by flag, variable and file: which counts, what is refused and in which words, what is shown.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private static readonly Dictionary<string, string> s_none = [];

    private readonly string _folder = Directory.CreateTempSubdirectory("predictive-config-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    public static TheoryData<string> Keys => [.. Settings.All.Select(s => s.Key)];

    [Theory]
    [MemberData(nameof(Keys))]
    public void Each_setting_is_taken_from_file_variable_and_flag_the_later_counting_more(string key)
    {
        Setting setting = Settings.All.Single(s => s.Key == key);
        SettingUse command = Enum.GetValues<SettingUse>().First(u => setting.Use.HasFlag(u));
        (string a, string b, string c) = Texts(setting);
        string file = Write($$"""{ "{{key}}": {{JsonSerializer.Serialize(a)}} }""");
        var variables = new Dictionary<string, string> { [setting.Variable] = b };
        Assert.Equal((a, file), Of(SettingValues.Read(command, s_none, file, s_none)));
        Assert.Equal((b, setting.Variable), Of(SettingValues.Read(command, s_none, file, variables)));
        Assert.Equal(
            (c, setting.Flag), Of(SettingValues.Read(command, new Dictionary<string, string> { [key] = c }, file, variables)));
        Assert.Equal((setting.DefaultFor(command), "default"), Of(SettingValues.Read(command, s_none, null, s_none)));

        // None takes back what counts less, where a setting may be without a value; an empty variable says nothing.
        if (setting.IsOptional)
        {
            Assert.Equal(
                (null, setting.Flag),
                Of(SettingValues.Read(command, new Dictionary<string, string> { [key] = "none" }, file, variables)));
        }

        Assert.Equal((a, file), Of(SettingValues.Read(command, s_none, file, new Dictionary<string, string> { [setting.Variable] = "" })));

        (string?, string) Of(SettingValues values) =>
            values.InForce.Where(i => i.Setting == setting).Select(i => (i.Text, i.Source)).Single();
    }

    [Theory]
    [InlineData("""{ "horizon": 90 }""", "horizon is '90' in ", "expected a number of days from")]
    [InlineData("""{ "horizn": "90d" }""", "'horizn' in ", "did you mean horizon?")]
    [InlineData("""{ "colour": "red" }""", "'colour' in ", "expected one that predictive config shows")]
    [InlineData("""{ "accept": ["a", "b"] }""", "accept in ", "codes separated by commas, or none, as one text")]
    [InlineData("""{ "zone": { "name": "UTC" } }""", "zone in ", "as one text")]
    [InlineData("""{ "data": "a", "data": "b" }""", "cannot be read", "each setting once")]
    [InlineData("""{ "data": """, "cannot be read", "expected one JSON object")]
    [InlineData("""[1]""", "cannot be read", "expected one JSON object")]
    [InlineData("", "cannot be read", "expected one JSON object")]
    public void A_file_that_cannot_be_followed_is_refused(string content, string found, string expected)
    {
        string file = Write(content);
        RefusedInputException refused =
            Assert.Throws<RefusedInputException>(() => SettingValues.Read(SettingUse.Worker, s_none, file, s_none));
        Assert.Contains(found, refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Contains(file, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("   at ", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void All_faults_are_told_at_once_each_with_its_source()
    {
        string file = Write("""{ "keep": "0", "zone": "Nowhere" }""");
        RefusedInputException refused = Assert.Throws<RefusedInputException>(() => SettingValues.Read(
            SettingUse.Worker, new Dictionary<string, string> { ["horizon"] = "soon" }, file,
            new Dictionary<string, string> { ["PREDICTIVE_ON_DRIFT"] = "often" }));
        string[] lines = refused.Message.Split(Environment.NewLine);
        Assert.Equal(4, lines.Length);
        Assert.StartsWith("--horizon is 'soon'; expected a number of days", lines[0], StringComparison.Ordinal);
        Assert.Contains($"zone is 'Nowhere' in {file}; expected an IANA name", lines[1], StringComparison.Ordinal);
        Assert.Contains(
            "PREDICTIVE_ON_DRIFT is 'often' in the environment; expected a duration such as 60s, 5m or 1h, or none.", lines[2],
            StringComparison.Ordinal);
        Assert.Contains($"keep is '0' in {file}; expected a number of at least 1, or none.", lines[3], StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_is_nearly_one_is_told_of_and_others_are_not()
    {
        var variables = new Dictionary<string, string>
        {
            ["PREDICTIVE_ONDRIFT"] = "10m", ["PREDICTIVE_MAIL_PASSWORD"] = "secret", ["PREDICTIVE_TRACE"] = "1",
        };
        string note = Assert.Single(SettingValues.Read(SettingUse.Worker, s_none, null, variables).Notes);
        Assert.Contains("PREDICTIVE_ONDRIFT", note, StringComparison.Ordinal);
        Assert.Contains("PREDICTIVE_ON_DRIFT", note, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_any_source_a_host_has_the_defaults_of_its_options()
    {
        SettingValues values = SettingValues.Read(SettingUse.Serve, s_none, null, s_none);
        Assert.Equal(
            new ScoringHostOptions { Store = StoreAccess.Location(null, "models") }, ServeVerb.Options(values, values.Find(Settings.Data)));
    }

    [Fact]
    public void Defaults_can_be_read_and_names_are_one_name_written_three_ways()
    {
        Assert.Equal(Settings.All.Count, Settings.All.Select(s => s.Key).Distinct().Count());
        foreach (Setting setting in Settings.All)
        {
            Assert.Matches("^[a-z]+(-[a-z]+)*$", setting.Key);
            string?[] defaults = [setting.Default, .. setting.Defaults.Select(d => d.Value)];
            Assert.All(defaults.OfType<string>(), d => Assert.True(setting.Accepts(d), $"{setting.Key}: {d}"));
        }

        Assert.Equal(("--on-new-data", "PREDICTIVE_ON_NEW_DATA"), (Settings.OnNewData.Flag, Settings.OnNewData.Variable));
    }

    [Fact]
    public void The_table_of_the_documentation_is_what_the_code_says()
    {
        string document = File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, "docs", "configuration.md")).ReplaceLineEndings("\n");
        Assert.True(
            document.Contains(SettingTable.Markdown(), StringComparison.Ordinal),
            "docs/configuration.md is out of date; put what `predictive config --table` prints in place of its table.");
    }

    [Fact]
    public async Task What_is_in_force_is_shown_and_no_secret_is()
    {
        string file = Write(
            """{ "store": "Host=db;Database=p;Username=u;Password=hunter2;SSL Password=hunter3", "on-new-data": "10m", "data": "shop" }""");
        (int code, string output, string error) = await Run.Predictive("config", "--config", file, "--seed", "7");
        Assert.True(code == ExitCode.Done, error);
        Assert.DoesNotContain("hunter", output, StringComparison.Ordinal);
        string[] lines = output.Split('\n', StringSplitOptions.TrimEntries);
        Assert.Contains(lines, l => Words(l) is ["seed", "7", "--seed", "worker,", "up"]);
        Assert.Contains(lines, l => Words(l) is ["on-new-data", "10m", _, "worker,", "up"] w && w[2] == file);
        Assert.Contains(lines, l => Words(l) is ["horizon", "90d", "default", "worker,", "up"]);
        Assert.Contains(lines, l => l.Contains("password=***", StringComparison.OrdinalIgnoreCase));

        (code, output, error) = await Run.Predictive("config", "serve", "--config", file, "--json");
        Assert.True(code == ExitCode.Done, error);
        JsonElement document = JsonDocument.Parse(output).RootElement;
        Assert.Equal(file, document.GetProperty("file").GetString());
        JsonElement data = document.GetProperty("settings").EnumerateArray().Single(s => s.GetProperty("key").GetString() == "data");
        Assert.Equal(("shop", file), (data.GetProperty("value").GetString(), data.GetProperty("source").GetString()));

        (code, output, error) = await Run.Predictive("config", "worker", "--config", file, "--on-drift", "5m");
        Assert.Equal((ExitCode.Refused, ""), (code, output));
        Assert.Contains($"on-new-data in {file} trains on whatever is new, --on-drift only where", error, StringComparison.Ordinal);
        (code, _, error) = await Run.Predictive("config", "--config", Path.Combine(_folder, "absent.json"));
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("--config is ", error, StringComparison.Ordinal);

        static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    [Theory]
    [InlineData("serve", "--shadow", "half", "a share from 0% to 100%")]
    [InlineData("serve", "--rate", "0", "a number of at least 1")]
    [InlineData("serve", "--log", "loud", "text, json or quiet")]
    [InlineData("worker", "--memory", "much", "a size such as 2GB")]
    [InlineData("worker", "--data", "none", "a worker trains on a dataset")]
    [InlineData("worker", "--schedule", "0 3 31 2 *", "never fires")]
    public async Task Nothing_is_started_with_what_cannot_be_followed(string verb, string flag, string value, string told)
    {
        string models = Path.Combine(_folder, "models");
        (int code, string output, string error) = await Run.Predictive(verb, "--models", models, flag, value);
        Assert.Equal((ExitCode.Refused, ""), (code, output));
        Assert.Contains(flag, error, StringComparison.Ordinal);
        Assert.Contains(told, error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(models));
    }

    private string Write(string content)
    {
        string file = Path.Combine(_folder, "settings.json");
        File.WriteAllText(file, content);
        return file;
    }

    // Three texts that a setting takes.
    private static (string A, string B, string C) Texts(Setting setting) => setting switch
    {
        Setting<int> { HelpName: "Nd" } => ("30d", "60d", "45d"),
        { Key: "sample-customers" } => ("3000", "4000", "5000"),
        Setting<int> => ("3", "4", "5"),
        Setting<double> => ("10%", "20%", "30.5%"),
        Setting<TimeSpan> => ("10s", "5m", "1h"),
        Setting<long> => ("1GB", "512MB", "2.5GB"),
        Setting<Cronos.CronExpression> => ("0 3 * * *", "0 4 * * 1", "*/5 * * * *"),
        Setting<TimeZoneInfo> => ("UTC", "Europe/Paris", "Asia/Shanghai"),
        { Key: "log" } => ("text", "json", "quiet"),
        { Key: "promote" } => ("auto", "never", "force"),
        { Key: "level" } => ("account", "person", "account"),
        _ => ("one", "two", "three"),
    };
}
