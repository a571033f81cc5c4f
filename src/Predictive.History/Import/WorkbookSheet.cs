// Over 300 lines: the parts of one file format, each a method; apart they would say nothing.
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Xml;

namespace Predictive.History.Import;

/// <summary>
/// One sheet of an .xlsx file, row by row, by ECMA-376: shared and inline strings, numbers, and which numbers are dates by their format.
/// </summary>
internal sealed class WorkbookSheet : IDisposable
{
    private const int MostColumns = 16_384;
    private readonly ZipArchive _archive;
    private readonly XmlReader _sheet;
    private readonly string[] _shared;
    private readonly bool[] _isTime;
    private readonly bool _from1904;
    private readonly StringBuilder _text = new();
    private readonly char[] _short = new char[512];
    private Cell[] _cells = new Cell[64];

    private WorkbookSheet(ZipArchive archive, XmlReader sheet, string[] shared, bool[] isTime, bool from1904) =>
        (_archive, _sheet, _shared, _isTime, _from1904) = (archive, sheet, shared, isTime, from1904);

    /// <summary>What a cell holds.</summary>
    public enum CellKind : byte
    {
        /// <summary>Nothing, or an error such as #N/A.</summary>
        None,

        Text,
        Number,

        /// <summary>Days, since the last of 1899 or of 1903.</summary>
        Time,
    }

    /// <summary>How a cell's value is written.</summary>
    private enum CellType : byte
    {
        Number,
        Shared,
        Boolean,
        Error,

        /// <summary>Text within the cell, of a formula or of its own.</summary>
        Text,
    }

    /// <summary>One cell.</summary>
    public readonly record struct Cell(CellKind Kind, string? Text, double Number, bool From1904);

    /// <summary>Cells of the current row from column A on.</summary>
    public Cell[] Cells => _cells;

    /// <summary>Cells up to the last that holds something.</summary>
    public int Used { get; private set; }

    /// <summary>
    /// The day, since 1970-01-01, that a serial counts from. Excel's first calendar knows a 29 February 1900 that never was.
    /// </summary>
    public static int Origin(double serial, bool from1904) =>
        new DateOnly(from1904 ? 1904 : 1899, from1904 ? 1 : 12, from1904 ? 1 : serial < 60 ? 31 : 30).DayNumber - 719_162;

    /// <summary>Opens a sheet.</summary>
    /// <exception cref="DatasetException">There is none of that name.</exception>
    /// <exception cref="InvalidDataException">A part is missing or damaged.</exception>
    public static WorkbookSheet Open(string path, string? name)
    {
        ZipArchive archive = ZipFile.OpenRead(path);
        try
        {
            var sheets = new List<(string Name, string Id)>();
            bool from1904 = false;
            Walk(archive, "xl/workbook.xml", reader =>
            {
                if (reader.LocalName == "sheet")
                {
                    sheets.Add((
                        reader.GetAttribute("name") ?? "",
                        reader.GetAttribute("id", "http://schemas.openxmlformats.org/officeDocument/2006/relationships") ?? ""));
                }
                else if (reader.LocalName == "workbookPr")
                {
                    from1904 = reader.GetAttribute("date1904") is "1" or "true";
                }
            });
            int at = name is null ? 0 : sheets.FindIndex(s => s.Name == name);
            if (at < 0 || sheets.Count == 0)
            {
                throw DatasetFaults.Blocking(
                    "missing-sheet",
                    $"'{path}' has no sheet '{name}'; it has {string.Join(", ", sheets.Select(s => s.Name))}. Name one of these with "
                        + "--sheet.",
                    path).Refuse();
            }

            string target = "";
            Walk(archive, "xl/_rels/workbook.xml.rels", reader =>
            {
                if (reader.LocalName == "Relationship" && reader.GetAttribute("Id") == sheets[at].Id)
                {
                    target = reader.GetAttribute("Target") ?? "";
                }
            });
            string part = target.StartsWith('/') ? target[1..] : "xl/" + target;
            ZipArchiveEntry entry = archive.GetEntry(part) ?? throw new InvalidDataException($"the part {part} is missing");
            return new WorkbookSheet(
                archive, XmlReader.Create(entry.Open(), new XmlReaderSettings { CloseInput = true }), Shared(archive), Styles(archive),
                from1904);
        }
        catch
        {
            archive.Dispose();
            throw;
        }
    }

    /// <summary>Reads the next row that the sheet holds.</summary>
    public bool Read()
    {
        while (_sheet.Read())
        {
            if (_sheet.NodeType == XmlNodeType.Element && _sheet.LocalName == "row")
            {
                Used = 0;
                if (!_sheet.IsEmptyElement)
                {
                    ReadCells();
                }

                return true;
            }
        }

        return false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _sheet.Dispose();
        _archive.Dispose();
    }

