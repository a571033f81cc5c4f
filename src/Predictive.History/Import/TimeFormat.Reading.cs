// Over 300 lines: one reader per kind of token, side by side with the loop that calls them, reads better than apart.
using System.Text;

namespace Predictive.History.Import;

/// <content>Reading text by the compiled tokens.</content>
internal sealed partial class TimeFormat
{
    private const int EarliestYear = 1900;
    private const int LatestYear = 2199;

    private static readonly string[] MonthNames = ["january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november", "december"];

    private readonly byte[] _lastText = new byte[40];
    private int _lastLength = -1;
    private long _lastMicros;

    /// <summary>Reads one time; equal neighbours, the usual case in a sorted file, cost a comparison.</summary>
    /// <param name="text">Without outer blanks.</param>
    /// <param name="micros">Local microseconds since 1970-01-01T00:00.</param>
    public bool TryParse(ReadOnlySpan<byte> text, out long micros)
    {
        if (text.Length == _lastLength && text.SequenceEqual(_lastText.AsSpan(0, _lastLength)))
        {
            micros = _lastMicros;
            return true;
        }

        if (_unixUnit > 0 ? !TryUnix(text, out micros) : !TryTokens(text, null, out micros))
        {
            return false;
        }

        if (text.Length <= _lastText.Length)
        {
            text.CopyTo(_lastText);
            _lastLength = text.Length;
            _lastMicros = micros;
        }

        return true;
    }

    private bool TryUnix(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!System.Buffers.Text.Utf8Parser.TryParse(text, out decimal value, out int used) || used != text.Length || Math.Abs(value) > 8_000_000_000_000_000m / _unixUnit)
        {
            return false;
        }

