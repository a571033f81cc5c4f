using System.Globalization;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Endpoints;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Pages.Data;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.SignIn;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Registry;
using Predictive.Store.Audit;
using Predictive.Store.Jobs;

namespace Predictive.Api.Pages;

/// <summary>Versions and what they are worth, what an admin may do about them, and what the worker does.</summary>
internal static class ModelPages
{
    private const int MostJobs = 30, MostLines = 500;

    public static void MapModelPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/models", Show).Page();
        routes.MapGet("/models/job", ShowJob).Page("id");
        routes.MapGet("/models/diff", Diff).Page("a", "b");
        routes.MapPost("/models/pin", Pin).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/models/promote", Promote).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/models/rollback", Rollback).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/models/train", Train).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/models/cancel", Cancel).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
    }

    private static async Task Show(
        HttpContext context, SnapshotKeeper keeper, ScoringHostOptions options, HostStore store, PublicText text, PageBook book,
        PageRenderer renderer, TimeProvider clock)
    {
        (ModelListing[] versions, ModelAliases aliases, IReadOnlyList<Job> jobs) = await Task.Run(() => (
            keeper.Registry.Names().SelectMany(keeper.Registry.List).OrderBy(l => l.Version.Name, StringComparer.Ordinal)
                .ThenByDescending(l => l.Version.Version).ToArray(),
            keeper.Registry.Aliases(options.Name),
            store.IfThere() is { } there ? new JobBook(there).List(MostJobs) : []));
        ServingSnapshot? snapshot = keeper.Current;
        await renderer.Show<ModelsView>(context, "nav.models", new()
        {
            [nameof(ModelsView.Model)] = new ModelsModel(
                options.Name, versions, aliases, [.. jobs.Select(j => j with { Message = text.OfOptional(j.Message) })],
                snapshot?.Scores?.Drift, snapshot?.Scores is null ? null : await book.CameTrue(snapshot, context.RequestAborted))
            {
                Given = v => GivenAnswer.Of(v.Manifest, snapshot?.Zone, clock.GetUtcNow()),
            },
        });
    }

    private static async Task ShowJob(HttpContext context, HostStore store, PublicText text, PageRenderer renderer, long? id)
    {
        (Job? job, IReadOnlyList<JobLine> lines) = await Task.Run(() =>
            id is { } number && store.IfThere() is { } there && new JobBook(there) is var jobs && jobs.Find(number) is { } found
                ? (found, jobs.Lines(number))
                : ((Job?)null, (IReadOnlyList<JobLine>)[]));
        if (job is null)
        {
            throw RequestException.Missing(string.Create(CultureInfo.InvariantCulture,
                $"There is no job {id}; /models shows those there are."));
        }

        await renderer.Show<JobView>(context, "job.title", new()
        {
            [nameof(JobView.Job)] = job with { Message = text.OfOptional(job.Message) },
            [nameof(JobView.Lines)] = lines.TakeLast(MostLines).Select(l => l with { Text = text.Of(l.Text) }).ToArray(),
        });
    }

    private static async Task Diff(
        HttpContext context, SnapshotKeeper keeper, ScoringHostOptions options, PageRenderer renderer, string? a, string? b)
    {
        (int before, int after) = (Number("a", a), Number("b", b));
        IReadOnlyList<VersionDifference> differences = await Task.Run(() =>
        {
            ModelPackage Load(int version) => keeper.Registry.Load(
                keeper.Registry.Resolve(options.Name, version.ToString(CultureInfo.InvariantCulture)));
            return VersionDiff.Of(Load(before), Load(after), ModelBundle.RulesEntry);
        });
        await renderer.Show<DiffView>(context, "diff.page", new()
        {
            [nameof(DiffView.Name)] = options.Name, [nameof(DiffView.A)] = before, [nameof(DiffView.B)] = after,
            [nameof(DiffView.Differences)] = differences,
        });
    }

    private static async Task Pin(
        HttpContext context, IAntiforgery antiforgery, SnapshotKeeper keeper, ScoringHostOptions options, HostStore store)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        int version = Number("version", form["version"]);
        bool pinned = form["pinned"] == "1";
        AuditLog audit = await store.Audit();
        await Task.Run(() =>
        {
            keeper.Registry.Pin(options.Name, version, pinned);
            audit.Append(HostStore.Actor(context), pinned ? "pin" : "unpin", ModelRegistry.SubjectOf(options.Name, version)!);
        });
        context.Response.Redirect("/models");
    }

    private static int Number(string name, string? text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : throw RequestException.Refused($"{name} is '{Answering.Short(text ?? "")}'; expected a number.");

    private static async Task Promote(
        HttpContext context, IAntiforgery antiforgery, SnapshotKeeper keeper, Promotions promotions, HostStore store)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        string name = (string?)form["name"] ?? "";
        int version = Number("version", form["version"]);
        AliasJournal journal = await Promotions.Journal(store, context, "promote");
        await promotions.Promote(keeper, name, version, context.RequestAborted, journal);
        context.Response.Redirect("/models");
    }

    private static async Task Rollback(
        HttpContext context, IAntiforgery antiforgery, SnapshotKeeper keeper, ScoringHostOptions options, HostStore store)
    {
        await PostedForm.Read(context, antiforgery);
        AliasJournal journal = await Promotions.Journal(store, context, "rollback");
        await Task.Run(() => keeper.Registry.Rollback(options.Name, journal));
        await keeper.RefreshAsync(context.RequestAborted);
        context.Response.Redirect("/models");
    }

    private static async Task Train(HttpContext context, IAntiforgery antiforgery, ScoringHostOptions options, HostStore store)
    {
        await PostedForm.Read(context, antiforgery);
        (Job job, _) = await Task.Run(() => new JobBook(store.Get()).EnqueueUnlessWaiting(
            new NewJob("train", options.Name, "request", HostStore.Actor(context))));
        context.Response.Redirect(string.Create(CultureInfo.InvariantCulture, $"/models/job?id={job.Id}"));
    }

    private static async Task Cancel(HttpContext context, IAntiforgery antiforgery, HostStore store)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        if (long.TryParse(form["id"], NumberStyles.None, CultureInfo.InvariantCulture, out long id) && store.IfThere() is { } there)
        {
            await Task.Run(() => new JobBook(there).Cancel(id, HostStore.Actor(context)));
        }

        context.Response.Redirect(string.Create(CultureInfo.InvariantCulture, $"/models/job?id={id}"));
    }
}
