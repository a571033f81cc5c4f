using System.Text.Json;
using Predictive.Acting.Campaigns;
using Predictive.History.Checks;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Scoring;
using Predictive.Store;

namespace Predictive.Api.Queries;

/// <summary>Reports of what is served, for whoever asks. They name nobody, and what is kept of one has no campaigns: what those brought
/// goes on changing while the base stands.</summary>
internal static class ReportMaker
{
    /// <summary>By what a report is kept among the answers of a base.</summary>
    /// <param name="compare">What it compares: <see cref="NarrativePeriods.Of"/>.</param>
    public static string KeyOf(string compare) => $"report|{compare}";

    /// <summary>Makes what is kept of one.</summary>
    /// <param name="of">The base.</param>
    /// <param name="scorer">Its version; null = none.</param>
    /// <param name="scores">Everyone's scores; asked for only with a version.</param>
    /// <param name="compare">What it compares.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <exception cref="QueryRefusedException">The data do not hold the periods.</exception>
    public static byte[] Make(
        QueryBase of, CustomerScorer? scorer, Func<ScoreTable> scores, string compare, CancellationToken cancellation) =>
        JsonSerializer.SerializeToUtf8Bytes(NarrativeBuilder.Build(
            new NarrativeInput
            {
                Base = of, Scored = scorer is null ? null : (scorer, scores()), Compare = compare, WithCustomers = false,
                Findings = DatasetCheck.Run(of.History, NarrativeBuilder.CheckOf(of)),
            }, cancellation));

    /// <summary>The report of what was kept, with what campaigns brought by now.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public static Task<NarrativeReport> Read(byte[] kept, Func<StoreDatabase?> store, CancellationToken cancellation) => Task.Run(
        () => CampaignResults.AddTo(JsonSerializer.Deserialize<NarrativeReport>(kept)!, store()), cancellation);
}
