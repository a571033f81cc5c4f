using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MathNet.Numerics.Distributions;
using Predictive.Store.Campaigns;

namespace Predictive.Acting.Campaigns;

/// <summary>
/// Plays a campaign that has not been: outcomes drawn from what the model predicts, with an effect of one's own choice. To see what the
/// report would say, before anybody is called; and to show the loop on simulated customers.
/// </summary>
public static class Rehearsal
{
    private const double Spread = .6;

    /// <summary>Draws outcomes; the same arguments give the same.</summary>
    /// <param name="members">The members.</param>
    /// <param name="effect">Points added to everybody's chance to buy by a contact, as a share; may be negative.</param>
    /// <param name="seed">Of the draws.</param>
    /// <param name="isUneven">Whether the effect depends on the customer: see <see cref="Effect"/>.</param>
    public static IReadOnlyList<MemberOutcome> Play(
        IReadOnlyList<CampaignMember> members, double effect, int seed, bool isUneven = false) =>
    [
        .. members.Select(m =>
        {
            double stays = Math.Clamp(1 - m.Risk + (m.IsHeldOut ? 0 : isUneven ? Effect(m.Risk, effect) : effect), 0, 1);
            bool bought = Uniform(seed, m.CustomerId, "buys") < stays;
            // Log-normal about what is expected of one who buys.
            double mean = Math.Max(m.Value, 1) / Math.Max(1 - m.Risk, .05);
            double z = Normal.InvCDF(0, 1, Math.Clamp(Uniform(seed, m.CustomerId, "spends"), 1e-9, 1 - 1e-9));
            return new MemberOutcome(
                m.CustomerId, bought, bought ? Math.Round(mean * Math.Exp((Spread * z) - (Spread * Spread / 2)), 2) : 0);
        }),
    ];

    /// <summary>
    /// An uneven effect, such as campaigns have: all of it on those who waver (risk of .4 up to .7), none on those who are as good as gone,
    /// and half of it the other way on those who would have stayed and were reminded to look around.
    /// </summary>
    /// <param name="risk">Predicted probability to buy nothing.</param>
    /// <param name="effect">On those who waver.</param>
    public static double Effect(double risk, double effect) => risk switch { < .4 => -effect / 2, <= .7 => effect, _ => 0 };

    private static double Uniform(int seed, string customer, string what)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{seed}|{customer}|{what}")));
        return (BitConverter.ToUInt64(hash) >> 11) * (1.0 / (1UL << 53));
    }
}
