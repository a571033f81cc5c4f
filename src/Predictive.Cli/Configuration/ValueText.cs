using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Cronos;
using Predictive.History;
using Predictive.History.Warehouse.Copies;

namespace Predictive.Cli.Configuration;

/// <summary>
/// A kind of value as people write it, on a command line, in a variable or in a file: one reader, one sentence of what is allowed.
/// </summary>
/// <typeparam name="T">What it becomes.</typeparam>
/// <param name="Expected">What is allowed, after "expected".</param>
/// <param name="Reader">Gives the value; <c>IsValue</c> is false where the text is none.</param>
internal sealed record ValueText<T>(string Expected, Func<string, (bool IsValue, T? Value)> Reader)
{
    /// <summary>Reads a text.</summary>
    public bool TryRead(string text, [MaybeNullWhen(false)] out T value)
    {
        (bool isValue, value) = Reader(text);
        return isValue;
    }
}

/// <summary>The kinds of values that options and settings have.</summary>
internal static class ValueText
{
    /// <summary>A folder, a file, a name.</summary>
    public static ValueText<string> Any(string expected) => new(expected, text => (!string.IsNullOrWhiteSpace(text), text));

    /// <summary>A dataset: its folder, whatever is named.</summary>
    public static ValueText<string> Dataset { get; } = new(
        "a dataset folder, a Parquet file or the address of a table",
        text => string.IsNullOrWhiteSpace(text) ? (false, null) : (true, WarehouseFolder.PathOf(text)));

    /// <summary>One of N parts, such as 1/8.</summary>
    public static ValueText<HistorySlice> Slice { get; } = new(
        string.Create(CultureInfo.InvariantCulture, $"k/N with k from 1 to N, N at most {HistorySlice.Most}, such as 1/8"),
        text => (HistorySlice.TryRead(text, out HistorySlice? slice), slice));

    /// <summary>Several, separated by commas.</summary>
    public static ValueText<string[]> List(string expected) => new(expected, text =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts
            ? (true, parts)
            : (false, null));

    /// <summary>One of several words.</summary>
    public static ValueText<string> OneOf(params string[] words) => new(
        words.Length == 1 ? words[0] : $"{string.Join(", ", words[..^1])} or {words[^1]}",
        text => words.FirstOrDefault(w => w.Equals(text, StringComparison.OrdinalIgnoreCase)) is { } word ? (true, word) : (false, null));

    /// <summary>Who a customer is.</summary>
    public static ValueText<CustomerLevel> Level { get; } =
        new(LevelNames.Expected, text => (LevelNames.TryRead(text, out CustomerLevel level), level));

    /// <summary>A whole number.</summary>
    /// <param name="least">The smallest.</param>
    public static ValueText<int> Number(int? least = null) => new(
        least is { } smallest ? string.Create(CultureInfo.InvariantCulture, $"a number of at least {smallest}") : "a whole number",
        text => int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int n) && n >= (least ?? int.MinValue)
            ? (true, n)
            : (false, 0));

    /// <summary>Days, such as 90d.</summary>
    /// <param name="example">Given as an example.</param>
    /// <param name="least">The fewest.</param>
    /// <param name="most">The most.</param>
    public static ValueText<int> Days(int example, int least, int most) => new(
        string.Create(CultureInfo.InvariantCulture, $"a number of days from {least}d to {most}d, such as {example}d"),
        text => text.EndsWith('d')
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int days)
            && days >= least && days <= most
                ? (true, days)
                : (false, 0));

    /// <summary>A duration of at most a day, such as 60s.</summary>
    public static ValueText<TimeSpan> Duration { get; } = new(
        "a duration such as 60s, 5m or 1h",
        text =>
        {
            (char Unit, double Seconds)[] units = [('s', 1), ('m', 60), ('h', 3600)];
            return Scaled(text, [.. units.Select(u => (u.Unit.ToString(), u.Seconds))]) is { } seconds and <= 86_400
                ? (true, TimeSpan.FromSeconds(seconds))
                : (false, default);
        });

    /// <summary>Memory in bytes, such as 2GB.</summary>
    public static ValueText<long> Size { get; } = new(
        "a size such as 2GB or 512MB",
        text => Scaled(text, ("GB", 1L << 30), ("MB", 1L << 20)) is { } bytes and < long.MaxValue ? (true, (long)bytes) : (false, 0));

    /// <summary>A share, such as 10%; as a fraction 0–1.</summary>
    public static ValueText<double> Share { get; } = new(
        "a share from 0% to 100%, such as 10%",
        text => text.EndsWith('%')
            && double.TryParse(
                text.AsSpan(0, text.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double percent)
            && percent is >= 0 and <= 100
                ? (true, percent / 100)
                : (false, 0));

    /// <summary>A time zone.</summary>
    public static ValueText<TimeZoneInfo> Zone { get; } = new(
        "an IANA name that this system knows, such as Europe/Paris",
        text => TimeZoneInfo.TryFindSystemTimeZoneById(text, out TimeZoneInfo? zone) ? (true, zone) : (false, null));

    /// <summary>Times that come again.</summary>
    public static ValueText<CronExpression> Cron { get; } = new(
        "five cron fields such as '0 3 * * *' (03:00 every day)",
        text => CronExpression.TryParse(text, out CronExpression? cron) ? (true, cron) : (false, null));

    private static double? Scaled(string text, params (string Unit, double Factor)[] units)
    {
        foreach ((string unit, double factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.OrdinalIgnoreCase)
                && double.TryParse(
                    text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double n)
                && n > 0)
            {
                return n * factor;
            }
        }

        return null;
    }
}
