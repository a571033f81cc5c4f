using System.Text.Json.Nodes;
using Predictive.Acting.Campaigns;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.History;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Scoring;
using Predictive.Segmentation.Segments;
using Predictive.Store;
using Predictive.Store.Campaigns;

namespace Predictive.Api.Mcp;

/// <summary>One tool: its contract, and how its answer is made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Description">For the assistant.</param>
/// <param name="Parameters">What it takes.</param>
/// <param name="NeedsBase">Whether it tells of the whole base, and so asks for a marketer's role.</param>
/// <param name="Make">Makes the answer, a JSON document, from the base; null = <see cref="FromStore"/> does.</param>
internal sealed record McpTool(
    string Name, string Description, IReadOnlyList<McpParameter> Parameters, bool NeedsBase,
    Func<AssistedBase, McpArguments, CancellationToken, byte[]>? Make)
{
    /// <summary>Makes the answer from the store, which may not be there yet; null = <see cref="Make"/> does, from the base.</summary>
    public Func<StoreDatabase?, McpArguments, byte[]>? FromStore { get; init; }

    /// <summary>The contract as JSON schema.</summary>
    public JsonObject Schema => new()
    {
        ["type"] = "object",
        ["properties"] = new JsonObject(Parameters.Select(p => KeyValuePair.Create<string, JsonNode?>(p.Name, p.Type switch
        {
            "texts" => new JsonObject
            {
                ["type"] = "array", ["items"] = new JsonObject { ["type"] = "string" }, ["description"] = p.Description,
            },
            "number" => new JsonObject { ["type"] = "integer", ["description"] = p.Description },
            _ => new JsonObject { ["type"] = "string", ["description"] = p.Description },
        }))),
        ["required"] = new JsonArray([.. Parameters.Where(p => p.IsRequired).Select(p => JsonValue.Create(p.Name))]),
        ["additionalProperties"] = false,
    };
}

/// <summary>The tools of the MCP server: what the catalogue defines, and nothing else.</summary>
internal static class McpTools
{
    private const int MostRows = 200;
    private const int StandardRows = 50;
    private const int MostCalls = 100;

    private static readonly McpParameter
        s_metric = new("metric", "text", "A figure of the catalogue by any of its names, such as revenue, churn rate, 客单价.", true),
        s_where = new("where", "texts", "Conditions, all of which hold: \"tier = gold, silver\", \"recency_days > 30\"."),
        s_from = new("from", "text", "First day: 2011-06-03, 2011-06, 2011-Q2 or 2011."),
        s_to = new("to", "text", "Last day, counted: the same forms."),
        s_compare = new("compare", "text", "previous, year-ago, or a period such as 2011-Q1 or 2011-01..2011-02."),
        s_customer = new("customer_id", "text", "The id of one customer.", true);

    /// <summary>All of them.</summary>
    public static IReadOnlyList<McpTool> All { get; } =
    [
        new("list_metrics", "Names, units and meanings of the figures that can be asked for, and what they can be divided by.",
            [new("about", "text", "Only figures whose names or meaning hold this.")], false, (of, a, _) => List(of, a.Text("about"))),
        new("query_metric",
            "The value of a figure: by up to three dimensions, of a period, where conditions hold. The answer says the query that ran, the "
                + "definition's version, the as-of, 95 % intervals and counts.",
            [
                s_metric, new("by", "texts", "Dimensions such as month, channel, tier, rfm_segment."), s_where, s_from, s_to, s_compare,
                new("limit", "number", $"Most rows, 1 to {MostRows}; default {StandardRows}."),
            ], true, Query),
        new("compare_periods",
            "Why a figure changed between two periods: mix and rate effects of the groups of one dimension, which add up to the change, "
                + "the three that explain most, and whether they are more than chance.",
            [
                s_metric, new("by", "text", "One dimension, such as channel, category or tier.", true), s_where,
                s_from with { IsRequired = true }, s_to, s_compare,
            ], true, Compare),
        new("score_customer", "What is known and predicted of one customer: risk to leave, expected spend, segment, tier, play.",
            [s_customer], false, (of, a, _) => Score(of, a.Text("customer_id")!, withReasons: false)),
        new("explain_customer", "The same with the reasons: what raises or lowers the risk, what would lower it, what was bought.",
            [s_customer], false, (of, a, _) => Score(of, a.Text("customer_id")!, withReasons: true)),
        new("at_risk", "Who deserves the calls we can make: customers by what a contact can save.",
            [
                new("top", "number", $"How many, 1 to {MostCalls}; default 20."),
                new("segment", "text", "Only this RFM segment, lifecycle stage, tier, value-matrix cell or portrait."),
            ], true, Risks),
        new("portfolio", "The base as a whole as of now: its figures, and the sizes of segments, stages and tiers.", [], true, Portfolio),
        new("segment_profile", "One segment, stage, tier or own segment: size, spend, and how it differs from the base.",
            [new("segment", "text", "Its name, such as champions, gold, declining.", true)], true, Profile),
        new("campaign_report",
            "What a campaign brought against its control group: customers kept, spend, cost and profit with 95 % intervals, and a verdict. "
                + "Without a name: which campaigns there are.",
            [new("campaign", "text", "Its name.")], true, null) { FromStore = Campaigns },
    ];

