using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Uplift;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive at-risk DIR [--top 100] [--out FILE]</c>: who deserves the calls we can make.</summary>
internal static class AtRiskVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string?> asOf = CommonOptions.AsOf();
        Option<string> models = CommonOptions.Models(), name = CommonOptions.Name(), version = CommonOptions.Version();
        var top =
            new Option<int>("--top", "--capacity") { Description = "Customers that can be contacted.", DefaultValueFactory = _ => 100 };
        var minimum = new Option<double?>("--min-risk")
        {
            Description = "Smallest churn risk worth a contact, 0 to 1. Default: where the medium band begins.", HelpName = "P",
        };
        var cost = new Option<double>("--offer-cost") { Description = "What one contact costs, offer included.", HelpName = "MONEY" };
        var saves = new Option<string?>("--saves")
        {
            Description =
                "Shares of the expected loss that a contact is assumed to save at low, medium and high risk. Default: the version's "
                    + "(.05,.25,.15).",
            HelpName = "L,M,H",
        };
        var segment = new Option<string?>("--segment")
        {
            Description = "Only this RFM segment, lifecycle stage, tier, value-matrix cell or portrait.",
        };
        var output = new Option<string?>("--out") { Description = "Write the list to a .csv, .xlsx or .json file.", HelpName = "FILE" };
        Option<string> rank = CampaignVerbUplift.Rank();
        Option<bool> rawCells = CommonOptions.RawCells();
        Option<string?> store = StoreAccess.Store();
        Option<long?> memory = CommonOptions.Memory("is read in parts");
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "at-risk",
            "Customers by what a contact can save: churn risk × what they would spend if they stay × the share assumed to be saved; with "
                + "reasons and what to do.")
        {
            dataset, CommonOptions.Level(), asOf, models, name, version, top, minimum, cost, saves, segment, rank, output, rawCells, store,
            memory, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            if (parsed.GetValue(top) < 1)
            {
                throw new RefusedInputException($"--top is {parsed.GetValue(top)}; expected 1 or more.");
            }

            AtRiskOptions asked = Options(
                parsed.GetValue(top), parsed.GetValue(segment), parsed.GetValue(minimum), parsed.GetValue(cost), parsed.GetValue(saves));
            CustomerScorer scorer =
                ModelAccess.Scorer(parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), parsed.GetRequiredValue(version));
            asked = parsed.GetValue(saves) is null ? asked with { Saves = scorer.Bundle.Rules.Options.Portfolio.Saves } : asked;
            bool byUplift = CampaignVerbUplift.IsUplift(parsed.GetRequiredValue(rank));
            if (byUplift && parsed.GetValue(memory) is not null)
            {
                throw new RefusedInputException(
                    "--rank uplift learns from the whole base, which cannot be read in parts; leave out --memory, or rank by stake.");
            }

            string rankedBy = "what is at stake × the share assumed to be saved";
            (LocalTime at, AtRiskList list) = WorkProgress.Run(context.Console, progress =>
            {
                (LocalTime time, IEnumerable<TransactionHistory> parts) = DatasetAccess.LoadToScore(
                    parsed.GetRequiredValue(dataset), parsed.GetValue(asOf), parsed.GetValue(memory), progress, cancellation, context,
                    CommonOptions.LevelOf(parsed));
                if (byUplift)
                {
                    parts = [.. parts];
                    UpliftStudy study = CampaignVerbUplift.Study(
                        context, StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)), parts.Single(),
                        scorer.Bundle.Rules, time, cancellation);
                    (asked, rankedBy) = study.IsBetterThanChance ? (asked with { Gains = study.Gains }, study.RankedBy) : (asked, rankedBy);
                }

                return (time, AtRisk.Rank(scorer, ModelAccess.ScoreParts(scorer, parts, time, progress, cancellation), asked));
            });
            if (parsed.GetValue(output) is { } file)
            {
                AtRiskFile.Write(list, file, parsed.GetValue(rawCells));
                StoreAccess.NoteExport(
                    context, parsed.GetValue(store), parsed.GetRequiredValue(models), "at-risk list", file, list.Rows.Count);
                context.Console.Note($"{list.Rows.Count} customers written to {file}");
            }

            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { AsOf = at.ToString(), Model = scorer.Stamp, RankedBy = rankedBy, List = list });
                return ExitCode.Done;
            }

            CultureInfo c = CultureInfo.InvariantCulture;
            context.Console.Heading(
                string.Create(
                    c,
                    $"{list.Rows.Count} of {list.Candidates:N0} customers with a churn risk of {list.MinimumProbability:P0} or more "
                        + $"({list.Customers:N0} in all), as of {at}, model {scorer.Stamp.Name}/{scorer.Stamp.Version}, next "
                        + $"{scorer.Bundle.Manifest.HorizonDays} days"));
            context.Console.Write(AtRiskTable.Of(list.Rows));
            Table cutoffs = UserConsole.NewTable(
                ">contacts", ">would leave", ">would stay anyway", ">leavers caught", ">at stake", ">can be saved", ">cost", ">net");
            foreach (AtRiskCutoff cut in list.Cutoffs)
            {
                cutoffs.AddRow(
                    cut.Contacts.ToString("N0", c), cut.ExpectedChurners.ToString("N1", c), cut.Bothered.ToString("N1", c),
                    cut.ChurnersCaught.ToString("P1", c), cut.ExpectedLoss.ToString("N0", c), cut.ExpectedSaving.ToString("N0", c),
                    cut.Cost.ToString("N0", c), cut.Net.ToString("N0", c));
            }

            context.Console.Write(cutoffs);
            context.Console.Line($"ranked by {rankedBy}");
            context.Console.Line(
                asked.Gains is not null ? "can be saved: as campaigns with a control group taught (predictive campaign uplift)"
                : string.Create(
                    c,
                    $"can be saved: assumed {list.Saves.Low:P0} of what is at stake at low, {list.Saves.Medium:P0} at medium, "
                        + $"{list.Saves.High:P0} at high risk (--saves); a campaign with a control group tells better"));
            if (list.KeptNothing > 0)
            {
                context.Console.Line(
                    string.Create(c, $"left out: {list.KeptNothing:N0} customers who gave back every order, whole"));
            }

            if (list.Candidates < parsed.GetValue(top))
            {
                context.Console.Line(
                    string.Create(
                        c,
                        $"only {list.Candidates:N0} customers have a churn risk of {list.MinimumProbability:P0} or more: the list is "
                            + $"shorter than the {parsed.GetValue(top):N0} asked for (--min-risk)"));
            }

            return ExitCode.Done;
        });
    }

    private static AtRiskOptions Options(int top, string? segment, double? minimum, double cost, string? saves)
    {
        if (minimum is { } p && !(p >= 0 && p <= 1))
        {
            throw new RefusedInputException($"--min-risk is {minimum}; expected a probability from 0 to 1, such as 0.3.");
        }

        if (!(cost >= 0 && double.IsFinite(cost)))
        {
            throw new RefusedInputException($"--offer-cost is {cost}; expected an amount of money, 0 or more.");
        }

        var options = new AtRiskOptions { Capacity = top, Segment = segment, MinimumProbability = minimum, OfferCost = cost };
        if (saves is null)
        {
            return options;
        }

        double[] shares =
        [
            .. saves.Split(',')
                .Select(s =>
                    double.TryParse(s, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double share)
                        ? share
                        : double.NaN),
        ];
        return shares.Length == 3 && shares.All(s => s is >= 0 and <= 1)
            ? options with { Saves = new SaveShares(shares[0], shares[1], shares[2]) }
            : throw new RefusedInputException(
                $"--saves is '{saves}'; expected three shares from 0 to 1, for low, medium and high risk, such as .05,.25,.15.");
    }
}
