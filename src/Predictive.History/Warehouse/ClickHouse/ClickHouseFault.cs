using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Predictive.History.Warehouse.ClickHouse;

/// <summary>What ClickHouse says when it fails: as an answer of its own, or in the middle of one that had begun well.</summary>
internal static partial class ClickHouseFault
{
    /// <summary>The end of a body that is kept, to be looked through.</summary>
    public const int TailBytes = 8 << 10;

    private const int MostWords = 400;

    /// <summary>Codes of faults that may be gone a moment later: too busy, a network between its servers.</summary>
    private static readonly int[] s_transient = [202, 203, 209, 210, 279, 425];

    /// <summary>What a text says of a fault; null = it is none.</summary>
    public static (int Code, string Words)? Find(ReadOnlySpan<byte> text)
    {
        // In the middle of a binary body it stands behind whatever was not finished.
        MatchCollection found = Said().Matches(Encoding.Latin1.GetString(text));
        if (found.Count == 0)
        {
            return null;
        }

        Match last = found[^1];
        string words = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(last.Groups["words"].Value));
        int what = words.IndexOf(", e.what() =", StringComparison.Ordinal);
        words = (what >= 0 ? words[..what] : words).Split('\n')[0].Replace("DB::Exception: ", "", StringComparison.Ordinal).Trim();
        return (int.Parse(last.Groups["code"].Value, CultureInfo.InvariantCulture),
            (words.Length > MostWords ? words[..MostWords] + " ..." : words).TrimEnd('.'));
    }

    /// <summary>Whether asking again may help.</summary>
    public static bool IsTransient(int code) => s_transient.Contains(code);

    /// <summary>The exception of a fault.</summary>
    public static WarehouseException Of(string place, (int Code, string Words) fault) => new(
        $"{place}: ClickHouse says: {fault.Words} (code {fault.Code.ToString(CultureInfo.InvariantCulture)}). {Advice(fault.Code)}");

    /// <summary>The exception of an answer that is not ClickHouse's.</summary>
    public static WarehouseException Foreign(string place, int status) => new(
        $"{place}: the server answered {status.ToString(CultureInfo.InvariantCulture)} and nothing of ClickHouse; expected its HTTP "
            + "interface, usually port 8123. Check host and port.");

    /// <summary>The exception of a network that failed.</summary>
    public static WarehouseException Network(string place, string what, Exception? inner) =>
        new($"{place}: {what.TrimEnd('.')}. Nothing was kept. Check that the server runs and can be reached, and try again.", inner);

    private static string Advice(int code) => code switch
    {
        192 or 193 or 194 or 516 => $"Set {Credentials.VariablesOf("clickhouse")}.",
        60 => "Check the table in the address.",
        81 => "Check the database in the address.",
        47 or 16 => "Check the columns that dataset.json maps.",
        159 or 160 => "Raise the address's limit=SECONDS.",
        164 or 497 => "Give the user the right to read the table and to change settings (readonly = 2).",
        241 => "Give the user more memory on the server.",
        243 => "Free space on the server's disk.",
        _ => "Nothing was kept; mend it there and try again.",
    };

    [GeneratedRegex(@"Code: (?<code>\d{1,4})[,.] (?:e\.displayText\(\) = )?(?<words>DB::(?:Net|ParsingE|E)xception: .*)",
        RegexOptions.Singleline | RegexOptions.CultureInvariant)]
    private static partial Regex Said();
}