    private static byte[] Campaigns(StoreDatabase? store, McpArguments a)
    {
        IReadOnlyList<Campaign> all = store is null ? [] : new CampaignBook(store).List();
        if (a.Text("campaign") is not { } name)
        {
            return AnswerJson.Of(new
            {
                Campaigns = all.Take(StandardRows).Select(c => new
                {
                    c.Name, c.State, c.Channel, c.From, c.To, c.Contacted, c.HeldOut, c.OutcomesThrough,
                }),
                all.Count,
            });
        }

        Campaign found = all.FirstOrDefault(c => c.Name == name) ?? throw new QueryRefusedException(
            $"There is no campaign '{QueryRefusedException.Short(name)}'; "
                + (all.Count == 0 ? "none was made yet." : $"there are {string.Join(", ", all.Take(10).Select(c => c.Name))}."));
        return AnswerJson.Of(CampaignReportAnswer.Of(CampaignResults.ReportOf(store!, found)));
    }

    private static byte[] List(AssistedBase of, string? about)
    {
        bool Is(string text) => about is null || text.Contains(about, StringComparison.OrdinalIgnoreCase);
        return AnswerJson.Of(new
        {
            Metrics = QueryCatalogue.Queryable
                .Where(m => QueryCatalogue.CalledOf(m).Append(m.Description).Any(Is))
                .Select(m => new
                {
                    m.Id, m.Words.English, m.Words.Chinese, m.Unit, m.Description, Of = m.Scope.ToString().ToLowerInvariant(),
                }),
            Dimensions = of.Base.Dimensions.Select(d => new { d.Name, d.Chinese, Divides = d.Kind.ToString().ToLowerInvariant() }),
            AsOf = of.Base.AsOf.ToString(), Data = new { From = of.Base.FirstDay, To = of.Base.LastDay }, of.Base.Model,
        });
    }

    private static byte[] Query(AssistedBase of, McpArguments a, CancellationToken cancellation) => AnswerJson.Of(QueryRunner.Run(
        of.Base,
        new MetricQuery
        {
            Metric = a.Text("metric")!, By = [.. a.Texts("by").SelectMany(b => b.Split(',', StringSplitOptions.TrimEntries))],
            Where = a.Texts("where"), From = a.Text("from"), To = a.Text("to"), Compare = a.Text("compare"),
            Limit = a.Whole("limit", StandardRows, 1, MostRows),
        }, cancellation));

    private static byte[] Compare(AssistedBase of, McpArguments a, CancellationToken cancellation)
    {
        ComparisonAnswer answer = PeriodComparison.Run(
            of.Base,
            new MetricQuery
            {
                Metric = a.Text("metric")!, By = [a.Text("by")!], Where = a.Texts("where"), From = a.Text("from"), To = a.Text("to"),
                Compare = a.Text("compare"),
            }, cancellation: cancellation);
        return AnswerJson.Of(answer with { Groups = [.. answer.Groups.Take(StandardRows)] });
    }

    private static byte[] Score(AssistedBase of, string id, bool withReasons)
    {
        TransactionHistory history = of.Base.History;
        CustomerScorer scorer = Scorer(of);
        int customer = history.IndexOf(id);
        if (customer < 0 || !CustomerScorer.CanScore(history, customer, of.Base.AsOf))
        {
            throw new QueryRefusedException(
                $"There is no customer '{QueryRefusedException.Short(id)}' with a purchase before {of.Base.AsOf}.");
        }

        CustomerScore score = scorer.Score(history, customer, of.Base.AsOf);
        object brief = new
        {
            score.CustomerId, score.AsOf, score.Model, Data = new { To = of.Base.LastDay },
            Churn = new { score.Churn.Probability, score.Churn.Band, score.Churn.BandFrom },
            score.Clv, Rfm = score.Rfm.Segment, score.Lifecycle.Stage, Tier = score.Tier, Cell = score.ValueMatrix.Cell,
            Portrait = score.Portrait.Name, score.Play,
            Definitions = Defined("churn_probability", "clv_expected", "rfm_segment", "lifecycle", "tier", "value_matrix"),
        };
        return !withReasons
            ? AnswerJson.Of(brief)
            : AnswerJson.Of(new
            {
                Score = brief, Reasons = score.Churn.Reasons.Select(r => r.Text), Lever = score.Churn.Lever?.Text,
                Lifecycle = score.Lifecycle.Reason, score.Preferences, score.NextBest, score.Returns,
            });
    }

