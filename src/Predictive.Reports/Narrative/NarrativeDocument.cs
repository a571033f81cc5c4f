using Predictive.History;
using Predictive.Reports.Charts;
using Predictive.Reports.Documents;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;

namespace Predictive.Reports.Narrative;

/// <summary>The written report of a period, as a document. Pure: equal reports give equal documents.</summary>
public static class NarrativeDocument
{
    private const int MostFindings = 8;

    /// <summary>The document in a language.</summary>
    public static ReportDocument Of(NarrativeReport report, ReportWords words)
    {
        ArgumentNullException.ThrowIfNull(report);
        ArgumentNullException.ThrowIfNull(words);
        var say = new NarrativeSentences(words, report.Currency, report.Names);
        var document = new ReportDocument(
            words.Tag,
            words.Say("title", words.Days(report.Period)),
            say.Join(
                words.Say("subtitle", words.Days(report.Against), words.Day(report.DataThrough), words.Day(report.AsOf)),
                report.Model is null
                    ? words["subtitle.nomodel"]
                    : words.Say("subtitle.model", report.Model, report.HorizonDays, words.Day(report.AsOf))),
            [.. Tiles(report, words, say)],
            [
                Happened(report, words, say), Why(report, words, say), Next(report, words, say), Risk(report, words, say),
                Done(report.Campaigns, words, say), Todo(report, words, say), Caveats(report, words),
            ]);
        return DocumentDefinitions.With(document, words, Used(report));
    }

    private static IEnumerable<DocumentTile> Tiles(NarrativeReport report, ReportWords words, NarrativeSentences say)
    {
        foreach (NarrativeFigure figure in report.Happened.Take(5).Where(f => f.Value is not null))
        {
            yield return new DocumentTile(
                ReportWords.Capital(words.Metric(figure.Name)), say.Shown(figure.Value!.Value, figure.Unit),
                figure.Before is { } before ? words.Say("tile.before", say.Shown(before, figure.Unit)) : "");
        }

        foreach (NarrativeFigure figure in report.Next.Where(f => f.Value is not null))
        {
            yield return new DocumentTile(
                ReportWords.Capital(words.Metric(figure.Name)), say.Shown(Math.Round(figure.Value!.Value), figure.Unit),
                figure is { Low: { } low, High: { } high }
                    ? words.Say("tile.between", say.Shown(Math.Round(low), figure.Unit), say.Shown(Math.Round(high), figure.Unit))
                    : "");
        }
    }

    private static DocumentSection Happened(NarrativeReport report, ReportWords words, NarrativeSentences say)
    {
        var blocks = new List<DocumentBlock>
        {
            new DocumentPoints([.. report.Happened.Select((f, i) => say.Join(
                say.Change(f), say.Year(f), i == 0 && report.Why.Count > 0 ? say.Chance(report.Why[0]) : null))]),
        };
        if (report.Months.Count > 1)
        {
            blocks.Add(new DocumentChart(words["months.label"], DocumentBars.Months, [.. report.Months.Select(m => new ChartBar(
                Month(m.Month, words), m.Revenue, $"{Month(m.Month, words)}: {words.Money(m.Revenue, report.Currency)}"))], words.Short)
            {
                Metrics = DocumentDefinitions.Ids("revenue"),
            });
        }

        return new DocumentSection(words["section.happened"], blocks);
    }

    private static string Month(string month, ReportWords words) =>
        Period.TryParse(month, out Period period) ? words.Month(period.From) : month;

    private static DocumentSection Why(NarrativeReport report, ReportWords words, NarrativeSentences say)
    {
        var blocks = new List<DocumentBlock>();
        if (report.Drivers.Count > 0)
        {
            blocks.Add(new DocumentText(words["why.drivers"]));
            blocks.Add(new DocumentPoints([.. report.Drivers.Select(say.Driver)]));
        }

        foreach (ComparisonAnswer answer in report.Why)
        {
            blocks.Add(new DocumentTable(
                words.Say("why.by", words.DimensionName(answer.Dimension, report.Names)),
                [
                    words["why.group"], words["why.before"], words["why.now"], words["why.change"], words["why.explains"],
                    words["why.between"], words["why.chance"],
                ],
                [
                    .. answer.Most.Select(g => (IReadOnlyList<string>)
                    [
                        words.Named(g.Group), words.Money(g.Before ?? 0, report.Currency), words.Money(g.After ?? 0, report.Currency),
                        words.Change((g.After ?? 0) - (g.Before ?? 0), report.Currency), words.Change(g.Effect, report.Currency),
                        words.Say(
                            "tile.between", words.Change(g.Low, report.Currency), words.Change(g.High, report.Currency)),
                        words[g.IsSure ? "why.sure" : "why.unsure"],
                    ]),
                ],
                [6])
            {
                Metrics = [answer.Metric],
            });
        }

        if (report.Why.Count == 0)
        {
            blocks.Add(new DocumentText(words[report.Happened.All(f => f.Before is null) ? "why.partial" : "why.none"]));
        }
        else
        {
            blocks.Add(new DocumentText(words["why.note"], IsSoft: true));
        }

        return new DocumentSection(words["section.why"], blocks);
    }

