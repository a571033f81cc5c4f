using System.CommandLine;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.Cli.Verbs;
using Predictive.Tests;

namespace Predictive.Cli.Tests;

/// <summary>What the files for operators and the pages tell people to type is understood: verbs, flags, settings, variables.</summary>
public partial class DeployTests
{
    private static readonly Dictionary<string, string> s_none = [];

    [Theory]
    [InlineData("docs/install.md", 2)]
    [InlineData("docs/tutorial.md", 12)]
    [InlineData("docs/how-to.md", 30)]
    [InlineData("docs/runbook.md", 6)]
    [InlineData("docs/acting.md", 20)]
    [InlineData("eng/packages/Predictive.Cli.md", 2)]
    public void Every_command_of_a_page_is_one(string page, int least)
    {
        string[] commands = [.. Blocks().Matches(Read(page)).SelectMany(b => Commands(b.Groups["text"].Value))];
        Assert.InRange(commands.Length, least, int.MaxValue);
        Assert.All(commands, command => Understood([.. Words(command).Skip(1)]));
    }

    [Fact]
    public void What_containers_and_services_start_is_understood()
    {
        string compose = Read("deploy/compose.yaml"), cluster = Read("deploy/kubernetes/predictive.yaml");
        string[][] started =
        [
            .. Lists().Matches(compose + cluster).Select(m => JsonSerializer.Deserialize<string[]>(m.Groups["list"].Value)!)
                .Select(l => l[0] == "CMD" ? l[1..] : l).Where(l => l[0] != "pg_isready")
                .Select(l => l[0] == "/app/predictive" ? l[1..] : l),
            .. new[] { "host", "worker" }.Select(s => Start().Match(Read($"deploy/systemd/predictive-{s}.service")))
                .Select(m => Words(m.Groups["line"].Value).Skip(1).ToArray()),
        ];
        Assert.Equal(
            ["health", "health", "health", "serve", "serve", "serve", "worker", "worker", "worker"],
            started.Select(s => s[0]).Order(StringComparer.Ordinal));
        Assert.All(started, Understood);
        Assert.DoesNotContain('\t', compose + cluster);
    }

