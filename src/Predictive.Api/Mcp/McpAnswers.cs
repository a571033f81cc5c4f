using System.Text;
using System.Text.Json;
using ModelContextProtocol;
using ModelContextProtocol.Protocol;
using ModelContextProtocol.Server;
using Predictive.Api.Answers;
using Predictive.Api.Endpoints;
using Predictive.Api.Queries;
using Predictive.History;
using Predictive.History.Checks;
using Predictive.Reports.Documents;
using Predictive.Reports.Narrative;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;

namespace Predictive.Api.Mcp;

/// <summary>
/// The MCP server, whatever carries it: tools, resources and prompts over one source. What is refused is an answer that says so; every call
/// is noted.
/// </summary>
public static class McpAnswers
{
    /// <summary>Longest answer, characters: it must fit a model's context.</summary>
    public const int MostCharacters = 60_000;

    private const string Catalogue = "predictive://catalogue", Quality = "predictive://data-quality", Overview = "predictive://portfolio",
        LastReport = "predictive://report";
    private static readonly TimeSpan s_longest = TimeSpan.FromSeconds(60);

    private static readonly (string Name, string Description, string Argument, string Text)[] s_prompts =
    [
        ("why_did_it_change", "Why a figure fell or rose, such as: why did revenue fall in July?", "question",
            "{0}\nUse query_metric with compare to see whether it changed at all, then compare_periods by channel, category, tier and "
                + "rfm_segment. Name only effects that are more than chance, with their amounts; say which definition, period and as-of "
                + "the figures are of."),
        ("who_is_at_risk", "Who is likely to leave, what that costs and what to do.", "segment",
            "Who of {0} is likely to leave? Use at_risk and query_metric value_at_stake by tier; explain_customer for the first three. Say "
                + "why each is at risk and what the play is."),
        ("how_are_we_doing", "The base as a whole against the period before.", "period",
            "How did we do in {0}? Use query_metric with compare previous and year-ago for revenue, active_customers, new_customers, "
                + "average_order_value and churn_rate, then portfolio. Say what is sure and what the intervals leave open."),
    ];

