using Predictive.Api.Serving;
using Predictive.History;
using Predictive.Segmentation.Portfolio;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Pages.Data;

/// <summary>A point of the cut-off view: what so many contacts catch.</summary>
/// <param name="Contacts">Customers contacted, from the top.</param>
/// <param name="Saving">Expected revenue kept.</param>
/// <param name="Net">The same less what the contacts cost.</param>
public readonly record struct RiskPoint(int Contacts, double Saving, double Net);

/// <summary>The at-risk list of a page: one scan over ready columns; the same rows, order and sums as <see cref="AtRisk"/>.</summary>
public sealed class RiskList
{
    private const int MostPoints = 60;

    private readonly CustomerBase _base;
    private readonly int[] _candidates;

    private readonly double[] _saving;

    private RiskList(CustomerBase all, CustomerFilter filter, double minimum, int capacity, double offerCost, double[]? gains)
    {
        (_base, Minimum, OfferCost, _saving) = (all, minimum, offerCost, gains ?? all.Saving);
        ScoreTable scores = all.Scores;
        double churners = 0;
        for (int i = 0; i < scores.Count; i++)
        {
            if (!filter.Admits(i))
            {
                continue;
            }

            if (scores.Returns[i].KeptNothing)
            {
                KeptNothing++;
                continue;
            }

            Customers++;
            TotalLoss += all.Loss[i];
            churners += scores.ChurnProbability[i];
        }

        ExpectedLeavers = churners;
        var candidates = new List<int>();
        IEnumerable<int> order = gains is null ? all.ByRisk : all.ByRisk.Where(r => gains[r] > 0)
            .OrderByDescending(r => gains[r]).ThenBy(scores.CustomerId, StringComparer.Ordinal);
        foreach (int row in order)
        {
            if (scores.ChurnProbability[row] >= minimum && filter.Admits(row))
            {
                candidates.Add(row);
            }
        }

        _candidates = [.. candidates];
        Contacts = Math.Min(capacity, _candidates.Length);
        int step = Math.Max(1, _candidates.Length / MostPoints);
        var points = new List<RiskPoint> { new(0, 0, 0) };
        double saving = 0;
        for (int k = 0; k < _candidates.Length; k++)
        {
            int row = _candidates[k];
            saving += _saving[row];
            if (k < Contacts)
            {
                Caught += scores.ChurnProbability[row];
                Loss += all.Loss[row];
                Saving = saving;
            }

            double net = saving - ((k + 1) * offerCost);
            if (net > Best.Net)
            {
                Best = new RiskPoint(k + 1, saving, net);
            }

            if ((k + 1) % step == 0 || k + 1 == _candidates.Length)
            {
                points.Add(new RiskPoint(k + 1, saving, net));
            }
        }

        Points = points;
    }

    /// <summary>Customers of the filter; without those who kept nothing.</summary>
    public int Customers { get; }

    /// <summary>Customers of the filter left out because all their orders were given back.</summary>
    public int KeptNothing { get; }

    /// <summary>Of the customers, those at or above the smallest probability.</summary>
    public int Candidates => _candidates.Length;

    /// <summary>Sum of the churn probabilities of the filter.</summary>
    public double ExpectedLeavers { get; }

    /// <summary>Expected losses of the filter.</summary>
    public double TotalLoss { get; }

    /// <summary>Smallest probability worth a contact.</summary>
    public double Minimum { get; }

    /// <summary>What one contact costs.</summary>
    public double OfferCost { get; }

    /// <summary>Customers contacted: the capacity, or the candidates where they are fewer.</summary>
    public int Contacts { get; }

    /// <summary>Of them, expected to leave.</summary>
    public double Caught { get; }

    /// <summary>Of them, expected to stay anyway.</summary>
    public double Bothered => Contacts - Caught;

    /// <summary>Revenue at stake among them.</summary>
    public double Loss { get; }

    /// <summary>Expected revenue kept.</summary>
    public double Saving { get; }

    /// <summary>What the contacts cost.</summary>
    public double Cost => Contacts * OfferCost;

    /// <summary>Kept less cost.</summary>
    public double Net => Saving - Cost;

    /// <summary>Where kept less cost is largest; 0 contacts where none pays.</summary>
    public RiskPoint Best { get; }

    /// <summary>The cut-off view, by contacts.</summary>
    public IReadOnlyList<RiskPoint> Points { get; }

    /// <summary>The list of a filter.</summary>
    /// <param name="snapshot">What is served.</param>
    /// <param name="filter">Who counts.</param>
    /// <param name="minimum">Smallest probability worth a contact; null = where the medium band begins.</param>
    /// <param name="capacity">Contacts.</param>
    /// <param name="offerCost">What one costs.</param>
    /// <param name="gains">What a contact brings per row, where campaigns taught it; null = by the shares assumed to be saved.</param>
    public static RiskList Of(
        ServingSnapshot snapshot, CustomerFilter filter, double? minimum, int capacity, double offerCost, double[]? gains = null) => new(
            CustomerBase.Of(snapshot), filter, minimum ?? snapshot.Scorer.Bundle.Rules.Options.ChurnBands.MediumFrom, capacity, offerCost,
            gains);

    /// <summary>Rows of the list with their words; reasons and plays are made for these alone.</summary>
    /// <param name="scorer">That made the scores.</param>
    /// <param name="from">Rows passed over.</param>
    /// <param name="count">At most so many.</param>
    public IReadOnlyList<AtRiskRow> Rows(CustomerScorer scorer, int from, int count)
    {
        ArgumentNullException.ThrowIfNull(scorer);
        ScoreTable scores = _base.Scores;
        var rows = new List<AtRiskRow>();
        double saving = 0;
        for (int k = 0; k < Math.Min(Contacts, (long)from + count); k++)
        {
            int row = _candidates[k];
            saving += _saving[row];
            if (k >= from)
            {
                rows.Add(new AtRiskRow(
                    k + 1, scorer.Score(scores, row, withLever: false),
                    Cents.Of(AtRisk.SpendIfStays(scores.ChurnProbability[row], scores.ClvExpected[row])), Cents.Of(_base.Loss[row]),
                    Cents.Of(_saving[row]), Cents.Of(saving)));
            }
        }

        return rows;
    }

    /// <summary>The list as a file's content takes it.</summary>
    /// <param name="rows">Those in the file.</param>
    public AtRiskList ToFile(IReadOnlyList<AtRiskRow> rows) =>
        new(Customers, KeptNothing, Candidates, Cents.Of(TotalLoss), Minimum, new SaveShares(), rows, []);
}
