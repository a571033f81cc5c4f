namespace Predictive;

/// <summary>How far two names are apart.</summary>
/// <remarks>One source file, compiled into the projects that suggest names: neither has a home for the other's.</remarks>
internal static class EditDistance
{
    /// <summary>Characters added, left out or exchanged (Levenshtein 1966).</summary>
    public static int Of(string a, string b)
    {
        int[] previous = [.. Enumerable.Range(0, b.Length + 1)], now = new int[b.Length + 1];
        for (int i = 1; i <= a.Length; i++)
        {
            now[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int change = previous[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                now[j] = Math.Min(change, Math.Min(previous[j], now[j - 1]) + 1);
            }

            (previous, now) = (now, previous);
        }

        return previous[b.Length];
    }
}