    /// <summary>Puts the server's contract and handlers into its options.</summary>
    public static void Configure(McpServerOptions options, McpSource source)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.ServerInfo = new Implementation { Name = "predictive", Version = "1" };
        options.ServerInstructions =
            "Figures of a customer base, each by its definition in the catalogue. Start with list_metrics. Answer only with figures that a "
                + "tool gave; name the definition (revenue/1), the period and the as-of. What is refused has no answer here.";
        options.Handlers.ListToolsHandler = (request, _) => ValueTask.FromResult(new ListToolsResult
        {
            Tools =
            [
                .. McpTools.All.Where(t => !t.NeedsBase || source.CallerOf(request.User).MaySeeBase).Select(t => new Tool
                {
                    Name = t.Name, Description = t.Description, InputSchema = JsonSerializer.SerializeToElement(t.Schema),
                    Annotations = new ToolAnnotations { ReadOnlyHint = true, OpenWorldHint = false },
                }),
            ],
        });
        options.Handlers.CallToolHandler = (request, cancellation) => Call(source, request, cancellation);
        options.Handlers.ListResourcesHandler = (_, _) => ValueTask.FromResult(new ListResourcesResult
        {
            Resources =
            [
                Json(Catalogue, "catalogue", "Every definition: names, formula, unit, version, owner."),
                Json(Quality, "data quality", "What is missing, stale or odd in the data."),
                Json(Overview, "portfolio", "The base as a whole."),
                Json(LastReport, "report", "The last report: what happened, why, what will happen, who is at risk; figures and text."),
            ],
        });
        options.Handlers.ReadResourceHandler = (request, cancellation) => Read(source, request, cancellation);
        options.Handlers.ListPromptsHandler = (_, _) => ValueTask.FromResult(new ListPromptsResult
        {
            Prompts =
            [
                .. s_prompts.Select(p => new Prompt
                {
                    Name = p.Name, Description = p.Description, Arguments = [new PromptArgument { Name = p.Argument, Required = true }],
                }),
            ],
        });
        options.Handlers.GetPromptHandler = (request, _) => ValueTask.FromResult(PromptOf(request.Params));
    }

    private static Resource Json(string uri, string name, string description) =>
        new() { Uri = uri, Name = name, Description = description, MimeType = "application/json" };

    private static async ValueTask<CallToolResult> Call(
        McpSource source, RequestContext<CallToolRequestParams> request, CancellationToken cancellation)
    {
        McpCaller caller = source.CallerOf(request.User);
        string name = request.Params?.Name ?? "";
        McpTool? tool = McpTools.All.FirstOrDefault(t => t.Name == name);
        if (tool is null)
        {
            await source.Note(caller, "unknown tool", new { refused = true });
            throw new McpProtocolException(
                $"There is no tool '{QueryRefusedException.Short(name)}'; there are {string.Join(", ", McpTools.All.Select(t => t.Name))}.",
                McpErrorCode.InvalidParams);
        }

        string? refusal = null;
        byte[] answer = [];
        try
        {
            if (tool.NeedsBase && !caller.MaySeeBase)
            {
                throw new QueryRefusedException($"{tool.Name} needs a key with the role marketer.");
            }

            var arguments = new McpArguments(request.Params!.Arguments, tool.Parameters);
            if (arguments.Text("customer_id") is { } id && source.IsErased(id))
            {
                throw new QueryRefusedException($"There is no customer '{QueryRefusedException.Short(id)}'.");
            }

            answer = tool.FromStore is { } stored
                ? Short(await Task.Run(() => stored(source.Store(), arguments), cancellation))
                : await Made(source, KeyOf(tool, request.Params!.Arguments), (of, c) => tool.Make!(of, arguments, c), cancellation);
        }
        catch (Exception e) when (e is QueryRefusedException || source.Refusal(e) is not null)
        {
            refusal = e is QueryRefusedException ? e.Message : source.Refusal(e);
        }

        await source.Note(caller, tool.Name, new { refused = refusal is not null, characters = answer.Length });
        return new CallToolResult
        {
            Content = [new TextContentBlock { Text = refusal ?? Encoding.UTF8.GetString(answer) }], IsError = refusal is not null,
        };
    }

    private static async Task<byte[]> Made(
        McpSource source, string key, Func<AssistedBase, CancellationToken, byte[]> make, CancellationToken cancellation)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(s_longest);
        byte[] answer;
        try
        {
            answer = await source.Answer(key, make, limit.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new QueryRefusedException($"The answer takes longer than {s_longest.TotalSeconds:0} seconds; ask for a shorter period.");
        }

        return Short(answer);
    }

    private static byte[] Short(byte[] answer) => answer.Length <= MostCharacters
        ? answer
        : throw new QueryRefusedException(
            $"The answer has {answer.Length} characters, more than {MostCharacters}; ask for fewer rows or dimensions.");

    private static async ValueTask<ReadResourceResult> Read(
        McpSource source, RequestContext<ReadResourceRequestParams> request, CancellationToken cancellation)
    {
        McpCaller caller = source.CallerOf(request.User);
        string uri = request.Params?.Uri ?? "";
        try
        {
            byte[] text = uri switch
            {
                Catalogue => AnswerJson.Of(new { Metrics = QueryCatalogue.All.Select(MetricAnswer.Of) }),
                Quality when caller.MaySeeBase => await Made(source, "data-quality", (of, _) => AnswerJson.Of(new
                {
                    AsOf = of.Base.AsOf.ToString(),
                    Findings = DatasetCheck.Run(of.Base.History, NarrativeBuilder.CheckOf(of.Base))
                        .Select(f => new { f.Code, Severity = f.Severity.ToString().ToLowerInvariant(), f.Message, f.Count }),
                }), cancellation),
                LastReport when caller.MaySeeBase => await Report(source, cancellation),
                Overview when caller.MaySeeBase => await Made(
                    source, "portfolio",
                    (of, c) => McpTools.All.Single(t => t.Name == "portfolio").Make!(of, new McpArguments(null, []), c),
                    cancellation),
                _ => throw new QueryRefusedException($"There is no resource '{QueryRefusedException.Short(uri)}' for this key."),
            };
            await source.Note(caller, "resource", new { uri, refused = false });
            return new ReadResourceResult
            {
                Contents = [new TextResourceContents { Uri = uri, MimeType = "application/json", Text = Encoding.UTF8.GetString(text) }],
            };
        }
        catch (Exception e) when (e is QueryRefusedException || source.Refusal(e) is not null)
        {
            await source.Note(caller, "resource", new { refused = true });
            throw new McpProtocolException(e is QueryRefusedException ? e.Message : source.Refusal(e)!, McpErrorCode.InvalidParams);
        }
    }

    private static async Task<byte[]> Report(McpSource source, CancellationToken cancellation)
    {
        NarrativeReport report = source.LastReport() ?? await ReportMaker.Read(
            await Made(
                source, ReportMaker.KeyOf(NarrativePeriods.Standard),
                (of, c) => ReportMaker.Make(of.Base, of.Scorer, of.Scores, NarrativePeriods.Standard, c), cancellation),
            source.Store, cancellation);
        return Short(AnswerJson.Of(
            new { Report = report, Text = DocumentMarkdown.Of(NarrativeDocument.Of(report, ReportWords.English)) }));
    }

    private static GetPromptResult PromptOf(GetPromptRequestParams? asked)
    {
        var prompt = s_prompts.FirstOrDefault(p => p.Name == asked?.Name);
        if (prompt.Name is null)
        {
            throw new McpProtocolException(
                $"There is no such prompt; there are {string.Join(", ", s_prompts.Select(p => p.Name))}.", McpErrorCode.InvalidParams);
        }

        string about = asked!.Arguments is { } given && given.TryGetValue(prompt.Argument, out JsonElement value)
            && value.ValueKind == JsonValueKind.String ? QueryRefusedException.Short(value.GetString()!) : "the last whole month";
        return new GetPromptResult
        {
            Description = prompt.Description,
            Messages =
            [
                new PromptMessage
                {
                    Role = Role.User, Content = new TextContentBlock { Text = prompt.Text.Replace("{0}", about, StringComparison.Ordinal) },
                },
            ],
        };
    }

    private static string KeyOf(McpTool tool, IDictionary<string, JsonElement>? arguments) => "mcp|" + tool.Name + "|" + string.Join(
        '\u001f', (arguments ?? new Dictionary<string, JsonElement>()).OrderBy(a => a.Key, StringComparer.Ordinal)
            .Select(a => a.Key + "=" + a.Value.GetRawText()));
}
