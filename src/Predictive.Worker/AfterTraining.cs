using System.Globalization;
using Predictive.Acting.Alerts;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Acting.Lists;
using Predictive.Acting.Standing;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Backtests;
using Predictive.Reports.Documents;
using Predictive.Reports.Narrative;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using ScoreTable = Predictive.Segmentation.Scoring.ScoreTable;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Outbox;
using Predictive.Training;
using Predictive.Training.Pipeline;
using Predictive.Training.Snapshots;
using Predictive.Worker.Drift;

namespace Predictive.Worker;

/// <summary>
/// What follows a training: the backtest page, the scores and who changed segments, the drift document, the report, old versions deleted,
/// an event.
/// None of it can undo the training: what fails is told.
/// </summary>
internal sealed class AfterTraining(WorkerJob job, TrainJob recorded, SharedTraining shared, TimeProvider clock)
{
    public const string Page = "backtest.html", Scores = "scores.parquet", Changes = "segment-changes.csv", Report = "report.html",
        ReportChinese = "report.zh-Hans.html";

    /// <param name="runs">What came of the training.</param>
    /// <param name="history">What was learned from.</param>
    /// <param name="whole">False where that is a sample of the base: then nobody is scored.</param>
    /// <param name="before">Champion before it; null = none.</param>
    /// <param name="progress">Told of the stages.</param>
    /// <param name="cancellation">Ends it early.</param>
    public void Run(
        TrainRuns runs, TransactionHistory history, bool whole, ModelVersion? before, IProgress<PipelineProgress> progress,
        CancellationToken cancellation)
    {
        TrainRun best = runs.Best;
        var registry = new ModelRegistry(job.Models, SmokeTest.Admit);
        var files = new List<string>();
        // Scored once, and only where somebody asks.
        var scored = new Lazy<(CustomerScorer Scorer, ScoreTable Scores)>(() =>
        {
            var scorer = new CustomerScorer(best.Bundle, new ModelStamp(best.Version.Name, best.Version.Version));
            return (scorer, scorer.ScoreAll(history, Trained(best), cancellation: cancellation));
        });
        if (job.Output is { } output)
        {
            string folder = FolderOf(best.Version, output);
            Try("the backtest page", () =>
            {
                progress.Report(new PipelineProgress("backtest page", 0));
                BacktestPage.WriteAsync(best.Verdict?.Twin ?? Judge(best, history, cancellation), Path.Combine(folder, Page), cancellation)
                    .GetAwaiter().GetResult();
                files.Add(Page);
            });
            if (best.Serves && whole)
            {
                Try("the scores", () => Score(scored, history, registry, before, folder, files, progress, cancellation));
            }
        }

        if (best.Serves && whole)
        {
            Try("what it says of everybody", () => SaidScores.Write(job.Models, job.Name, job.Data, scored.Value.Scores));
            Try("the drift", () => DriftLook.Run(
                history, registry, best.Version, Trained(best), job.Seed, progress, cancellation).Write(job.Models, job.Name));
            Try("the report", () => Tell(best, history, scored, files, progress, cancellation));
            Try("the review of the quarter", () => Review(history, scored, files, progress, cancellation));
            Try("alerts, standing campaigns and lists", () => Act(best, scored, progress, cancellation));
        }

        if (job.Keep is { } newest)
        {
            Try("old versions", () => Prune(registry, newest));
        }

        Try("the event", () => new OutboxBook(job.Store).Add(
            "model_trained", ModelRegistry.SubjectOf(job.Name, best.Version.Version)!,
            new
            {
                job = recorded.Job.Id, best.Serves, held = best.IsHeld ? best.Verdict!.Reasons : null, asOf = best.Bundle.Manifest.AsOf,
                grade = best.Bundle.Manifest.Metrics.ChurnGrade?.Letter, files,
            }));
    }

    private static LocalTime Trained(TrainRun run) =>
        run.Bundle.Manifest.TryAsOf(out LocalTime asOf) ? asOf
            : throw new InvalidOperationException("A manifest that was just written has an as-of.");

    private JudgedReport Judge(TrainRun run, TransactionHistory history, CancellationToken cancellation) => Backtest.Run(
        history,
        new BacktestOptions
        {
            Cutoff = Trained(run).AddDays(-job.HorizonDays), HorizonDays = job.HorizonDays, Seed = job.Seed, Engine = run.Engine,
            Shared = shared, Clock = clock,
        },
        progress: null,
        cancellation);

