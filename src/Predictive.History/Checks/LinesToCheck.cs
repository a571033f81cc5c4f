namespace Predictive.History.Checks;

/// <summary>The lines of some customers, grouped by customer, in no order within.</summary>
internal sealed record LinesToCheck
{
    /// <summary>First line of each customer, and the end.</summary>
    public required int[] Offsets { get; init; }

    /// <summary>Local microseconds; a line that cannot be used may have none.</summary>
    public required long[] OrderedAt { get; init; }

    /// <summary>Net amounts; a line that cannot be used may have an impossible one.</summary>
    public required double[] Amount { get; init; }

    /// <summary>Units, NaN = unknown; null = no such column.</summary>
    public float[]? Quantity { get; init; }

    /// <summary>Product codes, −1 = none, the same for all ranges of a table; null = no such column.</summary>
    public int[]? Product { get; init; }

    /// <summary>Hash of the order id, 0 = none; null = see <see cref="Order"/>.</summary>
    public ulong[]? OrderHashes { get; init; }

    /// <summary>Order codes, equal within a customer where the order is, −1 = none; null = no such column.</summary>
    public int[]? Order { get; init; }

    /// <summary>
    /// Equal where two lines of one customer are equal in every column; 0 = compared with none; null = lines are not compared.
    /// </summary>
    public ulong[]? Hashes { get; init; }

    /// <summary>Name of the customer that <see cref="Offsets"/> has at that place.</summary>
    public required Func<int, string> CustomerId { get; init; }
}
