using System.IO.Compression;
using System.Xml;

namespace Predictive.Tests;

/// <summary>
/// A cell as the file has it: its type (<c>str</c>, <c>n</c>, or none), its style's number format, its text; null text = an empty cell.
/// </summary>
internal sealed record WorkbookCell(string? Type, string Format, string? Text);

/// <summary>An .xlsx file read with nothing but zip and XML: the oracle of the Excel tests.</summary>
internal sealed class Workbook
{
    private const string Main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    private readonly Dictionary<string, string> _parts;

    public Workbook(Stream stream)
    {
        using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
        Stamps = [.. zip.Entries.Select(e => e.LastWriteTime.DateTime)];
        _parts = zip.Entries.ToDictionary(e => e.FullName, e => new StreamReader(e.Open()).ReadToEnd());
        XmlDocument book = Xml("xl/workbook.xml"), relations = Xml("xl/_rels/workbook.xml.rels");
        var sheet = (XmlElement)book.GetElementsByTagName("sheet", Main)[0]!;
        SheetName = sheet.GetAttribute("name");
        string id = sheet.GetAttribute("id", "http://schemas.openxmlformats.org/officeDocument/2006/relationships");
        string target = relations.DocumentElement!.ChildNodes.OfType<XmlElement>().Single(r => r.GetAttribute("Id") == id)
            .GetAttribute("Target").TrimStart('/');
        Sheet = Xml(target);
        string[] formats = Formats();
        Rows = [.. Elements(Sheet, "row").Select(row => Children(row, "c").Select(cell => new WorkbookCell(
            cell.HasAttribute("t") ? cell.GetAttribute("t") : null,
            formats[int.Parse(cell.GetAttribute("s"))],
            Children(cell, "v").FirstOrDefault() is { } value ? XmlConvert.DecodeName(value.InnerText) : null)).ToArray())];
    }

    public string SheetName { get; }

    public XmlDocument Sheet { get; }

    public IReadOnlyList<WorkbookCell[]> Rows { get; }

    public IReadOnlyList<DateTime> Stamps { get; }

    public static IEnumerable<XmlElement> Elements(XmlDocument document, string name) =>
        document.GetElementsByTagName(name, Main).OfType<XmlElement>();

    private static IEnumerable<XmlElement> Children(XmlElement element, string name) =>
        element.ChildNodes.OfType<XmlElement>().Where(e => e.LocalName == name);

    private XmlDocument Xml(string part)
    {
        var document = new XmlDocument { PreserveWhitespace = true };
        using XmlReader reader = XmlReader.Create(new StringReader(_parts[part].TrimStart('\uFEFF')));
        document.Load(reader);
        return document;
    }

    /// <summary>Format code (or built-in number) of each cell style.</summary>
    private string[] Formats()
    {
        XmlDocument styles = Xml("xl/styles.xml");
        var codes = Elements(styles, "numFmt").ToDictionary(f => f.GetAttribute("numFmtId"), f => f.GetAttribute("formatCode"));
        return [
            .. Children(Elements(styles, "cellXfs").Single(), "xf").Select(
                x => codes.GetValueOrDefault(x.GetAttribute("numFmtId"), x.GetAttribute("numFmtId"))),
        ];
    }
}