    private static void Score(
        Lazy<(CustomerScorer Scorer, ScoreTable Scores)> scored, TransactionHistory history, ModelRegistry registry, ModelVersion? before,
        string folder, List<string> files, IProgress<PipelineProgress> progress, CancellationToken cancellation)
    {
        progress.Report(new PipelineProgress("scores", 0));
        (CustomerScorer scorer, ScoreTable scores) = scored.Value;
        ScoresFile.Write(scorer, scores, Path.Combine(folder, Scores), null, cancellation);
        files.Add(Scores);
        if (before is null)
        {
            return;
        }

        // What the champion before said when it was new, against what this one says now: what lists and labels made of it have to change.
        progress.Report(new PipelineProgress("who changed segments", .5));
        ModelBundle old = ModelBundle.Load(registry.Load(before));
        if (old.Manifest.TryAsOf(out LocalTime then) && then <= scores.AsOf)
        {
            ScoreTable said = new CustomerScorer(old, new ModelStamp(before.Name, before.Version))
                .ScoreAll(history, then, cancellation: cancellation);
            StateChanges.Write(StateChanges.Between(said, scores), Path.Combine(folder, Changes));
            files.Add(Changes);
        }
    }

    // Beside the versions for host and assistants, and as pages in the output. It names nobody: files are not searched by an erasure.
    private void Tell(
        TrainRun best, TransactionHistory history, Lazy<(CustomerScorer Scorer, ScoreTable Scores)> scored, List<string> files,
        IProgress<PipelineProgress> progress, CancellationToken cancellation)
    {
        progress.Report(new PipelineProgress("report", 0));
        (CustomerScorer scorer, ScoreTable scores) = scored.Value;
        var of = new QueryBase(
            history, scores.AsOf, () => ScoredSegments.Build(scores, null, cancellation), $"{best.Version.Name}/{best.Version.Version}",
            best.Bundle.Manifest.HorizonDays);
        NarrativeReport report = CampaignResults.AddTo(NarrativeBuilder.Build(new NarrativeInput
        {
            Base = of, Scored = (scorer, scores), Seed = job.Seed, WithCustomers = false,
            Findings = DatasetCheck.Run(history, NarrativeBuilder.CheckOf(of)),
        }, cancellation), job.Store);
        NarrativeFile.Write(report, job.Models, job.Name);
        if (job.Output is { } output)
        {
            Write(words => NarrativeDocument.Of(report, words), FolderOf(best.Version, output), Report, files, cancellation);
        }

        Deliver("report_written", report.Period.ToString(), words => NarrativeDocument.Of(report, words));
    }

    // To whom webhooks go, as Markdown in both languages: a chat shows it as it is.
    private void Deliver(string kind, string period, Func<ReportWords, ReportDocument> document) => new OutboxBook(job.Store).Add(
        kind, $"{job.Name} {period}",
        new
        {
            job = recorded.Job.Id, period, english = DocumentMarkdown.Of(document(ReportWords.English)),
            chinese = DocumentMarkdown.Of(document(ReportWords.Chinese)),
        });

    // Once a quarter, by the first training after its end: everyone valued anew, as a page in the output. It names nobody, as the report.
    private void Review(
        TransactionHistory history, Lazy<(CustomerScorer Scorer, ScoreTable Scores)> scored, List<string> files,
        IProgress<PipelineProgress> progress, CancellationToken cancellation)
    {
        if (job.Output is not { } output)
        {
            return;
        }

        (CustomerScorer scorer, ScoreTable scores) = scored.Value;
        Period quarter = ReviewBuilder.LastWhole(scores.AsOf);
        string name = string.Create(
            CultureInfo.InvariantCulture, $"{job.Name}-review-{quarter.From:yyyy}Q{(quarter.From.Month + 2) / 3}.html");
        if (File.Exists(Path.Combine(output, InChinese(name))) || history.FirstMicros >= quarter.Start.Micros)
        {
            return;
        }

        progress.Report(new PipelineProgress("review of the quarter", 0));
        ReviewReport review = ReviewBuilder.Build(new ReviewInput
        {
            History = history, AsOf = scores.AsOf, Quarter = quarter, Scorer = scorer, Settings = SegmentsFile.For(job.Data),
            Campaigns = CampaignResults.Of(job.Store, quarter.From, quarter.To), WithCustomers = false,
        }, cancellation);
        Write(words => ReviewDocument.Of(review, words, null), output, name, files, cancellation);
        Deliver("review_written", quarter.ToString(), words => ReviewDocument.Of(review, words, null));
    }

