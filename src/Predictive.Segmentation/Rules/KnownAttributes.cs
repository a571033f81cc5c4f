using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>What the customers table says of one customer.</summary>
internal static class KnownAttributes
{
    /// <summary>The column of a name, ordinal; null where the dataset has none.</summary>
    public static AttributeColumn? Find(CustomerTables? tables, string name)
    {
        foreach (AttributeColumn column in tables?.Attributes ?? [])
        {
            if (column.Name == name)
            {
                return column;
            }
        }

        return null;
    }

    /// <summary>The value as text; null = unknown, or a number.</summary>
    public static string? Text(AttributeColumn column, int customer) =>
        column.Categories is { } names && column.Values[customer] is >= 0 and float code ? names[(int)code] : null;

    /// <summary>The value as a number; NaN = unknown, or a text.</summary>
    public static double Number(AttributeColumn column, int customer) => column.Categories is null ? column.Values[customer] : double.NaN;
}
