using Predictive.Acting.Campaigns;
using System.CommandLine;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Predictive.Cli.Terminal;
using Predictive.History;
using Predictive.Reports.Narrative;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Worker;

namespace Predictive.Cli.Verbs;

/// <summary>
/// <c>predictive report DIR --quarter 2025-Q2 [--proposal FILE] [--approve-by NAME]</c>: the review of a quarter, the cut-offs it proposes,
/// and their approval. Nothing takes the cut-offs up by itself: approval is noted in the audit log and writes the settings, which the next
/// training under them puts in force.
/// </summary>
internal static class ReportVerbReview
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Options AddTo(Command command)
    {
        var options = new Options(
            new Option<string?>("--quarter")
            {
                Description = "Write the review of a quarter instead: who moved, stars won and cash cows lost, tiers, cost and worth, "
                    + "where the lines would be drawn today.",
                HelpName = "2025-Q2",
            },
            new Option<string?>("--proposal")
            {
                Description = "The file of proposed cut-offs of a review: written; with --approve-by read, and approved as it is.",
                HelpName = "FILE.json",
            },
            new Option<string?>("--approve-by")
            {
                Description = "Approve the proposed cut-offs in somebody's name: noted in the audit log, and the settings written beside "
                    + "the proposal.",
                HelpName = "NAME",
            });
        command.Add(options.Quarter);
        command.Add(options.Proposal);
        command.Add(options.ApproveBy);
        return options;
    }

    public static bool IsAsked(Options options, ParseResult parsed)
    {
        if (parsed.GetValue(options.Quarter) is not null)
        {
            return true;
        }

        return parsed.GetValue(options.ApproveBy) is null && parsed.GetValue(options.Proposal) is null
            ? false
            : throw new RefusedInputException("--proposal and --approve-by belong to the review of a quarter; expected --quarter 2025-Q2.");
    }

    public static int Run(
        Options options, ParseResult parsed, VerbContext context, MetricsVerbBase of, StoreDatabase? store, ReportWords words, string path,
        string? file, bool json, bool withCustomers, CancellationToken cancellation)
    {
        Period quarter = ReviewBuilder.Quarter(parsed.GetValue(options.Quarter)!);
        string? by = parsed.GetValue(options.ApproveBy)?.Trim(), proposal = parsed.GetValue(options.Proposal);
        if (by is not null && (by.Length is 0 or > 200 || proposal is null))
        {
            throw new RefusedInputException(
                "Approving needs a name of 1 to 200 characters and the proposal that was read: --approve-by \"Ann Lee\" "
                    + "--proposal FILE.json.");
        }

        ReviewReport review = WorkProgress.Run(context.Console, progress =>
        {
            progress.Report("review", 0);
            return ReviewBuilder.Build(new ReviewInput
            {
                History = of.Base.History, AsOf = of.Base.AsOf, Quarter = quarter, Scorer = of.Scorer,
                Settings = SegmentsFile.For(path), WithCustomers = withCustomers,
                Campaigns = store is null ? [] : CampaignResults.Of(store, quarter.From, quarter.To),
            }, cancellation);
        });
        if (by is not null)
        {
            Approve(review, by, proposal!, context, store);
        }
        else if (proposal is not null)
        {
            string text = JsonSerializer.Serialize(
                new
                {
                    Quarter = Name(quarter), review.AsOf, review.Model, review.Proposal.Hash, review.Proposal.InForce,
                    review.Proposal.Proposed,
                    WouldChange = review.Proposal.Changes.ToDictionary(
                        c => c.Metric, c => c.Moves.Counts.Sum(r => r.Sum()) - c.Moves.Stayed),
                    Settings = JsonDocument.Parse(review.Proposal.Settings).RootElement,
                }, s_json);
            AtomicFile.Write(proposal, s => s.Write(Encoding.UTF8.GetBytes(text + "\n")));
            context.Console.Note($"proposed cut-offs written to {proposal}; nothing takes them up before they are approved");
        }

        ReportVerb.Write(context, () => ReviewDocument.Of(review, words, by), review, file, json);
        return ExitCode.Done;
    }

    private static void Approve(ReviewReport review, string by, string proposal, VerbContext context, StoreDatabase? store)
    {
        string? hash;
        try
        {
            using JsonDocument read = JsonDocument.Parse(File.ReadAllBytes(proposal));
            hash = read.RootElement.GetProperty("hash").GetString();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FileNotFoundException)
        {
            throw new RefusedInputException(
                $"{proposal} is no proposal; expected the file that predictive report --quarter --proposal wrote.");
        }

        if (hash != review.Proposal.Hash)
        {
            throw new RefusedInputException(
                $"{proposal} is not what would be proposed now: data, settings, model or quarter are others. Write the proposal anew, read "
                    + "it, and approve that.");
        }

        if (store is null)
        {
            throw new RefusedInputException(
                "There is no store to note the approval in. Name one with --store, or train first: predictive train makes it.");
        }

        new AuditLog(store).Append(
            StoreAccess.Actor, "approve-cutoffs", $"cutoffs {Name(review.Quarter)}",
            new { by, hash, review.Model, file = Path.GetFileName(proposal) });
        string settings = Path.ChangeExtension(proposal, ".approved.json");
        AtomicFile.Write(settings, s => s.Write(Encoding.UTF8.GetBytes(review.Proposal.Settings + "\n")));
        context.Console.Note(
            $"approved by {by}, noted in the audit log; {settings} takes effect as segments.json of the data at the next training");
    }

    private static string Name(Period quarter) => FormattableString.Invariant($"{quarter.From.Year}-Q{((quarter.From.Month - 1) / 3) + 1}");

    /// <summary>The options.</summary>
    internal sealed record Options(Option<string?> Quarter, Option<string?> Proposal, Option<string?> ApproveBy);
}
