using System.Text.Json;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Warehouse.Copies;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Worker.Slices;

/// <summary>
/// The files of one slice: scores, segments, who changed, and what the portfolio and the list at risk are made of. Nothing but the part of
/// the customers that is being scored is in memory.
/// </summary>
internal sealed class SliceWork(SliceJob job, CustomerScorer scorer, RuleBook book)
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web);

    /// <summary>Writes them; of a slice without customers only an empty part.</summary>
    /// <param name="folder">Where to.</param>
    /// <param name="slice">Which customers.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <returns>Customers scored.</returns>
    /// <exception cref="DatasetException">The data cannot be used.</exception>
    /// <exception cref="IOException">The disk, or the warehouse.</exception>
    public int Write(string folder, HistorySlice slice, CancellationToken cancellation)
    {
        var portfolio = new PortfolioPart();
        var atRisk = new AtRiskPart();
        string? data = null;
        LoadOptions options = new()
        {
            Columns = HistoryColumns.Answers, MemoryBytes = job.Memory is { } bytes ? bytes - CustomerScorer.BesideHistory : null,
            BytesPerCustomer = CustomerScorer.BytesPerCustomer,
            Level = job.Level, Slice = slice,
        };
        HashSet<string>? bought = null;
        try
        {
            data = WarehouseFolder.RefreshSliceAsync(job.Data, slice, job.Level, null, cancellation).GetAwaiter().GetResult();
            bought = DatasetFolder.Open(data).KnowsPeople ? [] : null;
            IEnumerable<TransactionHistory> parts = Noted(DatasetLoader.LoadInParts(data, options, null, cancellation), bought);
            using FileStream rules = New(folder, SliceFolder.Rules);
            using FileStream segmentsFile = New(folder, SliceFolder.Segments);
            using FileStream? changesFile = job.Since is null ? null : New(folder, SliceFolder.Changes);
            using var segments = new SegmentsParquet(segmentsFile);
            using ChangesParquet? changes =
                changesFile is null ? null : new ChangesParquet(changesFile, job.Since!.Value, job.AsOf);
            ScoresFile.Write(scorer, Scored(), Path.Combine(folder, SliceFolder.Scores), null, cancellation);
            segments.Complete();
            segmentsFile.Flush(flushToDisk: true);
            rules.Flush(flushToDisk: true);
            changes?.Complete();
            changesFile?.Flush(flushToDisk: true);

            IEnumerable<ScoreTable> Scored()
            {
                foreach (ScoreTable table in scorer.ScoreParts(parts, job.AsOf, cancellation: cancellation))
                {
                    SegmentTable now = ScoredSegments.Build(table, book, cancellation);
                    ScoreTable? then = job.Since is { } since && Population.At(table.History, since).Length > 0
                        ? scorer.ScoreAll(table.History, since, cancellation: cancellation)
                        : null;
                    portfolio.Add(PortfolioPart.Of(now, rules, Before(table.History, then, cancellation), cancellation));
                    atRisk.Add(AtRisk.Part(scorer, table, new AtRiskOptions { Capacity = job.Top }));
                    segments.Add(now);
                    changes?.Add(StateChanges.Between(then, table));
                    yield return table;
                }
            }
        }
        catch (DatasetException e) when (e.Findings.All(f => f.Code is "empty-table" or "no-purchase-before-as-of"))
        {
            // Few customers in many slices: some slices have none.
            File.Delete(Path.Combine(folder, SliceFolder.Segments));
            File.Delete(Path.Combine(folder, SliceFolder.Changes));
        }

        // Whose id is in this slice has bought in this slice: who is known here and has not is a prospect of it.
        if (data is not null && bought is not null && DatasetLoader.LoadProspects(data, bought, options, cancellation) is { } people)
        {
            FunnelOptions funnel = book.Options.Portfolio.Funnel;
            portfolio.AddProspects(people, job.AsOf, funnel);
            AtomicFile.Write(
                Path.Combine(folder, SliceFolder.Prospects), ProspectPart.Of(ProspectTable.OfPeople(people, job.AsOf, funnel)).Write);
        }

        AtomicFile.Write(Path.Combine(folder, SliceFolder.Part), portfolio.Write);
        AtomicFile.Write(Path.Combine(folder, SliceFolder.AtRisk), stream => JsonSerializer.Serialize(stream, atRisk, s_json));
        return portfolio.Customers;
    }

    /// <summary>What <see cref="Write"/> wrote of the people without a purchase; null = no table of the dataset knows of any.</summary>
    public static ProspectPart? ReadProspects(string folder)
    {
        string path = Path.Combine(folder, SliceFolder.Prospects);
        if (!File.Exists(path))
        {
            return null;
        }

        using FileStream file = File.OpenRead(path);
        return ProspectPart.Read(file);
    }

    /// <summary>What <see cref="Write"/> wrote of a slice's portfolio and list.</summary>
    public static (PortfolioPart Portfolio, AtRiskPart AtRisk) Read(string folder)
    {
        using FileStream part = File.OpenRead(Path.Combine(folder, SliceFolder.Part));
        using FileStream list = File.OpenRead(Path.Combine(folder, SliceFolder.AtRisk));
        return (PortfolioPart.Read(part), JsonSerializer.Deserialize<AtRiskPart>(list, s_json)!);
    }

    private static IEnumerable<TransactionHistory> Noted(IEnumerable<TransactionHistory> parts, HashSet<string>? ids)
    {
        foreach (TransactionHistory part in parts)
        {
            ids?.UnionWith(Enumerable.Range(0, part.CustomerCount).Select(part.CustomerId));
            yield return part;
        }
    }

    // Nobody bought before the earlier time: a table of nobody, so that everybody has come since.
    private SegmentTable? Before(TransactionHistory history, ScoreTable? then, CancellationToken cancellation) =>
        job.Since is not { } since ? null
            : then is not null ? ScoredSegments.Build(then, book, cancellation)
            : SegmentTable.Build(
                history, book, since, (_, _, _) => throw new InvalidOperationException("nobody is asked for"), cancellation);

    private static FileStream New(string folder, string name) =>
        new(Path.Combine(folder, name), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
}
