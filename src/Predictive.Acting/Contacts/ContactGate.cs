using System.Globalization;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Store.Campaigns;
using Predictive.Store.Contacts;

namespace Predictive.Acting.Contacts;

/// <summary>Says of a customer whether they may be contacted by a way from a day on, and if not, why.</summary>
/// <remarks>
/// The reasons, strongest first: the customer's opt-out, the house's suppression, held out by a campaign, in a campaign, contacted often
/// enough. Contacts count from the store's log and from the contacts table of the dataset.
/// </remarks>
public sealed class ContactGate
{
    private const string OptedOut = "opted out", Suppressed = "suppressed by the house";

    private readonly ContactSettings _settings;
    private readonly string _channel;
    private readonly int _day;
    private readonly HashSet<string> _optedOut = new(StringComparer.Ordinal), _suppressed = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, (string Campaign, bool IsHeldOut)> _inCampaigns;
    private readonly ILookup<string, (string Channel, int Day)> _contacts;
    private readonly TransactionHistory _history;
    private readonly OptOutColumn[] _columns;
    private readonly ContactCap[] _caps;

    /// <summary>For one channel and day.</summary>
    /// <param name="settings">What contacts.json says.</param>
    /// <param name="channel">By which way.</param>
    /// <param name="day">From when.</param>
    /// <param name="occupied">What the store knows.</param>
    /// <param name="history">The base, with its contacts and customers tables.</param>
    /// <exception cref="DatasetException">The customers table has no such column as contacts.json names.</exception>
    public ContactGate(ContactSettings settings, string channel, DateOnly day, Occupied occupied, TransactionHistory history)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(occupied);
        ArgumentNullException.ThrowIfNull(history);
        (_settings, _channel, _day, _history, _inCampaigns) =
            (settings, channel, LocalTime.StartOf(day).Day, history, occupied.InCampaigns);
        foreach (Suppression s in occupied.Suppressions.Where(s => Applies(s.Channel)))
        {
            (s.IsOptOut ? _optedOut : _suppressed).Add(s.CustomerId);
        }

        _suppressed.UnionWith(settings.Never);
        _contacts = occupied.Contacts.ToLookup(
            c => c.CustomerId, c => (c.Channel, LocalTime.StartOf(c.Day).Day), StringComparer.Ordinal);
        _caps = [.. settings.Caps.Where(c => Applies(c.Channel))];
        _columns = [.. settings.OptOuts.Where(o => Applies(o.Channel))];
        foreach (OptOutColumn o in _columns.Where(o => KnownAttributes.Find(history.Tables, o.Column) is null))
        {
            throw new DatasetException(
                "no-opt-out-column",
                $"contacts.json names the opt-out column '{o.Column}', and the customers table has none such: nobody would be left out. "
                    + "Mend the name, or take the line out.",
                "customers",
                o.Column);
        }
    }

    /// <summary>First day whose contacts count.</summary>
    public static DateOnly ContactsFrom(ContactSettings settings, DateOnly day) =>
        day.AddDays(-(settings ?? throw new ArgumentNullException(nameof(settings))).Caps.Select(c => c.Days).DefaultIfEmpty(0).Max());

    /// <summary>Whether a reason is not over by itself in a few days.</summary>
    /// <param name="reason">From <see cref="Refuses"/>.</param>
    public static bool IsForGood(string reason) =>
        reason == Suppressed || (reason ?? throw new ArgumentNullException(nameof(reason))).StartsWith(OptedOut, StringComparison.Ordinal);

    /// <summary>Why a customer may not be contacted; null = they may.</summary>
    /// <param name="customer">Index into the history.</param>
    public string? Refuses(int customer)
    {
        string id = _history.CustomerId(customer);
        if (_optedOut.Contains(id) || Array.Exists(_columns, o => SaysNo(o, customer)))
        {
            return _channel == ContactBook.EveryChannel ? OptedOut : $"{OptedOut} of {_channel}";
        }

        if (_suppressed.Contains(id))
        {
            return Suppressed;
        }

        if (_inCampaigns.TryGetValue(id, out (string Campaign, bool IsHeldOut) other))
        {
            return other.IsHeldOut ? $"held out by the campaign '{other.Campaign}'" : $"in the campaign '{other.Campaign}'";
        }

        ContactCap? reached = Array.Find(_caps, c => Count(id, customer, c) >= c.Most);
        return reached is null ? null : reached.Most == 0
            ? $"no {reached.Channel} allowed"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"had {reached.Most} {(reached.Channel == ContactBook.EveryChannel ? "contacts" : reached.Channel)} in {reached.Days} "
                    + $"days");
    }

    private bool Applies(string channel) =>
        channel == ContactBook.EveryChannel || channel.Equals(_channel, StringComparison.OrdinalIgnoreCase);

    private bool SaysNo(OptOutColumn column, int customer) =>
        KnownAttributes.Find(_history.Tables, column.Column) is { } attribute
        && (KnownAttributes.Text(attribute, customer)
            ?? KnownAttributes.Number(attribute, customer).ToString(CultureInfo.InvariantCulture)) is var value
        && column.Values.Contains(value, StringComparer.OrdinalIgnoreCase);

    private int Count(string id, int customer, ContactCap cap)
    {
        bool all = cap.Channel == ContactBook.EveryChannel;
        int from = _day - cap.Days, count = 0;
        foreach ((string channel, int day) in _contacts[id])
        {
            count += day > from && (all || channel.Equals(cap.Channel, StringComparison.OrdinalIgnoreCase)) ? 1 : 0;
        }

        if (_history.Tables?.Contacts is { } table)
        {
            for (int i = table.Offsets[customer]; i < table.Offsets[customer + 1]; i++)
            {
                int day = LocalTime.DayOf(table.OccurredAt[i]);
                count += day > from && day <= _day
                    && (all || table.Kinds[table.Kind[i]].Equals(cap.Channel, StringComparison.OrdinalIgnoreCase)) ? 1 : 0;
            }
        }

        return count;
    }
}
