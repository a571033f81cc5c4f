// Over 300 lines: the one grammar of numbers, its quick way and its slow, reads better in one piece.
using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Predictive.History.Import;

/// <summary>A decimal number read exactly: <see cref="Unscaled"/> / 10^<see cref="Scale"/>.</summary>
internal readonly record struct ExactNumber(long Unscaled, int Scale)
{
    private static readonly double[] Powers =
    [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22];

    /// <summary>The nearest double: both operands are exact, so the one division rounds once.</summary>
    public double ToDouble() => ToDouble(Unscaled, Scale);

    /// <summary>The nearest double of a product such as quantity × price, rounded once.</summary>
    public static double ToDouble(Int128 unscaled, int scale)
    {
        if (unscaled >= -(1L << 53) && unscaled <= 1L << 53 && scale <= 22)
        {
            return (long)unscaled / Powers[scale];
        }

        return double.Parse(
            unscaled.ToString(System.Globalization.CultureInfo.InvariantCulture) + "E-"
                + scale.ToString(System.Globalization.CultureInfo.InvariantCulture),
            System.Globalization.CultureInfo.InvariantCulture);
    }
}

/// <summary>
/// Reads numbers as people export them: either decimal sign, grouped thousands, a currency sign or code before or behind, a minus before or
/// behind, accountants' brackets, <c>CR</c> for a credit. The common plain number takes the short way.
/// </summary>
/// <param name="decimalComma">True = <c>1.234,50</c>.</param>
/// <param name="encoding">That of the file.</param>
/// <param name="lax">True = a number that only the other decimal sign explains (<c>1,44</c> among points) is read with it, and
/// counted.</param>
internal sealed class CsvNumbers(bool decimalComma, CsvEncoding encoding, bool lax = false)
{
    private readonly byte _point = decimalComma ? (byte)',' : (byte)'.';
    private readonly byte _group = decimalComma ? (byte)'.' : (byte)',';
    private readonly byte[] _scratch = new byte[64];
    private readonly CsvNumbers? _other = lax ? new CsvNumbers(!decimalComma, encoding) : null;

    /// <summary>Currency signs and codes met, with how often.</summary>
    public Dictionary<string, long> Marks { get; } = new(StringComparer.Ordinal);

    /// <summary>What the numbers say of the decimal sign.</summary>
    public DecimalEvidence Evidence { get; } = new();

    /// <summary>The line being read.</summary>
    public long Line { get; set; }

    /// <summary>The mark of the number read last; null where it had none. To be set to null by whoever asks.</summary>
    public string? LastMark { get; set; }

    /// <summary>Reads one number; text without outer blanks.</summary>
    public bool TryParse(ReadOnlySpan<byte> text, out ExactNumber number)
    {
        long value = 0;
        int scale = 0, digits = 0, i = 0;
        bool negative = text.Length > 0 && text[0] == (byte)'-';
        i = negative ? 1 : 0;
        bool fraction = false;
        for (; i < text.Length; i++)
        {
            uint d = (uint)(text[i] - '0');
            if (d <= 9)
            {
                value = (value * 10) + d;
                digits++;
                scale += fraction ? 1 : 0;
            }
            else if (text[i] == _point && !fraction)
            {
                fraction = true;
            }
            else
            {
                return TryLax(text, out number);
            }
        }

        number = new ExactNumber(negative ? -value : value, scale);
        if (digits is 0 or > 18)
        {
            return TryLax(text, out number);
        }

        if (!fraction)
        {
            Evidence.Plain(digits);
        }
        else if (scale != 3 || digits is < 4 or > 6 || value < 1000)
        {
            Evidence.Proves(text, Line, encoding);
        }
        else
        {
            Evidence.Doubts(text, Line, encoding);
        }

        return true;
    }

    private bool TryLax(ReadOnlySpan<byte> text, out ExactNumber number)
    {
        if (TrySlow(text, out number))
        {
            return true;
        }

        if (_other is null || !_other.TrySlow(text, out number))
        {
            return false;
        }

        // Refused one way and read the other: it proves the other. Its mark was counted on the first attempt.
        Evidence.ProvesOther(text, Line, encoding);
        return true;
    }

