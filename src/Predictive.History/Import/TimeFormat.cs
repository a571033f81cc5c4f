using System.Globalization;
using System.Text;

namespace Predictive.History.Import;

/// <summary>
/// A date-time format compiled for UTF-8 text: .NET's custom specifiers (y M d H h m s f t K z, literals, quoted text), and square
/// brackets around parts that may be missing, as in <c>yyyy-MM-dd[ HH:mm[:ss[.f]]]</c>. <c>unix-s</c>, <c>unix-ms</c> and <c>unix-us</c>
/// count from 1970-01-01T00:00Z, <c>unix</c> does so in the unit its size tells, <c>excel</c> and <c>excel-1904</c> count days as Excel
/// does.
/// </summary>
/// <remarks>
/// Laxer than .NET in two ways that real files need: a leading zero may be missing, and fractions may have one to nine digits.
/// </remarks>
internal sealed partial class TimeFormat
{
    private enum Kind : byte
    {
        Literal,
        Year4,
        Year2,
        Month,
        MonthName,
        Day,
        DayName,
        Hour,
        Hour12,
        Minute,
        Second,
        Fraction,
        HalfDay,
        Offset,
        Optional,
        End,
    }

    /// <param name="What">What stands here.</param>
    /// <param name="Exact">Digits that must stand here, since the next token is digits too; 0 = one or two.</param>
    /// <param name="Byte">The literal; for <see cref="Kind.Optional"/> unused.</param>
    /// <param name="Skip">For <see cref="Kind.Optional"/>: the token behind the closing bracket.</param>
    private readonly record struct Token(Kind What, int Exact = 0, byte Byte = 0, int Skip = 0);

    /// <summary>What a bare number counts.</summary>
    private enum Unit : byte
    {
        None,
        Seconds,
        Milliseconds,
        Microseconds,

        /// <summary>Seconds, milli-, micro- or nanoseconds, by the number's size.</summary>
        BySize,
        Excel1900,
        Excel1904,
    }

    private readonly Token[] _tokens;
    private readonly Unit _unit;
    private readonly bool _utc;
    private readonly LocalClock _clock;
    private readonly long[] _bySize = new long[4];

    private TimeFormat(string text, Token[] tokens, Unit unit, TimeZoneInfo zone, bool utc) =>
        (Text, _tokens, _unit, _clock, _utc) = (text, tokens, unit, new LocalClock(zone), utc);

    /// <summary>For <c>unix</c>: times read as seconds, milli-, micro- and nanoseconds.</summary>
    public IReadOnlyList<long> BySize => _bySize;

    /// <summary>The format as given.</summary>
    public string Text { get; }

