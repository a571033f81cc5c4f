using System.Data.Common;
using Cronos;
using Predictive.History;
using Predictive.Learning.BuiltIn;
using Predictive.MLNet;
using Predictive.Store;
using Predictive.Training;
using Predictive.Worker;

namespace Predictive.Cli.Configuration;

/// <summary>
/// Every setting of <c>serve</c>, <c>worker</c> and <c>up</c>: name, default, meaning, what is allowed. Flags, variables, keys of a file,
/// help and the table of the documentation are made of this list and of nothing else.
/// </summary>
/// <remarks>
/// How to add one: 1. a property here, and its name in <see cref="All"/>; 2. where it is used: <c>ServeVerb</c> or <c>WorkerVerb</c>;
/// 3. <c>predictive config --table</c> into docs/configuration.md.
/// </remarks>
internal static class Settings
{
    private const SettingUse Alone = SettingUse.Serve | SettingUse.Worker;
    private const SettingUse Host = SettingUse.Serve | SettingUse.Up;
    private const SettingUse Work = SettingUse.Worker | Trains;
    private const SettingUse Trains = SettingUse.Up | SettingUse.Demo;
    private const SettingUse Everywhere = Alone | Trains;

    private static readonly string[] s_engines = [BuiltInEngine.EngineName, MLNetEngine.EngineName];

    public static Setting<string> Data { get; } = new(
        "data", Alone | SettingUse.Demo, "DIR", ValueText.Dataset,
        "Dataset that customers are looked up in (taken up again when its files change) and that is trained on.")
    {
        Defaults = [(SettingUse.Worker, "data"), (SettingUse.Demo, "data-samples")], Otherwise = "only inline histories are scored",
    };

    public static Setting<CustomerLevel> Level { get; } = new(
        "level", Alone | SettingUse.Up, "person|account", ValueText.Level,
        "Who a customer is: the person who orders, or the account that they belong to (docs/accounts.md).")
    {
        Otherwise = "as dataset.json says, else person",
    };

    public static Setting<string> Models { get; } = new(
        "models", Everywhere, "DIR", ValueText.Any("a folder"), "Folder of the model registry.") { Default = "models" };

    public static Setting<string> Name { get; } = new(
        "name", Everywhere, "NAME", ValueText.Any("a name"), "Registry name of the model.") { Default = "default" };

    public static Setting<string> Store { get; } = new(
        "store", Everywhere, "FILE|CONNECTION", ValueText.Any("a file, or a connection string such as 'Host=db;Database=predictive'"),
        "What is remembered between runs: a SQLite file, or a connection string of PostgreSQL.")
    {
        Otherwise = $"{StoreDatabase.FileName} in the registry's folder", Mask = WithoutPassword,
    };

    public static Setting<long> Memory { get; } = new(
        "memory", Alone, "SIZE", ValueText.Size,
        "Memory this process may use; a dataset that does not fit is refused by serve and sampled, customer by customer, by worker.")
    {
        Otherwise = "no limit",
    };

    public static Setting<string> Urls { get; } = new(
        "urls", Host | SettingUse.Demo, "URL", ValueText.Any("addresses such as http://127.0.0.1:5080"),
        "Where to listen, separated by semicolons. Beyond this machine API keys are needed (predictive keys add).")
    {
        Default = "http://127.0.0.1:5080",
    };

    public static Setting<string[]> Hosts { get; } = new(
        "hosts", Host, "NAME,...", ValueText.List("names separated by commas"), "Host names that requests may name.")
    {
        Otherwise = "those of this machine; with keys and an address beyond it, any",
    };

    public static Setting<string> Keys { get; } = new(
        "keys", Host, "FILE", ValueText.Any("a file"), "File of the API keys.") { Otherwise = "keys.json in the registry's folder" };

    public static Setting<string> Certificate { get; } = new(
        "certificate", Host, "FILE", ValueText.Any("a PEM file"), "PEM file of the certificate for https; read again when it changes.");

