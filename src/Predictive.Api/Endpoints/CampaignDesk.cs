using Microsoft.AspNetCore.Http;
using Predictive.Acting.Campaigns;
using Predictive.Acting.Contacts;
using Predictive.Acting.Uplift;
using Predictive.Api.Answers;
using Predictive.Api.Configuration;
using Predictive.Api.Http;
using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Learning.BuiltIn;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Campaigns;

namespace Predictive.Api.Endpoints;

/// <summary>Campaigns as the host makes and reads them, for programs and for pages. Makings take turns, and few wait.</summary>
internal sealed class CampaignDesk(Answering answering, HostStore store, ScoringHostOptions options)
{
    private const int MostWaiting = 4;

    private readonly WorkQueueTurn _turn = new(MostWaiting);

    /// <summary>Every campaign, newest first; none where there is no store.</summary>
    public Task<IReadOnlyList<Campaign>> List() => Task.Run(() => store.IfThere() is { } there ? new CampaignBook(there).List() : []);

    /// <summary>The campaign of a name.</summary>
    /// <exception cref="RequestException">There is none.</exception>
    public async Task<Campaign> Find(string? name) =>
        await Task.Run(() => store.IfThere() is { } there && !string.IsNullOrEmpty(name) && new CampaignBook(there) is var book
            // A slash within a part of a path stays encoded.
            ? book.Find(name) ?? book.Find(name.Replace("%2F", "/", StringComparison.OrdinalIgnoreCase))
            : null)
            ?? throw RequestException.Missing(
                $"There is no campaign '{Answering.Short(name ?? "")}'; GET /v1/campaigns shows those there are.");

    /// <summary>Those to be contacted or held out, in the order of their ranks.</summary>
    public Task<IReadOnlyList<CampaignMember>> Members(Campaign campaign) =>
        Task.Run(() => new CampaignBook(store.Get()).Members(campaign.Id));

    /// <summary>What it brought.</summary>
    public Task<CampaignReport> Report(Campaign campaign) => 
        Task.Run(() => CampaignResults.ReportOf(store.Get(), campaign));

    /// <summary>Makes one; who asks stands in the audit log.</summary>
    /// <exception cref="RequestException">It cannot be made.</exception>
    public async Task<CampaignCreation> Create(HttpContext context, CampaignRequest request)
    {
        ServingSnapshot snapshot = answering.WithData();
        if (request.Faults() is { Count: > 0 } faults)
        {
            throw RequestException.Refused($"The campaign cannot be made: {string.Join("; ", faults)}.");
        }

        using (await _turn.Take("campaigns", context.RequestAborted))
        {
            try
            {
                return await Task.Run(() => Create(snapshot, request, HostStore.Actor(context), context.RequestAborted));
            }
            catch (CampaignException e)
            {
                throw RequestException.Refused(e.Message);
            }
        }
    }

    /// <summary>Ends or cancels one.</summary>
    /// <exception cref="RequestException">There is none, or it is over.</exception>
    public async Task Close(HttpContext context, string? name, bool cancels)
    {
        Campaign campaign = await Find(name);
        if (!await Task.Run(() => new CampaignBook(store.Get()).Close(
            campaign.Name, cancels ? CampaignBook.Cancelled : CampaignBook.Ended, HostStore.Actor(context))))
        {
            throw RequestException.Conflict($"The campaign '{Answering.Short(campaign.Name)}' is {campaign.State} already.");
        }
    }

    /// <summary>The list for the channel, as a file; noted in the audit log before it leaves.</summary>
    /// <exception cref="RequestException">It does not run any more.</exception>
    public async Task<byte[]> Export(HttpContext context, Campaign campaign, string kind)
    {
        if (campaign.State != CampaignBook.Running)
        {
            throw RequestException.Conflict(
                $"The campaign '{Answering.Short(campaign.Name)}' is {campaign.State}: nobody is to be contacted for it any more.");
        }

        IReadOnlyList<CampaignMember> members = await Members(campaign);
        AuditLog audit = await store.Audit();
        return await Task.Run(() =>
        {
            CampaignContact[] contacts =
            [
                .. members.Where(m => !m.IsHeldOut).Select(m => new CampaignContact(
                    m.Rank, m.CustomerId, m.Action, m.Reasons, m.Risk < 0 ? null : Math.Round(m.Risk, 3), m.Value)),
            ];
            using var file = new MemoryStream();
            if (kind == "json")
            {
                file.Write(AnswerJson.Of(new CampaignContactsAnswer(campaign.Name, campaign.Channel, contacts)));
            }
            else
            {
                CampaignFile.Write(members, file, kind);
            }

            audit.Append(HostStore.Actor(context), "export", $"campaign {campaign.Name}", new { kind, rows = contacts.Length });
            return file.ToArray();
        });
    }

    private CampaignCreation Create(ServingSnapshot snapshot, CampaignRequest request, string actor, CancellationToken cancellation)
    {
        LocalTime from = LocalTime.StartOf(request.From), asOf = snapshot.AsOf!.Value < from ? snapshot.AsOf.Value : from;
        ScoreTable scores = snapshot.ScoresAt(asOf, cancellation);
        StoreDatabase database = store.Get();
        AudienceGains? gains = request.ByUplift
            ? UpliftStudy.Of(database, scores.History, scores.Bundle.Rules, new BuiltInEngine(), scores.AsOf, null, cancellation)
                .GainsOrNone(scores)
            : null;
        return new CampaignMaker(database).Create(
            request, snapshot.Scorer, scores, SegmentsFile.For(options.Data!), ContactSettings.For(options.Data!), actor, gains,
            cancellation);
    }
}