    /// <summary>Compiles a format.</summary>
    /// <param name="text">See the class.</param>
    /// <param name="zone">The dataset's clock: times with an offset are converted to it, others are taken as on it.</param>
    /// <param name="utc">True = times without an offset are instants in UTC.</param>
    /// <exception cref="DatasetException">The format lacks a year, month or day, or has an unknown part.</exception>
    public static TimeFormat Compile(string text, TimeZoneInfo zone, bool utc = false)
    {
        Unit unit = text switch
        {
            "unix-s" => Unit.Seconds,
            "unix-ms" => Unit.Milliseconds,
            "unix-us" => Unit.Microseconds,
            "unix" => Unit.BySize,
            "excel" => Unit.Excel1900,
            "excel-1904" => Unit.Excel1904,
            _ => Unit.None,
        };
        if (unit != Unit.None)
        {
            return new TimeFormat(text, [], unit, zone, utc);
        }

        var tokens = new List<Token>();
        var open = new Stack<int>();
        for (int i = 0; i < text.Length;)
        {
            char c = text[i];
            int run = 1;
            while (i + run < text.Length && text[i + run] == c)
            {
                run++;
            }

            switch (c)
            {
                case 'y':
                    tokens.Add(new Token(run >= 3 ? Kind.Year4 : Kind.Year2, run >= 3 ? 4 : 2));
                    break;
                case 'M':
                    tokens.Add(new Token(run >= 3 ? Kind.MonthName : Kind.Month));
                    break;
                case 'd':
                    tokens.Add(new Token(run >= 3 ? Kind.DayName : Kind.Day));
                    break;
                case 'H':
                    tokens.Add(new Token(Kind.Hour));
                    break;
                case 'h':
                    tokens.Add(new Token(Kind.Hour12));
                    break;
                case 'm':
                    tokens.Add(new Token(Kind.Minute));
                    break;
                case 's':
                    tokens.Add(new Token(Kind.Second));
                    break;
                case 'f' or 'F':
                    tokens.Add(new Token(Kind.Fraction));
                    break;
                case 't':
                    tokens.Add(new Token(Kind.HalfDay));
                    break;
                case 'K' or 'z':
                    tokens.Add(new Token(Kind.Offset));
                    break;
                case '[':
                    run = 1;
                    open.Push(tokens.Count);
                    tokens.Add(new Token(Kind.Optional));
                    break;
                case ']' when open.Count > 0:
                    run = 1;
                    int at = open.Pop();
                    tokens[at] = new Token(Kind.Optional, Skip: tokens.Count);
                    break;
                case '\'' or '"':
                    int close = text.IndexOf(c, i + 1);
                    if (close < 0)
                    {
                        throw DatasetFaults.BadTimeFormat(text, "a quote is not closed").Refuse();
                    }

                    tokens.AddRange(Encoding.UTF8.GetBytes(text[(i + 1)..close]).Select(b => new Token(Kind.Literal, Byte: b)));
                    run = close - i + 1;
                    break;
                case '\\' when i + 1 < text.Length:
                    tokens.AddRange(Encoding.UTF8.GetBytes(text[(i + 1)..(i + 2)]).Select(b => new Token(Kind.Literal, Byte: b)));
                    run = 2;
                    break;
                case '%':
                    run = 1;
                    break;
                default:
                    if (char.IsAsciiLetter(c) && c != 'T' && c != 'Z')
                    {
                        throw DatasetFaults.BadTimeFormat(text, $"'{c}' is no part of a time; put text in quotes").Refuse();
                    }

                    run = 1;
                    tokens.AddRange(Encoding.UTF8.GetBytes(c.ToString()).Select(b => new Token(Kind.Literal, Byte: b)));
                    break;
            }

            i += run;
        }

        if (open.Count > 0)
        {
            throw DatasetFaults.BadTimeFormat(text, "a bracket is not closed").Refuse();
        }

        string? lacking = !tokens.Exists(t => t.What is Kind.Year2 or Kind.Year4) ? "year"
            : !tokens.Exists(t => t.What is Kind.Month or Kind.MonthName) ? "month"
            : !tokens.Exists(t => t.What == Kind.Day) ? "day" : null;
        if (lacking is not null)
        {
            throw DatasetFaults.BadTimeFormat(text, $"it has no {lacking}").Refuse();
        }

        // Two numbers side by side: the first must have all its digits.
        for (int i = 0; i + 1 < tokens.Count; i++)
        {
            if (IsNumber(tokens[i].What) && IsNumber(tokens[i + 1].What) && tokens[i].Exact == 0)
            {
                tokens[i] = tokens[i] with { Exact = 2 };
            }
        }

        tokens.Add(new Token(Kind.End));
        return new TimeFormat(text, [.. tokens], Unit.None, zone, utc);
    }

    /// <summary>The format without brackets, holding the optional parts that <paramref name="example"/> has.</summary>
    public string Describe(ReadOnlySpan<byte> example)
    {
        var parts = new StringBuilder();
        return _unit == Unit.None && TryTokens(example, parts, out _) ? parts.ToString() : Text;
    }

    private static bool IsNumber(Kind kind) =>
        kind is Kind.Year2 or Kind.Year4 or Kind.Month or Kind.Day or Kind.Hour or Kind.Hour12 or Kind.Minute or Kind.Second
            or Kind.Fraction;

    private static string Spell(Token token, int length) => token.What switch
    {
        Kind.Literal => token.Byte switch { (byte)'T' => "'T'", < 0x80 => ((char)token.Byte).ToString(), 0xE5 => "年", _ => "" },
        Kind.Year4 => "yyyy",
        Kind.Year2 => "yy",
        Kind.Month => length == 1 ? "M" : "MM",
        Kind.MonthName => length > 4 ? "MMMM" : "MMM",
        Kind.Day => length == 1 ? "d" : "dd",
        Kind.DayName => length > 3 ? "dddd" : "ddd",
        Kind.Hour => length == 1 ? "H" : "HH",
        Kind.Hour12 => length == 1 ? "h" : "hh",
        Kind.Minute => "mm",
        Kind.Second => "ss",
        Kind.Fraction => new string('f', Math.Min(length, 7)),
        Kind.HalfDay => "tt",
        Kind.Offset => "K",
        _ => "",
    };

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Text} on {_clock.Zone.Id}");
}