    public static Setting<string> CertificateKey { get; } = new(
        "certificate-key", Host, "FILE", ValueText.Any("a PEM file"), "PEM file of its private key.")
    {
        Otherwise = "it is in the certificate's file",
    };

    public static Setting<TimeSpan> Drain { get; } = new(
        "drain", Host, "60s", ValueText.Duration, "Time that requests under way get when the host is told to stop.") { Default = "30s" };

    public static Setting<TimeSpan> Notice { get; } = new(
        "notice", Host, "5s", ValueText.Duration,
        "Time between being told to stop and closing the door: /health/ready says 503, and requests are still answered, so that who "
            + "spreads requests over several hosts sends the next ones elsewhere first.")
    {
        Otherwise = "none",
    };

    public static Setting<string> Pulse { get; } = new(
        "pulse", SettingUse.Worker, "FILE", ValueText.Any("a file"),
        "File whose time is renewed while the worker is well, for the health check of a container (predictive health --pulse FILE).")
    {
        Otherwise = "none",
    };

    public static Setting<int> Rate { get; } = new(
        "rate", Host, "N", ValueText.Number(1), "Requests a second that one key may make.") { Otherwise = "no limit" };

    public static Setting<double> Shadow { get; } = new(
        "shadow", Host, "N%", ValueText.Share, "Share of the requests that a challenger scores too, after they were answered.")
    {
        Default = "5%",
    };

    public static Setting<double> Canary { get; } = new(
        "canary", Host, "N%", ValueText.Share, "Share of the customers whom a challenger answers, always the same ones.")
    {
        Default = "0%",
    };

    public static Setting<string> CanaryKey { get; } = new(
        "canary-key", Host, "NAME", ValueText.Any("a key's id or note"),
        "Id or note of the API key whose requests a challenger answers.");

    public static Setting<string> Log { get; } = new(
        "log", Host, "text|json|quiet", ValueText.OneOf("text", "json", "quiet"),
        "What goes to standard error: a line of text or JSON for each request, or (quiet) only what an operator must know.")
    {
        Default = "text",
    };

    public static Setting<int> Horizon { get; } = new(
        "horizon", Work, "Nd",
        ValueText.Days(90, TrainingOptions.MinHorizonDays, TrainingOptions.MaxHorizonDays), "Length of the window predicted, in days.")
    {
        Default = "90d",
    };

    public static Setting<int> Seed { get; } = new(
        "seed", Work, "N", ValueText.Number(), "Seed of every random draw.") { Default = "1" };

    public static Setting<int> SampleCustomers { get; } = new(
        "sample-customers", SettingUse.Worker, "N", ValueText.Number(LearningHistory.FewestCustomers),
        "Learn from about so many customers, whole histories drawn by a hash of their id, the same in every run; of a table of ClickHouse "
            + "nothing else is then read. A base of no more is taken whole.")
    {
        Otherwise = "everybody is learned from",
    };

    public static Setting<string> Engine { get; } = new(
        "engine", Work, string.Join('|', s_engines), ValueText.Any($"one engine: {string.Join(" or ", s_engines)}"),
        "The one learning engine (see: predictive engines).");

    public static Setting<string> Engines { get; } = new(
        "engines", Work, string.Join(',', s_engines), ValueText.Any("engines separated by commas"),
        "Engines that learn from the same snapshots: the better out of time becomes champion, the other challenger.")
    {
        Otherwise = $"worker: {string.Join(',', s_engines)}; up: {s_engines[0]}",
    };

    public static Setting<string> Trainer { get; } = new(
        "trainer", Work, $"{MLNetEngine.FastTree}|{MLNetEngine.LightGbm}",
        ValueText.Any($"{MLNetEngine.FastTree} or {MLNetEngine.LightGbm}"), "What learns mlnet's boosted trees.")
    {
        Otherwise = MLNetEngine.FastTree,
    };

