using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Nodes;
using Predictive.Api.Privacy;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Sources;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;
using Predictive.Store.Audit;

namespace Predictive.Cli.Verbs;

/// <summary><c>predictive export-customer DIR --customer ID --out F.json</c>: everything known of a customer.</summary>
internal static class ExportCustomerVerb
{
    public static Command Create(VerbContext context)
    {
        Argument<string> dataset = CommonOptions.Dataset();
        Option<string> customer = EraseVerb.Customer();
        var output = new Option<string>("--out") { Description = "JSON file to write.", HelpName = "FILE", Required = true };
        Option<string> models = CommonOptions.Models();
        Option<string> name = CommonOptions.Name();
        Option<string?> store = StoreAccess.Store();
        var command = new Command(
            "export-customer",
            "Everything known of a customer as JSON: every row of every table, every event sent, and the champion's score.")
        {
            dataset, customer, output, models, name, store,
        };
        return command.Does(context, (parsed, cancellation) =>
        {
            string data = parsed.GetRequiredValue(dataset), id = parsed.GetRequiredValue(customer);
            var database = StoreAccess.Open(context, parsed.GetValue(store), parsed.GetRequiredValue(models));
            JsonNode? score = Score(context, data, id, parsed.GetRequiredValue(models), parsed.GetRequiredValue(name), cancellation);
            byte[] file = CustomerExport.Of(database, data, id, score, cancellation)
                ?? throw new RefusedInputException($"Nothing is known of a customer '{id}'; expected an id exactly as in the data.");
            string path = parsed.GetRequiredValue(output);
            // Noted before it leaves.
            new AuditLog(database).Append(
                StoreAccess.Actor, "export", CustomerErasure.Subjects + Erasures.HashOf(data, id), new { list = "customer" });
            AtomicFile.Write(path, stream => stream.Write(file));
            context.Console.Line($"everything known of customer '{id}' is in {path}");
            return ExitCode.Done;
        });
    }

    private static JsonNode? Score(
        VerbContext context, string data, string id, string models, string name, CancellationToken cancellation)
    {
        if (new ModelRegistry(models, SmokeTest.Admit).Versions(name).Count == 0)
        {
            return null;
        }

        CustomerScorer scorer = ModelAccess.Scorer(models, name, "champion");
        TransactionHistory history =
            DatasetLoader.Load(data, new LoadOptions { Columns = HistoryColumns.Answers }, cancellation: cancellation);
        LocalTime asOf = DefaultAsOf.Of(history, context.Clock.GetUtcNow()).AsOf;
        int customer = history.IndexOf(id);
        return customer >= 0 && CustomerScorer.CanScore(history, customer, asOf)
            ? JsonSerializer.SerializeToNode(scorer.Score(history, customer, asOf), JsonSerializerOptions.Web)
            : null;
    }
}
