using Predictive.Acting.Effects;

namespace Predictive.Acting.Tests.Effects;

/// <summary>
/// Campaigns whose truth is known: customers of a risk and a pace of their own, who buy day by day; a contact changes both by a planted
/// effect. What share of them is told wrongly, by a fixed end and by whoever looks every day.
/// </summary>
/// <remarks>Linked into the bench <c>campaigns</c>, which runs a thousand; the test runs a few hundred.</remarks>
internal static class NullCampaigns
{
    public const int Days = 60;

    /// <summary>Shares of campaigns.</summary>
    /// <param name="FalseRetention">An effect on who buys was seen where there is none.</param>
    /// <param name="FalseSpend">The same of spend.</param>
    /// <param name="CoversRetention">The interval holds the planted effect.</param>
    /// <param name="CoversSpend">The same of spend.</param>
    /// <param name="Width">Mean width of the interval of who buys.</param>
    public readonly record struct Rates(
        double FalseRetention, double FalseSpend, double CoversRetention, double CoversSpend, double Width);

    public static Rates FixedEnd(int campaigns, int customers, double holdout, double effect, int seed)
    {
        int[] told = new int[4];
        double width = 0;
        for (int c = 0; c < campaigns; c++)
        {
            var one = new OneCampaign(customers, holdout, effect, seed + c);
            one.Live(Days);
            EffectEstimate bought = one.Bought(null), spend = one.Spent(null);
            Count(told, 0, bought, one.TrueBought(Days));
            Count(told, 2, spend, one.TrueSpent(Days));
            width += (bought.High - bought.Low) / campaigns;
        }

        return Of(told, campaigns, width);
    }

    /// <summary>Counted wrong where any look of all days is.</summary>
    public static Rates Daily(int campaigns, int customers, double holdout, double effect, int seed)
    {
        int[] told = new int[4];
        double width = 0;
        for (int c = 0; c < campaigns; c++)
        {
            var one = new OneCampaign(customers, holdout, effect, seed + c);
            bool[] wrong = new bool[4];
            for (int day = 1; day <= Days; day++)
            {
                one.Live(day);
                EffectEstimate bought = one.Bought(AlwaysValid.Critical(AlwaysValid.OfShare(one.Share, one.ExpectedShare)));
                EffectEstimate spend = one.Spent(AlwaysValid.Critical(one.SpendVariance / one.VarianceBefore));
                wrong[0] |= bought.IsGain || bought.IsHarm;
                wrong[1] |= !Holds(bought, one.TrueBought(day));
                wrong[2] |= spend.IsGain || spend.IsHarm;
                wrong[3] |= !Holds(spend, one.TrueSpent(day));
                width += day == Days ? (bought.High - bought.Low) / campaigns : 0;
            }

            for (int i = 0; i < 4; i++)
            {
                told[i] += wrong[i] ? 1 : 0;
            }
        }

        return Of(told, campaigns, width);
    }

    private static void Count(int[] told, int at, EffectEstimate estimate, double truth)
    {
        told[at] += estimate.IsGain || estimate.IsHarm ? 1 : 0;
        told[at + 1] += Holds(estimate, truth) ? 0 : 1;
    }

    private static bool Holds(EffectEstimate estimate, double truth) => estimate.Low <= truth && truth <= estimate.High;

    private static Rates Of(int[] told, int campaigns, double width) => new(
        told[0] / (double)campaigns, told[2] / (double)campaigns, 1 - (told[1] / (double)campaigns), 1 - (told[3] / (double)campaigns),
            width);

    /// <summary>One campaign: Gamma paces, Poisson orders, log-normal baskets; the draw within strata of pace and basket, as ours
    /// is.</summary>
    private sealed class OneCampaign
    {
        private const double Shape = .8, Scale = .02, Sigma = .7;
        private readonly Random _random;
        private readonly double[] _rate, _basket, _before, _risk, _value, _spend, _bought;
        private readonly bool[] _contacted;
        private readonly double _effect;
        private int _day;