    [Fact]
    public void Settings_and_variables_of_the_deploy_files_exist()
    {
        string file = Path.Combine(SharedData.RepositoryRoot, "deploy", "predictive.json");
        foreach (SettingUse command in (SettingUse[])[SettingUse.Serve, SettingUse.Worker])
        {
            Assert.Empty(SettingValues.Read(command, s_none, file, s_none).Notes);
        }

        string cluster = Read("deploy/kubernetes/predictive.yaml");
        string map = cluster[cluster.IndexOf('{', StringComparison.Ordinal)..(cluster.IndexOf("\n    }\n", StringComparison.Ordinal) + 6)];
        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(map).RootElement, JsonDocument.Parse(File.ReadAllText(file)).RootElement));

        string deploy = Path.Combine(SharedData.RepositoryRoot, "deploy");
        string all = string.Concat(Directory.EnumerateFiles(deploy, "*", SearchOption.AllDirectories).Select(File.ReadAllText));
        string[] known = [.. Settings.All.Select(s => s.Variable), SettingValues.FileVariable, "PREDICTIVE_IMAGE"];
        string[] named = [.. Variable().Matches(all).Select(m => m.Value).Distinct()];
        Assert.Contains("PREDICTIVE_STORE", named);
        Assert.All(named, name => Assert.Contains(name, known));
    }

    /// <summary>docs/reference/cli.md is what <c>predictive reference</c> prints.</summary>
    [Fact]
    public async Task The_reference_of_commands_is_current()
    {
        var (code, output, _) = await Run.Predictive("reference");
        Assert.Equal(ExitCode.Done, code);
        Assert.True(
            Read("docs/reference/cli.md") == output,
            "docs/reference/cli.md is out of date; write there what `predictive reference` prints.");
        Assert.Contains("\n### campaign create\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain("\n## reference\n", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Health_of_nobody_is_told_and_a_wrong_address_refused()
    {
        var (code, output, error) = await Run.Predictive("health", "--url", "http://127.0.0.1:1");
        Assert.Equal((ExitCode.Failed, ""), (code, output));
        Assert.Contains("http://127.0.0.1:1/health/ready does not answer", error, StringComparison.Ordinal);
        (code, _, error) = await Run.Predictive("health", "--url", "here");
        Assert.Equal(ExitCode.Refused, code);
        Assert.Contains("--url is 'here'; expected an address", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_store_is_scripted_and_copied_and_nothing_is_written_over()
    {
        string folder = Directory.CreateTempSubdirectory("predictive-keep-").FullName, copy = Path.Combine(folder, "copy.db");
        string models = Path.Combine(folder, "models");
        try
        {
            var (code, script, _) = await Run.Predictive("store", "script");
            Assert.Equal(ExitCode.Done, code);
            Assert.Contains("CREATE TABLE audit", script, StringComparison.Ordinal);
            Assert.Equal(ExitCode.Refused, (await Run.Predictive("store", "backup", "--out", copy, "--models", models)).Code);
            await Run.Predictive("keys", "add", "--role", "score", "--models", models);
            Assert.Equal(ExitCode.Done, (await Run.Predictive("store", "backup", "--out", copy, "--models", models)).Code);
            var (verified, told, _) = await Run.Predictive("audit", "verify", "--store", copy, "--models", models);
            Assert.Equal(ExitCode.Done, verified);
            Assert.StartsWith("1 entries", told, StringComparison.Ordinal);
            var (again, _, error) = await Run.Predictive("store", "backup", "--out", copy, "--models", models);
            Assert.Equal(ExitCode.Refused, again);
            Assert.Contains("is there already", error, StringComparison.Ordinal);
        }
        finally
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            Directory.Delete(folder, recursive: true);
        }
    }

    private static void Understood(string[] args)
    {
        var context = new VerbContext(new UserConsole(TextWriter.Null, TextWriter.Null), TimeProvider.System);
        ParseResult parsed = CommandLineApp.Root(context).Parse(args);
        Assert.True(parsed.Errors.Count == 0, $"{string.Join(' ', args)}: {string.Join("; ", parsed.Errors.Select(e => e.Message))}");
    }

    // Lines that begin with the program's name; a line that ends with a backslash goes on.
    private static IEnumerable<string> Commands(string block) => block.Replace("\\\n", " ", StringComparison.Ordinal).Split('\n')
        .Select(l => l.Trim()).Where(l => l.StartsWith("predictive ", StringComparison.Ordinal));

    // As a shell cuts them: quotes hold words together, a word that begins with # begins a comment.
    private static List<string> Words(string line)
    {
        var words = new List<string>();
        foreach (Match word in Word().Matches(line))
        {
            string text = word.Value;
            if (text[0] == '#' || text == "&")
            {
                break;
            }

            words.Add(Quote().Replace(text, "${in}"));
        }

        return words;
    }

    private static string Read(string file) =>
        File.ReadAllText(Path.Combine(SharedData.RepositoryRoot, file), Encoding.UTF8).ReplaceLineEndings("\n");

    [GeneratedRegex("""^```\n(?<text>.*?)^```$""", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex Blocks();

    [GeneratedRegex("""(?:"[^"]*"|'[^']*'|[^\s"'])+""")]
    private static partial Regex Word();

    [GeneratedRegex("""["'](?<in>[^"']*)["']""")]
    private static partial Regex Quote();

    [GeneratedRegex("""^ +(?:command|args|test): (?<list>\[.*\])$""", RegexOptions.Multiline)]
    private static partial Regex Lists();

    [GeneratedRegex("""^ExecStart=(?<line>.+)$""", RegexOptions.Multiline)]
    private static partial Regex Start();

    [GeneratedRegex("""\bPREDICTIVE_[A-Z_]+""")]
    private static partial Regex Variable();
}
