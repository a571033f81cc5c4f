using Predictive.Learning;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Models;

/// <summary>What the tree learners say of one row.</summary>
/// <param name="Log">Mean of log1p(spend if buying).</param>
/// <param name="Gamma">Mean spend if buying.</param>
/// <param name="Rank">Rank of the value within the base, 0–1.</param>
/// <param name="Orders">Mean number of orders.</param>
internal readonly record struct TreeOutputs(double Log, double Gamma, double Rank, double Orders);

/// <summary>Everything a CLV model is made of, and how its parts become one prediction.</summary>
/// <remarks>
/// <code>
/// values   p·S₁(e^μ₁ − 1)   p·S₂(e^μ₂ − 1)   p·Γ   lifetimes product       p = 1 − churn probability
/// a        their weighted mean
/// tilt     W = strength · √(1 − q) / 2, q = share of the base with a smaller a
///          v = ā · (a / ā)^(1 − W) · (R³ / mean R³)^W                       R = rank trees
/// lost     v = the mean v of all whose p is below a small share of the base's mean p
/// expected = level · v                                                  carried to a longer horizon where need be
/// </code>
/// </remarks>
internal sealed record ClvParts
{
    public required int HorizonDays { get; init; }

    /// <summary>Ridge on log1p(spend) of buyers; null = no labels: the lifetimes product alone.</summary>
    public LinearScorer? LogLinear { get; init; }

    public double LinearSmear { get; init; } = 1;

    public IPredictor? LogTrees { get; init; }

    public double TreesSmear { get; init; } = 1;

    public IPredictor? GammaTrees { get; init; }

    public IPredictor? RankTrees { get; init; }

    public IPredictor? OrderTrees { get; init; }

    /// <summary>Weight of linear, log trees, Gamma trees, lifetimes product; sums to 1.</summary>
    public required double[] Weights { get; init; }

    /// <summary>Bounds of log1p spend of buyers, which predictions of a logarithm are held inside.</summary>
    public double LogLow { get; init; }

    public double LogHigh { get; init; } = 30;

    /// <summary>0 = no tilt by rank, 1 = the full one.</summary>
    public double TiltStrength { get; init; }

    /// <summary>Distribution of a over the base.</summary>
    public QuantileTable ValueQuantiles { get; init; } = new([0, 1]);

    /// <summary>Mean of a over the base.</summary>
    public double MeanValue { get; init; } = 1;

    /// <summary>Mean of R³ over the base.</summary>
    public double CubedRankMean { get; init; } = 1;

    /// <summary>Chance to buy below which a customer counts as lost: 0 = nobody.</summary>
    public double LostBelow { get; init; }

    /// <summary>
    /// What every lost customer is worth before <see cref="Level"/>: who is all but certainly gone cannot be told from another such by
    /// value.
    /// </summary>
    public double LostValue { get; init; }

    /// <summary>Factor on the total.</summary>
    public double Level { get; init; } = 1;

    /// <summary>What the level adds to the logarithm of a buyer's spend: the interval moves with it.</summary>
    public double SpendShift { get; init; }

    /// <summary>Factor on the number of orders.</summary>
    public double OrdersLevel { get; init; } = 1;

    /// <summary>Factor from the lifetimes model's purchase days to orders.</summary>
    public double OrdersPerPurchaseDay { get; init; } = 1;

    /// <summary>Weight of the order trees against the lifetimes expectation.</summary>
    public double OrderTreesWeight { get; init; }

    public required SpendInterval Interval { get; init; }

    public required LifetimeTerms Lifetimes { get; init; }

    /// <summary>The four values of a row, before any weighting.</summary>
    public void Values(ReadOnlySpan<float> row, double buy, in TreeOutputs trees, Span<double> values)
    {
        values[0] = LogLinear is { } linear ? buy * LinearSmear * (Math.Exp(Hold(linear.Score(row))) - 1) : 0;
        values[1] = buy * TreesSmear * (Math.Exp(Hold(trees.Log)) - 1);
        values[2] = buy * Math.Max(0, trees.Gamma);
        values[3] = Lifetimes.Value(row) * Lifetimes.BuyGrowth(row);
    }

    /// <summary>Weighted mean of the four values.</summary>
    public double Mean(ReadOnlySpan<double> values)
    {
        double sum = 0;
        for (int k = 0; k < Weights.Length; k++)
        {
            sum += Weights[k] * values[k];
        }

        return sum;
    }

    /// <summary>Where value and rank disagree, the rank pulls, at small values most.</summary>
    public double Tilt(double a, double rank)
    {
        if (TiltStrength == 0 || MeanValue <= 0 || CubedRankMean <= 0)
        {
            return a;
        }

        double w = TiltStrength * Math.Sqrt(1 - ValueQuantiles.Share(a)) / 2;
        double r = Math.Clamp(rank, 0.001, 1);
        return MeanValue * Math.Pow(Math.Max(a, 1e-9 * MeanValue) / MeanValue, 1 - w) * Math.Pow(r * r * r / CubedRankMean, w);
    }

