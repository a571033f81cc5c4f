using System.Globalization;
using Predictive.History;
using Predictive.History.Import;
using Predictive.History.Ingest;
using Predictive.History.Loading;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;

namespace Predictive.Worker.Deliveries;

/// <summary>
/// Looks at files that were brought over HTTP, and imports those that somebody has looked at: jobs of two kinds, named by the delivery. The
/// scoring host, which takes the files, imports nothing itself.
/// </summary>
public sealed class DeliveryWorker(WorkerJob job, WorkerOutput output, TimeProvider clock)
    : Rounds(output, clock, TimeSpan.FromSeconds(1))
{
    private static readonly TimeSpan s_kept = TimeSpan.FromDays(7);

    private readonly JobBook _jobs = new(job.Store);
    private readonly DeliverySpool _spool = new(job.Models);

    /// <inheritdoc/>
    protected override async Task Round(CancellationToken stopping)
    {
        foreach (string kind in new[] { DeliverySpool.PreviewJob, DeliverySpool.ImportJob })
        {
            foreach (Job waiting in _jobs.Waiting(kind).Where(j => j.Data is null || j.Data == job.DataName))
            {
                await Task.Run(() => TryDo(waiting, stopping), CancellationToken.None);
                stopping.ThrowIfCancellationRequested();
            }
        }

        _spool.Forget(Clock.GetUtcNow() - s_kept);
    }

    /// <inheritdoc/>
    protected override string Named(Exception fault) => $"deliveries: {base.Named(fault)}";

    private void TryDo(Job waiting, CancellationToken stopping)
    {
        using Lease? lease = new LeaseBook(job.Store).TryTake(JobBook.LeaseOf(waiting.Kind, waiting.Name), TrainTurn.Holder);
        using JobRun? run = lease is null ? null : _jobs.Begin(waiting.Kind, waiting.Name, lease, waiting.Id, job.DataName);
        if (run is null)
        {
            return;
        }

        using var cut = CancellationTokenSource.CreateLinkedTokenSource(stopping, run.Stop);
        string file = "";
        try
        {
            if (_spool.Find(waiting.Name) is not { } delivery)
            {
                run.End(JobState.Failed, "The file is not here any more; expected one brought within the last 7 days. Bring it again.");
                return;
            }

            file = _spool.FileOf(waiting.Name, delivery);
            var options = new ImportOptions
            {
                Source = file, OutputFolder = job.Data, Existing = ExistingData.Append,
                TimeZone = DatasetFolder.Open(job.Data).Description.TimeZone,
            };
            if (waiting.Kind == DeliverySpool.PreviewJob)
            {
                DeliveryPreview preview = DeliveryReading.Preview(
                    options, delivery.Answers, _spool.ScratchOf(waiting.Name), Told(run, "read"), cut.Token);
                run.End(JobState.Done, null, preview with { Refusal = preview.Refusal is { } why ? Public(why, file) : null });
                return;
            }

            ImportReport report = DeliveryReading.Import(options, delivery.Answers, Told(run, "import"), cut.Token);
            run.Log(string.Create(
                CultureInfo.InvariantCulture,
                $"{report.SourceFile}: kept {report.Kept:N0} of {report.Rows:N0} rows, {report.Customers:N0} customers"));
            new AuditLog(job.Store).Append(
                delivery.Actor, "import", job.DataName,
                new { file = report.SourceFile, sha256 = report.SourceSha256, report.Kept, report.Rows, job = run.Job.Id });
            run.End(JobState.Done, null, report);
            Output.Note($"delivery {report.SourceFile}: {report.Kept} of {report.Rows} rows added to the dataset");
            _spool.Remove(waiting.Name);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            run.End(JobState.Cancelled);
        }
        catch (OperationCanceledException)
        {
            // Goes back into the queue, for the next worker.
        }
        catch (Exception e) when (e is DatasetException or IOException or UnauthorizedAccessException)
        {
            run.End(JobState.Failed, Public(e.Message, file));
        }
    }

    private string Public(string text, string file) => new Places(
        file.Length == 0 ? (job.Models, "models") : (file, Path.GetFileName(file)), (job.Data, "the dataset"), (job.Models, "models"))
        .Hide(text);

    private Progress Told(JobRun run, string stage) => new(run, stage, Output.Pulse);

    private sealed class Progress(JobRun run, string stage, Pulse? pulse) : IProgress<ImportProgress>
    {
        public void Report(ImportProgress value)
        {
            pulse?.Working(nameof(DeliveryWorker));
            run.Report(stage, value.BytesTotal == 0 ? 0 : Math.Clamp((double)value.BytesRead / value.BytesTotal, 0, 1));
        }
    }
}
