using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>What customers say that they prefer, in columns of the customers table. Safe to use from several threads.</summary>
internal sealed class StatedPreferences
{
    private readonly (AttributeColumn Column, double[] Shares)[] _columns;

    /// <param name="tables">Of the history whose customers are asked about.</param>
    /// <param name="options">Which columns.</param>
    /// <param name="shares">From <see cref="Fit"/>.</param>
    /// <param name="rarest">The smallest of them: the share of what the base does not know.</param>
    public StatedPreferences(
        CustomerTables? tables, PreferenceOptions options, IReadOnlyDictionary<string, double>? shares, double rarest) =>
        _columns = shares is null ? [] :
        [
            .. Columns(tables, options).Select(c => (
                c, c.Categories!.Select(v => shares.GetValueOrDefault(Key(c.Name, v), rarest)).ToArray())),
        ];

    /// <summary>Share of each value among the customers who say anything in its column; null where nobody does.</summary>
    public static SortedDictionary<string, double>? Fit(TransactionHistory history, LocalTime asOf, PreferenceOptions options)
    {
        var shares = new SortedDictionary<string, double>(StringComparer.Ordinal);
        int[]? population = null;
        foreach (AttributeColumn column in Columns(history.Tables, options))
        {
            double[] count = new double[column.Categories!.Length];
            foreach (int customer in population ??= Population.At(history, asOf))
            {
                if (column.Values[customer] is >= 0 and float code)
                {
                    count[(int)code]++;
                }
            }

            double all = count.Sum();
            for (int v = 0; v < count.Length; v++)
            {
                if (count[v] > 0)
                {
                    shares.Add(Key(column.Name, column.Categories[v]), count[v] / all);
                }
            }
        }

        return shares.Count == 0 ? null : shares;
    }

    /// <summary>Adds what a customer says.</summary>
    public void AddTo(List<PreferenceTag> tags, CustomerLines lines, double minimumStrength)
    {
        foreach (var (column, shares) in _columns)
        {
            if (column.Values[lines.Customer] is >= 0 and float code
                && 1 / shares[(int)code] is var strength && strength >= minimumStrength)
            {
                tags.Add(new PreferenceTag($"stated:{column.Categories![(int)code]}", strength, 1));
            }
        }
    }

    private static IEnumerable<AttributeColumn> Columns(CustomerTables? tables, PreferenceOptions options) =>
        (tables?.Attributes ?? []).Where(
            a => a.Categories is not null && options.Stated.Contains(a.Name, StringComparer.OrdinalIgnoreCase));

    private static string Key(string column, string value) => $"{column}={value}";
}