        micros = _clock.ToLocal((long)Math.Floor(value * _unixUnit));
        return true;
    }

    private bool TryTokens(ReadOnlySpan<byte> text, StringBuilder? parts, out long micros)
    {
        micros = 0;
        int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, fraction = 0, half = -1;
        bool twelve = false, hasOffset = false;
        long offset = 0;
        int p = 0;
        for (int i = 0; ; i++)
        {
            Token token = _tokens[i];
            int from = p;
            switch (token.What)
            {
                case Kind.Literal:
                    // Any run of blanks serves for a blank.
                    if (p >= text.Length || text[p] != token.Byte)
                    {
                        return false;
                    }

                    p++;
                    while (token.Byte == (byte)' ' && p < text.Length && text[p] == (byte)' ')
                    {
                        p++;
                    }

                    break;
                case Kind.Year4:
                    if (!Number(text, ref p, 4, 4, out year))
                    {
                        return false;
                    }

                    break;
                case Kind.Year2:
                    if (!Number(text, ref p, 2, 2, out year))
                    {
                        return false;
                    }

                    year += year < 50 ? 2000 : 1900;
                    break;
                case Kind.Month:
                    if (!Number(text, ref p, token.Exact == 0 ? 1 : 2, 2, out month))
                    {
                        return false;
                    }

                    break;
                case Kind.MonthName:
                    if (!Name(text, ref p, out month))
                    {
                        return false;
                    }

                    break;
                case Kind.Day:
                    if (!Number(text, ref p, token.Exact == 0 ? 1 : 2, 2, out day))
                    {
                        return false;
                    }

                    break;
                case Kind.DayName:
                    while (p < text.Length && char.IsAsciiLetter((char)text[p]))
                    {
                        p++;
                    }

                    if (p == from)
                    {
                        return false;
                    }

                    break;
                case Kind.Hour or Kind.Hour12:
                    twelve |= token.What == Kind.Hour12;
                    if (!Number(text, ref p, token.Exact == 0 ? 1 : 2, 2, out hour))
                    {
                        return false;
                    }

                    break;
                case Kind.Minute:
                    if (!Number(text, ref p, token.Exact == 0 ? 1 : 2, 2, out minute))
                    {
                        return false;
                    }

                    break;
                case Kind.Second:
                    if (!Number(text, ref p, token.Exact == 0 ? 1 : 2, 2, out second))
                    {
                        return false;
                    }

                    break;
                case Kind.Fraction:
                    if (!FractionOf(text, ref p, out fraction))
                    {
                        return false;
                    }

                    break;
                case Kind.HalfDay:
                    if (!HalfDay(text, ref p, out half))
                    {
                        return false;
                    }

                    break;
                case Kind.Offset:
                    if (!OffsetOf(text, ref p, out offset))
                    {
                        return false;
                    }

                    hasOffset = true;
                    break;
                case Kind.Optional:
                    if (!Starts(i + 1, text, p))
                    {
                        i = token.Skip - 1;
                    }

                    continue;
                default:
                    if (p != text.Length || !Compose(year, month, day, hour, minute, second, half, twelve, out long local))
                    {
                        return false;
                    }

                    micros = local + fraction;
                    if (hasOffset)
                    {
                        micros = _clock.ToLocal(micros - offset);
                    }

                    return true;
            }

            parts?.Append(Spell(token, p - from));
        }
    }

    private static bool Compose(int year, int month, int day, int hour, int minute, int second, int half, bool twelve, out long micros)
    {
        micros = 0;
        if (half >= 0 || twelve)
        {
            // 13:05 PM is written by some exports; 0:05 AM too.
            if (hour is >= 1 and <= 12)
            {
                hour = (hour % 12) + (Math.Max(half, 0) * 12);
            }
            else if (twelve)
            {
                return false;
            }
        }

        if (year is < EarliestYear or > LatestYear || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month) || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        // A leap second counts as the one before it.
        long days = new DateOnly(year, month, day).DayNumber - 719_162L;
        micros = (days * AsOf.MicrosPerDay) + ((((hour * 60L) + minute) * 60) + Math.Min(second, 59)) * 1_000_000L;
        return true;
    }

    private static bool Number(ReadOnlySpan<byte> text, ref int p, int least, int most, out int value)
    {
        value = 0;
        int n = 0;
        while (n < most && p < text.Length && (uint)(text[p] - '0') <= 9)
        {
            value = (value * 10) + (text[p] - '0');
            p++;
            n++;
        }

        return n >= least;
    }

    private static bool FractionOf(ReadOnlySpan<byte> text, ref int p, out int micros)
    {
        micros = 0;
        int n = 0;
        for (; p < text.Length && (uint)(text[p] - '0') <= 9; p++, n++)
        {
            if (n < 6)
            {
                micros = (micros * 10) + (text[p] - '0');
            }
        }

        for (int i = n; i < 6; i++)
        {
            micros *= 10;
        }

        return n is > 0 and <= 9;
    }

    private static bool Name(ReadOnlySpan<byte> text, ref int p, out int month)
    {
        int from = p;
        while (p < text.Length && char.IsAsciiLetter((char)text[p]))
        {
            p++;
        }

        month = 0;
        if (p - from < 3)
        {
            return false;
        }

        string name = Encoding.ASCII.GetString(text[from..p]).ToLowerInvariant();
        month = Array.FindIndex(MonthNames, m => m.StartsWith(name, StringComparison.Ordinal) || name == "sept" && m == "september") + 1;
        if (p < text.Length && text[p] == (byte)'.' && month > 0 && name.Length < 5)
        {
            p++;
        }

        return month > 0;
    }

    private static bool HalfDay(ReadOnlySpan<byte> text, ref int p, out int half)
    {
        half = p >= text.Length ? -1 : (text[p] | 0x20) switch { 'a' => 0, 'p' => 1, _ => -1 };
        if (half < 0)
        {
            return false;
        }

        p++;
        if (p < text.Length && (text[p] | 0x20) == 'm')
        {
            p++;
        }

        return true;
    }

    private static bool OffsetOf(ReadOnlySpan<byte> text, ref int p, out long micros)
    {
        micros = 0;
        if (p >= text.Length)
        {
            return false;
        }

        if ((text[p] | 0x20) == 'z')
        {
            p++;
            return true;
        }

        int sign = text[p] == (byte)'+' ? 1 : text[p] == (byte)'-' ? -1 : 0;
        p++;
        if (sign == 0 || !Number(text, ref p, 2, 2, out int hours))
        {
            return false;
        }

        if (p < text.Length && text[p] == (byte)':')
        {
            p++;
        }

        int minutes = 0;
        if (p < text.Length && !Number(text, ref p, 2, 2, out minutes))
        {
            return false;
        }

        micros = sign * ((hours * 60L) + minutes) * 60_000_000L;
        return hours <= 14 && minutes < 60;
    }

    /// <summary>Whether an optional part is there: by its first token, and by the second where the first is a literal.</summary>
    private bool Starts(int token, ReadOnlySpan<byte> text, int p) => p < text.Length && _tokens[token].What switch
    {
        Kind.Literal => text[p] == _tokens[token].Byte && Starts(token + 1, text, p + 1),
        Kind.HalfDay => (text[p] | 0x20) is 'a' or 'p',
        Kind.Offset => (text[p] | 0x20) == 'z' || text[p] is (byte)'+' or (byte)'-',
        Kind.MonthName or Kind.DayName => char.IsAsciiLetter((char)text[p]),
        _ => (uint)(text[p] - '0') <= 9,
    };
}