    private bool TrySlow(ReadOnlySpan<byte> text, out ExactNumber number)
    {
        number = default;
        bool negative = false;
        if (text.Length >= 2 && text[0] == (byte)'(' && text[^1] == (byte)')')
        {
            negative = true;
            text = Blanks(text[1..^1]);
        }

        // A credit is money that went back; a debit is the usual direction.
        if (text.Length > 2 && (text[^1] | 0x20) == 'r' && (text[^2] | 0x20) is 'c' or 'd'
            && ((uint)(text[^3] - '0') <= 9 || text[^3] == (byte)' '))
        {
            negative ^= (text[^2] | 0x20) == 'c';
            text = Blanks(text[..^2]);
        }

        if (Minus(text, out int before))
        {
            negative = !negative;
            text = Blanks(text[before..]);
        }

        // Whatever stands before the first and behind the last digit, point or sign is a currency mark.
        int first = 0, last = text.Length - 1;
        while (first < text.Length && !IsNumeric(text[first]))
        {
            first++;
        }

        while (last > first && !IsNumeric(text[last]))
        {
            last--;
        }

        if (first >= text.Length || !Mark(text[..first]) || !Mark(text[(last + 1)..]))
        {
            return false;
        }

        text = text[first..(last + 1)];
        if (text[0] is (byte)'-' or (byte)'+')
        {
            negative ^= text[0] == (byte)'-';
            text = Blanks(text[1..]);
            int mark = 0;
            while (mark < text.Length && !IsNumeric(text[mark]))
            {
                mark++;
            }

            if (!Mark(text[..mark]))
            {
                return false;
            }

            text = text[mark..];
        }
        else if (text[^1] is (byte)'-' or (byte)'+')
        {
            negative ^= text[^1] == (byte)'-';
            text = Blanks(text[..^1]);
        }

        return TryDigits(text, negative, out number);
    }

    /// <summary>Digits with groups of three (of two or three in front of the last, as in India), a fraction, an exponent.</summary>
    private bool TryDigits(ReadOnlySpan<byte> text, bool negative, out ExactNumber number)
    {
        number = default;
        int n = 0, sinceGroup = 0, scale = 0;
        bool grouped = false, fraction = false;
        byte mark = 0;
        for (int i = 0; i < text.Length; i++)
        {
            byte b = text[i];
            if ((uint)(b - '0') <= 9)
            {
                // Leading zeros are no digits. 18 digits are kept; more behind the point are dropped, more before it are no amount.
                n = n == 1 && _scratch[0] == (byte)'0' ? 0 : n;
                if (n < 18)
                {
                    _scratch[n++] = b;
                    scale += fraction ? 1 : 0;
                }
                else if (!fraction)
                {
                    return false;
                }

                sinceGroup++;
            }
            else if (b == _point && !fraction)
            {
                if (grouped && sinceGroup != 3)
                {
                    return false;
                }

                fraction = true;
            }
            else if (!fraction && (b == _group || b is (byte)' ' or (byte)'\'') && (!grouped || b == mark) && n > 0 && text[0] != (byte)'0'
                && (!grouped || sinceGroup is 2 or 3) && sinceGroup <= 3)
            {
                // One number has one mark of thousands: in 1'234,567 the comma is the decimal sign. No thousands begin with a zero: in
                // 0,946 it is, too.
                grouped = true;
                mark = b;
                sinceGroup = 0;
            }
            else if (!fraction && GroupMark(text[i..], out int width) && (!grouped || text[i + width - 1] == mark) && n > 0
                && text[0] != (byte)'0' && (!grouped || sinceGroup == 3) && sinceGroup <= 3)
            {
                grouped = true;
                mark = text[i + width - 1];
                sinceGroup = 0;
                i += width - 1;
            }
            else if ((b | 0x20) == 'e' && n > 0 && !grouped)
            {
                return TryExponent(text[(i + 1)..], n, scale, negative, out number);
            }
            else
            {
                return false;
            }
        }

        if (n == 0 || (grouped && !fraction && sinceGroup != 3))
        {
            return false;
        }

        Judge(text, fraction);

        Utf8Parser.TryParse(_scratch.AsSpan(0, n), out long value, out _);
        number = new ExactNumber(negative ? -value : value, scale);
        return true;
    }

