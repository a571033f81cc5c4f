using System.Globalization;
using Predictive.Acting.Campaigns;
using Predictive.History;
using Predictive.Segmentation.Rules;
using Predictive.Segmentation.Scoring;

namespace Predictive.Acting.Standing;

/// <summary>Of whom a trigger holds as of a time, and what it needs of the data.</summary>
internal static class StandingTriggers
{
    /// <summary>Days after the beginning of the data from which somebody seen first counts as new.</summary>
    private const int NewAfterDays = 180;

    /// <summary>What the data lack for a trigger, in words; null = nothing.</summary>
    public static string? Missing(TriggerSettings trigger, TransactionHistory history)
    {
        EventColumns? events = history.Tables?.Events;
        switch (trigger.On)
        {
            case StandingTrigger.Birthday when KnownAttributes.Find(history.Tables, trigger.Column!)?.Categories is not null
                || KnownAttributes.Find(history.Tables, trigger.Column!) is null:
                return $"the customers table has no column of numbers '{trigger.Column}', month × 100 + day"
                    + Those(history.Tables?.Attributes.Where(a => a.Categories is null).Select(a => a.Name));
            case StandingTrigger.FirstPurchase when history.FirstMicros + (NewAfterDays * LocalTime.MicrosPerDay) > history.LastMicros:
                return $"the data reach back less than {NewAfterDays} days: who is seen first may have come long before";
            case StandingTrigger.PriceDrop when history.Columns is { Product: null } or { Quantity: null }:
                return "the transactions have no product and quantity: no price is known";
            case StandingTrigger.PriceDrop when events is null || !events.Kinds.Contains(trigger.Kind):
            case StandingTrigger.Voucher when events is null || !events.Kinds.Contains(trigger.Kind):
                return $"there are no events of the kind '{trigger.Kind}'" + Those(events?.Kinds);
            case StandingTrigger.PriceDrop when !Array.Exists(events!.Things, t => t.Product is not null):
                return "the events name no product: what was looked at is not known";
            case StandingTrigger.Voucher when trigger.UsedKind is { } used && !events!.Kinds.Contains(used):
                return $"there are no events of the kind '{used}'" + Those(events?.Kinds);
            default:
                return null;
        }
    }

    /// <summary>
    /// Rows of whom it holds, with what brought each in words. Conditions of a score are own segments, evaluated elsewhere.
    /// </summary>
    /// <param name="trigger">Not of a score.</param>
    /// <param name="scores">The base.</param>
    public static Dictionary<int, string> Holding(TriggerSettings trigger, ScoreTable scores)
    {
        var found = new Dictionary<int, string>();
        ProductPrices? prices = trigger.On == StandingTrigger.PriceDrop ? new ProductPrices(scores.History, scores.AsOf) : null;
        for (int row = 0; row < scores.Count; row++)
        {
            // Nobody writes to who gave back every order.
            if (!scores.Returns[row].KeptNothing && About(trigger, scores, row, prices) is { } about)
            {
                found.Add(row, about);
            }
        }

        return found;
    }

    /// <summary>The next birthday from a day on; null = the number is no day of a year.</summary>
    internal static DateOnly? NextBirthday(double monthAndDay, DateOnly from)
    {
        if (!(monthAndDay is >= 101 and <= 1231) || monthAndDay != Math.Floor(monthAndDay))
        {
            return null;
        }

        int month = (int)monthAndDay / 100, day = (int)monthAndDay % 100;
        if (month > 12 || day < 1 || day > DateTime.DaysInMonth(2024, month))
        {
            return null;
        }

        DateOnly of = Of(from.Year);
        return of >= from ? of : Of(from.Year + 1);

        // The 29th of February is the 28th where there is none.
        DateOnly Of(int year) => new(year, month, Math.Min(day, DateTime.DaysInMonth(year, month)));
    }

    private static string? About(TriggerSettings trigger, ScoreTable scores, int row, ProductPrices? prices)
    {
        TransactionHistory history = scores.History;
        CustomerLines lines = history.Lines(scores.Customers[row]);
        switch (trigger.On)
        {
            case StandingTrigger.Birthday:
                var today = DateOnly.FromDateTime(scores.AsOf.ToDateTime());
                AttributeColumn column = KnownAttributes.Find(history.Tables, trigger.Column!)!;
                return NextBirthday(KnownAttributes.Number(column, scores.Customers[row]), today) is { } birthday
                    && birthday.DayNumber - today.DayNumber < (trigger.Days ?? 7) ? Day(birthday) : null;
            case StandingTrigger.FirstPurchase:
                var first = new LocalTime(lines.OrderedAt[0]);
                return first >= scores.AsOf.AddDays(-(trigger.Days ?? 3)) && first < scores.AsOf
                    && first >= new LocalTime(history.FirstMicros).AddDays(NewAfterDays) ? Day(first) : null;
            case StandingTrigger.Sleeping:
                int silent = scores.RecencyDays[row];
                return (trigger.Days is { } days ? silent >= days
                    : scores.Lifecycle[row] is LifecycleStage.Declining or LifecycleStage.Left)
                    ? string.Create(CultureInfo.InvariantCulture, $"{silent} days") : null;
            case StandingTrigger.PriceDrop:
                return Cheaper(trigger, lines, scores.AsOf, history.Tables!.Events!, prices!);
            case StandingTrigger.Voucher:
                return Expiring(trigger, lines, scores.AsOf, history.Tables!.Events!);
            default:
                throw new ArgumentException("A score is a condition, evaluated as an own segment.", nameof(trigger));
        }
    }

