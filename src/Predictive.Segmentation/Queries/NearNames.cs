namespace Predictive.Segmentation.Queries;

/// <summary>Names that are near to one that is not known.</summary>
internal static class NearNames
{
    private const int Most = 3;
    private const int Longest = 60;

    /// <summary>The nearest names: those that contain it or whose words do, then by how many characters differ.</summary>
    public static IReadOnlyList<string> Of(string found, IEnumerable<(string Name, IEnumerable<string> Called)> known)
    {
        string asked = Plain(found);
        return
        [
            .. known.Select(k => (k.Name, Far: k.Called.Append(k.Name).Min(c => Distance(asked, Plain(c)))))
                .OrderBy(k => k.Far).ThenBy(k => k.Name, StringComparer.Ordinal).Take(Most).Select(k => k.Name),
        ];
    }

    /// <summary>A name without case, underscores and outer blanks.</summary>
    public static string Plain(string name)
    {
        string lower = name.Trim().ToLowerInvariant().Replace('_', ' ').Replace('-', ' ');
        return lower.Length > Longest ? lower[..Longest] : lower;
    }

    // Edits per character of the longer; a part of the other counts half of what it lacks.
    private static double Distance(string a, string b)
    {
        int longer = Math.Max(a.Length, b.Length);
        if (longer == 0)
        {
            return 1;
        }

        double edits = EditDistance.Of(a, b) / (double)longer;
        return a.Length > 2 && b.Length > 2 && (a.Contains(b, StringComparison.Ordinal) || b.Contains(a, StringComparison.Ordinal))
            ? Math.Min(edits, (longer - Math.Min(a.Length, b.Length)) / (2.0 * longer))
            : edits;
    }
}
