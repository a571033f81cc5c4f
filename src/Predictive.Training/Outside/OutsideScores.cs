using System.Globalization;
using Predictive.History;

namespace Predictive.Training.Outside;

/// <summary>What a model that was made elsewhere says of a base, as of one local time.</summary>
/// <param name="AsOf">Only facts strictly before it may have been known to that model; nothing here can check it.</param>
/// <param name="Customers">Ids, each once.</param>
/// <param name="Churn">Probability of no purchase within the horizon, 0–1, by customer.</param>
/// <param name="Spend">Net spend expected within the horizon, 0 or more, in the dataset's money, by customer.</param>
/// <param name="Orders">Orders expected within the horizon, 0 or more, by customer; null = the model has no such figure.</param>
public sealed record OutsideScores(
    LocalTime AsOf, IReadOnlyList<string> Customers, IReadOnlyList<double> Churn, IReadOnlyList<double> Spend,
    IReadOnlyList<double>? Orders)
{
    private const int MostNamed = 5;

    /// <summary>Row of each customer of the population, in its order.</summary>
    /// <param name="history">The base.</param>
    /// <param name="population">Indices of who bought before the as-of.</param>
    /// <exception cref="DatasetException">Somebody of the population has no row, or a row is of somebody else.</exception>
    internal int[] Rows(TransactionHistory history, int[] population)
    {
        Finding[] faults = Faults(history, population);
        if (faults.Length > 0)
        {
            throw new DatasetException(faults);
        }

        var rows = new Dictionary<string, int>(Customers.Count, StringComparer.Ordinal);
        for (int i = 0; i < Customers.Count; i++)
        {
            rows[Customers[i]] = i;
        }

        return [.. population.Select(c => rows[history.CustomerId(c)])];
    }

    /// <summary>What keeps the scores from being judged or used: an as-of beyond the data, customers missing, customers unknown.</summary>
    /// <param name="history">The base.</param>
    /// <param name="end">Midnight after its last line that counts.</param>
    /// <returns>Empty where nothing does.</returns>
    public IReadOnlyList<Finding> Faults(TransactionHistory history, LocalTime end)
    {
        ArgumentNullException.ThrowIfNull(history);
        if (AsOf > end)
        {
            return
            [
                Fault(
                    "as-of-after-data",
                    $"Scores as of {AsOf} are given, and the data end at {end}: nobody can have known what lies between. Give scores as of "
                        + $"{end} or earlier, or bring the data up to date."),
            ];
        }

        int[] population = Population.At(history, AsOf);
        return population.Length > 0
            ? Faults(history, population)
            :
            [
                Fault(
                    "no-purchase-before-as-of",
                    $"Scores as of {AsOf} are given, and nobody bought before it. The data begin at "
                        + $"{new LocalTime(history.FirstMicros)}; give later as-ofs."),
            ];
    }

    private Finding[] Faults(TransactionHistory history, int[] population)
    {
        var given = new HashSet<string>(Customers, StringComparer.Ordinal);
        string[] missing = [.. population.Select(history.CustomerId).Where(id => !given.Remove(id)).Order(StringComparer.Ordinal)];
        string[] unknown = [.. given.Order(StringComparer.Ordinal)];
        var faults = new List<Finding>();
        if (missing.Length > 0)
        {
            faults.Add(Fault("customers-missing", string.Create(
                CultureInfo.InvariantCulture,
                $"As of {AsOf} {missing.Length:N0} of the {population.Length:N0} customers who had bought "
                    + $"{(missing.Length == 1 ? "has" : "have")} no row: {Named(missing)}. Expected all of them, so that "
                    + $"no model is judged on those it finds easy; "
                    + $"'predictive export-features DIR --as-of {AsOf} --out FILE' lists them.")));
        }

        if (unknown.Length > 0)
        {
            faults.Add(Fault("customers-unknown", string.Create(
                CultureInfo.InvariantCulture,
                $"As of {AsOf} {unknown.Length:N0} row{(unknown.Length == 1 ? " is" : "s are")} of customers who are not in the base or "
                    + $"had bought nothing before: {Named(unknown)}. Expected only who bought before that day, with the ids of the "
                    + $"dataset. Leave the others out.")));
        }

        return [.. faults];
    }

    private static string Named(string[] ids) =>
        string.Join(", ", ids.Take(MostNamed)) + (ids.Length > MostNamed ? " ..." : "");

    private static Finding Fault(string code, string message) => new(code, FindingSeverity.Blocking, message);
}
