using System.CommandLine;
using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Cli.Terminal;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Campaigns;
using Spectre.Console;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive campaign create|list|show|export|contacts|outcomes|report|uplift|budget|standing|rehearse|end|cancel|opt-out|suppress</c>:
/// who is contacted, who is held out, what it brought, and whom a contact changes.
/// </summary>
internal static class CampaignVerb
{
    public static Command Create(VerbContext context) => new(
        "campaign", "Campaigns with a control group: who is contacted, who is held out, and what it brought.")
    {
        Make(context), List(context), Show(context), Export(context), CampaignVerbOutcomes.Contacts(context),
        CampaignVerbOutcomes.Outcomes(context), CampaignVerbOutcomes.Report(context), CampaignVerbOutcomes.Rehearse(context),
        CampaignVerbUplift.Create(context), CampaignVerbBudget.Create(context), CampaignVerbStanding.Create(context),
        Close(context, "end", "End a campaign: its customers are free for others.", CampaignBook.Ended),
        Close(context, "cancel", "Cancel a campaign: its customers are free for others.", CampaignBook.Cancelled),
        CampaignVerbContacts.OptOut(context), CampaignVerbContacts.Suppress(context),
    };

    /// <summary>The campaign of a name.</summary>
    /// <exception cref="RefusedInputException">There is none.</exception>
    public static Campaign Find(CampaignBook book, string name) => book.Find(name) ?? throw new RefusedInputException(
        $"There is no campaign '{name}'; 'predictive campaign list' shows those there are.");

    public static Argument<string> Name() => new("NAME") { Description = "As 'campaign list' shows it." };

    private static Command Make(VerbContext context)
    {
        var command = new Command(
            "create", "Draw who is contacted and who is held out. The same again is the same campaign: nothing is drawn twice.");
        ActingArguments.Base own = ActingArguments.Base.AddTo(command);
        var name = new Option<string>("--name") { Description = "Of the campaign, unique.", Required = true };
        var audience = new Option<string>("--audience")
        {
            Description = "at-risk, everyone, segment:NAME, pool:NAME, or filter with --where.", HelpName = "AUDIENCE",
            DefaultValueFactory = _ => "at-risk",
        };
        var where = new Option<string?>("--where")
        {
            Description = "Further conditions on any field of GET /v1/metrics, such as 'value_band=A|B and recency_days>=30'.",
        };
        Option<int> top = CommonOptions.Top("Customers at most, those held out included.", 500);
        Option<double> holdout = ActingArguments.Share("--holdout", "Share that is held out: what would have happened anyway.", .2);
        var channel = new Option<string>("--channel") { Description = "By which way.", HelpName = "call|email|...", Required = true };
        Option<DateOnly?> from = ActingArguments.Date("--from", "First day of the window.", required: true),
            to = ActingArguments.Date("--to", "Last day of it: outcomes are counted through it.", required: true);
        var cost = new Option<double>("--cost") { Description = "What one contact costs, offer included.", HelpName = "MONEY" };
        Option<double> margin = ActingArguments.Share("--margin", "Share of spend that is left after goods.", 1);
        Option<int> seed = CommonOptions.Seed();
        var daily = new Option<bool>("--daily") { Description = "Intervals that hold however often one looks; wider." };
        Option<string> rank = CampaignVerbUplift.Rank();
        var purpose = new Option<string?>("--purpose") { Description = "What it is for." };
        Option<bool> json = CommonOptions.Json();
        foreach (Option option in new Option[]
        {
            name, audience, where, top, holdout, channel, from, to, cost, margin, seed, daily, rank, purpose, json,
        })
        {
            command.Add(option);
        }

        return command.Does(context, (parsed, cancellation) =>
        {
            var request = new CampaignRequest
            {
                Name = parsed.GetRequiredValue(name), Audience = parsed.GetRequiredValue(audience), Where = parsed.GetValue(where),
                Top = parsed.GetValue(top), Holdout = parsed.GetValue(holdout), Channel = parsed.GetRequiredValue(channel),
                From = parsed.GetValue(from)!.Value, To = parsed.GetValue(to)!.Value, Cost = parsed.GetValue(cost),
                Margin = parsed.GetValue(margin), Seed = parsed.GetValue(seed), IsDaily = parsed.GetValue(daily),
                Purpose = parsed.GetValue(purpose), ByUplift = CampaignVerbUplift.IsUplift(parsed.GetRequiredValue(rank)),
            };
            if (request.Faults() is { Count: > 0 } faults)
            {
                throw new RefusedInputException($"The campaign cannot be made: {string.Join("; ", faults)}.");
            }

            string data = parsed.GetRequiredValue(own.Dataset);
            ContactSettings contacts = ContactSettings.For(data);
            (CustomerScorer scorer, ScoreTable scores) = own.Score(parsed, context, cancellation, request.From);
            StoreDatabase store = own.Open(parsed, context);
            AudienceGains? gains = request.ByUplift ? CampaignVerbUplift.Gains(context, store, scores, cancellation) : null;
            CampaignCreation made = new CampaignMaker(store).Create(
                request, scorer, scores, SegmentsFile.For(data), contacts, StoreAccess.Actor, gains, cancellation);
            if (!made.IsNew)
            {
                context.Console.Note("note: this campaign was there already, asked for in the same words; its draw stands");
            }

            Tell(context.Console, made.Campaign, parsed.GetValue(json), members: null);
            return ExitCode.Done;
        });
    }