    private static DocumentSection Next(NarrativeReport report, ReportWords words, NarrativeSentences say)
    {
        if (report.Next.Count == 0)
        {
            return new DocumentSection(words["section.next"], [new DocumentText(words["next.none"])]);
        }

        return new DocumentSection(
            words["section.next"],
            [
                new DocumentPoints(
                [
                    say.Leaving(report.Next[0], report.Customers, report.HorizonDays ?? 0, report.AsOf), say.Spending(report.Next[1]),
                    .. report.SameDaysYearAgo is { } year
                        ? new[] { words.Say("next.year", words.Money(year, report.Currency)) }
                        : [],
                ]),
            ]);
    }

    private static DocumentSection Risk(NarrativeReport report, ReportWords words, NarrativeSentences say)
    {
        if (report.Risk is not { } risk)
        {
            return new DocumentSection(words["section.risk"], [new DocumentText(words["risk.none"])]);
        }

        string Money(double value) => words.Money(value, report.Currency);
        var blocks = new List<DocumentBlock>
        {
            new DocumentText(say.Join(
                words.Say("risk.all", Money(risk.AtStake)),
                risk.Groups is [{ AtStake: > 0 } most, ..] ? words.Say("risk.most", words.Named(most.Group), Money(most.AtStake)) : null)),
            new DocumentTable(
                null, [words["risk.tier"], words["risk.customers"], words["risk.leave"], words["risk.stake"]],
                [
                    .. risk.Groups.Select(g => (IReadOnlyList<string>)
                        [words.Named(g.Group), words.Whole(g.Customers), words.Whole(g.ExpectedToLeave), Money(g.AtStake)]),
                ])
            {
                Metrics = DocumentDefinitions.Ids("customers", "expected_churners", "value_at_stake"),
            },
        };
        if (risk.Customers.Count > 0)
        {
            blocks.Add(new DocumentTable(
                words["risk.first"],
                [
                    words["risk.id"], words["risk.rank"], words["risk.risk"], words["risk.stake"], words["risk.saving"],
                    words["risk.silent"], words["risk.segment"], words["risk.tier"],
                ],
                [
                    .. risk.Customers.Select(c => (IReadOnlyList<string>)
                    [
                        c.CustomerId, words.Whole(c.Rank), words.Percent(c.Risk), Money(c.ExpectedLoss), Money(c.Saving),
                        words.Whole(c.SilentDays),
                        words.Named(c.Segment), words.Named(c.Tier),
                    ]),
                ],
                [6, 7])
            {
                Metrics = DocumentDefinitions.Ids("churn_probability", "value_at_stake", "recency_days", "rfm_segment", "tier"),
            });
        }

        return new DocumentSection(words["section.risk"], blocks);
    }

    /// <summary>What was done: the same in every report.</summary>
    internal static DocumentSection Done(IReadOnlyList<CampaignFigures>? campaigns, ReportWords words, NarrativeSentences say) => new(
        words["section.done"],
        [
            campaigns is { Count: > 0 }
                ? new DocumentPoints([.. campaigns.Select(say.Campaign)])
                : new DocumentText(words[campaigns is null ? "done.unknown" : "done.none"]),
        ]);

    private static DocumentSection Todo(NarrativeReport report, ReportWords words, NarrativeSentences say) => new(
        words["section.todo"],
        [
            report.Advice.Count > 0
                ? new DocumentPoints([.. report.Advice.Select(say.Todo)])
                : new DocumentText(words["todo.none"]),
        ]);

    private static DocumentSection Caveats(NarrativeReport report, ReportWords words)
    {
        var blocks = new List<DocumentBlock>();
        if (string.CompareOrdinal(report.DataThrough, $"{report.Period.To:yyyy-MM-dd}") < 0)
        {
            blocks.Add(new DocumentText(words.Say("caveat.partial", words.Day(report.DataThrough))));
        }

        if (report.Grade is { } grade)
        {
            blocks.Add(new DocumentText(words.Say("caveat.grade", grade)));
        }

        if (report.ModelNotes.Count > 0)
        {
            blocks.Add(new DocumentText(words["caveat.notes"]));
            blocks.Add(new DocumentPoints(report.ModelNotes, "en"));
        }

        switch (report.Findings)
        {
            case null:
                blocks.Add(new DocumentText(words["caveat.unchecked"]));
                break;
            case { Count: 0 }:
                blocks.Add(new DocumentText(words["caveat.clean"]));
                break;
            case { } findings:
                blocks.Add(new DocumentText(words.Count("caveat.findings", findings.Count)));
                blocks.Add(new DocumentPoints([.. findings.Take(MostFindings).Select(f => f.Message)], "en"));
                break;
        }

        blocks.Add(new DocumentText(words["caveat.money"], IsSoft: true));
        return new DocumentSection(words["section.caveats"], blocks);
    }

    private static IEnumerable<string> Used(NarrativeReport report) =>
        report.Happened.Select(f => f.Metric).Concat(report.Drivers.Select(d => d.Metric)).Concat(report.Next.Select(f => f.Metric))
            .Concat(report.Risk is null ? [] : ["value_at_stake/1"]).Distinct();
}
