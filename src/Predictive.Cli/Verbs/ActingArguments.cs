using System.CommandLine;
using System.Globalization;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store;

namespace Predictive.Cli.Verbs;

/// <summary>What the verbs of acting share: a scored base, dates, and the store they act in.</summary>
internal static class ActingArguments
{
    /// <summary>Options of a verb that scores a base.</summary>
    internal sealed record Base(
        Argument<string> Dataset, Option<string?> AsOf, Option<string> Models, Option<string> Model, Option<string> Version,
        Option<string?> Store)
    {
        public static Base AddTo(Command command)
        {
            // '--name' is the campaign's here.
            var model = new Option<string>("--model")
            {
                Description = "Registry name of the model.", DefaultValueFactory = _ => CommonOptions.DefaultName,
            };
            var own = new Base(
                CommonOptions.Dataset(), CommonOptions.AsOf(), CommonOptions.Models(), model, CommonOptions.Version(), StoreAccess.Store());
            command.Add(own.Dataset);
            foreach (Option option in new Option[] { CommonOptions.Level(), own.AsOf, own.Models, own.Model, own.Version, own.Store })
            {
                command.Add(option);
            }

            return own;
        }

        /// <summary>Scores the base, by default as of its end, but not after a day.</summary>
        public (CustomerScorer Scorer, ScoreTable Scores) Score(
            ParseResult parsed, VerbContext context, CancellationToken cancellation, DateOnly? notAfter = null)
        {
            (CustomerScorer scorer, ScoreTable scores) = WorkProgress.Run(context.Console, progress =>
            {
                CustomerScorer scorer = ModelAccess.Scorer(
                    parsed.GetRequiredValue(Models), parsed.GetRequiredValue(Model), parsed.GetRequiredValue(Version));
                TransactionHistory history = DatasetAccess.Load(
                    parsed.GetRequiredValue(Dataset), progress, cancellation, level: CommonOptions.LevelOf(parsed));
                LocalTime at = DatasetAccess.AsOfFor(history, parsed.GetValue(AsOf), context);
                if (parsed.GetValue(AsOf) is null && notAfter is { } day && at > LocalTime.StartOf(day))
                {
                    at = LocalTime.StartOf(day);
                    context.Console.Note($"note: the data reach beyond {day:yyyy-MM-dd}; customers are scored as of that day");
                }

                return (scorer, ModelAccess.ScoreAll(scorer, history, at, progress, cancellation));
            });
            if (scorer.Bundle.Manifest.TryAsOf(out LocalTime learned) && learned > scores.AsOf)
            {
                context.Console.Note(
                    $"note: model {scorer.Stamp.Name}/{scorer.Stamp.Version} learned from data up to {learned}, after {scores.AsOf}: it "
                        + $"has "
                        + "seen what these customers did next. Fine for trying out, no evidence of how good the choice is");
            }

            return (scorer, scores);
        }

        public StoreDatabase Open(ParseResult parsed, VerbContext context) =>
            StoreAccess.Open(context, parsed.GetValue(Store), parsed.GetRequiredValue(Models));
    }

    public static Option<DateOnly?> Date(string name, string description, bool required = false) => new(name)
    {
        Description = description,
        HelpName = "DATE",
        Required = required,
        CustomParser = result =>
        {
            if (DateOnly.TryParseExact(
                result.Tokens[0].Value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date))
            {
                return date;
            }

            result.AddError($"{name} is '{result.Tokens[0].Value}'; expected a date such as 2025-07-01.");
            return null;
        },
    };

    /// <summary>A share, as 20% or .2.</summary>
    public static Option<double> Share(string name, string description, double standard, bool negative = false) => new(name)
    {
        Description = description,
        HelpName = "20%",
        DefaultValueFactory = _ => standard,
        CustomParser = result =>
        {
            string text = result.Tokens[0].Value;
            bool percent = text.EndsWith('%');
            if (double.TryParse(
                percent ? text.AsSpan(0, text.Length - 1) : text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value)
                && Math.Abs(percent ? value / 100 : value) <= 1 && (negative || value >= 0))
            {
                return percent ? value / 100 : value;
            }

            result.AddError($"{name} is '{text}'; expected a share such as 20% or 0.2.");
            return 0;
        },
    };

    /// <summary>Today on the clock of people, in a dataset's zone where one is known.</summary>
    public static DateOnly Today(VerbContext context) => DateOnly.FromDateTime(context.Clock.GetLocalNow().DateTime);

    /// <summary>Shares as percentages in tables.</summary>
    public static string Percent(double share) => share.ToString("P1", CultureInfo.InvariantCulture);
}
