using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Microsoft.Playwright;
using Predictive.Api;
using Predictive.Api.Configuration;
using Predictive.Api.Keys;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Predictive.Tests;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Worker;
using Predictive.Worker.Deliveries;
using Predictive.Worker.Gate;

namespace Predictive.EndToEnd.Tests.Browser;

/// <summary>
/// What the browser tests share, made once and only when one asks: a model of data-samples, a host without keys, one with them, and
/// Debian's
/// Chromium.
/// </summary>
public sealed class BrowserFixture : IAsyncLifetime
{
    public const string Collection = "browser";

    private const string Chromium = "/usr/bin/chromium";

    private readonly SemaphoreSlim _turn = new(1);
    private readonly List<WebApplication> _hosts = [];
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private string? _open, _keyed, _retail, _delivering;
    private string _deliveringKey = "";
    private DeliveryWorker? _worker;

    public string Folder { get; } = Directory.CreateTempSubdirectory("predictive-browser-").FullName;

    public string MarketerKey { get; private set; } = "";

    public string AdminKey { get; private set; } = "";

    public string ScoreKey { get; private set; } = "";

    public KeyFile Keys => new(Path.Combine(Folder, "keyed", "keys.json"));

    public string KeyedModels => Path.Combine(Folder, "keyed");

    private ModelBundle? _bundle;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Address of a host without keys.</summary>
    public async Task<string> Open() => await Once(() => _open, async () =>
    {
        string models = Path.Combine(Folder, "open");
        new ModelRegistry(models, SmokeTest.Admit).Publish("default", Bundle().ToPackage());
        return _open = await Start(Samples, models);
    });

    /// <summary>Address of a host with keys and two versions.</summary>
    public async Task<string> Keyed() => await Once(() => _keyed, async () =>
    {
        var registry = new ModelRegistry(KeyedModels, SmokeTest.Admit);
        registry.Publish("default", Bundle().ToPackage());
        registry.Publish("default", Bundle().ToPackage(), PublishAs.Challenger);
        DateTimeOffset now = TimeProvider.System.GetUtcNow();
        MarketerKey = Keys.Add(KeyRole.Marketer, now).Text;
        AdminKey = Keys.Add(KeyRole.Admin, now).Text;
        ScoreKey = Keys.Add(KeyRole.Score, now).Text;
        return _keyed = await Start(Samples, KeyedModels);
    });

    /// <summary>
    /// Address of a host with keys on a copy of data-samples that a worker may add to; the key of its admin, and the copy.
    /// </summary>
    public async Task<(string Address, string Key, string Data)> Delivering()
    {
        await Once(() => _delivering, async () =>
        {
            string data = Path.Combine(Folder, "delivered"), models = Path.Combine(Folder, "delivered-models");
            Directory.CreateDirectory(data);
            foreach (string file in Directory.GetFiles(Samples, "*.parquet").Append(Path.Combine(Samples, "dataset.json")))
            {
                if (Path.GetFileName(file) != "truth.parquet")
                {
                    File.Copy(file, Path.Combine(data, Path.GetFileName(file)));
                }
            }

            new ModelRegistry(models, SmokeTest.Admit).Publish("default", Bundle().ToPackage());
            _deliveringKey = new KeyFile(Path.Combine(models, "keys.json")).Add(KeyRole.Admin, TimeProvider.System.GetUtcNow()).Text;
            string address = await Start(data, models);
            StoreDatabase store = StoreDatabase.Open(Path.Combine(models, StoreDatabase.FileName), TimeProvider.System);
            _worker = new DeliveryWorker(
                new WorkerJob(data, models, "default", [new BuiltInEngine()], 90, 1, null, new GateOptions(), store),
                new WorkerOutput(_ => { }, _ => null, _ => { }, _ => 1), TimeProvider.System);
            await _worker.StartAsync(CancellationToken.None);
            return _delivering = address;
        });
        return (_delivering!, _deliveringKey, Path.Combine(Folder, "delivered"));
    }

    /// <summary>Address of a host on Online Retail, its model trained a horizon before the end of the data.</summary>
    public async Task<string> Retail()
    {
        string file = SharedData.Path("data/online_retail/online_retail_to_2011-08-31.csv.gz");
        return await Once(() => _retail, async () =>
        {
            string data = Path.Combine(Folder, "retail"), models = Path.Combine(Folder, "retail-models");
            await CommandLine.Done("import", file, "--out", data);
            await CommandLine.Done("train", data, "--models", models, "--as-of", "2011-06-03");
            return _retail = await Start(data, models);
        });
    }

    public static string Samples => Path.Combine(SharedData.RepositoryRoot, "data-samples");

    /// <summary>A tab of its own profile that holds a page to what every page promises; see <see cref="BrowserTab"/>.</summary>
    public async Task<BrowserTab> Tab(string address, BrowserNewContextOptions? options = null)
    {
        Assert.SkipUnless(File.Exists(Chromium), $"needs {Chromium}; it is not there");
        await _turn.WaitAsync();
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = Chromium, Headless = true,
                Args =
                [
                    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                        "--disable-background-networking",
                    "--disable-component-update", "--disable-sync",
                ],
            });
        }
        finally
        {
            _turn.Release();
        }

        options ??= new BrowserNewContextOptions();
        options.BaseURL = address;
        options.Locale ??= "en-GB";
        options.AcceptDownloads = true;
        options.ViewportSize ??= new ViewportSize { Width = 1280, Height = 900 };
        IBrowserContext context = await _browser.NewContextAsync(options);
        return new BrowserTab(address, context, await context.NewPageAsync());
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.CloseAsync();
        }

        _playwright?.Dispose();
        if (_worker is not null)
        {
            await _worker.StopAsync(CancellationToken.None);
            _worker.Dispose();
        }

        foreach (WebApplication host in _hosts)
        {
            await host.DisposeAsync();
        }

        Directory.Delete(Folder, recursive: true);
    }

    private ModelBundle Bundle()
    {
        if (_bundle is null)
        {
            TransactionHistory history = DatasetLoader.Load(Samples);
            var options = new TrainingOptions { AsOf = LocalTime.MidnightAfter(history.LastMicros), Engine = new BuiltInEngine() };
            _bundle = BundleAssembler.Assemble(history, TrainingPipeline.Train(history, options), options);
        }

        return _bundle;
    }

    private async Task<string> Start(string data, string models)
    {
        WebApplication app = ScoringHost.Build(
            new ScoringHostOptions
            {
                Data = data, Models = models, Urls = "http://127.0.0.1:0", LogRequests = false, PollInterval = TimeSpan.FromSeconds(1),
            },
            TimeProvider.System, b => b.Logging.ClearProviders());
        _hosts.Add(app);
        await app.StartAsync();
        return app.Urls.First();
    }

    private async Task<string> Once(Func<string?> known, Func<Task<string>> make)
    {
        Assert.SkipUnless(File.Exists(Chromium), $"needs {Chromium}; it is not there");
        await _turn.WaitAsync();
        try
        {
            return known() ?? await make();
        }
        finally
        {
            _turn.Release();
        }
    }
}

[CollectionDefinition(BrowserFixture.Collection)]
public sealed class BrowserDefinition : ICollectionFixture<BrowserFixture>;