    private static Command List(VerbContext context)
    {
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "All campaigns, newest first.") { models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            IReadOnlyList<Campaign> all = new CampaignBook(
                StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models))).List();
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(all);
                return ExitCode.Done;
            }

            Table table = UserConsole.NewTable("campaign", "state", "channel", "from", "to", ">to contact", ">held out", "made by");
            foreach (Campaign c in all)
            {
                table.AddRow(
                    Markup.Escape(c.Name), c.State, Markup.Escape(c.Channel), Day(c.From), Day(c.To), Number(c.Contacted),
                    Number(c.HeldOut), Markup.Escape(c.Actor));
            }

            context.Console.Write(table);
            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext context)
    {
        Argument<string> name = Name();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("show", "One campaign: its plan, who was left out and why.") { name, models, store, json };
        return command.Does(context, (parsed, _) =>
        {
            var book = new CampaignBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            Campaign campaign = Find(book, parsed.GetRequiredValue(name));
            Tell(context.Console, campaign, parsed.GetValue(json), book.Members(campaign.Id));
            return ExitCode.Done;
        });
    }

    private static Command Export(VerbContext context)
    {
        Argument<string> name = Name();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var output = new Option<string>("--out") { Description = "A .csv, .xlsx or .json file.", HelpName = "FILE", Required = true };
        Option<bool> rawCells = CommonOptions.RawCells();
        var command = new Command("export", "The list for the channel: who is to be contacted, with reasons and what to do.")
        {
            name, output, rawCells, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            StoreDatabase database = StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            var book = new CampaignBook(database);
            Campaign campaign = Find(book, parsed.GetRequiredValue(name));
            if (campaign.State != CampaignBook.Running)
            {
                throw new RefusedInputException(
                    $"The campaign '{campaign.Name}' is {campaign.State}: nobody is to be contacted for it any more.");
            }

            string file = parsed.GetRequiredValue(output);
            int rows = CampaignFile.Write(book.Members(campaign.Id), file, parsed.GetValue(rawCells));
            new Store.Audit.AuditLog(database).Append(
                StoreAccess.Actor, "export", $"campaign {campaign.Name}", new { file = Path.GetFileName(file), rows });
            context.Console.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{rows:N0} customers to {campaign.Channel} written to {file}; the {campaign.HeldOut:N0} held out are not in it"));
            context.Console.Line(
                $"fill in contacted_on (a date) and outcome, then: predictive campaign contacts \"{campaign.Name}\" --from-file {file}");
            return ExitCode.Done;
        });
    }

    private static Command Close(VerbContext context, string verb, string description, string state)
    {
        Argument<string> name = Name();
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command(verb, description) { name, models, store };
        return command.Does(context, (parsed, _) =>
        {
            var book = new CampaignBook(StoreAccess.Existing(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            Campaign campaign = Find(book, parsed.GetRequiredValue(name));
            if (!book.Close(campaign.Name, state, StoreAccess.Actor))
            {
                throw new RefusedInputException($"The campaign '{campaign.Name}' is {book.Find(campaign.Name)!.State} already.");
            }

            context.Console.Line($"campaign '{campaign.Name}' is {state}");
            return ExitCode.Done;
        });
    }

    private static void Tell(UserConsole console, Campaign campaign, bool json, IReadOnlyList<CampaignMember>? members)
    {
        CampaignPlan plan = CampaignPlan.Of(campaign);
        IReadOnlyList<string> words = CampaignWords.Before(plan, campaign.Contacted, campaign.HeldOut);
        if (json)
        {
            console.WriteJson(new { Campaign = campaign, Words = words, Members = members });
            return;
        }

        console.Heading(string.Create(
            CultureInfo.InvariantCulture,
            $"Campaign '{campaign.Name}' ({campaign.State}): {campaign.Channel}, {campaign.From:yyyy-MM-dd} to {campaign.To:yyyy-MM-dd}"));
        console.Line(string.Create(
            CultureInfo.InvariantCulture,
            $"audience {plan.Audience}{(plan.Where is null ? "" : $" where {plan.Where}")}, ranked by {plan.RankedBy}, as of "
                + $"{plan.AsOf}, model "
                + $"{plan.Model}: {plan.Fitting:N0} customers fit"));
        console.Line();
        Table table = UserConsole.NewTable(">customers", "");
        table.AddRow(Number(campaign.Contacted), $"to contact by {Markup.Escape(campaign.Channel)}");
        table.AddRow(Number(campaign.HeldOut), "held out: no other campaign can have them in the window");
        foreach (LeftOut left in campaign.LeftOut)
        {
            table.AddRow(Number(left.Customers), Markup.Escape($"left out: {left.Reason}"));
        }

        console.Write(table);
        foreach (string sentence in words)
        {
            console.Line(sentence);
        }

        if (members is null && campaign.State == CampaignBook.Running)
        {
            console.Line($"next: predictive campaign export \"{campaign.Name}\" --out calls.xlsx");
        }
    }

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);

    private static string Number(int n) => n.ToString("N0", CultureInfo.InvariantCulture);
}
