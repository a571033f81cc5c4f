using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Keys;
using Predictive.Api.Pages.Rendering;
using Predictive.Api.Pages.SignIn;
using Predictive.Api.Pages.Views;
using Predictive.Api.Serving;
using Predictive.History.Import;
using Predictive.History.Ingest;
using Predictive.Store.Jobs;

namespace Predictive.Api.Pages;

/// <summary>
/// A file brought in from the browser: put aside, read by a worker, shown with what an import would make of it, and only then, if an admin
/// says so, imported by a worker. This host imports nothing.
/// </summary>
internal static class DeliveryPages
{
    public static void MapDeliveryPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/data/delivery", Show).ForViewer(KeyRole.Admin).Takes("id", "lang").ExcludeFromDescription();
        routes.MapPost("/data/deliver", Take).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/data/delivery/answer", Answer).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/data/delivery/import", Accept).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
        routes.MapPost("/data/delivery/drop", Drop).ForViewer(KeyRole.Admin).Takes("lang").ExcludeFromDescription();
    }

    private static async Task Take(
        HttpContext context, IAntiforgery antiforgery, ScoringHostOptions options, HostStore store, TimeProvider clock)
    {
        // A file is larger than any other body, and comes as slowly as somebody's line is.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
        {
            size.MaxRequestBodySize = options.MaxDeliveryBytes;
        }

        context.Features.Set<IFormFeature>(
            new FormFeature(context.Request, new FormOptions { MultipartBodyLengthLimit = options.MaxDeliveryBytes, ValueCountLimit = 8 }));
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        if (form.Files is not [{ Length: > 0 } file])
        {
            throw RequestException.Refused(
                $"{form.Files.Count} files were sent; expected one that is not empty: CSV, Excel workbook, zip, gzip or Parquet.");
        }

        string data = IngestStream.NameOf(options.Data!), id;
        await using (Stream content = file.OpenReadStream())
        {
            id = await Spool(options).Add(file.FileName, content, HostStore.Actor(context), clock.GetUtcNow(), context.RequestAborted);
        }

        await Ask(store, new NewJob(DeliverySpool.PreviewJob, id, "request", HostStore.Actor(context), data));
        context.Response.Redirect("/data/delivery?id=" + id);
    }

    private static async Task Show(
        HttpContext context, string? id, ScoringHostOptions options, HostStore store, PublicText text, PageRenderer renderer)
    {
        SpooledDelivery? delivery = Spool(options).Find(id);
        IReadOnlyList<Job> jobs = DeliverySpool.IsId(id)
            ? await Task.Run(() => store.IfThere() is { } there ? new JobBook(there).List(50, id) : []) : [];
        if (delivery is null && jobs.Count == 0)
        {
            throw RequestException.Missing("There is no such delivery, or no more; /data takes one in.");
        }

        Job? looked = jobs.FirstOrDefault(j => j.Kind == DeliverySpool.PreviewJob);
        Job? imported = jobs.FirstOrDefault(j => j.Kind == DeliverySpool.ImportJob);
        await renderer.Show<DeliveryView>(context, "delivery.title", new()
        {
            [nameof(DeliveryView.Id)] = id!, [nameof(DeliveryView.Delivery)] = delivery,
            [nameof(DeliveryView.Looked)] = Public(looked), [nameof(DeliveryView.Imported)] = Public(imported),
            [nameof(DeliveryView.Preview)] = Result<DeliveryPreview>(looked),
            [nameof(DeliveryView.Report)] = Result<ImportReport>(imported),
        });

        Job? Public(Job? job) => job is null ? null : job with { Message = text.OfOptional(job.Message) };
    }

    private static async Task Answer(HttpContext context, IAntiforgery antiforgery, ScoringHostOptions options, HostStore store)
    {
        (string id, SpooledDelivery delivery, IFormCollection form) = await Known(context, antiforgery, options);
        if (!int.TryParse(form["choice"], NumberStyles.None, CultureInfo.InvariantCulture, out int choice))
        {
            throw RequestException.Refused($"choice is '{Answering.Short((string?)form["choice"] ?? "")}'; expected a number.");
        }

        Spool(options).Answer(id, [.. delivery.Answers, choice]);
        await Ask(store, new NewJob(DeliverySpool.PreviewJob, id, "request", HostStore.Actor(context), IngestStream.NameOf(options.Data!)));
        context.Response.Redirect("/data/delivery?id=" + id);
    }

    private static async Task Accept(HttpContext context, IAntiforgery antiforgery, ScoringHostOptions options, HostStore store)
    {
        (string id, _, _) = await Known(context, antiforgery, options);
        await Ask(store, new NewJob(
            DeliverySpool.ImportJob, id, "request", HostStore.Actor(context), IngestStream.NameOf(options.Data!),
            $"{DeliverySpool.ImportJob}/{id}"));
        context.Response.Redirect("/data/delivery?id=" + id);
    }

    private static async Task Drop(HttpContext context, IAntiforgery antiforgery, ScoringHostOptions options)
    {
        (string id, _, _) = await Known(context, antiforgery, options);
        Spool(options).Remove(id);
        context.Response.Redirect("/data");
    }

    private static async Task<(string Id, SpooledDelivery Delivery, IFormCollection Form)> Known(
        HttpContext context, IAntiforgery antiforgery, ScoringHostOptions options)
    {
        IFormCollection form = await PostedForm.Read(context, antiforgery);
        string id = (string?)form["id"] ?? "";
        return Spool(options).Find(id) is { } delivery
            ? (id, delivery, form)
            : throw RequestException.Missing("There is no such delivery, or no more; /data takes one in.");
    }

    private static Task Ask(HostStore store, NewJob asked) => Task.Run(() => new JobBook(store.Get()).Enqueue(asked));

    private static DeliverySpool Spool(ScoringHostOptions options) => options.Data is null
        ? throw RequestException.Missing("This host serves no dataset; expected --data DIR, to which a file can be added.")
        : new DeliverySpool(options.Models);

    private static T? Result<T>(Job? job)
        where T : class => job is { State: JobState.Done, Result: { } result } ? result.Deserialize<T>(JsonSerializerOptions.Web) : null;
}
