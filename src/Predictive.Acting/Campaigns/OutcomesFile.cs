using Predictive.Segmentation.Portfolio;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Campaigns;

/// <summary>Outcomes as the file that <see cref="CampaignOutcomes.Read(string)"/> reads.</summary>
public static class OutcomesFile
{
    private static readonly ListColumn<MemberOutcome>[] s_columns =
    [
        new("customer_id", o => o.CustomerId), new("bought", o => o.Retained ? "yes" : "no"), new("spend", o => o.Spend),
    ];

    /// <summary>Writes it, whole or not at all.</summary>
    public static void Write(IReadOnlyList<MemberOutcome> outcomes, string path) => ListFile.Write(path, outcomes, outcomes, s_columns);
}