    // In both languages; the Chinese one last, so that where it is there both are.
    private static void Write(
        Func<ReportWords, ReportDocument> document, string folder, string name, List<string> files, CancellationToken cancellation)
    {
        foreach (var (file, words) in new[] { (name, ReportWords.English), (InChinese(name), ReportWords.Chinese) })
        {
            DocumentFiles.WriteAsync(document(words), Path.Combine(folder, file), cancellation).GetAwaiter().GetResult();
            files.Add(file);
        }
    }

    private static string InChinese(string page) => Path.ChangeExtension(page, ".zh-Hans.html");

    private string FolderOf(ModelVersion version, string output) =>
        Path.Combine(output, string.Create(CultureInfo.InvariantCulture, $"{job.Name}-{version.Version}"));

    private void Act(
        TrainRun best, Lazy<(CustomerScorer Scorer, ScoreTable Scores)> scored, IProgress<PipelineProgress> progress,
        CancellationToken cancellation)
    {
        ListSettings settings = ListSettings.For(job.Data);
        ListDefinition[] lists = [.. settings.Lists.Where(l => l.When == ListSettings.AfterScoring)];
        RuleOptions rules = SegmentsFile.For(job.Data);
        StandingSettings standing = StandingSettings.For(job.Data, rules);
        if (lists.Length == 0 && standing.Campaigns.Count == 0 && !AlertSettings.IsThere(job.Data))
        {
            return;
        }

        progress.Report(new PipelineProgress("alerts, standing campaigns and lists", 0));
        (CustomerScorer scorer, ScoreTable scores) = scored.Value;
        if (AlertSettings.IsThere(job.Data))
        {
            foreach (RuleOutcome rule in new AlertEvaluation(job.Store).Evaluate(
                AlertSettings.For(job.Data, rules), scores, rules, cancellation: cancellation))
            {
                recorded.Log(string.Create(
                    CultureInfo.InvariantCulture, $"alerts: {rule.Rule}: {rule.Result.Fired} new, holds for {rule.Result.Holding}"));
            }
        }

        StandingDay.Run(
            job.Store, job.Data, standing, scores, rules, recorded.Job.Actor, clock.GetUtcNow(), recorded.Log, cancellation);

        var sender = new ListSender(job.Store, settings, TrainTurn.Holder);
        string due = string.Create(CultureInfo.InvariantCulture, $"training {best.Version.Version}");
        foreach (ListDefinition list in lists)
        {
            ArrivingList made = ArrivingList.Make(
                list, scorer, scores, rules, ContactSettings.For(job.Data), job.Store, due, job.Engines[0],
                cancellation);
            foreach (ListOutcome o in sender.SendAsync(list, made, due, false, recorded.Job.Actor, cancellation).GetAwaiter().GetResult())
            {
                recorded.Log(o.Words);
            }
        }
    }

    private void Prune(ModelRegistry registry, int newest)
    {
        IReadOnlyList<ModelVersion> gone = registry.Prune(job.Name, newest);
        if (gone.Count > 0)
        {
            string versions = string.Join(", ", gone.Select(v => v.Version.ToString(CultureInfo.InvariantCulture)));
            new AuditLog(job.Store).Append(
                recorded.Job.Actor, "prune", $"{ModelRegistry.SubjectsOf(job.Name)}*",
                new { versions = gone.Select(v => v.Version), keep = newest });
            recorded.Log($"versions deleted: {versions}");
        }
    }

    private void Try(string what, Action work)
    {
        try
        {
            work();
        }
        catch (Exception e) when (e is DatasetException or RulesException or ModelPackageException or StoreException
            or CampaignException or QueryRefusedException or IOException or UnauthorizedAccessException)
        {
            recorded.Log($"{what}: {e.Message}");
        }
        catch (OperationCanceledException)
        {
            // The version is published: the job is done, though this part of what follows is not.
            recorded.Log($"{what}: left out, because the worker was stopped or the job cancelled");
        }
    }
}
