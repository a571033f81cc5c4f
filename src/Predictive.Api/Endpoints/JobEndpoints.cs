using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Serving;
using Predictive.Store.Jobs;

namespace Predictive.Api.Endpoints;

/// <summary>What training workers do and did; and the wish that one trains.</summary>
internal static class JobEndpoints
{
    private const string Kind = "train", EventStream = "text/event-stream";
    private const int MostJobs = 1000;

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    public static void MapJobs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/jobs", List)
            .For(KeyRole.Marketer).Takes("top", "name")
            .WithName("Jobs").WithSummary("The newest jobs, newest first")
            .WithDescription("top: 1–1000, default 50; name: only this model's.")
            .Produces<JobsAnswer>().ProducesProblem(400).ProducesProblem(503);
        routes.MapGet("/v1/jobs/{id:long}", Show)
            .For(KeyRole.Marketer).Takes()
            .WithName("Job").WithSummary("One job with its log")
            .WithDescription(
                "With Accept: text/event-stream the answer is live: an event 'job' (the job as it stands) with every change, 'log' for "
                    + "every line, 'end' when it is over.")
            .Produces<JobAnswer>().Produces<JobAnswer>(contentType: EventStream).ProducesProblem(404).ProducesProblem(503);
        routes.MapPost("/v1/jobs/train", Train)
            .For(KeyRole.Admin).Takes("name")
            .WithName("TrainJob").WithSummary("Ask for a training; a worker takes it")
            .WithDescription(
                "202 with the job; 200 with the one that waits already, where one does. Unchanged data trains nothing. name: of the model, "
                    + "default: the one served.")
            .Produces<Job>().Produces<Job>(202).ProducesProblem(400).ProducesProblem(401).ProducesProblem(403).ProducesProblem(503);
        routes.MapPost("/v1/jobs/{id:long}/cancel", Cancel)
            .For(KeyRole.Admin).Takes()
            .WithName("CancelJob").WithSummary("End a job: at once where it waits; where it runs, its worker ends it within seconds")
            .Produces<Job>().ProducesProblem(401).ProducesProblem(403).ProducesProblem(404).ProducesProblem(409).ProducesProblem(503);
    }

    private static async Task List(string? top, string? name, HttpContext context, HostStore store, PublicText text)
    {
        int most = 50;
        if (!string.IsNullOrEmpty(top)
            && !(int.TryParse(top, NumberStyles.None, CultureInfo.InvariantCulture, out most) && most is >= 1 and <= MostJobs))
        {
            throw RequestException.Refused($"top is {Answering.Short(top)}; expected 1 to {MostJobs}.");
        }

        IReadOnlyList<Job> jobs = await Task.Run(
            () => store.IfThere() is { } there ? new JobBook(there).List(most, string.IsNullOrEmpty(name) ? null : name) : []);
        await Answering.Send(context, AnswerJson.Of(new JobsAnswer([.. jobs.Select(j => Public(j, text))])));
    }

    private static async Task Show(long id, HttpContext context, HostStore store, PublicText text, IHostApplicationLifetime life)
    {
        (JobBook? book, Job? job) = await Task.Run(() =>
        {
            JobBook? jobs = store.IfThere() is { } there ? new JobBook(there) : null;
            return (jobs, jobs?.Find(id));
        });
        if (book is null || job is null)
        {
            await NoJob(id).Write(context);
            return;
        }

        if (context.Request.Headers.Accept.Any(a => a?.Contains(EventStream, StringComparison.OrdinalIgnoreCase) == true))
        {
            using var ended = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, life.ApplicationStopping);
            await TypedResults.ServerSentEvents(Live(book, job, text, ended.Token)).ExecuteAsync(context);
            return;
        }

        IReadOnlyList<JobLine> lines = await Task.Run(() => book.Lines(id));
        await Answering.Send(context, AnswerJson.Of(new JobAnswer(Public(job, text), [.. lines.Select(l => Public(l, text))])));
    }

    private static async IAsyncEnumerable<SseItem<object>> Live(
        JobBook book, Job job, PublicText text, [EnumeratorCancellation] CancellationToken cancellation)
    {
        long shown = -1;
        int line = 0;
        while (true)
        {
            if (job.Changes != shown)
            {
                shown = job.Changes;
                yield return new SseItem<object>(Public(job, text), "job");
            }

            // The lines are read after the job: of one that is over, all of them are there.
            foreach (JobLine next in await Task.Run(() => book.Lines(job.Id, line), CancellationToken.None))
            {
                line = next.Number;
                yield return new SseItem<object>(Public(next, text), "log");
            }

            if (job.IsOver)
            {
                yield return new SseItem<object>(new { job.Id, job.State }, "end");
                yield break;
            }

            try
            {
                await Task.Delay(s_look, cancellation);
            }
            catch (OperationCanceledException)
            {
                yield break;
            }

            if (await Task.Run(() => book.Find(job.Id), CancellationToken.None) is not { } now)
            {
                yield break;
            }

            job = now;
        }
    }

    private static async Task Train(string? name, HttpContext context, HostStore store, PublicText text, ScoringHostOptions options)
    {
        string model = string.IsNullOrEmpty(name) ? options.Name : name;
        if (model.Length > 64 || !model.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') || model[0] is '-' or '_')
        {
            throw RequestException.Refused(
                $"name is '{Answering.Short(model)}'; expected 1–64 of a–z, A–Z, 0–9, dash and underscore, starting with a letter or "
                    + "digit.");
        }

        (Job job, bool isNew) = await Task.Run(() => new JobBook(store.Get()).EnqueueUnlessWaiting(
            new NewJob(Kind, model, "request", HostStore.Actor(context))));
        context.Response.StatusCode = isNew ? StatusCodes.Status202Accepted : StatusCodes.Status200OK;
        context.Response.Headers.Location = string.Create(CultureInfo.InvariantCulture, $"/v1/jobs/{job.Id}");
        await Answering.Send(context, AnswerJson.Of(Public(job, text)));
    }

    private static async Task Cancel(long id, HttpContext context, HostStore store, PublicText text)
    {
        (Job? before, Job? job) = await Task.Run(() =>
        {
            JobBook? book = store.IfThere() is { } there ? new JobBook(there) : null;
            return (book?.Find(id), book?.Cancel(id, HostStore.Actor(context)));
        });
        if (before is null || job is null)
        {
            await NoJob(id).Write(context);
        }
        else if (before.IsOver)
        {
            await Problem.Conflict($"Job {id} is over ({before.State.ToString().ToLowerInvariant()}); expected one that waits or runs.")
                .Write(context);
        }
        else
        {
            await Answering.Send(context, AnswerJson.Of(Public(job, text)));
        }
    }

    private static Problem NoJob(long id) =>
        Problem.Missing(string.Create(CultureInfo.InvariantCulture, $"There is no job {id}; GET /v1/jobs shows those there are."));

    private static Job Public(Job job, PublicText text) => job with { Message = text.OfOptional(job.Message) };

    private static JobLine Public(JobLine line, PublicText text) => line with { Text = text.Of(line.Text) };
}

/// <summary>Jobs.</summary>
/// <param name="Jobs">Newest first.</param>
public sealed record JobsAnswer(IReadOnlyList<Job> Jobs);

/// <summary>A job and its log.</summary>
/// <param name="Job">As it stands.</param>
/// <param name="Log">Oldest first.</param>
public sealed record JobAnswer(Job Job, IReadOnlyList<JobLine> Log);