        public OneCampaign(int customers, double holdout, double effect, int seed)
        {
            (_random, _effect) = (new Random(seed), effect);
            _rate = new double[customers];
            _basket = new double[customers];
            _before = new double[customers];
            _risk = new double[customers];
            _value = new double[customers];
            _spend = new double[customers];
            _bought = new double[customers];
            for (int i = 0; i < customers; i++)
            {
                _rate[i] = Gamma(Shape) * Scale;
                _basket[i] = 30 * Math.Exp(.5 * Normal());
                for (int orders = Poisson(_rate[i] * Days); orders > 0; orders--)
                {
                    _before[i] += Basket(i);
                }

                // The model knows the pace, with an error.
                double seen = _rate[i] * Math.Exp(.5 * Normal());
                _risk[i] = Math.Exp(-seen * Days);
                _value[i] = seen * Days * _basket[i];
            }

            int thirds = 3;
            int[] byRisk = Part(_risk, thirds), byValue = Part(_value, thirds);
            int[] order = [.. Enumerable.Range(0, customers).OrderBy(i => (byRisk[i] * thirds) + byValue[i]).ThenBy(_ =>
                _random.NextDouble())];
            _contacted = new bool[customers];
            double start = _random.NextDouble();
            for (int k = 0; k < customers; k++)
            {
                _contacted[order[k]] = Math.Floor(start + ((k + 1) * holdout)) == Math.Floor(start + (k * holdout));
            }
        }

        public double Share => _bought.Average();

        public double ExpectedShare => _risk.Average(r => 1 - r);

        public double SpendVariance => Variance(_spend);

        public double VarianceBefore => Variance(_before);

        /// <summary>Through a day. A contact makes everybody order more often by the effect.</summary>
        public void Live(int day)
        {
            for (; _day < day; _day++)
            {
                for (int i = 0; i < _rate.Length; i++)
                {
                    for (int orders = Poisson(_rate[i] * (_contacted[i] ? 1 + _effect : 1)); orders > 0; orders--)
                    {
                        _spend[i] += Basket(i);
                        _bought[i] = 1;
                    }
                }
            }
        }

        public EffectEstimate Bought(double? critical) =>
            AdjustedDifference.Estimate(_contacted, _bought, [_risk, _value, _before], .95, critical);

        public EffectEstimate Spent(double? critical) =>
            AdjustedDifference.Estimate(_contacted, _spend, [_before, _value, _risk], .95, critical);

        // Over Gamma paces: the chance of no order in d days is (1 + scale × d × factor)^−shape.
        public double TrueBought(int day) =>
            Math.Pow(1 + (Scale * day), -Shape) - Math.Pow(1 + (Scale * day * (1 + _effect)), -Shape);

        public double TrueSpent(int day) => Shape * Scale * day * _effect * 30 * Math.Exp(.5 * .5 / 2) * Math.Exp(Sigma * Sigma / 2);

        private double Basket(int i) => _basket[i] * Math.Exp(Sigma * Normal());

        private static double Variance(double[] values)
        {
            double mean = values.Average();
            return values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
        }

        private static int[] Part(double[] of, int parts)
        {
            int[] order = [.. Enumerable.Range(0, of.Length).OrderBy(i => of[i])], part = new int[of.Length];
            for (int k = 0; k < order.Length; k++)
            {
                part[order[k]] = k * parts / order.Length;
            }

            return part;
        }

        private double Normal() =>
            Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());

        private int Poisson(double mean)
        {
            double limit = Math.Exp(-mean), product = _random.NextDouble();
            int n = 0;
            for (; product > limit; n++)
            {
                product *= _random.NextDouble();
            }

            return n;
        }

        // Marsaglia and Tsang; below 1 by the power of a uniform.
        private double Gamma(double shape)
        {
            double d = shape + 1 - (1.0 / 3), c = 1 / Math.Sqrt(9 * d);
            while (true)
            {
                double x = Normal(), v = Math.Pow(1 + (c * x), 3);
                if (v > 0 && Math.Log(1 - _random.NextDouble()) < (.5 * x * x) + d - (d * v) + (d * Math.Log(v)))
                {
                    return d * v * Math.Pow(1 - _random.NextDouble(), 1 / shape);
                }
            }
        }
    }
}