    private void ReadCells()
    {
        int column = -1, filled = 0;
        while (_sheet.Read() && !(_sheet.NodeType == XmlNodeType.EndElement && _sheet.LocalName == "row"))
        {
            if (_sheet.NodeType != XmlNodeType.Element || _sheet.LocalName != "c")
            {
                continue;
            }

            int at = -1, style = -1;
            CellType type = CellType.Number;
            while (_sheet.MoveToNextAttribute())
            {
                switch (_sheet.LocalName)
                {
                    case "r": at = ColumnOf(Piece()); break;
                    case "t": type = TypeOf(Piece()); break;
                    case "s": style = int.TryParse(Piece(), NumberStyles.None, CultureInfo.InvariantCulture, out int s) ? s : -1; break;
                }
            }

            _sheet.MoveToElement();
            column = at < 0 ? column + 1 : at;
            if (column >= MostColumns)
            {
                throw new InvalidDataException($"a cell lies in column {column + 1}");
            }

            if (column >= _cells.Length)
            {
                Array.Resize(ref _cells, column * 2);
            }

            for (; filled < column; filled++)
            {
                _cells[filled] = default;
            }

            _cells[column] = _sheet.IsEmptyElement ? default : Value(type, style);
            filled = Math.Max(filled, column + 1);
            Used = _cells[column].Kind == CellKind.None ? Used : column + 1;
        }
    }

