using Predictive.Parquet;
using Predictive.Segmentation.History.Loading;

namespace Predictive.Segmentation.History.Checks;

/// <summary>Which columns the checks read: what the loader would read, and all of them to compare lines.</summary>
internal sealed record TransactionSchema(string Customer, string OrderedAt, string? Amount, string? Order, string? Quantity, IReadOnlyList<string> All)
{
    /// <summary>The columns of an open table.</summary>
    public static TransactionSchema Of(TransactionSource source)
    {
        string? Number(HistoryColumns kind) => source.Numbers.Where(n => n.Kind == kind).Select(n => n.Column.Path).FirstOrDefault();
        return new TransactionSchema(
            source.Customer.Path,
            source.Time.Path,
            source.Amount?.Path,
            source.Texts.FirstOrDefault(t => t.Kind == HistoryColumns.Order)?.Column?.Path,
            Number(HistoryColumns.Quantity),
            [.. source.Parts[0].File.Reader.Schema.Columns.Where(c => c.IsFlat).Select(c => c.Path)]);
    }

    /// <summary>Whole numbers.</summary>
    public static bool IsWhole(ParquetColumn c) => c.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64;
}
