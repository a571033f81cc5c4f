using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Models;

namespace Predictive.Segmentation.Scoring;

/// <summary>
/// The scores of a base in columns, one row per customer in the history's order. The words (reasons, tags, plays) are made on demand by the
/// scorer that made the table (<c>CustomerScorer.Score(table, row)</c>): nothing differs from scoring the customer alone.
/// </summary>
/// <remarks>Immutable once it was handed out. The arrays are the table's own: not to be written.</remarks>
public sealed class ScoreTable
{
    internal ScoreTable(ModelBundle bundle, ModelStamp stamp, TransactionHistory history, LocalTime asOf, int[] customers)
    {
        (Bundle, Stamp, History, AsOf, Customers) = (bundle, stamp, history, asOf, customers);
        int rows = customers.Length;
        ChurnProbability = new double[rows];
        ChurnPercentile = new double[rows];
        ChurnBand = new byte[rows];
        ClvExpected = new double[rows];
        ClvExact = new double[rows];
        ClvLow = new double[rows];
        ClvHigh = new double[rows];
        ExpectedOrders = new double[rows];
        NextOrderDays = new double[rows];
        RecencyDays = new int[rows];
        Frequency = new int[rows];
        Monetary = new double[rows];
        Returns = new ReturnCounts[rows];
        R = new byte[rows];
        F = new byte[rows];
        M = new byte[rows];
        RfmSegment = new string[rows];
        Lifecycle = new LifecycleStage[rows];
        Tier = new byte[rows];
        PredictedTier = new byte[rows];
        Cell = new ValueMatrixCell[rows];
        PortraitIndex = new int[rows];
    }

    /// <summary>The models and cut-offs that scored it.</summary>
    public ModelBundle Bundle { get; }

    /// <summary>Their name and version.</summary>
    public ModelStamp Stamp { get; }

    /// <summary>The base.</summary>
    public TransactionHistory History { get; }

    /// <summary>The as-of.</summary>
    public LocalTime AsOf { get; }

    /// <summary>Number of rows.</summary>
    public int Count => Customers.Length;

    /// <summary>Index into the history per row, ascending.</summary>
    public int[] Customers { get; }

    /// <summary>Chance of no purchase within the horizon.</summary>
    public double[] ChurnProbability { get; }

    /// <summary>Share of the training base with a lower probability, 0–100.</summary>
    public double[] ChurnPercentile { get; }

    /// <summary>Index into <see cref="Rules.ChurnBand.Names"/>.</summary>
    public byte[] ChurnBand { get; }

    /// <summary>Expected net spend within the horizon.</summary>
    public double[] ClvExpected { get; }

    /// <summary>Expected net spend before it was rounded to cents: what rules compare with cut-offs.</summary>
    internal double[] ClvExact { get; }

    /// <summary>Lower end of the 80 % interval.</summary>
    public double[] ClvLow { get; }

    /// <summary>Upper end of the 80 % interval.</summary>
    public double[] ClvHigh { get; }

    /// <summary>Expected orders within the horizon.</summary>
    public double[] ExpectedOrders { get; }

    /// <summary>Days to the next order if there is one; NaN = cannot tell.</summary>
    public double[] NextOrderDays { get; }

    /// <summary>Days since the last purchase.</summary>
    public int[] RecencyDays { get; }

    /// <summary>Orders in the RFM window of which something was kept.</summary>
    public int[] Frequency { get; }

    /// <summary>Money in the RFM window, whole cents; so are the other amounts here.</summary>
    public double[] Monetary { get; }

    /// <summary>Orders kept and given back, of all time before the as-of.</summary>
    public ReturnCounts[] Returns { get; }

    /// <summary>1–5, 5 = most recent.</summary>
    public byte[] R { get; }

    /// <summary>1–5, 5 = most frequent.</summary>
    public byte[] F { get; }

    /// <summary>1–5, 5 = highest.</summary>
    public byte[] M { get; }

    /// <summary>Named segment of the RFM cell.</summary>
    public string[] RfmSegment { get; }

    /// <summary>Lifecycle stage.</summary>
    public LifecycleStage[] Lifecycle { get; }

    /// <summary>Level in the rule book's tiers, 0 = lowest.</summary>
    public byte[] Tier { get; }

    /// <summary>The same at the end of the horizon, by prediction.</summary>
    public byte[] PredictedTier { get; }

    /// <summary>Cell of the value matrix.</summary>
    public ValueMatrixCell[] Cell { get; }

    /// <summary>Index (not id) of the portrait.</summary>
    public int[] PortraitIndex { get; }

    /// <summary>How far this base is from the training base.</summary>
    public DriftReport Drift { get; internal set; } = null!;

    /// <summary>Name of a row's churn band.</summary>
    public string BandName(int row) => Rules.ChurnBand.Names[ChurnBand[row]];

    /// <summary>Name of a row's lifecycle stage.</summary>
    public string LifecycleName(int row) => Rules.Lifecycle.NameOf(Lifecycle[row]);

    /// <summary>Name of a row's tier.</summary>
    public string TierName(int row) => Bundle.Rules.Tiers.Tiers[Tier[row]].Name;

    /// <summary>Name of a row's predicted tier.</summary>
    public string PredictedTierName(int row) => Bundle.Rules.Tiers.Tiers[PredictedTier[row]].Name;

    /// <summary>Name of a row's cell of the value matrix.</summary>
    public string CellName(int row) => ValueMatrix.NameOf(Cell[row]);

    /// <summary>Name of a row's portrait.</summary>
    public string PortraitName(int row) => Bundle.Portraits.Description.Portraits[PortraitIndex[row]].Name;

    /// <summary>Id of a row's customer.</summary>
    public string CustomerId(int row) => History.CustomerId(Customers[row]);

    internal void Set(int row, in ClvPrediction clv, in RuleResults rules, in ReturnCounts returns, int portrait)
    {
        double churn = ChurnProbability[row];
        ClvExact[row] = clv.Expected;
        ChurnPercentile[row] = Bundle.Distribution.Percentile(churn);
        ChurnBand[row] = (byte)Rules.ChurnBand.Compute(churn, Bundle.Rules.Options.ChurnBands);
        (ClvExpected[row], ClvLow[row], ClvHigh[row]) = (Cents.Of(clv.Expected), Cents.Of(clv.Low), Cents.Of(clv.High));
        (ExpectedOrders[row], NextOrderDays[row]) = (clv.ExpectedOrders, clv.NextOrderDays);
        (RecencyDays[row], Frequency[row], Monetary[row]) = (rules.Rfm.RecencyDays, rules.Rfm.Frequency, rules.Rfm.Monetary);
        (R[row], F[row], M[row]) = ((byte)rules.Rfm.R, (byte)rules.Rfm.F, (byte)rules.Rfm.M);
        RfmSegment[row] = rules.Rfm.Segment;
        Lifecycle[row] = rules.Lifecycle.Stage;
        (Tier[row], PredictedTier[row]) = ((byte)rules.Tier.Level, (byte)rules.PredictedTier.Level);
        Cell[row] = rules.Cell;
        PortraitIndex[row] = portrait;
        Returns[row] = returns;
    }
}
