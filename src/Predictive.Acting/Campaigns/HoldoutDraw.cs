using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Predictive.Acting.Campaigns;

/// <summary>
/// Draws who is held out: by a hash of seed, campaign and customer, so that the same campaign draws the same customers; within groups of
/// like risk and value, so that both groups begin alike.
/// </summary>
internal static class HoldoutDraw
{
    private const int PerThird = 90, PerHalf = 24;

    /// <summary>Stratum per member: thirds (of few members halves, of very few none) of risk × value.</summary>
    public static int[] Strata(IReadOnlyList<Candidate> members)
    {
        int parts = members.Count >= PerThird ? 3 : members.Count >= PerHalf ? 2 : 1;
        int[] byRisk = Parts(members, c => c.Risk, parts), byValue = Parts(members, c => c.Value, parts);
        return [.. byRisk.Select((r, i) => (r * parts) + byValue[i])];
    }

    /// <summary>
    /// Whether each member is held out. Going through the strata, and by hash within each, every 1/share-th member is taken: a stratum
    /// has its share to within one, and so has the whole. At least one is held out, and one is not.
    /// </summary>
    public static bool[] HeldOut(IReadOnlyList<Candidate> members, int[] strata, double share, string campaign, int seed)
    {
        ulong[] hashes = [.. members.Select(m => Hash($"{seed}|{campaign}|{m.Id}"))];
        int[] order = [.. Enumerable.Range(0, members.Count).OrderBy(i => strata[i]).ThenBy(i => hashes[i])
            .ThenBy(i => members[i].Id, StringComparer.Ordinal)];
        int wanted = Math.Clamp((int)Math.Round(share * members.Count), 1, members.Count - 1);
        // Where the count begins is drawn too: else the last of the last stratum were always taken.
        double start = Hash($"{seed}|{campaign}") / (double)ulong.MaxValue, step = wanted / (double)members.Count;
        var heldOut = new bool[members.Count];
        for (int k = 0; k < order.Length; k++)
        {
            heldOut[order[k]] = Math.Floor(start + ((k + 1) * step)) > Math.Floor(start + (k * step));
        }

        return heldOut;
    }

    /// <summary>Where a customer falls within 0 and 1, for good: whoever lies below a share is held out, whatever others do.</summary>
    public static double Uniform(int seed, string campaign, string customer) =>
        (Hash($"{seed}|{campaign}|{customer}") >> 11) * (1.0 / (1UL << 53));

    private static int[] Parts(IReadOnlyList<Candidate> members, Func<Candidate, double> of, int parts)
    {
        int[] order = [.. Enumerable.Range(0, members.Count).OrderBy(i => of(members[i])).ThenBy(i => members[i].Id,
            StringComparer.Ordinal)];
        var part = new int[members.Count];
        for (int k = 0; k < order.Length; k++)
        {
            part[order[k]] = (int)((long)k * parts / order.Length);
        }

        return part;
    }

    private static ulong Hash(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
