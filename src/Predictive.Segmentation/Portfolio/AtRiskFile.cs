using System.Globalization;
using System.Text.Json;
using ClosedXML.Excel;
using CsvHelper;
using Predictive.Segmentation.History;
using Predictive.Segmentation.Registry;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Portfolio;

/// <summary>The at-risk list as a file a marketer opens: .csv, .xlsx or .json.</summary>
public static class AtRiskFile
{
    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    private static readonly (string Name, Func<AtRiskRow, object> Of)[] s_columns =
    [
        ("rank", r => r.Rank),
        ("customer_id", r => r.Score.CustomerId),
        ("expected_loss", r => r.ExpectedLoss),
        ("churn_probability", r => r.Score.Churn.Probability),
        ("spend_if_stays", r => r.SpendIfStays),
        ("recency_days", r => r.Score.Rfm.RecencyDays),
        ("frequency", r => r.Score.Rfm.Frequency),
        ("monetary", r => r.Score.Rfm.Monetary),
        ("rfm_segment", r => r.Score.Rfm.Segment),
        ("lifecycle", r => r.Score.Lifecycle.Stage),
        ("tier", r => r.Score.Tier.Current),
        ("value_matrix", r => r.Score.ValueMatrix.Cell),
        ("portrait", r => r.Score.Portrait.Name),
        ("reasons", r => string.Join(" | ", r.Score.Churn.Reasons.Select(x => x.Text))),
        ("play", r => r.Score.ValueMatrix.Play),
        ("model_version", r => r.Score.Model.Version),
    ];

    /// <summary>Writes the file, whole or not at all; the ending chooses the format.</summary>
    /// <exception cref="DatasetException">Another ending.</exception>
    public static void Write(AtRiskList list, string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        string ending = Path.GetExtension(path).ToLowerInvariant();
        if (ending is not (".csv" or ".xlsx" or ".json"))
        {
            throw new DatasetException("unknown-format", $"{path}: the ending is '{ending}'; expected .csv, .xlsx or .json. Choose one of these.", path);
        }

        AtomicFile.Write(path, stream => Write(list, stream, ending[1..]));
    }

    /// <summary>Writes the list to a stream.</summary>
    /// <param name="list">The list.</param>
    /// <param name="stream">Left open.</param>
    /// <param name="format">csv, xlsx or json.</param>
    public static void Write(AtRiskList list, Stream stream, string format)
    {
        ArgumentNullException.ThrowIfNull(list);
        switch (format)
        {
            case "csv":
                using (var csv = CsvWriter.Create(stream, new CsvWriterOptions { NewLine = "\n" }, leaveOpen: true))
                {
                    csv.WriteHeader([.. s_columns.Select(c => c.Name)]);
                    foreach (AtRiskRow row in list.Rows)
                    {
                        foreach ((_, Func<AtRiskRow, object> of) in s_columns)
                        {
                            csv.WriteField(of(row) is double number ? number.ToString("R", CultureInfo.InvariantCulture) : Convert.ToString(of(row), CultureInfo.InvariantCulture));
                        }

                        csv.EndRecord();
                    }
                }

                break;
            case "xlsx":
                using (var book = new XLWorkbook())
                {
                    IXLWorksheet sheet = book.AddWorksheet("at risk");
                    for (int c = 0; c < s_columns.Length; c++)
                    {
                        sheet.Cell(1, c + 1).SetValue(s_columns[c].Name).Style.Font.SetBold();
                        for (int r = 0; r < list.Rows.Count; r++)
                        {
                            object value = s_columns[c].Of(list.Rows[r]);
                            IXLCell cell = sheet.Cell(r + 2, c + 1);
                            _ = value is string text ? cell.SetValue(text) : cell.SetValue(Convert.ToDouble(value, CultureInfo.InvariantCulture));
                        }
                    }

                    sheet.SheetView.FreezeRows(1);
                    book.SaveAs(stream);
                }

                break;
            case "json":
                JsonSerializer.Serialize(stream, list, s_json);
                break;
            default:
                throw new ArgumentException($"The format is '{format}'; expected csv, xlsx or json.", nameof(format));
        }
    }
}
