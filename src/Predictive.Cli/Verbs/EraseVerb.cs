using System.CommandLine;
using System.Globalization;
using Predictive.Api.Privacy;
using Predictive.Cli.Terminal;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive erase DIR --customer ID</c>: forgets a customer for good.</summary>
internal static class EraseVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string> customer = Customer();
        var unknown = new Option<bool>("--unknown")
        {
            Description = "Note the id even where nothing knows it, so that a later delivery is kept out. Default: that is refused.",
        };
        Option<string> models = CommonOptions.Models();
        Option<string?> store = StoreAccess.Store();
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "erase",
            "Erase a customer: no load, score or list knows them any more, whatever is delivered later. 'compact' then takes their lines "
                + "out of the files.")
        {
            dataset, customer, unknown, models, store, json,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string id = parsed.GetRequiredValue(customer);
            var erasure = new CustomerErasure(
                StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models)), parsed.GetRequiredValue(dataset));
            ErasureReport report = erasure.Run(StoreAccess.Actor, id, parsed.GetValue(unknown), cancellation)
                ?? throw new RefusedInputException(
                    $"Nothing is known of a customer '{id}'; expected an id exactly as in the data. Add --unknown to keep later deliveries "
                        + "out all the same.");
            if (parsed.GetValue(json))
            {
                context.Console.WriteJson(report);
                return ExitCode.Done;
            }

            context.Console.Line(string.Create(
                CultureInfo.InvariantCulture,
                $"{(report.WasErased ? "had been erased before" : "erased")}; {report.Events:N0} revision(s) of events and "
                    + $"{report.Rows:N0} other row(s) taken out of the store; the audit log calls the customer {report.Hash}"));
            context.Console.Note("their lines are left out from now on; 'predictive compact' takes them out of the files.");
            return ExitCode.Done;
        });
    }

    /// <summary><c>--customer</c>.</summary>
    internal static Option<string> Customer() => new("--customer")
    {
        Description = "The customer, exactly as in the data.", HelpName = "ID", Required = true,
    };
}
