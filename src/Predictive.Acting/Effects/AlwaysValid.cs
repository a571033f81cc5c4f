namespace Predictive.Acting.Effects;

/// <summary>
/// Intervals for those who look every day: all of them together, however often one looks and whenever one stops, miss the truth at most as
/// often as one interval at a fixed end may.
/// </summary>
/// <remarks>
/// The boundary of the normal mixture (Robbins 1970; Howard, Ramdas, McAuliffe and Sekhon 2021, "Time-uniform, nonparametric, nonasymptotic
/// confidence sequences", proposition 5; with estimated variances Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas 2024, "Time-uniform
/// central limit theory and asymptotic confidence sequences"): a Brownian motion B leaves ±√((u + ρ)(ln((u + ρ)/ρ) − 2 ln α)) with
/// probability α at most, over all u. It is the inverse of the mixture sequential ratio test (Johari, Koomen, Pekelis and Walsh 2022).
///
/// A campaign's customers are there from the first day; what grows is what each has done. "Has bought by day d", with share p, is a
/// Brownian motion in u = p / (1 − p); spend to day d, with its variance v, is one in u = v, or moves together more closely where
/// customers differ in pace, which makes crossings rarer (Slepian's inequality).
/// </remarks>
public static class AlwaysValid
{
    /// <summary>Standard errors of the interval's half at one look.</summary>
    /// <param name="information">How far it is: 1 = where the interval is to be tightest, about the end of the campaign.</param>
    /// <param name="confidence">Of all looks together, such as .95.</param>
    public static double Critical(double information, double confidence = .95)
    {
        double alpha = 1 - confidence, twice = -2 * Math.Log(alpha);
        // Howard and others, (26): the mixture that is tightest at 1.
        double rho = 1 / (twice + Math.Log(twice + 1)), u = Math.Max(information, 1e-9);
        return Math.Sqrt((1 + (rho / u)) * (Math.Log((u + rho) / rho) + twice));
    }

    /// <summary>Information of a share that has bought, against the one expected at the end.</summary>
    public static double OfShare(double share, double expectedAtEnd) => Odds(share) / Odds(expectedAtEnd);

    private static double Odds(double share)
    {
        double p = Math.Clamp(share, 1e-6, 1 - 1e-6);
        return p / (1 - p);
    }
}
