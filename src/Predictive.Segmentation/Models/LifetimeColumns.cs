using Predictive.Segmentation.Features;

namespace Predictive.Segmentation.Models;

/// <summary>Positions, in a catalogue row, of the features that the lifetimes members read.</summary>
internal static class LifetimeColumns
{
    /// <summary>Pareto/NBD P(active in h).</summary>
    public static readonly int ParetoActive = FeatureCatalogue.IndexOf("pareto_active");

    /// <summary>BG/NBD P(active in h).</summary>
    public static readonly int BgActive = FeatureCatalogue.IndexOf("bgnbd_active");

    /// <summary>Pareto/NBD expected purchase days in h.</summary>
    public static readonly int ParetoPurchases = FeatureCatalogue.IndexOf("pareto_purchases");

    /// <summary>BG/NBD expected purchase days in h.</summary>
    public static readonly int BgPurchases = FeatureCatalogue.IndexOf("bgnbd_purchases");

    /// <summary>Gamma-Gamma expected net spend per purchase day.</summary>
    public static readonly int SpendPerPurchase = FeatureCatalogue.IndexOf("gamma_gamma_spend");

    /// <summary>Distinct purchase days.</summary>
    public static readonly int PurchaseDays = FeatureCatalogue.IndexOf("purchase_days");

    /// <summary>Days since the first purchase.</summary>
    public static readonly int Tenure = FeatureCatalogue.IndexOf("tenure_days");

    /// <summary>Days since the last purchase.</summary>
    public static readonly int Recency = FeatureCatalogue.IndexOf("recency_days");
}