    /// <summary>Mean of log1p(spend if buying) that the interval stands on.</summary>
    public double LogSpend(ReadOnlySpan<float> row, in TreeOutputs trees) =>
        LogLinear is { } linear
            ? ((Hold(linear.Score(row)) + Hold(trees.Log)) / 2) + SpendShift
            : Math.Log(1 + Math.Max(0, Lifetimes.SpendIfBuying(row)));

    /// <summary>The value before <see cref="Level"/>: tilted, or the common one of the lost.</summary>
    public double Value(double mean, double rank, double buy) => buy < LostBelow ? LostValue : Tilt(mean, rank);

    public ClvPrediction Combine(ReadOnlySpan<float> row, double churn, in TreeOutputs trees)
    {
        double buy = 1 - churn;
        Span<double> values = stackalloc double[4];
        Values(row, buy, trees, values);
        double expected = Level * Value(Mean(values), trees.Rank, buy);
        double logSpend = LogSpend(row, trees);
        double lifetimes = OrdersPerPurchaseDay * Lifetimes.Purchases(row);
        double orders = OrdersLevel * ((OrderTreesWeight * Math.Max(0, trees.Orders)) + ((1 - OrderTreesWeight) * lifetimes));
        double carry = Lifetimes.CarryRatio(row);
        if (carry != 1)
        {
            // ¾ of the carried value, ¼ of the lifetimes product at the asked horizon. The chance to buy is carried already,
            // so the spend of a buyer grows by what the expectation grows beyond it.
            double spendGrowth = carry / Lifetimes.BuyGrowth(row);
            expected = spendGrowth * ((0.75 * expected) + (0.25 * values[3]));
            orders *= carry;
            logSpend += Math.Log(Math.Max(1, spendGrowth));
        }

        var (low, high) = Interval.Of(buy, logSpend);
        return new ClvPrediction(
            Math.Max(0, expected), low, high, Math.Max(0, orders),
            Lifetimes.NextOrderDays(row, 0.5), Lifetimes.NextOrderDays(row, 0.25), Lifetimes.NextOrderDays(row, 0.75));
    }

    public void Save(PayloadWriter writer)
    {
        writer.Write(HorizonDays);
        writer.Write(LogLinear is null ? 0 : 1);
        LogLinear?.Save(writer);
        writer.Write(LinearSmear);
        writer.Write(LogTrees);
        writer.Write(TreesSmear);
        writer.Write(GammaTrees);
        writer.Write(RankTrees);
        writer.Write(OrderTrees);
        writer.WriteList(Weights);
        writer.Write(LogLow);
        writer.Write(LogHigh);
        writer.Write(TiltStrength);
        writer.WriteList(ValueQuantiles.Values);
        writer.Write(MeanValue);
        writer.Write(CubedRankMean);
        writer.Write(Level);
        writer.Write(OrdersPerPurchaseDay);
        writer.Write(OrderTreesWeight);
        writer.Write(LostBelow);
        writer.Write(LostValue);
        writer.Write(OrdersLevel);
        writer.Write(SpendShift);
        Interval.Save(writer);
        Lifetimes.Save(writer);
    }

    public static ClvParts Load(ref PayloadReader reader)
    {
        ClvParts parts = Read(ref reader);
        reader.Require(parts.LogLow <= parts.LogHigh, $"a range from {parts.LogLow} to {parts.LogHigh}");
        return parts;
    }

    private static ClvParts Read(ref PayloadReader reader) => new()
    {
        HorizonDays = reader.Days(),
        LogLinear = reader.Int() == 0 ? null : LinearScorer.Load(ref reader),
        LinearSmear = reader.Double(),
        LogTrees = reader.Predictor(),
        TreesSmear = reader.Double(),
        GammaTrees = reader.Predictor(),
        RankTrees = reader.Predictor(),
        OrderTrees = reader.Predictor(),
        Weights = reader.DoubleList(4),
        LogLow = reader.Double(),
        LogHigh = reader.Double(),
        TiltStrength = reader.Double(),
        ValueQuantiles = reader.Table(),
        MeanValue = reader.Double(),
        CubedRankMean = reader.Double(),
        Level = reader.Double(),
        OrdersPerPurchaseDay = reader.Double(),
        OrderTreesWeight = reader.Double(),
        LostBelow = reader.Double(),
        LostValue = reader.Double(),
        OrdersLevel = reader.Double(),
        SpendShift = reader.Double(),
        Interval = SpendInterval.Load(ref reader),
        Lifetimes = LifetimeTerms.Load(ref reader),
    };

    internal double Hold(double log) => Math.Clamp(log, LogLow, LogHigh);
}
