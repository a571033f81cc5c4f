using Predictive.Learning;
namespace Predictive.Segmentation.Models;

/// <summary>
/// Where no label window of the asked horizon H fits, the model is trained at the longest h that does and carried: its log-odds move by a
/// share of logit P_H − logit P_h, the Pareto/NBD chances of churning within H and within h.
/// </summary>
/// <param name="Terms">Pareto/NBD and both horizons.</param>
/// <param name="Share">Share of the way, (0, 1]: the mean of the uncarried and the carried score is ½.</param>
/// <param name="Mean">Mean over the base, for explanations.</param>
internal sealed record Carry(LifetimeTerms Terms, double Share, double Mean)
{
    /// <summary>H.</summary>
    public int HorizonDays => Terms.HorizonDays;

    public double Of(ReadOnlySpan<float> row) =>
        Share * (LogOdds.Of(1 - Terms.Active(row, Terms.HorizonDays)) - LogOdds.Of(1 - Terms.Active(row, Terms.FeatureHorizonDays)));

    public void Save(PayloadWriter writer)
    {
        Terms.Save(writer);
        writer.Write(Share);
        writer.Write(Mean);
    }

    public static Carry Load(ref PayloadReader reader) => new(LifetimeTerms.Load(ref reader), reader.Double(), reader.Double());
}
