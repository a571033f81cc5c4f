using System.Globalization;
using nietras.SeparatedValues;
using Predictive.History;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;

namespace Predictive.Acting.Campaigns;

/// <summary>What became of a campaign's customers: from later transactions, or from a file.</summary>
public static class CampaignOutcomes
{
    private static readonly string[] s_yes = ["yes", "y", "true", "1"], s_no = ["no", "n", "false", "0"];

    /// <summary>Reads outcomes from transactions: who bought within the window, and net spend. Who is not in the base bought
    /// nothing.</summary>
    /// <param name="campaign">Whose window counts.</param>
    /// <param name="members">Its members.</param>
    /// <param name="history">The base, with transactions through the window.</param>
    /// <param name="through">Last day the data are whole for.</param>
    public static IReadOnlyList<MemberOutcome> From(
        Campaign campaign, IReadOnlyList<CampaignMember> members, TransactionHistory history, DateOnly through)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        ArgumentNullException.ThrowIfNull(history);
        LocalTime from = LocalTime.StartOf(campaign.From);
        LocalTime to = LocalTime.StartOf((through < campaign.To ? through : campaign.To).AddDays(1));
        return
        [
            .. members.Select(m =>
            {
                int customer = history.IndexOf(m.CustomerId);
                if (customer < 0)
                {
                    return new MemberOutcome(m.CustomerId, false, 0);
                }

                double spend = 0;
                bool bought = false;
                foreach (double amount in history.Lines(customer).Between(from, to).Amount)
                {
                    spend += amount;
                    bought |= amount > 0;
                }

                return new MemberOutcome(m.CustomerId, bought, Cents.Of(spend));
            }),
        ];
    }

    /// <summary>Reads outcomes from a CSV file: customer_id, bought (yes or no) and spend.</summary>
    /// <exception cref="DatasetException">It cannot be read; with the first lines at fault.</exception>
    public static IReadOnlyList<MemberOutcome> Read(string file) => Read<MemberOutcome>(file, ["customer_id", "bought", "spend"], row =>
        (Flag(row[1]),
            double.TryParse(row[2], NumberStyles.Float, CultureInfo.InvariantCulture, out double spend) && double.IsFinite(spend))
            switch
            {
                (null, _) => (null, $"bought is '{row[1]}'; expected yes or no"),
                (_, false) => (null, $"spend is '{row[2]}'; expected an amount such as 12.50"),
                ({ } bought, true) => (new MemberOutcome(row[0], bought, spend), null),
            });

    /// <summary>
    /// Reads the contacts that were made from the list that was exported, filled in: customer_id, contacted_on (a date; empty = not
    /// contacted) and outcome.
    /// </summary>
    /// <exception cref="DatasetException">It cannot be read; with the first lines at fault.</exception>
    public static IReadOnlyList<Contact> ReadContacts(string file, Campaign campaign)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        return
        [
            .. Read<Contact?>(file, ["customer_id", "contacted_on", "outcome"], row =>
                row[1].Length == 0 ? (null, null)
                : DateOnly.TryParseExact(row[1], "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly day)
                    ? (new Contact(row[0], campaign.Channel, day, campaign.Name, row[2].Length == 0 ? "reached" : row[2]), null)
                    : (null, $"contacted_on is '{row[1]}'; expected a date such as 2025-07-03")).OfType<Contact>(),
        ];
    }

    private static bool? Flag(string text) => s_yes.Contains(text, StringComparer.OrdinalIgnoreCase) ? true
        : s_no.Contains(text, StringComparer.OrdinalIgnoreCase) ? false
        : null;

    private static List<T> Read<T>(string file, string[] columns, Func<string[], (T? Value, string? Fault)> of)
    {
        const int MostTold = 5;
        if (!File.Exists(file))
        {
            throw new DatasetException("no-file", $"{file} is not there; expected a CSV file with {string.Join(", ", columns)}.", file);
        }

        var found = new List<T>();
        var faults = new List<Finding>();
        using SepReader reader = Sep.Reader(o => o with { Unescape = true, DisableColCountCheck = true }).FromFile(file);
        string[] missing = [.. columns.Where(c => !reader.Header.ColNames.Contains(c))];
        if (missing.Length > 0)
        {
            throw new DatasetException(
                "missing-column",
                $"{file} has the columns {string.Join(", ", reader.Header.ColNames)}; expected {string.Join(", ", columns)} too: "
                    + $"{string.Join(", ", missing)} not found.",
                file,
                missing[0]);
        }

        int[] at = [.. columns.Select(reader.Header.IndexOf)];
        foreach (SepReader.Row row in reader)
        {
            // A struct that lives on the stack: no closure.
            string[] cells = new string[at.Length];
            for (int i = 0; i < at.Length; i++)
            {
                cells[i] = at[i] < row.ColCount ? row[at[i]].ToString().Trim() : "";
            }

            // What a spreadsheet would run was defused when the list was written.
            cells[0] = cells[0].StartsWith('\'') ? cells[0][1..] : cells[0];
            (T? value, string? fault) = cells[0].Length == 0 ? (default, "customer_id is empty") : of(cells);
            if (fault is null)
            {
                found.Add(value!);
            }
            else if (faults.Count < MostTold)
            {
                faults.Add(new Finding(
                    "bad-row", FindingSeverity.Blocking,
                    string.Create(CultureInfo.InvariantCulture, $"{file}, line {row.LineNumberFrom}: {fault}."), file));
            }
        }

        return faults.Count == 0 ? found : throw new DatasetException(faults);
    }
}