    private static byte[] Risks(AssistedBase of, McpArguments a, CancellationToken cancellation)
    {
        CustomerScorer scorer = Scorer(of);
        string? segment = a.Text("segment");
        if (segment is not null && SegmentGroups.Find(of.Base.Table, segment) is null)
        {
            throw UnknownSegment(of, segment);
        }

        AtRiskList list = AtRisk.Rank(
            scorer, of.Scores(), new AtRiskOptions { Capacity = a.Whole("top", 20, 1, MostCalls), Segment = segment });
        cancellation.ThrowIfCancellationRequested();
        return AnswerJson.Of(new
        {
            AsOf = of.Base.AsOf.ToString(), of.Base.Model, Data = new { To = of.Base.LastDay }, list.Customers, list.Candidates,
            list.TotalExpectedLoss, list.MinimumProbability,
            Definitions = Defined("churn_probability", "clv_expected", "value_at_stake"),
            Rows = list.Rows.Select(r => new
            {
                r.Rank, r.Score.CustomerId, ChurnProbability = r.Score.Churn.Probability, r.ExpectedLoss, r.ExpectedSaving,
                Segment = r.Score.Rfm.Segment, Tier = r.Score.Tier.Current,
                Why = r.Score.Churn.Reasons.Select(x => x.Text).FirstOrDefault(),
                r.Score.Play.Goal, r.Score.Play.Action,
            }),
        });
    }

    private static byte[] Portfolio(AssistedBase of, McpArguments a, CancellationToken cancellation)
    {
        SegmentTable table = of.Base.Table;
        BaseColumns columns = table.AsBase();
        cancellation.ThrowIfCancellationRequested();
        return AnswerJson.Of(new
        {
            AsOf = of.Base.AsOf.ToString(), of.Base.Model, Data = new { From = of.Base.FirstDay, To = of.Base.LastDay },
            Customers = table.Count, table.History.Description.Currency,
            Figures = QueryCatalogue.AsOfTimes.Select(m => new { m.Id, m.Unit, Value = m.Value(columns) }).Where(m => m.Value is not null),
            Groups = new[] { "rfm_segment", "lifecycle", "tier", "churn_band", "value_matrix" }.Where(table.Has).ToDictionary(
                m => m, m => SegmentGroups.Of(table, m).Select(g => new { g.Name, g.Customers, g.Spend365, g.SpendShare, g.Goal })),
        });
    }

    private static byte[] Profile(AssistedBase of, McpArguments a, CancellationToken cancellation)
    {
        SegmentTable table = of.Base.Table;
        string name = a.Text("segment")!;
        if (SegmentGroups.Find(table, name) is not var (model, found, members))
        {
            throw UnknownSegment(of, name);
        }

        int size = members.Count(m => m);
        string[] numbers =
        [
            "recency_days", "frequency", "monetary", "spend_365d", "orders", "tenure_days", "loyalty_score", "churn_probability",
            "clv_expected", "lifetime_value",
        ];
        cancellation.ThrowIfCancellationRequested();
        return AnswerJson.Of(new
        {
            AsOf = of.Base.AsOf.ToString(), of.Base.Model, Data = new { To = of.Base.LastDay }, Definition = $"{model}/1", Segment = found,
            Customers = size, Share = table.Count == 0 ? 0 : size / (double)table.Count,
            Group = model == "segment" ? SegmentGroups.Own(table).First(g => g.Name == found)
                : SegmentGroups.Of(table, model).First(g => g.Name == found),
            Means = numbers.Where(table.Has).Select(n => new
            {
                Metric = CustomerMetrics.Find(n)!.Id, CustomerMetrics.Find(n)!.Unit, Here = Mean(table.Numbers(n), i => members[i]),
                Base = Mean(table.Numbers(n), _ => true),
            }),
        });
    }

    private static string[] Defined(params string[] names) => Array.ConvertAll(names, n => QueryCatalogue.Define(n).Id);

    private static double? Mean(double[] values, Func<int, bool> takes)
    {
        double[] taken = [.. values.Where((v, i) => takes(i) && !double.IsNaN(v))];
        return taken.Length == 0 ? null : Math.Round(taken.Average(), 4);
    }

    private static QueryRefusedException UnknownSegment(AssistedBase of, string name)
    {
        SegmentTable table = of.Base.Table;
        return QueryRefusedException.Unknown(
            "segment", name, SegmentGroups.Models.Where(table.Has).SelectMany(m => table.Texts(m)).OfType<string>()
                .Concat(table.OwnSegments.Select(s => s.Name)).Distinct().Select(n => (n, Enumerable.Empty<string>())));
    }

    private static CustomerScorer Scorer(AssistedBase of) => of.Scorer
        ?? throw new QueryRefusedException("No model is in service, so nothing is predicted: predictive train DIR.");
}
