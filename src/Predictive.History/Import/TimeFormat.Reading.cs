// Over 300 lines: one reader per kind of token, side by side with the loop that calls them, reads better than apart.
using System.Text;

namespace Predictive.History.Import;

/// <content>Reading text by the compiled tokens.</content>
internal sealed partial class TimeFormat
{
    private const int EarliestYear = 1900;
    private const int LatestYear = 2199;

    private static readonly long EarliestMicros = Days(EarliestYear, 1, 1) * LocalTime.MicrosPerDay,
        LatestMicros = Days(LatestYear + 1, 1, 1) * LocalTime.MicrosPerDay;

    // English, German, French, Spanish, Italian and Portuguese, without accents; a name may be cut short where that leaves one month.
    private static readonly string[][] MonthNames =
    [
        ["january", "januar", "janvier", "enero", "gennaio", "janeiro", "jaenner"],
        ["february", "februar", "fevrier", "febrero", "febbraio", "fevereiro"],
        ["march", "maerz", "marz", "mrz", "mars", "marzo", "marco"],
        ["april", "avril", "abril", "aprile"],
        ["may", "mai", "mayo", "maggio", "maio"],
        ["june", "juni", "juin", "junio", "giugno", "junho"],
        ["july", "juli", "juillet", "julio", "luglio", "julho"],
        ["august", "aout", "agosto"],
        ["september", "septembre", "septiembre", "settembre", "setembro"],
        ["october", "oktober", "octobre", "octubre", "ottobre", "outubro"],
        ["november", "novembre", "noviembre", "novembro"],
        ["december", "dezember", "decembre", "diciembre", "dicembre", "dezembro"],
    ];

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

        if (_unit != Unit.None)
        {
            return TryNumber(text, out micros);
        }

        if (!TryTokens(text, null, out micros))
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

    private bool TryNumber(ReadOnlySpan<byte> text, out long micros)
    {
        micros = 0;
        if (!System.Buffers.Text.Utf8Parser.TryParse(text, out decimal value, out int used) || used != text.Length
            || Math.Abs(value) > 9_000_000_000_000_000_000m)
        {
            return false;
        }

        if (_unit >= Unit.Excel1900)
        {
            return TryExcel(value, out micros);
        }

        int size = _unit switch
        {
            Unit.Seconds => 0,
            Unit.Milliseconds => 1,
            Unit.Microseconds => 2,
            _ => Math.Abs(value) switch { < 1e11m => 0, < 1e14m => 1, < 1e17m => 2, _ => 3 },
        };
        value = Math.Floor(size switch { 0 => value * 1_000_000, 1 => value * 1_000, 2 => value, _ => value / 1_000 });
        if (value < (decimal)EarliestMicros || value >= (decimal)LatestMicros)
        {
            return false;
        }

        _bySize[size]++;
        micros = _clock.ToLocal((long)value);
        return true;
    }

    /// <summary>
    /// Days since the last of 1899, of which one, 1900-02-29, never was; or since 1904-01-01. Fractions are held to the millisecond.
    /// </summary>
    private bool TryExcel(decimal serial, out long micros)
    {
        micros = 0;
        if (serial is < 0 or > 110_000)
        {
            return false;
        }

        int origin = _unit == Unit.Excel1904 ? Days(1904, 1, 1) : serial < 60 ? Days(1899, 12, 31) : Days(1899, 12, 30);
        micros = (origin * LocalTime.MicrosPerDay) + ((long)Math.Round(serial * 86_400_000m) * 1_000);
        micros = _utc ? _clock.ToLocal(micros) : micros;
        return micros >= EarliestMicros && micros < LatestMicros;
    }

    private static int Days(int year, int month, int day) => new DateOnly(year, month, day).DayNumber - 719_162;

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
                    if (hasOffset || _utc)
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

        if (year is < EarliestYear or > LatestYear || month is < 1 or > 12 || day < 1 || day > DateTime.DaysInMonth(year, month)
            || hour > 23 || minute > 59 || second > 60)
        {
            return false;
        }

        // A leap second counts as the one before it.
        long days = new DateOnly(year, month, day).DayNumber - 719_162L;
        micros = (days * LocalTime.MicrosPerDay) + ((((hour * 60L) + minute) * 60) + Math.Min(second, 59)) * 1_000_000L;
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
        while (p < text.Length && (char.IsAsciiLetter((char)text[p]) || text[p] >= 0x80))
        {
            p++;
        }

        month = 0;
        if (p - from < 3)
        {
            return false;
        }

        string name = Encoding.ASCII.GetString(text[from..p]).ToLowerInvariant();
        if (name.Contains('?', StringComparison.Ordinal))
        {
            name = ColumnNames.WithoutAccents(Encoding.UTF8.GetString(text[from..p]));
        }

        for (int m = 0; m < MonthNames.Length; m++)
        {
            if (Array.Exists(MonthNames[m], n => n.StartsWith(name, StringComparison.Ordinal)) || (name == "sept" && m == 8))
            {
                // "jui" is June and July in French: not a name.
                if (month > 0)
                {
                    return false;
                }

                month = m + 1;
            }
        }

        if (p < text.Length && text[p] == (byte)'.' && month > 0 && name.Length < 6)
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

        if (text.Length >= p + 3 && (text[p..(p + 3)].SequenceEqual("UTC"u8) || text[p..(p + 3)].SequenceEqual("GMT"u8)))
        {
            p += 3;
            if (p == text.Length || text[p] is not ((byte)'+' or (byte)'-'))
            {
                return true;
            }
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
        Kind.Offset => (text[p] | 0x20) == 'z' || text[p] is (byte)'+' or (byte)'-' or (byte)'U' or (byte)'G',
        Kind.MonthName or Kind.DayName => char.IsAsciiLetter((char)text[p]) || text[p] >= 0x80,
        _ => (uint)(text[p] - '0') <= 9,
    };
}
