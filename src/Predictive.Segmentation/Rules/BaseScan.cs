using Predictive.History;

namespace Predictive.Segmentation.Rules;

/// <summary>One value per customer of a base, computed on both cores; the result does not depend on how many there are.</summary>
internal static class BaseScan
{
    public delegate T PerCustomer<T>(int customer, CustomerLines before);

    /// <summary>Applies a pure function to the lines before a local time of each customer given.</summary>
    public static T[] Select<T>(TransactionHistory history, int[] customers, LocalTime asOf, PerCustomer<T> function)
    {
        var result = new T[customers.Length];
        const int Chunk = 512;
        Parallel.For(0, (customers.Length + Chunk - 1) / Chunk, chunk =>
        {
            int end = Math.Min(customers.Length, (chunk + 1) * Chunk);
            for (int i = chunk * Chunk; i < end; i++)
            {
                result[i] = function(customers[i], history.Lines(customers[i]).Before(asOf));
            }
        });
        return result;
    }

    /// <summary>
    /// Counts over customers, on both cores: parts of them at a time, each worker with counts of its own, put together at the end. For
    /// whole numbers: sums of doubles would depend on the order.
    /// </summary>
    /// <param name="customers">How many; 0 = nothing is done.</param>
    /// <param name="scratch">What a worker counts in.</param>
    /// <param name="part">Counts the customers from the first index up to the second.</param>
    /// <param name="together">Adds what a worker has counted; one at a time.</param>
    public static void Count<T>(int customers, Func<T> scratch, Action<int, int, T> part, Action<T> together)
    {
        const int Chunk = 4096;
        var gate = new Lock();
        Parallel.For(
            0, (customers + Chunk - 1) / Chunk, scratch,
            (chunk, _, own) =>
            {
                part(chunk * Chunk, Math.Min(customers, (chunk + 1) * Chunk), own);
                return own;
            },
            own =>
            {
                lock (gate)
                {
                    together(own);
                }
            });
    }

    /// <summary>
    /// The smallest value that at least a share of the ascending values do not exceed (nearest rank); 0 where there are none.
    /// </summary>
    public static double Quantile(ReadOnlySpan<double> ascending, double share) =>
        ascending.IsEmpty ? 0 : ascending[Math.Clamp((int)Math.Ceiling(share * ascending.Length) - 1, 0, ascending.Length - 1)];

    /// <summary>Sorts a copy.</summary>
    public static double[] Sorted(IEnumerable<double> values)
    {
        double[] copy = [.. values];
        Array.Sort(copy);
        return copy;
    }
}
