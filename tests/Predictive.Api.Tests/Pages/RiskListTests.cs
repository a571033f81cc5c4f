using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Primitives;
using Predictive.Api.Answers;
using Predictive.Api.Pages.Data;
using Predictive.Api.Serving;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;

namespace Predictive.Api.Tests.Pages;

/// <summary>The pages' lists, made by scans over ready columns, against the same said the long way.</summary>
[Collection(TrainedHost.Collection)]
public sealed class RiskListTests(TrainedHost host)
{
    [Theory]
    [InlineData("", null, 50)]
    [InlineData("tier=silver", null, 20)]
    [InlineData("cell=cash cow&stage=declining", .2, 1000)]
    [InlineData("segment=at risk&band=high", .65, 7)]
    [InlineData("band=low", 0d, 5)]
    [InlineData("stage=left&tier=gold", .99, 10)]
    public async Task Is_the_ranking_of_the_at_risk_list(string query, double? minimum, int capacity)
    {
        await using WebApplication app = host.Start();
        ServingSnapshot snapshot = app.Services.GetRequiredService<SnapshotKeeper>().Current!;
        CustomerFilter filter = CustomerFilter.Of(snapshot, Query(query));
        RiskList ours = RiskList.Of(snapshot, filter, minimum, capacity, 1.5);
        AtRiskList theirs = AtRisk.Rank(snapshot.Scorer, snapshot.Scores!, new AtRiskOptions
        {
            Capacity = capacity, MinimumProbability = minimum, OfferCost = 1.5, Segment = filter["segment"], Lifecycle = filter["stage"],
            Tier = filter["tier"], ValueMatrix = filter["cell"], Band = filter["band"],
        });
        IReadOnlyList<AtRiskRow> rows = ours.Rows(snapshot.Scorer, 0, capacity);
        Assert.Equal(theirs.Rows.Select(r => r.Score.CustomerId), rows.Select(r => r.Score.CustomerId));
        Assert.Equal(
            theirs.Rows.Select(r => (r.Rank, r.SpendIfStays, r.ExpectedLoss, r.ExpectedSaving, r.CumulativeSaving)),
            rows.Select(r => (r.Rank, r.SpendIfStays, r.ExpectedLoss, r.ExpectedSaving, r.CumulativeSaving)));
        Assert.Equal(
            (theirs.Customers, theirs.KeptNothing, theirs.Candidates, theirs.TotalExpectedLoss, theirs.MinimumProbability),
            (ours.Customers, ours.KeptNothing, ours.Candidates, Math.Round(ours.TotalLoss, 2), ours.Minimum));
        if (theirs.Cutoffs.FirstOrDefault(c => c.Contacts == ours.Contacts) is { } cutoff)
        {
            Assert.Equal(cutoff.ExpectedChurners, ours.Caught, 9);
            Assert.Equal(cutoff.Bothered, ours.Bothered, 9);
            Assert.Equal(cutoff.Net, ours.Net, 2);
        }

        using MemoryStream one = new(), other = new();
        AtRiskFile.Write(ours.ToFile(rows), one, "csv");
        AtRiskFile.Write(theirs, other, "csv");
        Assert.Equal(other.ToArray(), one.ToArray());
    }

