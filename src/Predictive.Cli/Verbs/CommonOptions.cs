using System.CommandLine;
using Predictive.Cli.Configuration;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Warehouse.Copies;
using Predictive.Training;
using Predictive.Segmentation.Rules;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>The options that several verbs share: one name, one help text, one default, one parser.</summary>
internal static class CommonOptions
{
    private const int DefaultHorizonDays = 90;
    private const string LevelName = "--level", SliceName = "--slice", SampleName = "--sample-customers", DatasetName = "DIR";

    public static string DefaultName => Settings.Name.Default!;

    public static string DefaultModels => Settings.Models.Default!;

    /// <summary>A dataset: its folder, whatever was named.</summary>
    public static Argument<string> Dataset() => new(DatasetName)
    {
        Description = "Dataset folder, a single Parquet file, or clickhouse://HOST:8123/DB?table=NAME.",
        CustomParser = result =>
        {
            try
            {
                return WarehouseFolder.PathOf(result.Tokens[0].Value);
            }
            catch (DatasetException e)
            {
                result.AddError(e.Message);
                return null;
            }
        },
    };

    /// <summary>The dataset folder that a command line names; null = the verb takes none.</summary>
    public static string? DatasetOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Arguments.OfType<Argument<string>>().SingleOrDefault(a => a.Name == DatasetName) is { } dataset
            ? parsed.GetValue(dataset)
            : null;

    /// <summary>One of N parts of the customers.</summary>
    public static Option<HistorySlice?> Slice() => Read(
        new Option<HistorySlice?>(SliceName)
        {
            Description = "Only the k-th of N parts of the customers, the same on every machine. Needs --as-of. Default: everybody.",
            HelpName = "k/N",
        },
        ValueText.Slice, s => s);

    /// <summary>What <c>--slice</c> of a verb says; null = nothing, or the verb has none.</summary>
    public static HistorySlice? SliceOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.OfType<Option<HistorySlice?>>().SingleOrDefault(o => o.Name == SliceName) is { } slice
            ? parsed.GetValue(slice)
            : null;

    public static Option<string?> AsOf() =>
        new("--as-of")
        {
            Description =
                "Local time to compute as of, such as 2011-09-01 (00:00 that day in the dataset's time zone). Default: midnight after "
                    + "the last transaction that is not after today.",
            HelpName = "DATE",
        };

    public static Option<int> Horizon() =>
        Days(
            "--horizon", "Length of the window predicted, in days.", DefaultHorizonDays, TrainingOptions.MinHorizonDays,
            TrainingOptions.MaxHorizonDays);

    public static Option<int> Days(string name, string description, int standard, int least = 1, int most = 3650) =>
        Read(
            new Option<int>(name) { Description = description, HelpName = "Nd", DefaultValueFactory = _ => standard },
            ValueText.Days(standard, least, most), n => n);

    public static Option<string> Name() =>
        new("--name") { Description = "Registry name of the model.", DefaultValueFactory = _ => DefaultName };

    public static Option<string> Models() =>
        new("--models") { Description = "Folder of the model registry.", HelpName = "DIR", DefaultValueFactory = _ => DefaultModels };

    /// <summary>Refuses what is to be made where something of that name is.</summary>
    public static void RefuseTaken(string path)
    {
        if (Path.Exists(path))
        {
            throw new RefusedInputException($"{path} is there already; expected a name that is free. Nothing was written.");
        }
    }

    public static Option<string> Version() =>
        new("--version")
        {
            Description = "Which version: a number, champion or challenger.", HelpName = "N|champion",
            DefaultValueFactory = _ => "champion",
        };

    /// <summary>Read it with <see cref="LevelOf"/>.</summary>
    public static Option<CustomerLevel?> Level() => Read(
        new Option<CustomerLevel?>(LevelName)
        {
            Description =
                "Who a customer is: the person who orders, or the account that they belong to (account_id of the customers table, or "
                    + "account-map.parquet). Default: as dataset.json says, else person.",
            HelpName = "person|account",
        },
        ValueText.Level, l => (CustomerLevel?)l);

    /// <summary>What <c>--level</c> of a verb says; null = nothing, or the verb has none.</summary>
    public static CustomerLevel? LevelOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.OfType<Option<CustomerLevel?>>().SingleOrDefault(o => o.Name == LevelName) is { } level
            ? parsed.GetValue(level)
            : null;

    public static Option<int> Seed() => new("--seed") { Description = "Seed of every random draw.", DefaultValueFactory = _ => 1 };

    public static Option<int> Top(string description, int standard)
    {
        var top = new Option<int>("--top") { Description = description, DefaultValueFactory = _ => standard };
        top.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() < 1)
            {
                result.AddError("--top expects a number of at least 1.");
            }
        });
        return top;
    }

    public static Option<bool> Json() =>
        new("--json") { Description = "Print one JSON document on standard output and nothing else there." };

    public static Option<bool> RawCells() => new("--raw-cells")
    {
        Description =
            "Write text to .csv and .xlsx as it is. Default: text that a spreadsheet would run (=, +, -, @ ...) gets an apostrophe "
                + "before it.",
    };

    public static Option<string?> Engine() =>
        new("--engine") { Description = "Learning engine (see: predictive engines).", HelpName = string.Join('|', Engines.Names) };

    /// <param name="beyond">What is done where the history does not fit.</param>
    public static Option<long?> Memory(string beyond) => Read(
        new Option<long?>("--memory")
        {
            Description = $"Memory this command may use, such as 2GB; a history that does not fit {beyond}. Default: no limit.",
            HelpName = "SIZE",
        },
        ValueText.Size, n => (long?)n);

    /// <summary>Read it with <see cref="SampleOf"/>.</summary>
    public static Option<int?> SampleCustomers() => Read(
        new Option<int?>(SampleName) { Description = Settings.SampleCustomers.Meaning + " Default: everybody.", HelpName = "N" },
        ValueText.Number(LearningHistory.FewestCustomers), n => (int?)n);

    /// <summary>What <c>--sample-customers</c> of a verb says; null = nothing, or the verb has none.</summary>
    public static int? SampleOf(ParseResult parsed) =>
        parsed.CommandResult.Command.Options.OfType<Option<int?>>().SingleOrDefault(o => o.Name == SampleName) is { } sample
            ? parsed.GetValue(sample)
            : null;

    public static Option<TimeSpan?> Duration(string name, string description) => Read(
        new Option<TimeSpan?>(name) { Description = description, HelpName = "60s" }, ValueText.Duration, d => (TimeSpan?)d);

    private static Option<T> Read<T, TValue>(Option<T> option, ValueText<TValue> kind, Func<TValue, T> of)
    {
        option.CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (kind.TryRead(text, out TValue? value))
            {
                return of(value);
            }

            result.AddError($"{option.Name} is '{text}'; expected {kind.Expected}.");
            return default;
        };
        return option;
    }
}
