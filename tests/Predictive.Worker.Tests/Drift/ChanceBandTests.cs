using Predictive.History;
using Predictive.Segmentation.Models;
using Predictive.Segmentation.Scoring;
using Predictive.Worker.Drift;

namespace Predictive.Worker.Tests.Drift;

/// <summary>Bands that keep their promise where nothing changes, and a line of age with a planted slope.</summary>
public class ChanceBandTests
{
    private static readonly double[] s_shares = [.3, .2, .2, .1, .1, .05, .03, .0195, .0005];

    [Fact]
    public void Index_and_distance_are_those_of_the_formulas()
    {
        Assert.Equal((.4 * Math.Log(9d / 5)) + (.4 * Math.Log(5)), DriftDistribution.Psi([.9, .1], [.5, .5]), 12);
        Assert.Equal(.4, ChanceBand.Ks([.9, .1], [.5, .5]), 12);
        Assert.Equal(.3, ChanceBand.Ks([.1, .4, .5], [.4, .1, .5]), 12);
        Assert.Equal(0, DriftDistribution.Psi(s_shares, s_shares));
    }

    [Theory]
    [InlineData(300, 400)]
    [InlineData(20_000, 30_000)]
    public void Two_samples_of_one_base_stay_below_the_band_nearly_always(int then, int now)
    {
        const int Seed = 3, Pairs = 300;
        var random = new Random(Seed);
        int psiAbove = 0, ksAbove = 0;
        for (int i = 0; i < Pairs; i++)
        {
            double[] a = Sample(then), b = Sample(now);
            (double psi, double ks) = ChanceBand.Of(a, then, b, now, i);
            psiAbove += DriftDistribution.Psi(a, b) > psi ? 1 : 0;
            ksAbove += ChanceBand.Ks(a, b) > ks ? 1 : 0;
        }

        // 1 % of 300 are 3; ten are beyond the chance of that.
        Assert.InRange(psiAbove, 0, 10);
        Assert.InRange(ksAbove, 0, 10);

        double[] Sample(int n)
        {
            var counts = new double[s_shares.Length];
            for (int i = 0; i < n; i++)
            {
                double u = random.NextDouble();
                int bin = 0;
                while (bin < counts.Length - 1 && (u -= s_shares[bin]) >= 0)
                {
                    bin++;
                }

                counts[bin] += 1d / n;
            }

            return counts;
        }
    }

    [Fact]
    public void A_real_shift_is_beyond_the_band_and_the_seed_decides_alone()
    {
        double[] moved = [.24, .2, .2, .1, .1, .05, .05, .05, .01];
        (double psi, double ks) = ChanceBand.Of(s_shares, 3000, moved, 3000, 7);
        Assert.True(DriftDistribution.Psi(s_shares, moved) > psi && ChanceBand.Ks(s_shares, moved) > ks);
        Assert.Equal((psi, ks), ChanceBand.Of(s_shares, 3000, moved, 3000, 7));
        (double reach, _) = ChanceBand.Resampled(s_shares, 3000, moved, 3000, 7);
        Assert.True(reach > DriftDistribution.Psi(s_shares, moved));
    }

    [Fact]
    public void A_planted_ageing_gives_its_day_and_noise_gives_none()
    {
        LocalTime trained = LocalTime.From(new DateTime(2026, 1, 1));
        // .001 a day from 0 on; scatter ± .01: stale at 2 × about .0105 = about day 22.
        StaleForecast ageing = Ageing.Of([.. Points((age, i) => (.001 * age) + (i % 2 == 0 ? .01 : -.01))], trained, 30);
        Assert.InRange(ageing.LossPerDay!.Value, .0009, .0011);
        Assert.InRange(DateTime.Parse(ageing.StaleOn!, System.Globalization.CultureInfo.InvariantCulture),
            new DateTime(2026, 1, 18), new DateTime(2026, 1, 27));
        StaleForecast flat = Ageing.Of([.. Points((_, i) => i % 2 == 0 ? .01 : -.01)], trained, 30);
        Assert.Null(flat.StaleOn);
        Assert.Contains("No sign of ageing", flat.Text, StringComparison.Ordinal);
        StaleForecast few = Ageing.Of([.. Points((age, _) => .001 * age).Take(2)], trained, 30);
        Assert.Null(few.LossPerDay);

        static IEnumerable<OutcomeDrift> Points(Func<int, int, double> excess) => Enumerable.Range(0, 12).Select(i => new OutcomeDrift(
            1, "2026-01-01", i * 10, 1000, .5, .5, -.03, .03, 1, 1, .5 + excess(i * 10, i), .008, .01, .7, .6)
            { LogLossPromised = .5 });
    }
}
