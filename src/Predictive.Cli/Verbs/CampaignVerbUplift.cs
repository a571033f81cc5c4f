using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Effects;
using Predictive.Acting.Uplift;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Learning.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Store;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive campaign uplift DIR</c>: whom a contact changes, learned from past campaigns; and lists ranked by it.</summary>
internal static class CampaignVerbUplift
{
    private const string Uplift = "uplift", Stake = "stake", Buys = "buys", Spend = "spend";

    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    public static Command Create(VerbContext context)
    {
        var command = new Command(
            "uplift", "Whom a contact changes, learned from campaigns that are over and judged on customers they were not learned from.");
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        var standard = new UpliftStudyOptions();
        Option<double> cut = ActingArguments.Share("--cut", "From how many points on a contact counts as changing somebody.", standard.Cut);
        Option<double> anyway = ActingArguments.Share(
            "--buys-anyway", "Chance to buy, left alone, from which somebody is a sure thing.", standard.BuysAnyway);
        var outcome = new Option<string>("--outcome")
        {
            Description = "What a contact is to change: who buys, or what is spent.", HelpName = $"{Buys}|{Spend}",
            DefaultValueFactory = _ => Buys,
        };
        outcome.AcceptOnlyFromAmong(Buys, Spend);
        Option<int> seed = CommonOptions.Seed();
        Option<string?> engine = new("--engine") { Description = "What learns. Default: built-in.", HelpName = "built-in|mlnet" };
        var output = new Option<string?>("--out")
        {
            Description = "Everybody's group and what a contact brings, as .csv, .xlsx or .json.", HelpName = "FILE",
        };
        Option<bool> rawCells = CommonOptions.RawCells(), json = CommonOptions.Json();
        foreach (Option option in new Option[] { outcome, cut, anyway, seed, engine, output, rawCells, json })
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            StoreDatabase store = StoreAccess.Existing(
                context, parsed.GetValue(own.Store), parsed.GetRequiredValue(own.Models));
            var options = new UpliftStudyOptions
            {
                Cut = parsed.GetValue(cut), BuysAnyway = parsed.GetValue(anyway), Seed = parsed.GetValue(seed),
                Outcome = parsed.GetRequiredValue(outcome) == Spend ? UpliftOutcome.Spend : UpliftOutcome.Buys,
            };
            if (options.Cut <= 0)
            {
                throw new RefusedInputException($"--cut is {options.Cut}; expected a share above 0, such as 2%.");
            }

            (_, ScoreTable scores) = own.Score(parsed, context, cancellation);
            UpliftStudy study = UpliftStudy.Of(
                store, scores.History, scores.Bundle.Rules, Engines.Get(parsed.GetValue(engine)), scores.AsOf, options, cancellation);
            UpliftReport report = study.Report(scores);
            IReadOnlyList<string> verdict = UpliftWords.Verdict(report);
            if (parsed.GetValue(output) is { } file)
            {
                Write(study, scores, file, parsed.GetValue(rawCells));
                StoreAccess.NoteExport(
                    context, parsed.GetValue(own.Store), parsed.GetRequiredValue(own.Models), "uplift groups", file, scores.Count);
                context.Console.Note($"{scores.Count} customers written to {file}");
            }

            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new { AsOf = scores.AsOf.ToString(), Model = scores.Stamp, Report = report, Verdict = verdict });
                return ExitCode.Done;
            }

            Show(context.Console, report, verdict);
            return ExitCode.Done;
        });
    }

    /// <summary>What lists are ranked by.</summary>
    public static Option<string> Rank()
    {
        var option = new Option<string>("--rank")
        {
            Description = "What is ranked by: what is at stake, or what past campaigns teach that a contact changes (campaign uplift).",
            HelpName = $"{Stake}|{Uplift}", DefaultValueFactory = _ => Stake,
        };
        option.AcceptOnlyFromAmong(Stake, Uplift);
        return option;
    }

    public static bool IsUplift(string rank) => rank == Uplift;

    /// <summary>What a contact brings, as past campaigns teach it; null, said in a note, where they do not tell better than
    /// chance.</summary>
    /// <exception cref="CampaignException">Too few campaigns are over.</exception>
    public static AudienceGains? Gains(VerbContext context, StoreDatabase store, ScoreTable scores, CancellationToken cancellation)
    {
        return Study(context, store, scores.History, scores.Bundle.Rules, scores.AsOf, cancellation).GainsOrNone(scores);
    }

    /// <summary>The study of a store's campaigns; where it is no better than chance, a note says that it is not ranked by.</summary>
    /// <exception cref="CampaignException">Too few campaigns are over.</exception>
    public static UpliftStudy Study(
        VerbContext context, StoreDatabase store, TransactionHistory history, RuleBook rules, LocalTime asOf,
        CancellationToken cancellation)
    {
        UpliftStudy study = UpliftStudy.Of(store, history, rules, Engines.Get(null), asOf, null, cancellation);
        if (!study.IsBetterThanChance)
        {
            context.Console.Note(
                "note: whom a contact changes cannot be told better than by chance yet; ranked by what is at stake instead (predictive "
                    + "campaign uplift says more)");
        }

        return study;
    }

    private static void Write(UpliftStudy study, ScoreTable scores, string file, bool rawCells)
    {
        double[] gains = study.Gains(scores);
        string[] groups = study.GroupNames(scores);
        int[] rows = [.. Enumerable.Range(0, scores.Count).OrderByDescending(i => gains[i])
            .ThenBy(scores.CustomerId, StringComparer.Ordinal)];
        ListColumn<int>[] columns =
        [
            new("customer_id", i => scores.CustomerId(i)), new("group", i => groups[i]),
            new("contact_brings", i => Cents.Of(gains[i])), new("churn_risk", i => Math.Round(scores.ChurnProbability[i], 3)),
            new("expected_spend", i => scores.ClvExpected[i]),
        ];
        ListFile.Write(file, rows, rows, columns, rawCells);
    }

    private static void Show(UserConsole console, UpliftReport report, IReadOnlyList<string> verdict)
    {
        bool isSpend = report.Outcome == UpliftOutcome.Spend;
        console.Heading($"Learned from {string.Join(", ", report.Campaigns)}");
        console.Line(report.Campaigns.Count > 1
            ? "each campaign is judged by what the others taught"
            : "each half of the campaign is judged by what the other taught");
        Table rankings = UserConsole.NewTable(
            "who is contacted first", isSpend ? ">Qini, a head" : ">Qini × 100", ">95 %", isSpend ? ">AUUC, a head" : ">AUUC × 100",
            ">95 %", ">ahead of risk", ">95 %");
        foreach (UpliftRanked r in report.Rankings)
        {
            rankings.AddRow([
                r.Name, Unit(r.Qini.Value), Range(r.Qini), Unit(r.Auuc.Value), Range(r.Auuc),
                .. r == report.Rankings[^1] ? ["", ""] : new[] { Unit(r.AheadOfRisk.Value), Range(r.AheadOfRisk) },
            ]);
        }

        console.Write(rankings);
        Table groups = UserConsole.NewTable("", "", ">predicted", ">measured", ">95 %", ">of customers", ">today");
        foreach (UpliftGroup g in report.Groups)
        {
            groups.AddRow(
                g.Name, g.Meaning, g.Judged == 0 ? "" : Points(g.Predicted), g.Measured is { } m ? Points(m.Effect) : "",
                g.Measured is { } i ? $"{Points(i.Low)} to {Points(i.High)}" : "", g.Judged.ToString("N0", s_c),
                g.Today.ToString("N0", s_c));
        }

        console.Write(groups);
        console.Line(isSpend ? string.Create(
            s_c,
            $"spend a head, predicted and measured by models that had not seen the customer; changed = {report.Cut:0.00} or more (--cut, a "
                + $"share of the mean), anyway = {report.BuysAnyway:0.00} or more left alone, the mean of those held out")
            : string.Create(
            s_c,
            $"points of who buys, predicted and measured by models that had not seen the customer; changed = {100 * report.Cut:0.#} "
                + $"points or more, anyway = a chance of {report.BuysAnyway:P0} or more left alone (--cut, --buys-anyway)"));
        Table tree = UserConsole.NewTable("in a few questions", ">customers", ">effect", ">95 %");
        foreach (UpliftBranch b in report.Tree)
        {
            tree.AddRow(
                Markup.Escape(b.Who), b.Customers.ToString("N0", s_c), Points(b.Effect), $"{Points(b.Low)} to {Points(b.High)}");
        }

        console.Write(tree);
        foreach (string sentence in verdict)
        {
            console.Line(sentence);
        }

        string Range(UpliftInterval of) => $"{Unit(of.Low)} to {Unit(of.High)}";

        string Unit(double value) => (isSpend ? value : 100 * value).ToString("+0.00;−0.00;0.00", s_c);

        string Points(double share) => isSpend ? Unit(share) : (100 * share).ToString("+0.0;−0.0;0.0", s_c);
    }

}
