using System.Text;
using Predictive.History;
using Predictive.Reports.Pages;
using Predictive.Segmentation.Portfolio;

namespace Predictive.Reports.Documents;

/// <summary>A report as a file: the ending chooses the format. Equal documents give equal bytes.</summary>
public static class DocumentFiles
{
    /// <summary>Endings there are.</summary>
    public static IReadOnlyList<string> Endings { get; } = [".html", ".md", ".xlsx", ".pdf"];

    /// <summary>Refuses an ending that is none of <see cref="Endings"/>, before anything is computed.</summary>
    /// <exception cref="DatasetException">It is another.</exception>
    public static void CheckEnding(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (!Endings.Contains(ending))
        {
            throw new DatasetException(
                "unknown-format", $"{path}: the ending is '{ending}'; expected .html, .md, .xlsx or .pdf. Choose one of these.", path);
        }

        if (ending == ".pdf")
        {
            PdfPrinter.Find();
        }
    }

    /// <summary>The document as a page.</summary>
    public static Task<string> HtmlAsync(ReportDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        return ReportPage.RenderAsync<DocumentView>(new Dictionary<string, object?> { [nameof(DocumentView.Document)] = document });
    }

    /// <summary>Writes the file, whole or not at all.</summary>
    /// <exception cref="DatasetException">Another ending, or a PDF where there is no browser.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static async Task WriteAsync(ReportDocument document, string path, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(document);
        CheckEnding(path);
        switch (Path.GetExtension(path).ToLowerInvariant())
        {
            case ".html":
                ReportPage.Write(await HtmlAsync(document).ConfigureAwait(false), path);
                break;
            case ".md":
                AtomicFile.Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(DocumentMarkdown.Of(document))));
                break;
            case ".pdf":
                byte[] pdf = await PdfPrinter.PrintAsync(await HtmlAsync(document).ConfigureAwait(false), cancellation)
                    .ConfigureAwait(false);
                AtomicFile.Write(path, stream => stream.Write(pdf));
                break;
            default:
                Row[] rows = [.. Rows(document)];
                ListFile.Write(path, document, rows, [.. Enumerable.Range(0, rows.Max(r => r.Cells.Count) + 1).Select(Column)]);
                break;
        }
    }

    private static ListColumn<Row> Column(int c) => c == 0
        ? new ListColumn<Row>("section", r => r.Section)
        : new ListColumn<Row>(c == 1 ? "what" : $"figure_{c - 1}", r => c <= r.Cells.Count ? r.Cells[c - 1] : null);

    // Sentences and tables one under the other: a sheet to copy figures from.
    private static IEnumerable<Row> Rows(ReportDocument document)
    {
        yield return new Row(document.Title, [document.Subtitle]);
        foreach (DocumentTile tile in document.Tiles)
        {
            yield return new Row(document.Title, [tile.Name, tile.Value, tile.Against]);
        }

        foreach (DocumentSection section in document.Sections)
        {
            foreach (DocumentBlock block in section.Blocks)
            {
                IEnumerable<IReadOnlyList<string>> rows = block switch
                {
                    DocumentText text => [[text.Text]],
                    DocumentPoints points => points.Points.Select(p => (IReadOnlyList<string>)[p]),
                    DocumentTable table => table.Rows.Prepend(table.Columns),
                    DocumentChart chart => chart.Bars.Select(b => (IReadOnlyList<string>)[b.Label, b.Tip]),
                    _ => [],
                };
                foreach (IReadOnlyList<string> row in rows)
                {
                    yield return new Row(section.Title, row);
                }

                if (document.Defined(block) is { } defined)
                {
                    yield return new Row(section.Title, [defined]);
                }
            }
        }
    }

    private sealed record Row(string Section, IReadOnlyList<string> Cells);
}