    private Cell Value(CellType type, int style)
    {
        switch (type)
        {
            case CellType.Shared:
                ReadOnlySpan<char> number = Short();
                if (number.IsEmpty)
                {
                    return default;
                }

                int at = int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture);
                string shared = at < _shared.Length
                    ? _shared[at]
                    : throw new InvalidDataException($"text {at} of {_shared.Length} is asked for");
                return shared.Length == 0 ? default : new Cell(CellKind.Text, shared, 0, false);
            case CellType.Number:
                ReadOnlySpan<char> digits = Short();
                return digits.IsEmpty ? default : new Cell(
                    style >= 0 && style < _isTime.Length && _isTime[style] ? CellKind.Time : CellKind.Number, null,
                    double.Parse(digits, NumberStyles.Float, CultureInfo.InvariantCulture), _from1904);
            default:
                string text = TextOf(_sheet, "c", _text);
                return text.Length == 0 || type == CellType.Error ? default
                    : new Cell(CellKind.Text, type != CellType.Boolean ? text : text == "1" ? "TRUE" : "FALSE", 0, false);
        }
    }

    private static CellType TypeOf(ReadOnlySpan<char> name) => name switch
    {
        "s" => CellType.Shared, "n" => CellType.Number, "b" => CellType.Boolean, "e" => CellType.Error, _ => CellType.Text,
    };

    /// <summary>The value of the node the reader stands on, as far as any that is looked at is long.</summary>
    private ReadOnlySpan<char> Piece() => _short.AsSpan(0, _sheet.ReadValueChunk(_short, 0, _short.Length));

    /// <summary>The number that the current cell holds: the text of its <c>v</c>. No string is made for it.</summary>
    private ReadOnlySpan<char> Short()
    {
        int length = 0;
        bool taking = false;
        while (_sheet.Read())
        {
            switch (_sheet.NodeType)
            {
                case XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA when taking:
                    for (int read = 1; read > 0; length += read)
                    {
                        read = _sheet.ReadValueChunk(_short, length, _short.Length - length);
                    }

                    if (length == _short.Length)
                    {
                        throw new InvalidDataException($"a number has {length} characters or more");
                    }

                    break;
                case XmlNodeType.Element:
                    taking = !_sheet.IsEmptyElement && _sheet.LocalName == "v";
                    break;
                case XmlNodeType.EndElement when _sheet.LocalName == "c":
                    return _short.AsSpan(0, length);
                case XmlNodeType.EndElement:
                    taking = false;
                    break;
            }
        }

        return default;
    }

    /// <summary>
    /// The text within the current element: of <c>v</c> and <c>t</c>, not of formulas nor of the reading aids of Japanese.
    /// </summary>
    private static string TextOf(XmlReader reader, string element, StringBuilder buffer)
    {
        string only = "";
        bool taking = false, aid = false, several = false;
        while (reader.Read())
        {
            if (reader.NodeType is XmlNodeType.Text or XmlNodeType.SignificantWhitespace or XmlNodeType.Whitespace or XmlNodeType.CDATA)
            {
                if (taking && !aid)
                {
                    if (only.Length == 0 && !several)
                    {
                        only = reader.Value;
                        continue;
                    }

                    buffer.Append(several ? "" : only).Append(reader.Value);
                    several = true;
                }
            }
            else if (reader.NodeType == XmlNodeType.Element && !reader.IsEmptyElement)
            {
                aid |= reader.LocalName == "rPh";
                taking = reader.LocalName is "v" or "t";
            }
            else if (reader.NodeType == XmlNodeType.EndElement)
            {
                if (reader.LocalName == element)
                {
                    break;
                }

                aid &= reader.LocalName != "rPh";
                taking = false;
            }
        }

        if (!several)
        {
            return only;
        }

        string text = buffer.ToString();
        buffer.Clear();
        return text;
    }

    private static string[] Shared(ZipArchive archive)
    {
        var texts = new List<string>();
        var buffer = new StringBuilder();
        if (archive.GetEntry("xl/sharedStrings.xml") is { } entry)
        {
            using XmlReader reader = XmlReader.Create(entry.Open(), new XmlReaderSettings { CloseInput = true });
            while (reader.Read())
            {
                if (reader.NodeType == XmlNodeType.Element && reader.LocalName == "si")
                {
                    texts.Add(reader.IsEmptyElement ? "" : TextOf(reader, "si", buffer));
                }
            }
        }

        return [.. texts];
    }

    /// <summary>By cell style: whether its number format shows a date or a time.</summary>
    private static bool[] Styles(ZipArchive archive)
    {
        var formats = new Dictionary<string, string>(StringComparer.Ordinal);
        var styles = new List<bool>();
        bool inCells = false;
        if (archive.GetEntry("xl/styles.xml") is null)
        {
            return [];
        }

        Walk(archive, "xl/styles.xml", reader =>
        {
            switch (reader.LocalName)
            {
                case "numFmt":
                    formats[reader.GetAttribute("numFmtId") ?? ""] = reader.GetAttribute("formatCode") ?? "";
                    break;
                case "cellStyleXfs" or "cellXfs" or "cellStyles" or "dxfs":
                    inCells = reader.LocalName == "cellXfs";
                    break;
                case "xf" when inCells:
                    string id = reader.GetAttribute("numFmtId") ?? "0";
                    styles.Add(formats.TryGetValue(id, out string? code) ? ShowsTime(code)
                        : int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out int n)
                            && n is (>= 14 and <= 22) or (>= 27 and <= 36) or (>= 45 and <= 47) or (>= 50 and <= 58));
                    break;
            }
        });
        return [.. styles];
    }

    /// <summary>
    /// Whether a format code has a part of a date or time outside quotes, brackets ([Red], [$-409]; but [h] counts) and escapes.
    /// </summary>
    private static bool ShowsTime(string code)
    {
        for (int i = 0; i < code.Length && code[i] != ';'; i++)
        {
            switch (char.ToLowerInvariant(code[i]))
            {
                case '"':
                    i = code.IndexOf('"', i + 1) is var quote and > 0 ? quote : code.Length;
                    break;
                case '[':
                    int close = code.IndexOf(']', i + 1);
                    if (close > 0 && code[(i + 1)..close].ToLowerInvariant() is "h" or "hh" or "m" or "mm" or "s" or "ss")
                    {
                        return true;
                    }

                    i = close > 0 ? close : code.Length;
                    break;
                case '\\' or '_' or '*':
                    i++;
                    break;
                case 'y' or 'd' or 'h' or 's' or 'm':
                    return true;
                case 'g' when code.StartsWith("General", StringComparison.OrdinalIgnoreCase):
                    return false;
            }
        }

        return false;
    }

    private static int ColumnOf(ReadOnlySpan<char> reference)
    {
        int column = 0;
        foreach (char c in reference)
        {
            if (!char.IsAsciiLetter(c))
            {
                break;
            }

            column = Math.Min((column * 26) + (char.ToUpperInvariant(c) - 'A' + 1), MostColumns + 1);
        }

        return column - 1 is var at and >= 0 ? at : throw new InvalidDataException($"a cell is called '{reference}'");
    }

    private static void Walk(ZipArchive archive, string part, Action<XmlReader> element)
    {
        using XmlReader reader = XmlReader.Create(
            (archive.GetEntry(part) ?? throw new InvalidDataException($"the part {part} is missing")).Open(),
            new XmlReaderSettings { CloseInput = true });
        while (reader.Read())
        {
            if (reader.NodeType == XmlNodeType.Element)
            {
                element(reader);
            }
        }
    }
}
