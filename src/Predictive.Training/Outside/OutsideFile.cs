using System.Globalization;
using nietras.SeparatedValues;
using Predictive.History;
using Predictive.History.Import;

namespace Predictive.Training.Outside;

/// <summary>
/// A file of scores that were made elsewhere: CSV (plain, gzip or zip), Parquet or .xlsx with the columns <c>as_of</c>, <c>customer_id</c>,
/// <c>churn_probability</c>, <c>expected_spend</c> and, if wanted, <c>expected_orders</c> and <c>horizon_days</c>; others are not read.
/// </summary>
public static class OutsideFile
{
    private const int MostTold = 5, MostNames = 20, LongestName = 40;
    private const string Orders = "expected_orders", Horizon = "horizon_days";
    private static readonly string[] s_needed = ["as_of", "customer_id", "churn_probability", "expected_spend"];

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <param name="timeZone">IANA name of the dataset's time zone.</param>
    /// <param name="horizonDays">Days the scores look ahead; a row that says another number is refused.</param>
    /// <returns>One per as-of, oldest first; at least one.</returns>
    /// <exception cref="DatasetException">It cannot be read, lacks a column or a row, or rows are at fault; five are told.</exception>
    public static IReadOnlyList<OutsideScores> Read(string path, string timeZone, int horizonDays)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        using SourceContent content = SourceContent.Open(new ImportOptions { Source = path, OutputFolder = "", TimeZone = timeZone });
        using SepReader reader = Open(content, path);
        string[] missing = [.. s_needed.Where(c => !reader.Header.ColNames.Contains(c))];
        if (missing.Length > 0)
        {
            throw new DatasetException(
                "missing-column",
                $"{path} has the columns {Named(reader.Header.ColNames)}; expected {string.Join(", ", s_needed)} too: "
                    + $"{string.Join(", ", missing)} not found. Name them so in the first row.",
                path, missing[0]);
        }

        bool hasOrders = reader.Header.ColNames.Contains(Orders);
        int[] at =
        [
            .. s_needed.Select(reader.Header.IndexOf), hasOrders ? reader.Header.IndexOf(Orders) : -1,
            reader.Header.ColNames.Contains(Horizon) ? reader.Header.IndexOf(Horizon) : -1,
        ];
        var read = new Reading(TimeZoneInfo.FindSystemTimeZoneById(timeZone), horizonDays, hasOrders);
        var faults = new List<Finding>();
        int number = 0;
        foreach (SepReader.Row row in reader)
        {
            number++;
            if (row.ColCount == 1 && row[0].Span.IsWhiteSpace())
            {
                continue;
            }

            string[] cells = new string[at.Length];
            for (int i = 0; i < at.Length; i++)
            {
                cells[i] = at[i] >= 0 && at[i] < row.ColCount ? row[at[i]].ToString().Trim() : "";
            }

            // What is no text has no lines.
            string place = content.IsWritten
                ? string.Create(CultureInfo.InvariantCulture, $"row {number:N0}")
                : string.Create(CultureInfo.InvariantCulture, $"line {row.LineNumberFrom:N0}");
            if (read.Add(cells, place) is { } fault)
            {
                faults.Add(new Finding("bad-row", FindingSeverity.Blocking, $"{path}, {place}: {fault}.", path));
                if (faults.Count == MostTold)
                {
                    break;
                }
            }
        }

        return faults.Count > 0 ? throw new DatasetException(faults)
            : read.Scores() is { Count: > 0 } scores ? scores
            : throw new DatasetException("empty-file", $"{path} has no row; expected one for each customer and as-of.", path);
    }

    // What is no table has names of any length, and of any characters.
    private static string Named(IReadOnlyList<string> names) => string.Join(", ", names.Take(MostNames).Select(n =>
        new string([.. n.Where(c => !char.IsControl(c)).Take(LongestName)]))) + (names.Count > MostNames ? " ..." : "");

    private static SepReader Open(SourceContent content, string path)
    {
        try
        {
            return Sep.Reader(o => o with { Unescape = true, DisableColCountCheck = true }).From(content.Stream);
        }
        catch (ArgumentException e)
        {
            throw new DatasetException(
                "unreadable-file", $"{path} cannot be read as a table: {e.Message} Expected a first row of column names, each once.", path,
                inner: e);
        }
    }

    private sealed class Reading(TimeZoneInfo zone, int horizonDays, bool hasOrders)
    {
        private readonly SortedDictionary<LocalTime, Columns> _read = [];
        private string _timeText = "";
        private LocalTime _time;

        /// <summary>Takes a row: as-of, customer, probability, spend, orders, horizon.</summary>
        /// <returns>What is wrong with it; null = nothing.</returns>
        public string? Add(string[] cells, string place)
        {
            // A file has few as-ofs and many rows: one that was read is not read again.
            if (cells[0] != _timeText)
            {
                if (!LocalTime.TryParse(cells[0], zone, out LocalTime time))
                {
                    return $"as_of is '{cells[0]}'; expected a date such as 2025-07-01";
                }

                (_timeText, _time) = (cells[0], time);
            }

            if (cells[1].Length == 0)
            {
                return "customer_id is empty; expected an id of the dataset";
            }

            if (!Number(cells[2], out double churn) || churn > 1)
            {
                return $"churn_probability is '{cells[2]}'; expected a number from 0 to 1";
            }

            if (!Number(cells[3], out double spend))
            {
                return $"expected_spend is '{cells[3]}'; expected an amount of at least 0 such as 12.50";
            }

            double orders = 0;
            if (hasOrders && !Number(cells[4], out orders))
            {
                return $"{Orders} is '{cells[4]}'; expected a number of at least 0 such as 1.4";
            }

            if (cells[5].Length > 0 && (!Number(cells[5], out double days) || days != horizonDays))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"{Horizon} is '{cells[5]}'; expected {horizonDays}, as --horizon says: every number would mean something else");
            }

            if (!_read.TryGetValue(_time, out Columns? columns))
            {
                _read.Add(_time, columns = new Columns());
            }

            if (!columns.Places.TryAdd(cells[1], place))
            {
                return $"'{cells[1]}' as of {_time} stands in {columns.Places[cells[1]]} already; expected one row for each";
            }

            columns.Customers.Add(cells[1]);
            columns.Churn.Add(churn);
            columns.Spend.Add(spend);
            columns.Orders.Add(orders);
            return null;
        }

        /// <summary>What was read, oldest as-of first.</summary>
        public IReadOnlyList<OutsideScores> Scores() =>
            [.. _read.Select(r => new OutsideScores(
                r.Key, r.Value.Customers, r.Value.Churn, r.Value.Spend, hasOrders ? r.Value.Orders : null))];

        private static bool Number(string text, out double value) =>
            double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value) && value >= 0;

        private sealed class Columns
        {
            public Dictionary<string, string> Places { get; } = new(StringComparer.Ordinal);

            public List<string> Customers { get; } = [];

            public List<double> Churn { get; } = [];

            public List<double> Spend { get; } = [];

            public List<double> Orders { get; } = [];
        }
    }
}
