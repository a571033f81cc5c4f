using Predictive.Reports.Documents;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Reports.Narrative;

/// <summary>The review of a quarter as a document. Pure: equal reviews give equal documents.</summary>
public static class ReviewDocument
{
    private const int MostMovers = 10;

    /// <summary>The document in a language.</summary>
    /// <param name="review">The figures.</param>
    /// <param name="words">The language.</param>
    /// <param name="approvedBy">Who approved the cut-offs; null = nobody yet.</param>
    public static ReportDocument Of(ReviewReport review, ReportWords words, string? approvedBy = null)
    {
        ArgumentNullException.ThrowIfNull(review);
        ArgumentNullException.ThrowIfNull(words);
        var say = new NarrativeSentences(words, review.Currency);
        var part = new Part(review, words, say);
        var report = new ReportDocument(
            words.Tag,
            words.Say("review.title", words.Days(review.Quarter)),
            say.Join(
                words.Say("review.subtitle", words.Day(review.Since), words.Day(review.AsOf)),
                review.Model is { } model ? words.Say("review.model", model) : words["review.nomodel"]),
            [
                .. review.Figures.Take(6).Select(f => new DocumentTile(
                    ReportWords.Capital(words.Metric(f.Name)), say.Shown(f.Value!.Value, f.Unit),
                    f.Before is { } before ? words.Say("tile.before", say.Shown(before, f.Unit)) : "")),
            ],
            [
                new DocumentSection(words["review.base"], [new DocumentPoints([.. review.Figures.Select(say.Change)])]),
                .. part.Moved(), part.Tiers(), part.Acquisition(), NarrativeDocument.Done(review.Campaigns, words, say),
                part.Proposal(approvedBy),
            ]);
        return DocumentDefinitions.With(report, words, review.Figures.Select(f => f.Metric));
    }

    private sealed class Part(ReviewReport review, ReportWords words, NarrativeSentences say)
    {
        public IEnumerable<DocumentSection> Moved()
        {
            var blocks = new List<DocumentBlock> { new DocumentText(words["review.moved.note"], IsSoft: true) };
            foreach (var (name, matrix) in review.Migration)
            {
                blocks.Add(new DocumentText(
                    $"{ReportWords.Capital(words.Metric(name))}{words["colon"]}{Moves(matrix)}"));
                blocks.Add(Matrix(matrix, name));
                if (matrix.Movers.Count > 0)
                {
                    blocks.Add(Movers(words["review.movers"], matrix.Movers, name));
                }
            }

            yield return new DocumentSection(words["review.moved"], blocks);
            if (review is { NewStars: { } stars, LostCows: { } cows })
            {
                var special = new List<DocumentBlock>
                {
                    new DocumentText(say.Join(words.Count("review.stars", stars.Count), words.Count("review.cows", cows.Count))),
                };
                foreach (var (key, list) in new[] { ("review.stars.title", stars), ("review.cows.title", cows) })
                {
                    if (list.Count > 0 && list[0].CustomerId.Length > 0)
                    {
                        special.Add(Movers(words[key], list, "value_matrix"));
                    }
                }

                yield return new DocumentSection(words["review.value"], special);
            }
        }

        public DocumentSection Tiers() => new(
            words["review.tiers"],
            [
                new DocumentTable(
                    null,
                    [
                        words["risk.tier"], words["review.members"], words["review.renewed"], words["review.rose"], words["review.fell"],
                        words["review.repurchased"], words["review.silent"], words.Metric("revenue"),
                    ],
                    [
                        .. review.Tiers.Where(t => t.Members > 0).Select(t => (IReadOnlyList<string>)
                        [
                            words.Named(t.Tier), words.Whole(t.Members), words.Percent(1 - t.FellShare), words.Percent(t.RoseShare),
                            words.Percent(t.FellShare), words.Percent(t.RepurchaseShare), words.Percent(t.ChurnShare), Money(t.Net),
                        ]),
                    ])
                {
                    Metrics = DocumentDefinitions.Ids("tier", "revenue"),
                },
                new DocumentText(words["review.tiers.note"], IsSoft: true),
            ]);