    // The newest look whose product costs less now than then, and that did not end in buying it.
    private static string? Cheaper(
        TriggerSettings trigger, CustomerLines lines, LocalTime asOf, EventColumns events, ProductPrices prices)
    {
        CustomerEvents looks = lines.Events.Before(asOf);
        long oldest = asOf.AddDays(-(trigger.Days ?? 30)).Micros;
        for (int k = looks.Count - 1; k >= 0 && looks.OccurredAt[k] >= oldest; k--)
        {
            if (events.Kinds[looks.Kind[k]] == trigger.Kind && looks.Thing(k) is >= 0 and var thing
                && events.Things[thing].Product is { } product && prices.CodeOf(product) is { } code
                && prices.At(code, looks.OccurredAt[k]) is { } then && prices.Now(code) is { } now && now <= (1 - trigger.Drop) * then
                && !Bought(lines, code, looks.OccurredAt[k], asOf.Micros))
            {
                return prices.NameOf(product);
            }
        }

        return null;
    }

    private static bool Bought(CustomerLines lines, int product, long from, long to)
    {
        for (int i = 0; i < lines.Count; i++)
        {
            if (lines.Product[i] == product && lines.OrderedAt[i] >= from && lines.OrderedAt[i] < to && lines.Amount[i] > 0)
            {
                return true;
            }
        }

        return false;
    }

    // The voucher that expires first.
    private static string? Expiring(TriggerSettings trigger, CustomerLines lines, LocalTime asOf, EventColumns events)
    {
        CustomerEvents known = lines.Events.Before(asOf);
        DateOnly? soonest = null;
        for (int k = 0; k < known.Count; k++)
        {
            if (events.Kinds[known.Kind[k]] != trigger.Kind || !(known.Value[k] is >= 0 and < 10_000))
            {
                continue;
            }

            LocalTime ends = new LocalTime(known.OccurredAt[k]).AddDays((int)known.Value[k]);
            if (ends >= asOf && ends < asOf.AddDays(trigger.Days ?? 7) && !Used(trigger, lines, known, k, asOf, events)
                && DateOnly.FromDateTime(ends.ToDateTime()) is var day && (soonest is null || day < soonest))
            {
                soonest = day;
            }
        }

        return soonest is { } first ? Day(first) : null;
    }

    private static bool Used(
        TriggerSettings trigger, CustomerLines lines, CustomerEvents known, int given, LocalTime asOf, EventColumns events)
    {
        if (trigger.UsedKind is null)
        {
            return CampaignOutcomes.Within(lines, new LocalTime(known.OccurredAt[given]), asOf).Bought;
        }

        for (int k = given + 1; k < known.Count; k++)
        {
            if (events.Kinds[known.Kind[k]] == trigger.UsedKind)
            {
                return true;
            }
        }

        return false;
    }

    private static string Those(IEnumerable<string>? names) =>
        names?.ToArray() is { Length: > 0 } there ? $"; there are {string.Join(", ", there)}" : "";

    private static string Day(LocalTime at) => Day(DateOnly.FromDateTime(at.ToDateTime()));

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>What products cost, as far as sales tell: the median unit price of the last sales before a time.</summary>
/// <remarks>Single sales differ by discounts; the median of several does not follow one of them.</remarks>
internal sealed class ProductPrices
{
    private const int Sales = 5, Days = 60;

    private readonly TransactionHistory _history;
    private readonly long _asOf;
    private readonly Dictionary<string, int> _codes;
    private readonly (long[] At, double[] Price)[] _sales;

    public ProductPrices(TransactionHistory history, LocalTime asOf)
    {
        (_history, _asOf) = (history, asOf.Micros);
        TransactionColumns c = history.Columns;
        _codes = c.Products!.Index().ToDictionary(p => p.Item, p => p.Index, StringComparer.Ordinal);
        var sales = Enumerable.Range(0, c.Products!.Length).Select(_ => new List<(long At, double Price)>()).ToArray();
        for (int i = 0; i < c.OrderedAt.Length; i++)
        {
            if (c.Product![i] >= 0 && c.Quantity![i] > 0 && c.Amount[i] > 0 && c.OrderedAt[i] < _asOf)
            {
                sales[c.Product[i]].Add((c.OrderedAt[i], c.Amount[i] / c.Quantity[i]));
            }
        }

        _sales =
        [
            .. sales.Select(s => s.OrderBy(x => x.At).ThenBy(x => x.Price).ToArray())
                .Select(s => (Array.ConvertAll(s, x => x.At), Array.ConvertAll(s, x => x.Price))),
        ];
    }

    /// <summary>The code of a product; null = it was never sold.</summary>
    public int? CodeOf(string product) => _codes.TryGetValue(product, out int code) ? code : null;

    /// <summary>What people call it.</summary>
    public string NameOf(string product) => _history.Columns.ProductNames?.GetValueOrDefault(product) ?? product;

    /// <summary>What it costs now; null = too few sales tell.</summary>
    public double? Now(int product) => At(product, _asOf);

    /// <summary>What it cost at a time; null = too few sales before it tell.</summary>
    public double? At(int product, long time)
    {
        (long[] at, double[] price) = _sales[product];
        int end = Array.BinarySearch(at, time);
        end = end < 0 ? ~end : end;
        while (end > 0 && at[end - 1] >= time)
        {
            end--;
        }

        double[] last = [.. Enumerable.Range(Math.Max(0, end - Sales), Math.Min(Sales, end))
            .Where(i => at[i] >= time - (Days * LocalTime.MicrosPerDay)).Select(i => price[i]).Order()];
        return last.Length < 3 ? null : last[last.Length / 2];
    }
}
