namespace Predictive.History;

/// <summary>Who is scored, trained on and evaluated: customers with at least one purchase strictly before the as-of.</summary>
public static class Population
{
    /// <summary>Indices into the history, ascending.</summary>
    public static int[] At(TransactionHistory history, LocalTime asOf)
    {
        ArgumentNullException.ThrowIfNull(history);
        var members = new List<int>(history.CustomerCount);
        for (int c = 0; c < history.CustomerCount; c++)
        {
            if (IsMember(history.Lines(c), asOf))
            {
                members.Add(c);
            }
        }

        return [.. members];
    }

    /// <summary>Whether the lines hold a purchase (amount &gt; 0) strictly before <paramref name="asOf"/>.</summary>
    public static bool IsMember(CustomerLines lines, LocalTime asOf)
    {
        ReadOnlySpan<long> times = lines.OrderedAt;
        ReadOnlySpan<double> amounts = lines.Amount;
        for (int i = 0; i < times.Length && times[i] < asOf.Micros; i++)
        {
            if (amounts[i] > 0)
            {
                return true;
            }
        }

        return false;
    }
}
