using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Effects;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Sources;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>What comes after a campaign was made: contacts, outcomes, the report, and its rehearsal.</summary>
internal static class CampaignVerbOutcomes
{
    private static readonly CultureInfo s_c = CultureInfo.InvariantCulture;

    public static Command Contacts(VerbContext context)
    {
        Argument<string> name = CampaignVerb.Name();
        var file = new Option<string>("--from-file")
        {
            Description = "The exported list as .csv, with contacted_on and outcome filled in.", HelpName = "FILE.csv", Required = true,
        };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("contacts", "Note the contacts that were made: they count for contact caps and costs.")
        {
            name, file, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            var book = new CampaignBook(database);
            Campaign campaign = CampaignVerb.Find(book, parsed.GetRequiredValue(name));
            IReadOnlyList<Contact> made = CampaignOutcomes.ReadContacts(parsed.GetRequiredValue(file), campaign);
            HashSet<string> heldOut = [.. book.Members(campaign.Id).Where(m => m.IsHeldOut).Select(m => m.CustomerId)];
            int added = new ContactBook(database).Add(made), wrong = made.Count(c => heldOut.Contains(c.CustomerId));
            new Store.Audit.AuditLog(database).Append(
                StoreAccess.Actor, "campaign-contacts", $"campaign {campaign.Name}", new { rows = made.Count, added });
            context.Console.Line(string.Create(s_c, $"{added:N0} contacts noted, {made.Count - added:N0} had been noted before"));
            if (wrong > 0)
            {
                context.Console.Line(string.Create(
                    s_c, $"{wrong:N0} of them are held out: they were not to be contacted, and blur what the campaign brought"));
            }

            return ExitCode.Done;
        });
    }

    public static Command Outcomes(VerbContext context)
    {
        Argument<string> name = CampaignVerb.Name();
        var file = new Option<string?>("--from-file")
        {
            Description = "A .csv file with customer_id, bought (yes or no) and spend.", HelpName = "FILE.csv",
        };
        var data = new Option<string?>("--data") { Description = "A dataset whose transactions reach into the window.", HelpName = "DIR" };
        Option<DateOnly?> through = ActingArguments.Date(
            "--through", "Last day the transactions are whole for. Default: the day of the last one that is not after today.");
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("outcomes", "What the customers did: from later transactions, or from a file.")
        {
            name, file, data, CommonOptions.Level(), through, models, store,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            if (parsed.GetValue(file) is null == parsed.GetValue(data) is null)
            {
                throw new RefusedInputException("Outcomes come from --data DIR or from --from-file FILE.csv; expected one of them.");
            }

            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            var book = new CampaignBook(database);
            Campaign campaign = CampaignVerb.Find(book, parsed.GetRequiredValue(name));
            DateOnly last;
            IReadOnlyList<MemberOutcome> outcomes;
            if (parsed.GetValue(file) is { } path)
            {
                outcomes = CampaignOutcomes.Read(path);
                last = parsed.GetValue(through) ?? campaign.To;
            }
            else
            {
                TransactionHistory history = WorkProgress.Run(
                    context.Console,
                    progress => DatasetAccess.Load(parsed.GetValue(data)!, progress, cancellation, level: CommonOptions.LevelOf(parsed)));
                last = parsed.GetValue(through)
                    ?? DateOnly.FromDateTime(DatasetAccess.AsOfFor(history, null, context).ToDateTime()).AddDays(-1);
                if (last < campaign.From)
                {
                    throw new RefusedInputException(
                        $"The transactions end on {last:yyyy-MM-dd}, before the window begins on {campaign.From:yyyy-MM-dd}: nothing is "
                            + $"known "
                            + "of it yet. Come back with newer data.");
                }

                outcomes = CampaignOutcomes.From(
                    campaign, book.Members(campaign.Id), history, last, Erasures.Of(parsed.GetValue(data)!).Contains);
            }

            int noted = book.Note(campaign, outcomes, last < campaign.To ? last : campaign.To, StoreAccess.Actor);
            int all = campaign.Contacted + campaign.HeldOut;
            context.Console.Line(string.Create(
                s_c,
                $"outcomes of {noted:N0} of {all:N0} customers noted, through {(last < campaign.To ? last : campaign.To):yyyy-MM-dd}"));
            if (noted < outcomes.Count)
            {
                context.Console.Line(string.Create(s_c, $"{outcomes.Count - noted:N0} rows are of nobody in the campaign and were "
                    + $"passed over"));
            }

            context.Console.Line($"next: predictive campaign report \"{campaign.Name}\"");
            return ExitCode.Done;
        });
    }

    public static Command Report(VerbContext context)
    {
        Argument<string> name = CampaignVerb.Name();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("report", "What the campaign brought, with intervals, cost, profit and a verdict.")
        {
            name, models, store, json,
        };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            var book = new CampaignBook(database);
            Campaign campaign = CampaignVerb.Find(book, parsed.GetRequiredValue(name));
            CampaignReport report = CampaignResults.ReportOf(database, campaign);
            IReadOnlyList<string> verdict = CampaignWords.Verdict(report);
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(new
                {
                    Campaign = campaign.Name, report.Stage, report.Through, report.Contacted, report.HeldOut, report.Made, report.Reached,
                    report.Contaminated, report.Retention, RetentionPlain = Interval(report.RetentionPlain), report.Spend, report.Kept,
                    report.ExtraSpend, report.Cost, Profit = Interval(report.Profit), Verdict = verdict,
                });
                return ExitCode.Done;
            }

            Show(context.Console, report, verdict);
            return ExitCode.Done;
        });
    }

    public static Command Rehearse(VerbContext context)
    {
        Argument<string> name = CampaignVerb.Name();
        Option<double> effect = ActingArguments.Share(
            "--effect", "Points that a contact adds to everybody's chance to buy, such as 8%; may be negative.", 0, negative: true);
        var uneven = new Option<bool>("--uneven")
        {
            Description = "The effect on those who waver only; none on those as good as gone, half of it the other way on those who would "
                + "have stayed.",
        };
        Option<int> seed = CommonOptions.Seed();
        var output = new Option<string>("--out") { Description = "The outcomes, as .csv.", HelpName = "FILE.csv", Required = true };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command(
            "rehearse", "Play a campaign before it is: outcomes drawn from the predictions, with an effect of your choice, as a file.")
        {
            name, effect, uneven, seed, output, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            var book = new CampaignBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            Campaign campaign = CampaignVerb.Find(book, parsed.GetRequiredValue(name));
            string file = parsed.GetRequiredValue(output);
            IReadOnlyList<MemberOutcome> played = Rehearsal.Play(
                book.Members(campaign.Id), parsed.GetValue(effect), parsed.GetValue(seed), parsed.GetValue(uneven));
            OutcomesFile.Write(played, file);
            context.Console.Line($"{played.Count} outcomes that never happened written to {file}: a rehearsal, no evidence");
            return ExitCode.Done;
        });
    }

    private static void Show(UserConsole console, CampaignReport report, IReadOnlyList<string> verdict)
    {
        Campaign campaign = report.Campaign;
        console.Heading(string.Create(
            s_c,
            $"Campaign '{campaign.Name}': {campaign.Channel}, {campaign.From:yyyy-MM-dd} to {campaign.To:yyyy-MM-dd}, outcomes through "
                + $"{report.Through:yyyy-MM-dd}"));
        if (report.Stage != ReportStage.NoOutcomes)
        {
            Table table = UserConsole.NewTable("", ">contacted", ">held out", ">difference", ">95 % interval", ">without adjustment");
            table.AddRow(
                "customers", report.Contacted.ToString("N0", s_c), report.HeldOut.ToString("N0", s_c), "", "", "");
            table.AddRow(
                "bought", ActingArguments.Percent(report.Retention.Contacted), ActingArguments.Percent(report.Retention.HeldOut),
                Signed(100 * report.Retention.Effect, "0.0") + " points",
                $"{Signed(100 * report.Retention.Low, "0.0")} to {Signed(100 * report.Retention.High, "0.0")}",
                Signed(100 * report.RetentionPlain.Difference, "0.0"));
            EffectEstimate s = report.Spend;
            table.AddRow(
                "net spend per head", s.Contacted.ToString("N2", s_c), s.HeldOut.ToString("N2", s_c), Signed(s.Effect, "N2"),
                $"{Signed(s.Low, "N2")} to {Signed(s.High, "N2")}", Signed(s.Contacted - s.HeldOut, "N2"));
            console.Write(table);
            console.Line(string.Create(
                s_c,
                $"in all: {Signed(report.Kept, "0")} customers bought who would not have, {Signed(report.ExtraSpend, "N0")} net spend, "
                    + $"{report.Cost:N0} contact costs"));
        }

        foreach (string sentence in verdict)
        {
            console.Line(sentence);
        }
    }

    private static string Signed(double value, string format) =>
        Math.Abs(value).ToString(format, s_c) is var text && !text.AsSpan().ContainsAnyInRange('1', '9') ? text
            : (value < 0 ? "−" : "+") + text;

    private static object Interval((double Mean, double Low, double High) of) => new { of.Mean, of.Low, of.High };
}
