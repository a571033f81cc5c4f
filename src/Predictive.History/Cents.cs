namespace Predictive.History;

/// <summary>
/// Money as it is told: whole cents. Sums of amounts carry the dust of binary fractions (<c>12872.269999999999</c>); every sum that leaves
/// the product goes through here (<c>12872.27</c>). What models read does not.
/// </summary>
public static class Cents
{
    /// <summary>The nearest whole cent, halves away from zero; what is no number stays as it is.</summary>
    public static double Of(double money) => Math.Round(money, 2, MidpointRounding.AwayFromZero);
}
