using Predictive.Reports.Documents;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Queries;

namespace Predictive.Reports.Narrative;

/// <summary>The last part of every report: the definitions and versions its figures were computed with.</summary>
internal static class DocumentDefinitions
{
    public static DocumentSection Of(ReportWords words, IEnumerable<string> metrics) => new(
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
