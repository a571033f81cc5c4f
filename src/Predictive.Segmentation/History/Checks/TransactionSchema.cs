using Predictive.Parquet;

namespace Predictive.Segmentation.History.Checks;

/// <summary>Which columns of a transactions table are which, by dataset.json or by their canonical names; null = the table has none.</summary>
internal sealed record TransactionSchema
{
    public required string Customer { get; init; }

    public required string OrderedAt { get; init; }

    public required string Amount { get; init; }

    public string? Order { get; init; }

    public string? Quantity { get; init; }

    /// <summary>Every flat column of the files, canonical or not: two lines are equal where all of these are.</summary>
    public required IReadOnlyList<string> All { get; init; }

    /// <summary>Finds the columns; adds a finding for each that is missing or of a wrong type.</summary>
    /// <returns>Null where the table cannot be used.</returns>
    public static TransactionSchema? Find(DatasetDescription description, ParquetSchema schema, string table, List<Finding> findings)
    {
        int before = findings.Count;
        string[] present = [.. schema.Columns.Select(c => c.Path)];

        string? Column(string canonical, bool required, string expected, Func<ParquetColumn, bool> fits)
        {
            bool mapped = description.Columns.TryGetValue(canonical, out string? source);
            source ??= canonical;
            if (schema.Find(source) is not { } column)
            {
                if (required || mapped)
                {
                    findings.Add(DatasetFaults.MissingColumn(table, source, canonical, present));
                }

                return null;
            }

            if (!column.IsFlat || !fits(column))
            {
                findings.Add(DatasetFaults.WrongType(table, source, canonical, Describe(column), expected));
            }

            return source;
        }

        foreach (string twice in present.GroupBy(p => p).Where(g => g.Count() > 1).Select(g => g.Key))
        {
            findings.Add(DatasetFaults.DuplicateMapping($"'{table}'", twice, [.. present.Select((p, i) => (p, i)).Where(p => p.p == twice).Select(p => $"column {p.i + 1}")]));
        }

        string? customer = Column("customer_id", true, "text or a whole number", c => IsText(c) || IsWhole(c));
        string? time = Column("ordered_at", true, "a timestamp or a date", IsTime);
        string? amount = Column("amount", true, "a number", IsNumber);
        string? order = Column("order_id", false, "text or a whole number", c => IsText(c) || IsWhole(c));
        string? quantity = Column("quantity", false, "a number", IsNumber);
        return findings.Count > before
            ? null
            : new TransactionSchema
            {
                Customer = customer!,
                OrderedAt = time!,
                Amount = amount!,
                Order = order,
                Quantity = quantity,
                All = [.. schema.Columns.Where(c => c.IsFlat).Select(c => c.Path)],
            };
    }

    /// <summary>Text.</summary>
    public static bool IsText(ParquetColumn c) => c.PhysicalType == PhysicalType.ByteArray && c.LogicalType.Kind is LogicalKind.String or LogicalKind.Enum or LogicalKind.None or LogicalKind.Json
        || c.LogicalType.Kind == LogicalKind.Uuid;

    /// <summary>Whole numbers.</summary>
    public static bool IsWhole(ParquetColumn c) => c.PhysicalType is PhysicalType.Int32 or PhysicalType.Int64 && c.LogicalType.Kind is LogicalKind.None or LogicalKind.Integer;

    private static bool IsTime(ParquetColumn c) => c.PhysicalType == PhysicalType.Int96 || c.LogicalType.Kind is LogicalKind.Timestamp or LogicalKind.Date;

    private static bool IsNumber(ParquetColumn c) => c.PhysicalType is PhysicalType.Double or PhysicalType.Float || IsWhole(c) || c.LogicalType.Kind is LogicalKind.Decimal or LogicalKind.Float16;

    private static string Describe(ParquetColumn c) => (c.IsFlat ? "" : "a list of ") + c.PhysicalType + (c.LogicalType.Kind == LogicalKind.None ? "" : $" ({c.LogicalType.Kind})");
}
