using System.CommandLine;
using System.Globalization;
using Predictive.Training;
using Predictive.Segmentation.Rules;

namespace Predictive.Cli.Verbs;

/// <summary>The options that several verbs share: one name, one help text, one default, one parser.</summary>
internal static class CommonOptions
{
    public const string DefaultName = "default";
    public const string DefaultModels = "models";
    public const int DefaultHorizonDays = 90;
    public const string DefaultUrl = "http://127.0.0.1:5080";

    public static Argument<string> Dataset() => new("DIR") { Description = "Dataset folder, or a single Parquet file." };

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

    public static Option<int> Days(string name, string description, int standard, int least = 1, int most = 3650) => new(name)
    {
        Description = description,
        HelpName = "Nd",
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (text.EndsWith('d')
                && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int days)
                && days >= least && days <= most)
            {
                return days;
            }

            result.AddError($"{name} is '{text}'; expected a number of days from {least}d to {most}d, such as {standard}d.");
            return 0;
        },
    };

    public static Option<string> Name() =>
        new("--name") { Description = "Registry name of the model.", DefaultValueFactory = _ => DefaultName };

    public static Option<string> Models() =>
        new("--models") { Description = "Folder of the model registry.", HelpName = "DIR", DefaultValueFactory = _ => DefaultModels };

    public static Option<string> Version() =>
        new("--version")
        {
            Description = "Which version: a number, champion or challenger.", HelpName = "N|champion",
            DefaultValueFactory = _ => "champion",
        };

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
    public static Option<long?> Memory(string beyond) => new("--memory")
    {
        Description = $"Memory this command may use, such as 2GB; a history that does not fit {beyond}. Default: no limit.",
        HelpName = "SIZE",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            (string Unit, long Bytes)[] units = [("GB", 1L << 30), ("MB", 1L << 20)];
            foreach ((string unit, long bytes) in units)
            {
                if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                    && double.TryParse(
                        text.AsSpan(0, text.Length - 2), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n)
                            && n > 0)
                {
                    return (long)(n * bytes);
                }
            }

            result.AddError($"--memory is '{text}'; expected a size such as 2GB or 512MB.");
            return null;
        },
    };

    public static Option<double> Percent(string name, string description, double standard) => new(name)
    {
        Description = description,
        HelpName = "N%",
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            if (text.EndsWith('%')
                && double.TryParse(
                    text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
                && percent is >= 0 and <= 100)
            {
                return percent / 100;
            }

            result.AddError($"{name} is '{text}'; expected a share from 0% to 100%, such as 10%.");
            return 0;
        },
    };

    public static Option<TimeSpan?> Duration(string name, string description) => new(name)
    {
        Description = description,
        HelpName = "60s",
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            (char Unit, double Seconds)[] units = [('s', 1), ('m', 60), ('h', 3600)];
            foreach ((char unit, double seconds) in units)
            {
                if (text.EndsWith(unit)
                    && double.TryParse(
                        text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n)
                    && n > 0 && n * seconds <= 86_400)
                {
                    return TimeSpan.FromSeconds(n * seconds);
                }
            }

            result.AddError($"{name} is '{text}'; expected a duration such as 60s, 5m or 1h.");
            return null;
        },
    };
}
