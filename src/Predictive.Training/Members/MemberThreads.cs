namespace Predictive.Training.Members;

/// <summary>Whether the members of a model are trained at once, and on how many threads each. The members do not depend on it.</summary>
internal static class MemberThreads
{
    /// <summary>
    /// Rows up to which they are. Small tables: the threads of one training wait for each other longer than an uneven end lasts. Large
    /// ones: several would not stay in the caches.
    /// </summary>
    private const int MostRowsAtOnce = 200_000;

    /// <summary>The way for a table.</summary>
    /// <param name="rows">Of the table.</param>
    /// <param name="threads">For all members together; 0 = one per core.</param>
    public static (bool AtOnce, int Each) For(int rows, int threads) => rows <= MostRowsAtOnce
        ? (true, Math.Max(1, (threads > 0 ? threads : Environment.ProcessorCount) / 4))
        : (false, threads);
}
