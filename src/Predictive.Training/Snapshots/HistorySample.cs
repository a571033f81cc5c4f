using Predictive.History;
using Predictive.Training.Selection;

namespace Predictive.Training.Snapshots;

/// <summary>A seeded sample of whole customers, as a history of its own.</summary>
internal static class HistorySample
{
    /// <summary>The history itself where it has no more customers than asked; else that many, drawn evenly, in their order.</summary>
    public static TransactionHistory Take(TransactionHistory history, int customers, int seed) =>
        history.CustomerCount <= customers ? history : Take(history, Draw(history.CustomerCount, customers, seed));

    /// <summary>Ascending indices drawn without replacement.</summary>
    public static int[] Draw(int population, int count, int seed)
    {
        if (count >= population)
        {
            return [.. Enumerable.Range(0, population)];
        }

        // Selection sampling (Knuth, vol. 2, algorithm S): one pass, ascending, every subset equally likely.
        var random = new Random(seed);
        var drawn = new int[count];
        int taken = 0;
        for (int i = 0; taken < count; i++)
        {
            if (random.NextDouble() * (population - i) < count - taken)
            {
                drawn[taken++] = i;
            }
        }

        return drawn;
    }

    /// <summary>The given customers only.</summary>
    public static TransactionHistory Take(TransactionHistory history, int[] customers)
    {
        TransactionColumns all = history.Columns;
        var offsets = new int[customers.Length + 1];
        for (int i = 0; i < customers.Length; i++)
        {
            offsets[i + 1] = offsets[i] + all.Offsets[customers[i] + 1] - all.Offsets[customers[i]];
        }

        return new TransactionHistory(
            all with
            {
                CustomerIds = [.. customers.Select(c => all.CustomerIds[c])],
                NumericIds = all.NumericIds is { } numbers ? [.. customers.Select(c => numbers[c])] : null,
                Offsets = offsets,
                OrderedAt = Gather(all.OrderedAt)!,
                Amount = Gather(all.Amount)!,
                Order = Gather(all.Order),
                Product = Gather(all.Product),
                Category = Gather(all.Category),
                Channel = Gather(all.Channel),
                Quantity = Gather(all.Quantity),
                UnitCost = Gather(all.UnitCost),
                Discount = Gather(all.Discount),
            },
            history.Description,
            history.Tables?.Take(customers));

        T[]? Gather<T>(T[]? column)
        {
            if (column is null)
            {
                return null;
            }

            var target = new T[offsets[^1]];
            for (int i = 0; i < customers.Length; i++)
            {
                column.AsSpan(all.Offsets[customers[i]], offsets[i + 1] - offsets[i]).CopyTo(target.AsSpan(offsets[i]));
            }

            return target;
        }
    }
}
