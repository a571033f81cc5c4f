using Predictive.History;

namespace Predictive.Segmentation.Queries;

/// <summary>A dimension joined with a base.</summary>
/// <param name="Dimension">Its definition.</param>
/// <param name="Codes">Per line or per customer, below 0 = none; per day from the plan's first day of a dimension of time.</param>
/// <param name="Names">Value of each code; one more, the last, is none.</param>
internal sealed record BoundDimension(Dimension Dimension, int[] Codes, string[] Names)
{
    /// <summary>What stands where there is no value.</summary>
    public const string None = "(none)";

    /// <summary>The code at an index, none being the last.</summary>
    public int Code(int index) => Codes[index] is >= 0 and int code ? code : Names.Length - 1;
}

/// <summary>Lines a query keeps: those whose code is allowed.</summary>
/// <param name="Codes">Per line or per day.</param>
/// <param name="Allowed">Per code; the last is none.</param>
internal sealed record CodeFilter(int[] Codes, bool[] Allowed)
{
    /// <summary>Whether the code at an index is allowed.</summary>
    public bool Allows(int index) => Allowed[Codes[index] is >= 0 and int code ? code : Allowed.Length - 1];
}

/// <summary>A query compiled onto a history: which lines count, and which group each is of.</summary>
internal sealed record ScanPlan
{
    /// <summary>The history.</summary>
    public required TransactionHistory History { get; init; }

    /// <summary>First local day whose codes are known.</summary>
    public required int FirstDay { get; init; }

    /// <summary>Local microseconds of the first moment that counts.</summary>
    public required long Start { get; init; }

    /// <summary>Of the moment after the last.</summary>
    public required long End { get; init; }

    /// <summary>What divides, in the order asked for.</summary>
    public required BoundDimension[] By { get; init; }

    /// <summary>Per day from the first: where the finest period of it begins, local microseconds; who first buys after that is
    /// new.</summary>
    public required long[] PeriodStarts { get; init; }

    /// <summary>Whether a customer counts; null = all do.</summary>
    public bool[]? Customers { get; init; }

    /// <summary>Filters of lines.</summary>
    public IReadOnlyList<CodeFilter> Lines { get; init; } = [];

    /// <summary>Filters of days.</summary>
    public IReadOnlyList<CodeFilter> Days { get; init; } = [];

    /// <summary>Groups there can be.</summary>
    public long Combinations => By.Aggregate(1L, (n, d) => n > long.MaxValue / d.Names.Length ? long.MaxValue : n * d.Names.Length);

    /// <summary>Whether the filters keep a line.</summary>
    public bool Counts(int line, int day)
    {
        for (int f = 0; f < Lines.Count; f++)
        {
            if (!Lines[f].Allows(line))
            {
                return false;
            }
        }

        for (int f = 0; f < Days.Count; f++)
        {
            if (!Days[f].Allows(day))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>The values of a key, one a dimension.</summary>
    public string[] NamesOf(long key)
    {
        var names = new string[By.Length];
        for (int d = By.Length - 1; d >= 0; d--)
        {
            names[d] = By[d].Names[key % By[d].Names.Length];
            key /= By[d].Names.Length;
        }

        return names;
    }

    /// <summary>The codes of a key, one a dimension.</summary>
    public int[] CodesOf(long key)
    {
        var codes = new int[By.Length];
        for (int d = By.Length - 1; d >= 0; d--)
        {
            codes[d] = (int)(key % By[d].Names.Length);
            key /= By[d].Names.Length;
        }

        return codes;
    }

    /// <summary>First line of a customer at or after a time.</summary>
    public static int From(long[] times, int start, int end, long micros)
    {
        int at = Array.BinarySearch(times, start, end - start, micros);
        if (at < 0)
        {
            return ~at;
        }

        while (at > start && times[at - 1] == micros)
        {
            at--;
        }

        return at;
    }
}
