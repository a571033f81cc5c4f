using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Portfolio;

/// <summary>The at-risk list as a file a marketer opens: .csv, .xlsx or .json.</summary>
public static class AtRiskFile
{
    private static readonly ListColumn<AtRiskRow>[] s_columns =
    [
        new("rank", r => r.Rank),
        new("customer_id", r => r.Score.CustomerId),
        new("expected_saving", r => r.ExpectedSaving),
        new("expected_loss", r => r.ExpectedLoss),
        new("churn_probability", r => r.Score.Churn.Probability),
        new("churn_band", r => r.Score.Churn.Band),
        new("spend_if_stays", r => r.SpendIfStays),
        new("recency_days", r => r.Score.Rfm.RecencyDays),
        new("frequency", r => r.Score.Rfm.Frequency),
        new("returned_orders", r => r.Score.Returns.ReturnedOrders),
        new("monetary", r => r.Score.Rfm.Monetary),
        new("rfm_segment", r => r.Score.Rfm.Segment),
        new("lifecycle", r => r.Score.Lifecycle.Stage),
        new("tier", r => r.Score.Tier.Current),
        new("value_matrix", r => r.Score.ValueMatrix.Cell),
        new("portrait", r => r.Score.Portrait.Name),
        new("reasons", r => string.Join(" | ", r.Score.Churn.Reasons.Select(x => x.Text))),
        new("goal", r => r.Score.Play.Goal),
        new("action", r => r.Score.Play.Action),
        new("channel", r => r.Score.Play.Channel),
        new("resources", r => r.Score.Play.Resources),
        new("why_this", r => r.Score.Play.Why),
        new("model_version", r => r.Score.Model.Version),
    ];

    /// <summary>Writes the file, whole or not at all; the ending chooses the format.</summary>
    /// <param name="list">The list.</param>
    /// <param name="path">Ends with .csv, .xlsx or .json.</param>
    /// <param name="rawCells">True = text is written as it is, even where a spreadsheet would run it.</param>
    /// <exception cref="DatasetException">Another ending, or more than Excel holds.</exception>
    public static void Write(AtRiskList list, string path, bool rawCells = false)
    {
        ArgumentNullException.ThrowIfNull(list);
        ListFile.Write(path, list, list.Rows, s_columns, rawCells);
    }

    /// <summary>Writes the list to a stream, text defused.</summary>
    /// <param name="list">The list.</param>
    /// <param name="stream">Left open; for xlsx at its start, and one that can seek and be read.</param>
    /// <param name="format">csv, xlsx or json.</param>
    public static void Write(AtRiskList list, Stream stream, string format)
    {
        ArgumentNullException.ThrowIfNull(list);
        ListFile.Write(stream, format, list, list.Rows, s_columns);
    }
}