    public static Setting<string[]> Accept { get; } = new(
        "accept", Work, "CODE,...", ValueText.List("codes separated by commas"),
        "Reasons of the gate that are known and wanted, by code: told, but nothing is held for them.");

    public static Setting<string> Promote { get; } = new(
        "promote", Trains, "auto|never|force", ValueText.OneOf("auto", "never", "force"),
        "Who decides whether the version serves: auto = the gate, never = nobody, force = you, whatever the gate says.")
    {
        Default = "auto",
    };

    public static Setting<CronExpression> Schedule { get; } = new(
        "schedule", Work, "CRON", ValueText.Cron, "When to retrain, as a cron expression in the zone.")
    {
        Defaults = [(SettingUse.Worker, "0 3 * * *")], Otherwise = "at no set time",
    };

    public static Setting<TimeZoneInfo> Zone { get; } = new(
        "zone", Work, "ZONE", ValueText.Zone, "Time zone of the schedule.") { Default = "UTC" };

    public static Setting<TimeSpan> OnNewData { get; } = new(
        "on-new-data", Work, "60s", ValueText.Duration,
        "Also retrain when files of the dataset have changed and then stood still for this long.");

    public static Setting<TimeSpan> OnDrift { get; } = new(
        "on-drift", Work, "60s", ValueText.Duration,
        "The same, but only where the data has drifted from what the champion learned (see: predictive drift).");

    public static Setting<int> KeepJobs { get; } = new(
        "keep-jobs", Work, "Nd", ValueText.Days(90, 1, 3650), "How long jobs that are over are kept.") { Default = "90d" };

    public static Setting<int> Keep { get; } = new(
        "keep", Work, "N", ValueText.Number(1),
        "Newest versions to keep; champion, previous, challenger, pinned ones and the newest of each month stay too.")
    {
        Otherwise = "all versions stay",
    };

    public static Setting<int> KeepEvents { get; } = new(
        "keep-events", Work, "DAYS", ValueText.Number(1),
        "Days that events stay in the store once the dataset's files hold them. A sender that repeats an event after that is taken at its "
            + "word.")
    {
        Otherwise = "for ever",
    };

    public static Setting<string> Results { get; } = new(
        "results", Work, "DIR", ValueText.Any("a folder"),
        "Folder for what follows a training: backtest page, scores, who changed segments.") { Otherwise = "nothing is written" };

    /// <summary>All of them, in the order of help and of the table.</summary>
    public static IReadOnlyList<Setting> All { get; } =
    [
        Data, Level, Models, Name, Store, Memory, Urls, Hosts, Keys, Certificate, CertificateKey, Drain, Notice, Pulse, Rate,
        Shadow, Canary,
        CanaryKey,
        Log,
        Horizon, Seed, SampleCustomers, Engine, Engines, Trainer, Accept, Promote, Schedule, Zone, OnNewData, OnDrift, KeepJobs, Keep,
        KeepEvents, Results,
    ];

    /// <summary>Those of a command.</summary>
    public static IEnumerable<Setting> Of(SettingUse command) => All.Where(s => s.Use.HasFlag(command));

    // Whatever in a connection string could be one.
    private static string WithoutPassword(string location)
    {
        if (!StoreDatabase.IsConnectionString(location))
        {
            return location;
        }

        try
        {
            var parts = new DbConnectionStringBuilder { ConnectionString = location };
            foreach (string key in parts.Keys.Cast<string>().ToArray())
            {
                if (key.Contains("pass", StringComparison.OrdinalIgnoreCase) || key.Contains("pwd", StringComparison.OrdinalIgnoreCase)
                    || key.Contains("key", StringComparison.OrdinalIgnoreCase))
                {
                    parts[key] = "***";
                }
            }

            return parts.ConnectionString;
        }
        catch (ArgumentException)
        {
            return "*** (a connection string that cannot be read)";
        }
    }
}
