using Predictive.History;

namespace Predictive.Training;

/// <summary>The least data a model can be made from. Below it training refuses and names the shortfall.</summary>
public static class DataNeeds
{
    /// <summary>Customers with a purchase before the as-of, for any model.</summary>
    public const int Customers = 50;

    /// <summary>Customers who bought on two days or more: without them neither rhythm nor dropout can be told.</summary>
    public const int RepeatCustomers = 15;

    /// <summary>Days of history before the as-of.</summary>
    public const int HistoryDays = 30;

    /// <summary>
    /// Customers at the newest training snapshot, for models that learn from labels; below it the lifetimes models stand alone.
    /// </summary>
    public const int LabelledCustomers = 150;

    /// <summary>Customers of each outcome (came back, did not) in that window.</summary>
    public const int OfEachOutcome = 25;

    /// <summary>Refuses a history that is too small or too short.</summary>
    /// <exception cref="DatasetException">With one finding per shortfall.</exception>
    internal static void Check(TransactionHistory history, LocalTime asOf)
    {
        int customers = 0, repeat = 0;
        long first = long.MaxValue;
        for (int c = 0; c < history.CustomerCount; c++)
        {
            CustomerLines lines = history.Lines(c).Before(asOf);
            long firstDay = long.MinValue;
            bool again = false;
            for (int i = 0; i < lines.Count && !again; i++)
            {
                if (lines.Amount[i] > 0)
                {
                    long day = LocalTime.DayOf(lines.OrderedAt[i]);
                    first = Math.Min(first, lines.OrderedAt[i]);
                    again = firstDay != long.MinValue && day != firstDay;
                    firstDay = firstDay == long.MinValue ? day : firstDay;
                }
            }

            customers += firstDay != long.MinValue ? 1 : 0;
            repeat += again ? 1 : 0;
        }

        var findings = new List<Finding>();
        if (customers == 0)
        {
            throw new DatasetException(
                "no-purchase-before-as-of",
                $"No purchase (amount > 0) lies before {asOf}; expected at least {Customers} customers with one. Choose a later "
                    + "as-of date.");
        }

        if (customers < Customers)
        {
            findings.Add(
                Blocking(
                    "too-few-customers",
                    $"{customers} customers have a purchase before {asOf}; expected at least {Customers}, {Customers - customers} more. "
                        + "Add history or choose a later as-of date.",
                    customers));
        }

        if (repeat < RepeatCustomers)
        {
            findings.Add(
                Blocking(
                    "too-few-repeat-customers",
                    $"{repeat} customers bought on two days or more before {asOf}; expected at least {RepeatCustomers}, "
                        + $"{RepeatCustomers - repeat} more: without them the rhythm of returning cannot be learned.",
                    repeat));
        }

        int days = (int)asOf.DaysSince(new LocalTime(first));
        if (days < HistoryDays)
        {
            findings.Add(
                Blocking(
                    "history-too-short",
                    $"The purchases before {asOf} span {days} days; expected at least {HistoryDays}, {HistoryDays - days} more.", days));
        }

        if (findings.Count > 0)
        {
            throw new DatasetException(findings);
        }
    }

    private static Finding Blocking(string code, string message, long count) => new(code, FindingSeverity.Blocking, message, Count: count);
}
