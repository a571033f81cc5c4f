using Predictive.History;

namespace Predictive.Acting.Standing;

/// <summary>When, by which channel and in which category a customer mostly buys, by their own orders.</summary>
/// <param name="scores">The base.</param>
internal sealed class OwnHabits(Predictive.Segmentation.Scoring.ScoreTable scores)
{
    /// <summary>Lines below which the hour of the whole base is taken.</summary>
    private const int Fewest = 3;

    private readonly Lazy<int> _hourOfAll = new(() =>
    {
        var counts = new int[24];
        foreach (long at in scores.History.Columns.OrderedAt)
        {
            counts[HourOf(at)] += at < scores.AsOf.Micros ? 1 : 0;
        }

        return Most(counts);
    });

    /// <summary>Hour of the day, 0 to 23; ties to the earlier.</summary>
    public int Hour(int row)
    {
        CustomerLines lines = Lines(row);
        if (lines.Count < Fewest)
        {
            return _hourOfAll.Value;
        }

        var counts = new int[24];
        foreach (long at in lines.OrderedAt)
        {
            counts[HourOf(at)]++;
        }

        return Most(counts);
    }

    /// <summary>Category of most of the lines; null where none is known.</summary>
    public string? Category(int row) => MostOf(Lines(row).Category, scores.History.Columns.Categories);

    /// <summary>Channel of most of the lines; null where none is known.</summary>
    public string? Channel(int row) => MostOf(Lines(row).Channel, scores.History.Columns.Channels);

    private CustomerLines Lines(int row) => scores.History.Lines(scores.Customers[row]).Before(scores.AsOf);

    private static int HourOf(long at) => (int)(LocalTime.OfDay(at) / (LocalTime.MicrosPerDay / 24));

    private static int Most(int[] counts) => Array.IndexOf(counts, counts.Max());

    private static string? MostOf(ReadOnlySpan<int> codes, string[]? names)
    {
        if (names is null)
        {
            return null;
        }

        var counts = new Dictionary<int, int>();
        foreach (int code in codes)
        {
            if (code >= 0)
            {
                counts[code] = counts.GetValueOrDefault(code) + 1;
            }
        }

        return counts.Count == 0 ? null
            : counts.OrderByDescending(c => c.Value).ThenBy(c => names[c.Key], StringComparer.Ordinal).Select(c => names[c.Key]).First();
    }
}