    private bool TryExponent(ReadOnlySpan<byte> text, int n, int scale, bool negative, out ExactNumber number)
    {
        number = default;
        if (text.Length > 0 && text[0] == (byte)'+')
        {
            text = text[1..];
        }

        Utf8Parser.TryParse(_scratch.AsSpan(0, n), out long value, out _);
        if (!Utf8Parser.TryParse(text, out int exponent, out int used) || used != text.Length || Math.Abs(exponent) > 18)
        {
            return false;
        }

        for (scale -= exponent; scale < 0; scale++)
        {
            if (Math.Abs(value) > 99_999_999_999_999_999)
            {
                return false;
            }

            value *= 10;
        }

        // Digits no double can hold are dropped, so that the scale stays within the exact powers of ten.
        for (; scale > 22; scale--)
        {
            value /= 10;
        }

        number = new ExactNumber(negative ? -value : value, scale);
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsNumeric(byte b) => (uint)(b - '0') <= 9 || b is (byte)'.' or (byte)',' or (byte)'-' or (byte)'+';

    /// <summary>
    /// What a number with signs, marks or groups says of the decimal sign: <c>1,234</c> nothing, <c>1,234.5</c> and <c>1,234,567</c> all.
    /// </summary>
    private void Judge(ReadOnlySpan<byte> digits, bool fraction)
    {
        int points = digits.Count(_point), groups = digits.Count(_group), at = Math.Max(digits.IndexOf(_point), digits.IndexOf(_group));
        if (points + groups == 0)
        {
            Evidence.Plain(digits.Length);
        }
        else if (points + groups > 1 || digits.Length - at != 4 || at is 0 or > 3 || digits[0] == (byte)'0')
        {
            Evidence.Proves(digits, Line, encoding);
        }
        else
        {
            Evidence.Doubts(digits, Line, encoding);
        }
    }

    /// <summary>
    /// What groups digits beside point, comma, blank and apostrophe: no-break (C2 A0), narrow no-break (E2 80 AF), thin (E2 80 89) and
    /// figure spaces (E2 80 87), ’ (E2 80 99) and ʼ (CA BC) in UTF-8, A0, 92 and B4 in Latin-1. French and Swiss exports group with them.
    /// </summary>
    private bool GroupMark(ReadOnlySpan<byte> text, out int width)
    {
        width = text[0] switch
        {
            0xC2 when text.Length > 1 && text[1] is 0xA0 or 0xB4 => 2,
            0xCA when text.Length > 1 && text[1] == 0xBC => 2,
            0xE2 when text.Length > 2 && text[1] == 0x80 && text[2] is 0xAF or 0x89 or 0x87 or 0x99 => 3,
            0xA0 or 0x92 or 0xB4 when encoding == CsvEncoding.Latin1 => 1,
            _ => 0,
        };
        return width > 0;
    }

    /// <summary>A minus as typesetters write it: − (E2 88 92), – (E2 80 93), － (EF BC 8D).</summary>
    private bool Minus(ReadOnlySpan<byte> text, out int width)
    {
        width = text.StartsWith((ReadOnlySpan<byte>)[0xE2, 0x88, 0x92]) || text.StartsWith((ReadOnlySpan<byte>)[0xE2, 0x80, 0x93])
            || text.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBC, 0x8D]) ? 3
            : encoding == CsvEncoding.Latin1 && text.Length > 1 && text[0] == 0x96 ? 1 : 0;
        return width > 0 && text.Length > width;
    }

    private bool Mark(ReadOnlySpan<byte> raw)
    {
        raw = Blanks(raw);
        if (raw.IsEmpty)
        {
            return true;
        }

        if (raw.Length > 8)
        {
            return false;
        }

        string mark = CsvEncodings.Decode(raw, encoding).Trim();
        if (mark.Length == 0)
        {
            return true;
        }

        if (mark.Length > 4
            || !mark.All(c => char.IsLetter(c) || char.GetUnicodeCategory(c) == System.Globalization.UnicodeCategory.CurrencySymbol)
            || mark.Equals("nan", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        Count(mark, 1);
        return true;
    }

    private void Count(string mark, long count)
    {
        System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(Marks, mark, out _) += count;
        LastMark = mark;
    }

    private static ReadOnlySpan<byte> Blanks(ReadOnlySpan<byte> text) => text.Trim(" \t"u8);

    /// <summary>ISO code of a mark; null where it is a code of none or of several currencies ($, kr).</summary>
    public static string? CurrencyOf(string mark) => mark switch
    {
        "€" => "EUR",
        "£" => "GBP",
        "¥" => null,
        "₹" => "INR",
        "₩" => "KRW",
        "₽" => "RUB",
        "₺" => "TRY",
        "₪" => "ILS",
        "zł" => "PLN",
        "฿" => "THB",
        "₫" => "VND",
        "₴" => "UAH",
        "₦" => "NGN",
        "R$" => "BRL",
        "US$" => "USD",
        "A$" or "AU$" => "AUD",
        "C$" or "CA$" => "CAD",
        "元" or "RMB" => "CNY",
        "円" => "JPY",
        "Kč" => "CZK",
        "Ft" => "HUF",
        "Fr" or "SFr" => "CHF",
        _ => mark.Length == 3 && mark.All(char.IsAsciiLetterUpper) ? mark : null,
    };
}
