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

    /// <summary>
    /// Reads outcomes from transactions: who bought within the window, and net spend. Every member had bought before, so one whom the base
    /// does not know means another base; only who was erased is passed over, without an outcome.
    /// </summary>
    /// <param name="campaign">Whose window counts.</param>
    /// <param name="members">Its members.</param>
    /// <param name="history">The base, with transactions through the window.</param>
    /// <param name="through">Last day the data are whole for.</param>
    /// <param name="isErased">Whether a customer was erased; null = nobody was.</param>
    /// <exception cref="CampaignException">The base does not know some of the members.</exception>
    public static IReadOnlyList<MemberOutcome> From(
        Campaign campaign, IReadOnlyList<CampaignMember> members, TransactionHistory history, DateOnly through,
        Func<string, bool>? isErased = null)
    {
        ArgumentNullException.ThrowIfNull(campaign);
        ArgumentNullException.ThrowIfNull(members);
        ArgumentNullException.ThrowIfNull(history);
        CampaignMember[] there = [.. members.Where(m => isErased?.Invoke(m.CustomerId) != true)];
        string[] unknown = [.. there.Select(m => m.CustomerId).Where(id => history.IndexOf(id) < 0)];
        if (unknown.Length > 0)
        {
            throw new CampaignException(string.Create(
                CultureInfo.InvariantCulture,
                $"{unknown.Length:N0} of the {there.Length:N0} customers of '{campaign.Name}' have no transaction in these data "
                    + $"({string.Join(", ", unknown.Take(3))}); expected the base the campaign was drawn from, with its ids as they were. "
                    + $"Name that base with --data, or give the outcomes by --from-file."));
        }

        LocalTime from = LocalTime.StartOf(campaign.From);
        LocalTime to = LocalTime.StartOf((through < campaign.To ? through : campaign.To).AddDays(1));
        return
        [
            .. there.Select(m =>
            {
                (bool bought, double spend) = Within(history.Lines(history.IndexOf(m.CustomerId)), from, to);
                return new MemberOutcome(m.CustomerId, bought, Cents.Of(spend));
            }),
        ];
    }

    /// <summary>Whether a customer bought within a time, and net spend in it: the same for campaigns of every sort.</summary>
    internal static (bool Bought, double Spend) Within(CustomerLines lines, LocalTime from, LocalTime to)
    {
        double spend = 0;
        bool bought = false;
        foreach (double amount in lines.Between(from, to).Amount)
        {
            spend += amount;
            bought |= amount > 0;
        }

        return (bought, spend);
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
