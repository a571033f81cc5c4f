using Predictive.History;
using Predictive.History.Loading;
using Predictive.Reports.Documents;
using Predictive.Reports.Narrative;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Segments;
using Predictive.Tests;

namespace Predictive.Reports.Tests.Narrative;

/// <summary>Below every table and picture stand the definitions of its figures, and each of them is explained at the end.</summary>
public class DefinitionsTests
{
    [Theory]
    [InlineData("en", "Definitions: revenue/1"), InlineData("zh", "指标定义：revenue/1")]
    public void Every_table_and_picture_names_what_it_was_computed_with(string language, string expected)
    {
        TransactionHistory history = DatasetLoader.Load(Path.Combine(SharedData.RepositoryRoot, "data-samples"));
        LocalTime asOf = LocalTime.MidnightAfter(history.LastMicros);
        var of = new QueryBase(
            history, asOf, () => SegmentTable.Build(history, RuleBook.Fit(history, asOf, new RuleOptions()), asOf), null);
        ReportDocument document = NarrativeDocument.Of(
            NarrativeBuilder.Build(new NarrativeInput { Base = of }, TestContext.Current.CancellationToken), ReportWords.Find(language)!);
        DocumentBlock[] shown =
            [.. document.Sections.SkipLast(1).SelectMany(s => s.Blocks).Where(b => b is DocumentTable or DocumentChart)];
        Assert.True(shown.Length >= 3);
        var explained = Assert.IsType<DocumentTable>(Assert.Single(document.Sections[^1].Blocks)).Rows.Select(r => r[0]).ToArray();
        Assert.Equal(explained.Distinct(), explained);
        string markdown = DocumentMarkdown.Of(document);
        foreach (DocumentBlock block in shown)
        {
            Assert.NotEmpty(block.Metrics);
            Assert.All(block.Metrics, m => Assert.Contains(m, explained));
            Assert.Contains(document.Defined(block)!.Replace("_", "\\_", StringComparison.Ordinal), markdown, StringComparison.Ordinal);
        }

        Assert.Contains(shown, b => document.Defined(b) == expected);
    }

    [Fact]
    public void What_customers_of_a_channel_are_worth_is_defined_as_it_was_computed()
    {
        TransactionHistory history = DatasetLoader.Load(Path.Combine(SharedData.RepositoryRoot, "data-samples"));
        ReviewReport review = ReviewBuilder.Build(
            new ReviewInput
            {
                History = history, AsOf = LocalTime.MidnightAfter(history.LastMicros), Quarter = ReviewBuilder.Quarter("2025-Q2"),
                Settings = new RuleOptions(),
            }, TestContext.Current.CancellationToken);
        Assert.NotEmpty(review.Acquisition);
        Assert.Equal(["customers/1", "net_value/1"], Worth(review));
        Assert.Equal(["customers/1", "lifetime_value/1"], Worth(review with { Model = "default/1" }));

        static IReadOnlyList<string> Worth(ReviewReport of)
        {
            ReportWords words = ReportWords.Find("en")!;
            DocumentSection section = ReviewDocument.Of(of, words).Sections.Single(s => s.Title == words["review.acquisition"]);
            return section.Blocks.OfType<DocumentTable>().Single().Metrics;
        }
    }
}
