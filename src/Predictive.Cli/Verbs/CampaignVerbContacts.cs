using System.CommandLine;
using Predictive.Cli.Terminal;
using Predictive.Store.Contacts;

namespace Predictive.Cli.Verbs;

/// <summary>Who must not be contacted: opt-outs of customers, and suppressions of the house.</summary>
internal static class CampaignVerbContacts
{
    public static Command OptOut(VerbContext context)
    {
        (Argument<string> customer, Option<string> channel, Option<string> note) = Shared();
        var withdraw = new Option<bool>("--withdraw") { Description = "The customer wants to be contacted again." };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("opt-out", "Note that a customer does not want to be contacted: nothing overrides it.")
        {
            customer, channel, note, withdraw, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            var book = new ContactBook(StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            string who = parsed.GetRequiredValue(customer), way = parsed.GetRequiredValue(channel);
            if (parsed.GetValue(withdraw))
            {
                return Lifted(context, book.Lift(who, way, isOptOut: true, parsed.GetRequiredValue(note), StoreAccess.Actor), who, way);
            }

            book.Suppress(new Suppression(who, way, true, null, parsed.GetRequiredValue(note)), StoreAccess.Actor);
            context.Console.Line($"{who} is not contacted {By(way)} any more, by their own wish");
            return ExitCode.Done;
        });
    }

    public static Command Suppress(VerbContext context)
    {
        (Argument<string> customer, Option<string> channel, Option<string> note) = Shared();
        Option<DateOnly?> until = ActingArguments.Date("--until", "Last day. Default: for good.");
        var lift = new Option<bool>("--lift") { Description = "End it." };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        var command = new Command("suppress", "Keep a customer out of audiences for a while: a dispute, a bereavement, staff.")
        {
            customer, channel, until, note, lift, models, store,
        };
        return command.Does(context, (parsed, _) =>
        {
            var book = new ContactBook(StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models)));
            string who = parsed.GetRequiredValue(customer), way = parsed.GetRequiredValue(channel);
            if (parsed.GetValue(lift))
            {
                return Lifted(context, book.Lift(who, way, isOptOut: false, parsed.GetRequiredValue(note), StoreAccess.Actor), who, way);
            }

            DateOnly? end = parsed.GetValue(until);
            book.Suppress(new Suppression(who, way, false, end, parsed.GetRequiredValue(note)), StoreAccess.Actor);
            context.Console.Line($"{who} is not contacted {By(way)}{(end is null ? "" : $" through {end:yyyy-MM-dd}")}");
            return ExitCode.Done;
        });
    }

    private static int Lifted(VerbContext context, bool done, string who, string way)
    {
        context.Console.Line(done ? $"{who} may be contacted {By(way)} again" : $"nothing was noted of {who} {By(way)}: nothing changed");
        return ExitCode.Done;
    }

    private static string By(string way) => way == ContactBook.EveryChannel ? "by any way" : $"by {way}";

    private static (Argument<string> Customer, Option<string> Channel, Option<string> Note) Shared() => (
        new Argument<string>("CUSTOMER") { Description = "The customer's id." },
        new Option<string>("--channel")
        {
            Description = "By which way. Default: by any.", DefaultValueFactory = _ => ContactBook.EveryChannel,
        },
        new Option<string>("--note") { Description = "Why, or where it was said.", DefaultValueFactory = _ => "" });
}
