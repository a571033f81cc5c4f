using Predictive.Reports.Documents;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Reports.Narrative;

/// <summary>The last part of every report: the definitions and versions its figures were computed with.</summary>
internal static class DocumentDefinitions
{
    /// <summary>Definition and version of metrics, for below a table or picture.</summary>
    public static IReadOnlyList<string> Ids(params IEnumerable<string> metrics) => [.. metrics.Select(m => QueryCatalogue.Define(m).Id)];

    /// <summary>The report with what all its figures mean at its end.</summary>
    /// <param name="report">Without it.</param>
    /// <param name="words">The language.</param>
    /// <param name="metrics">Used in its sentences; those of its tables and pictures are added.</param>
    public static ReportDocument With(ReportDocument report, ReportWords words, IEnumerable<string> metrics)
    {
        IEnumerable<string> below = report.Sections.SelectMany(s => s.Blocks).SelectMany(b => b.Metrics);
        return report with
        {
            DefinedBy = words["def.used"],
            Sections = [.. report.Sections, Of(words, metrics.Concat(below).Select(m => QueryCatalogue.Define(m).Id).Distinct())],
        };
    }

    private static DocumentSection Of(ReportWords words, IEnumerable<string> metrics) => new(
        words["section.definitions"],
        [
            new DocumentTable(
                null, [words["def.metric"], words["def.name"], words["def.formula"]],
                [
                    .. metrics.Select(QueryCatalogue.Define).Select(m => (IReadOnlyList<string>)
                        [m.Id, words.Metric(m.Name), m.Formula]),
                ],
                [1, 2]),
        ]);
}