    [Fact]
    public async Task Filters_by_the_segment_table_tags_and_moves_hold_whom_the_rules_say()
    {
        await using WebApplication app = host.Start();
        ServingSnapshot snapshot = app.Services.GetRequiredService<SnapshotKeeper>().Current!;
        SegmentTable table = SnapshotSegments.Of(snapshot.Scores!, CancellationToken.None);
        Assert.Equal(table.Texts("value_band").Count(b => b == "A"), Count("value=A"));
        Assert.Equal(table.Texts("quadrant").Zip(table.Texts("tier")).Count(x => x is ("E", "gold")), Count("group=E&tier=gold"));
        Assert.Equal(
            Enumerable.Range(0, table.Count).Count(i => table.Numbers("r")[i] == 2 && table.Numbers("f")[i] == 3), Count("r=2&f=3"));

        CustomerScore[] scores = [.. Enumerable.Range(0, 300).Select(i => snapshot.Scorer.Score(snapshot.Scores!, i, withLever: false))];
        string tag = scores.SelectMany(s => s.Preferences).GroupBy(p => p.Tag).OrderByDescending(g => g.Count()).First().Key;
        CustomerFilter tagged = CustomerFilter.Of(snapshot, Query($"tag={tag}"));
        Assert.Equal(
            Enumerable.Range(0, 300).Where(i => scores[i].Preferences.Any(p => p.Tag == tag)), Enumerable.Range(0,
                300).Where(tagged.Admits));

        string since = snapshot.AsOf!.Value.AddDays(-90).ToString();
        SegmentTable then = SnapshotSegments.Of(snapshot.ScoresAt(snapshot.AsOf!.Value.AddDays(-90), CancellationToken.None),
            CancellationToken.None);
        MigrationMatrix moves = PortfolioBuilder.Build(table, snapshot.Scorer.Stamp, then).Compared!.Migration["tier"];
        for (int i = 0; i < moves.States.Count; i++)
        {
            Assert.Equal(moves.Entered[i], Count($"tier={moves.States[i]}&moved=tier&from=new&since={since}"));
            for (int j = 0; j < moves.States.Count; j++)
            {
                Assert.Equal(moves.Counts[i][j], Count($"tier={moves.States[j]}&moved=tier&from={moves.States[i]}&since={since}"));
            }
        }

        int Count(string query) =>
            CustomerList.Of(snapshot, CustomerFilter.Of(snapshot, Query(query)), null, "stake", 0, 10).Customers;
    }

    [Fact]
    public async Task A_list_is_ordered_by_what_is_asked_and_finds_ids_by_a_part()
    {
        await using WebApplication app = host.Start();
        ServingSnapshot snapshot = app.Services.GetRequiredService<SnapshotKeeper>().Current!;
        ScoreTable scores = snapshot.Scores!;
        CustomerFilter everyone = CustomerFilter.Of(snapshot, QueryCollection.Empty);
        Assert.Equal(
            Enumerable.Range(0, scores.Count).OrderByDescending(i => scores.Monetary[i]).ThenBy(i => i).Skip(20).Take(10),
            CustomerList.Of(snapshot, everyone, "", "spend", 20, 10).Rows);
        string id = scores.CustomerId(1234);
        CustomerList found = CustomerList.Of(snapshot, everyone, id.ToLowerInvariant(), "risk", 0, 10);
        Assert.Equal(1234, found.Rows[0]);
        Assert.Equal(
            Enumerable.Range(0, scores.Count).Count(i => scores.CustomerId(i).Contains(id, StringComparison.OrdinalIgnoreCase)),
                found.Customers);
        IReadOnlyList<int> alike = CustomerList.Alike(snapshot, 1234, 5);
        Assert.Equal(5, alike.Distinct().Count());
        Assert.All(alike, i => Assert.Equal(scores.PortraitIndex[1234], scores.PortraitIndex[i]));
        Assert.DoesNotContain(1234, alike);
    }

    [Theory]
    [InlineData("tier=iron")]
    [InlineData("value=Z")]
    [InlineData("tag=colour:blue")]
    [InlineData("own=nobody")]
    [InlineData("since=2999-01-01")]
    [InlineData("since=2025-01-01&moved=weather")]
    public async Task A_value_that_nothing_has_is_refused(string query)
    {
        await using WebApplication app = host.Start();
        ServingSnapshot snapshot = app.Services.GetRequiredService<SnapshotKeeper>().Current!;
        Assert.Contains("expected", Assert.Throws<RequestException>(() => CustomerFilter.Of(snapshot, Query(query))).Message,
            StringComparison.Ordinal);
    }

    private static QueryCollection Query(string query) => new(query.Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(p => p.Split('=', 2)).ToDictionary(p => p[0], p => new StringValues(p[1])));
}
