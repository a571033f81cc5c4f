namespace Predictive.Learning;

/// <summary>The checks every predictor shares.</summary>
internal static class EngineChecks
{
    /// <summary>Throws unless the table has just these columns in this order and there is a slot per row.</summary>
    public static void Columns(IReadOnlyList<string> expected, FeatureMatrix data, int slots)
    {
        if (data.Columns != expected.Count)
        {
            throw new ArgumentException($"The table has {data.Columns} columns; the model reads {expected.Count}.");
        }

        for (int j = 0; j < expected.Count; j++)
        {
            if (!string.Equals(data.Names[j], expected[j], StringComparison.Ordinal))
            {
                throw new ArgumentException($"Column {j} of the table is '{data.Names[j]}'; the model reads '{expected[j]}' there.");
            }
        }

        if (slots < data.Rows)
        {
            throw new ArgumentException($"There are {slots} slots for {data.Rows} predictions.");
        }
    }
}
