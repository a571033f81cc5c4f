using Predictive.History;
using Predictive.History.Returns;
using Predictive.Segmentation.Metrics;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Segmentation.Portfolio;

/// <content>Who is gathered, and in what order.</content>
public static partial class AtRisk
{
    private readonly record struct Candidate(int Part, int Row, string Id, double Probability, double Spend, double Saving)
    {
        public double Loss => ExpectedLoss(Probability, Spend);
    }

    /// <summary>Customers being gathered, and the sums over everyone of the segment.</summary>
    private sealed class Ranking
    {
        private readonly AtRiskOptions _options;
        private readonly ChurnBandOptions _bands;
        private readonly double _minimum;
        private readonly List<Candidate> _candidates = [];
        private int _customers, _keptNothing;
        private readonly ExactSum _loss = new(), _churners = new();
        private int? _all;

        public Ranking(AtRiskOptions options, ChurnBandOptions bands)
        {
            if (options.Capacity < 0 || options.Offset < 0)
            {
                throw new ArgumentException(
                    $"The capacity is {options.Capacity} and the offset {options.Offset}; expected 0 or more.", nameof(options));
            }

            if (new[] { options.Saves.Low, options.Saves.Medium, options.Saves.High }.Any(s => !(s >= 0 && s <= 1)))
            {
                throw new ArgumentException($"The shares saved are {options.Saves}; expected 0 to 1 each.", nameof(options));
            }

            (_options, _bands, _minimum) = (options, bands, options.MinimumProbability ?? bands.MediumFrom);
        }

        public void Add(
            int part, int count, Func<int, double> probability, Func<int, double> spend, Func<int, string> id,
            Func<int, ReturnCounts> returns, Func<int, string[]> segments, double[]? gains = null)
        {
            for (int i = 0; i < count; i++)
            {
                if (!_options.Admits(segments(i)))
                {
                    continue;
                }

                if (returns(i).KeptNothing)
                {
                    _keptNothing++;
                    continue;
                }

                double p = probability(i), loss = ExpectedLoss(p, spend(i));
                _customers++;
                _loss.Add(loss);
                _churners.Add(p);
                double saving = gains?[i] ?? loss * _options.Saves.Of(ChurnBand.Compute(p, _bands));
                if (p >= _minimum && (gains is null || saving > 0))
                {
                    _candidates.Add(new Candidate(part, i, id(i), p, spend(i), saving));
                }
            }
        }

        private int Last => (int)Math.Min(int.MaxValue, (long)_options.Offset + _options.Capacity);

        public IEnumerable<Candidate> Best() => Ranked().Take(Last);

        public AtRiskList List(Func<Candidate, CustomerScore> score)
        {
            Candidate[] candidates = [.. Ranked()];
            var rows = new List<AtRiskRow>();
            var cutoffs = new List<AtRiskCutoff>();
            HashSet<int> stops = Stops(Last, candidates.Length);
            double totalLoss = _loss.Value, churners = _churners.Value;
            double loss = 0, caught = 0, saving = 0;
            for (int i = 0; i < candidates.Length; i++)
            {
                Candidate candidate = candidates[i];
                loss += candidate.Loss;
                caught += candidate.Probability;
                saving += candidate.Saving;
                if (i >= _options.Offset && i - _options.Offset < _options.Capacity)
                {
                    rows.Add(
                        new AtRiskRow(
                            i + 1, score(candidate), Cents.Of(SpendIfStays(candidate.Probability, candidate.Spend)),
                            Cents.Of(candidate.Loss), Cents.Of(candidate.Saving), Cents.Of(saving)));
                }

                if (stops.Contains(i + 1) && (_all is null || i < Last))
                {
                    double cost = (i + 1) * _options.OfferCost;
                    cutoffs.Add(new AtRiskCutoff(
                        i + 1, caught, i + 1 - caught, churners > 0 ? caught / churners : 0, Cents.Of(loss),
                        totalLoss > 0 ? loss / totalLoss : 0, Cents.Of(saving), Cents.Of(cost), Cents.Of(saving - cost)));
                }
            }

            return new AtRiskList(
                _customers, _keptNothing, _all ?? candidates.Length, Cents.Of(totalLoss), _minimum, _options.Saves, rows, cutoffs);
        }

        /// <summary>What is to be known of a part of a base, besides its best.</summary>
        public AtRiskPart Part(Func<Candidate, CustomerScore> score)
        {
            var part = new AtRiskPart
            {
                Customers = _customers, KeptNothing = _keptNothing, Candidates = _candidates.Count, Best = [.. Best().Select(score)],
            };
            part.Loss.Add(_loss);
            part.Churners.Add(_churners);
            return part;
        }

        /// <summary>The sums are those of all parts; only the best of each were added here.</summary>
        public void Take(AtRiskPart all)
        {
            (_customers, _keptNothing, _all) = (all.Customers, all.KeptNothing, all.Candidates);
            _loss.Clear();
            _churners.Clear();
            _loss.Add(all.Loss);
            _churners.Add(all.Churners);
        }

        private IOrderedEnumerable<Candidate> Ranked() =>
            _candidates.OrderByDescending(c => c.Saving).ThenBy(c => c.Id, StringComparer.Ordinal);
    }
}