        public DocumentSection Acquisition() => new(
            words["review.acquisition"],
            review.Acquisition.Count == 0
                ? [new DocumentText(words["review.acquisition.none"])]
                :
                [
                    new DocumentTable(
                        null,
                        [
                            words["review.channel"], words["risk.customers"], words["review.cac"], words["review.worth"],
                            words["review.ratio"],
                        ],
                        [
                            .. review.Acquisition.Select(a => (IReadOnlyList<string>)
                            [
                                a.Channel, words.Whole(a.Customers), a.Cac is { } cac ? Money(cac) : "–", Money(a.LifetimeValue),
                                a.Ratio is { } ratio ? $"{ratio.ToString("0.0", System.Globalization.CultureInfo.InvariantCulture)}" : "–",
                            ]),
                        ])
                    {
                        // Without a model what a customer is worth is what they have brought so far.
                        Metrics = DocumentDefinitions.Ids("customers", review.Model is null ? "net_value" : "lifetime_value"),
                    },
                    .. review.Acquisition.All(a => a.Cac is null)
                        ? new[] { new DocumentText(words["review.cac.none"], IsSoft: true) }
                        : [],
                ]);

        public DocumentSection Proposal(string? approvedBy)
        {
            CutoffProposal p = review.Proposal;
            var blocks = new List<DocumentBlock>
            {
                new DocumentText(approvedBy is null ? words["review.unapproved"] : words.Say("review.approved", approvedBy)),
                new DocumentTable(
                    null, [words["review.model.column"], words["review.inforce"], words["review.proposed"]],
                    [
                        .. p.Proposed.Skip(1).Select(line => (line.Split(':')[0], line)).Select(l => (IReadOnlyList<string>)
                        [
                            l.Item1.Split('(')[0].Trim(), After(p.InForce.FirstOrDefault(f => f.Split(':')[0].Split('(')[0].Trim()
                                == l.Item1.Split('(')[0].Trim())), After(l.line),
                        ]).Where(r => r[1] != r[2]),
                    ],
                    [1, 2]),
            };
            foreach (CutoffChange change in p.Changes)
            {
                blocks.Add(new DocumentText(
                    $"{ReportWords.Capital(words.Metric(change.Metric))}{words["colon"]}"
                        + words.Count(
                            "review.would", change.Moves.Counts.Sum(r => r.Sum()) - change.Moves.Stayed,
                            words.Whole(change.Moves.MovedUp ?? 0), words.Whole(change.Moves.MovedDown ?? 0))));
                if (change.Moves.Movers.Count > 0)
                {
                    blocks.Add(Movers(null, change.Moves.Movers, change.Metric));
                }
            }

            blocks.Add(new DocumentText(words.Say("review.hash", p.Hash), IsSoft: true));
            return new DocumentSection(words["review.cutoffs"], blocks);
        }

        private static string After(string? line) => line is null ? "–" : line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim();

        private string Moves(MigrationMatrix m) => words.Say(
            "review.moves", words.Whole(m.Stayed), words.Whole(m.MovedUp ?? 0), words.Whole(m.MovedDown ?? 0),
            words.Whole(m.Entered.Sum()));

        private DocumentTable Matrix(MigrationMatrix m, string metric) => new(
            null, [words["review.corner"], .. m.States.Select(words.Named)],
            [
                .. m.States.Select((s, i) => (IReadOnlyList<string>)
                    [words.Named(s), .. m.Counts[i].Select(n => n == 0 ? "" : words.Whole(n))]),
            ])
        {
            Metrics = DocumentDefinitions.Ids(metric),
        };

        private DocumentTable Movers(string? title, IReadOnlyList<Mover> movers, string metric) => new(
            title, [words["risk.id"], words["review.from"], words["review.to"], words["review.yearbefore"], words["review.yearnow"]],
            [
                .. movers.Take(MostMovers).Select(m => (IReadOnlyList<string>)
                [
                    m.CustomerId, words.Named(m.From), words.Named(m.To), Money(m.Spend365Before), Money(m.Spend365),
                ]),
            ],
            [1, 2])
        {
            Metrics = DocumentDefinitions.Ids(metric, "spend_365d"),
        };

        private string Money(double value) => words.Money(value, review.Currency);
    }
}
