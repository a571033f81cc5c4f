using System.Text;

namespace Predictive.Reports.Documents;

/// <summary>A report as Markdown. Equal documents give equal text.</summary>
public static class DocumentMarkdown
{
    /// <summary>The text; pictures become their labels' tables.</summary>
    public static string Of(ReportDocument document)
    {
        ArgumentNullException.ThrowIfNull(document);
        var text = new StringBuilder();
        text.Append("# ").AppendLine(Plain(document.Title)).AppendLine().AppendLine(Plain(document.Subtitle)).AppendLine();
        if (document.Tiles.Count > 0)
        {
            Table(text, ["", "", ""], document.Tiles.Select(t => (IReadOnlyList<string>)[t.Name, t.Value, t.Against]), [0, 2]);
        }

        foreach (DocumentSection section in document.Sections)
        {
            text.Append("## ").AppendLine(Plain(section.Title)).AppendLine();
            foreach (DocumentBlock block in section.Blocks)
            {
                Add(text, block);
                if (document.Defined(block) is { } defined)
                {
                    text.AppendLine(Plain(defined)).AppendLine();
                }
            }
        }

        return text.Replace("\r\n", "\n").ToString().TrimEnd('\n') + "\n";
    }

    private static void Add(StringBuilder text, DocumentBlock block)
    {
        switch (block)
        {
            case DocumentText paragraph:
                text.AppendLine(Plain(paragraph.Text)).AppendLine();
                break;
            case DocumentPoints points:
                foreach (string point in points.Points)
                {
                    text.Append("- ").AppendLine(Plain(point));
                }

                text.AppendLine();
                break;
            case DocumentTable table:
                if (table.Title is { } title)
                {
                    text.Append("### ").AppendLine(Plain(title)).AppendLine();
                }

                Table(text, table.Columns, table.Rows, table.Words ?? []);
                break;
            case DocumentChart chart:
                Table(text, [chart.Label, ""], chart.Bars.Select(b => (IReadOnlyList<string>)[b.Label, b.Tip]), [0, 1]);
                break;
        }
    }

    private static void Table(
        StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows, IReadOnlyList<int> words)
    {
        text.Append("| ").AppendJoin(" | ", columns.Select(Plain)).AppendLine(" |");
        text.Append('|').AppendJoin('|', columns.Select((_, c) => c == 0 || words.Contains(c) ? "---" : "---:")).AppendLine("|");
        foreach (IReadOnlyList<string> row in rows)
        {
            text.Append("| ").AppendJoin(" | ", row.Select(Plain)).AppendLine(" |");
        }

        text.AppendLine();
    }

    // Names of a shop's own come from data: none of them may become markup.
    private static string Plain(string text)
    {
        var plain = new StringBuilder(text.Length);
        foreach (char c in text.ReplaceLineEndings(" "))
        {
            if (c is '\\' or '|' or '*' or '_' or '`' or '<' or '>' or '[' or ']' or '#')
            {
                plain.Append('\\');
            }

            plain.Append(c);
        }

        return plain.ToString();
    }
}
