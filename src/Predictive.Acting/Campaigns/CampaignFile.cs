using Predictive.Segmentation.Portfolio;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Campaigns;

/// <summary>The list a channel works through: who is to be contacted, never who is held out. The last columns are for those who
/// do.</summary>
public static class CampaignFile
{
    private static readonly ListColumn<CampaignMember>[] s_columns =
    [
        new("rank", m => m.Rank),
        new("customer_id", m => m.CustomerId),
        new("what_to_do", m => m.Action),
        new("why", m => m.Reasons),
        new("churn_risk", m => m.Risk < 0 ? null : Math.Round(m.Risk, 3)),
        new("expected_spend", m => m.Value),
        new("contacted_on", _ => null),
        new("outcome", _ => null),
    ];

    /// <summary>Writes it as .csv, .xlsx or .json, whole or not at all.</summary>
    /// <returns>Customers written.</returns>
    /// <exception cref="History.DatasetException">Another ending, or more than Excel holds.</exception>
    public static int Write(IReadOnlyList<CampaignMember> members, string path, bool rawCells = false)
    {
        CampaignMember[] contacted = [.. members.Where(m => !m.IsHeldOut)];
        ListFile.Write(path, contacted, contacted, s_columns, rawCells);
        return contacted.Length;
    }

    /// <summary>Writes it as csv or xlsx; the stream stays open.</summary>
    /// <returns>Customers written.</returns>
    public static int Write(IReadOnlyList<CampaignMember> members, Stream stream, string kind)
    {
        CampaignMember[] contacted = [.. members.Where(m => !m.IsHeldOut)];
        ListFile.Write(stream, kind, contacted, contacted, s_columns);
        return contacted.Length;
    }
}
