namespace Predictive.Learning.Tuning;

/// <summary>
/// Cost-frugal local search in one learner's space (Wu, Wang &amp; Huang 2021, FLOW²): from a cheap start, step along a random direction,
/// then against it; move where the loss falls; shorten the step after 2^(d − 1) failures (at most 8); start again at a random point once
/// the step is tiny.
/// </summary>
internal sealed class LocalSearch(SearchSpace space, Random random)
{
    private const double LeastStep = .02;
    private readonly int _patience = 1 << Math.Min(3, space.Dimension - 1);
    private double[] _at = space.Start();
    private double _atLoss = double.PositiveInfinity;
    private double _step = .1 * Math.Sqrt(space.Dimension);
    private double[]? _direction;
    private bool _backwards;
    private int _failures;
    private double[] _proposed = [];

    public SearchSpace Space => space;

    public double BestLoss { get; private set; } = double.PositiveInfinity;

    public double Spent { get; private set; }

    /// <summary>Cost spent when the best, and the best before it, were found.</summary>
    public double SpentAtBest { get; private set; }

    public double SpentBefore { get; private set; }

    public double LossBefore { get; private set; } = double.PositiveInfinity;

    public bool Started => Spent > 0;

    public LearnerOptions Propose()
    {
        if (double.IsInfinity(_atLoss))
        {
            _proposed = _at;
        }
        else
        {
            _direction ??= Direction();
            _proposed = [.. _at.Select((x, k) => Math.Clamp(x + ((_backwards ? -_step : _step) * _direction[k]), 0, 1))];
        }

        return space.Options(_proposed);
    }

    public void Tell(double loss, double cost)
    {
        Spent += cost;
        if (loss < BestLoss)
        {
            (LossBefore, BestLoss) = (BestLoss, loss);
            (SpentBefore, SpentAtBest) = (SpentAtBest, Spent);
        }

        if (loss < _atLoss || double.IsInfinity(_atLoss))
        {
            // A trial that could not be trained counts as the worst of finite losses, so that the search moves on from it.
            (_at, _atLoss) = (_proposed, double.IsInfinity(loss) ? double.MaxValue : loss);
            (_direction, _backwards, _failures) = (null, false, 0);
            return;
        }

        if (!_backwards)
        {
            _backwards = true;
            return;
        }

        (_direction, _backwards) = (null, false);
        if (++_failures < _patience)
        {
            return;
        }

        _failures = 0;
        _step /= 2;
        if (_step < LeastStep)
        {
            _step = .1 * Math.Sqrt(space.Dimension);
            _at = [.. _at.Select(_ => random.NextDouble())];
            _atLoss = double.PositiveInfinity;
        }
    }

    private double[] Direction()
    {
        double[] direction = [.. _at.Select(_ => MathNet.Numerics.Distributions.Normal.Sample(random, 0, 1))];
        double length = Math.Sqrt(direction.Sum(v => v * v));
        return [.. direction.Select(v => v / length)];
    }
}
