namespace Predictive.Learning.Lifetimes;

/// <summary>The lifetimes models of one base, fitted together.</summary>
/// <param name="ParetoNbd">Pareto/NBD.</param>
/// <param name="BgNbd">BG/NBD.</param>
public sealed record LifetimesModels(ParetoNbdModel ParetoNbd, BgNbdModel BgNbd)
{
    /// <summary>
    /// What <see cref="ParetoNbdModel.Fit"/> and <see cref="BgNbdModel.Fit"/> give, at less cost: customers are gathered into kinds once,
    /// and the model without dropout that both are held against is fitted once.
    /// </summary>
    /// <param name="x">Repeat purchases per customer.</param>
    /// <param name="tx">Time of the last one since the first purchase.</param>
    /// <param name="observed">Time observed since the first purchase.</param>
    /// <exception cref="LearningException">Lengths differ or a value makes no sense.</exception>
    public static LifetimesModels Fit(double[] x, double[] tx, double[] observed)
    {
        var data = new PurchaseSummaries(x, tx, observed, []);
        NbdModel nbd = NbdModel.Fit(data);
        ParetoNbdModel? pareto = null;
        BgNbdModel? bg = null;
        Parallel.Invoke(() => pareto = ParetoNbdModel.FitOn(data, nbd), () => bg = BgNbdModel.FitOn(data, nbd));
        return new LifetimesModels(pareto!, bg!);
    }
}
