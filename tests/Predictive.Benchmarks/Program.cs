// The command-line benches: `dotnet run -c Release --project tests/Predictive.Benchmarks -- NAME ...`.
// Each prints one line of JSON, last on stdout. How to add one: a file with `static int Run(string[] args)`, then one line in the table.
using Predictive.Benchmarks;

var benches = new Dictionary<string, Func<string[], int>>
{
    ["acting-kill"] = ActingKillBench.Run,
    ["agree"] = AgreeBench.Run,
    ["alerts"] = AlertsBench.Run,
    ["campaigns"] = CampaignsBench.Run,
    ["clvstudy"] = ClvStudy.Run,
    ["deliveries"] = DeliveriesBench.Run,
    ["dialects"] = DialectBench.Run,
        ["drift"] = DriftBench.Run,
    ["engines"] = EnginesBench.Run,
    ["events"] = EventsBench.Run,
    ["events-kill"] = EventsKillBench.Run,
    ["features"] = FeaturesBench.Run,
    ["fleet"] = FleetBench.Run,
    ["gbdt"] = GbdtBench.Run,
    ["host"] = HostBench.Run,
    ["import"] = ImportBench.Run,
    ["kills"] = KillsBench.Run,
    ["kmeans"] = KMeansBench.Run,
    ["lexer"] = LexerBench.Run,
    ["micro"] = MicroBenches.Run,
    ["mutate"] = MutateBench.Run,
    ["matrix"] = MatrixBench.Run,
    ["onnx"] = OnnxBench.Run,
    ["pages"] = PagesBench.Run,
    ["portfolio"] = PortfolioBench.Run,
    ["queries"] = QueriesBench.Run,
    ["returns"] = ReturnsBench.Run,
    ["screenshots"] = ScreenshotsBench.Run,
    ["sheet"] = SheetBench.Run,
    ["modelstudy"] = ModelStudy.Run,
    ["standing"] = StandingBench.Rates,
    ["standing-kill"] = StandingBench.Kill,
    ["alert-kills"] = ActingKillBench.Run,
    ["slice-kills"] = SliceKillsBench.Run,
    ["uplift"] = UpliftBench.Run,
    ["warehouse"] = WarehouseBench.Run,
    ["weeks"] = WeeksBench.Healthy,
    ["windows"] = WindowsBench.Run,
    ["workbook"] = WorkbookBench.Run,
    ["year"] = WeeksBench.Year,
    ["parquet"] = ParquetBench.Run,
    ["parquet-conformance"] = ParquetConformanceBench.Run,
    ["parquet-mutations"] = ParquetMutationsBench.Run,
};

if (args.Length == 0 || !benches.TryGetValue(args[0], out var bench))
{
    Console.Error.WriteLine($"Usage: NAME [options]; NAME is one of: {string.Join(", ", benches.Keys.Order())}.");
    return 2;
}

return bench(args[1..]);
