using Predictive.History.Loading;
using Predictive.History.Text;

namespace Predictive.History.Import;

/// <content>What stands in a row: its amount, its optional numbers, its hash.</content>
internal sealed partial class LineImport
{
    /// <summary>Amount as unscaled / 10^scale: the column, quantity × price, or 1.</summary>
    private bool Amount(CsvRows row, out Int128 unscaled, out int scale, out int column)
    {
        (unscaled, scale, column) = (1, 0, _columns.Amount);
        if (_columns.Amount >= 0)
        {
            bool read = Number(row, _columns.Amount, out var amount);
            (unscaled, scale) = (amount.Unscaled, amount.Scale);
            return read;
        }

        if (_columns.UnitPrice < 0)
        {
            return true;
        }

        column = _columns.UnitPrice;
        if (!Number(row, _columns.UnitPrice, out var price))
        {
            return false;
        }

        if (price.Unscaled <= 0)
        {
            _fault = price.Unscaled == 0 ? RowFate.ZeroPrice : RowFate.NegativePrice;
            return false;
        }

        column = _columns.Quantity;
        if (!Number(row, _columns.Quantity, out var quantity))
        {
            return false;
        }

        (unscaled, scale) = ((Int128)quantity.Unscaled * price.Unscaled, quantity.Scale + price.Scale);
        return true;
    }

    private bool Number(CsvRows row, int column, out ExactNumber number)
    {
        var text = Text(row, column);
        number = default;
        _fault = text.IsEmpty ? RowFate.NoAmount : RowFate.BadAmount;
        if (text.IsEmpty || _numbers.TryParse(text, out number))
        {
            return !text.IsEmpty;
        }

        // A number all right, but of no money there is.
        if (System.Buffers.Text.Utf8Parser.TryParse(text, out double value, out int used) && used == text.Length
            && Math.Abs(value) > LineFaults.LargestAmount)
        {
            _fault = RowFate.ImpossibleAmount;
        }

        return false;
    }

    private double Optional(CsvRowSource source, int column)
    {
        var text = column < 0 ? default : Blanks(source.Rows.Field(column));
        if (text.IsEmpty)
        {
            return double.NaN;
        }

        if (_numbers.TryParse(text, out var number))
        {
            return number.ToDouble();
        }

        Remark(source, RowFate.BadOptionalNumber);
        return double.NaN;
    }

    /// <summary>
    /// As many fields as the header; further ones are forgiven where they are empty (a delimiter at the end of the line).
    /// </summary>
    internal static bool HasAllFields(CsvRows row, int columns)
    {
        int n = row.FieldCount;
        while (n > columns && row.Field(n - 1).IsEmpty)
        {
            n--;
        }

        return n == columns;
    }

    /// <summary>
    /// Equal for rows whose fields are equal, however they are quoted: a row with quotes is hashed as it would stand with no needless ones.
    /// </summary>
    private UInt128 HashOf(CsvRows row)
    {
        if (!row.AnyQuoted)
        {
            return RowHash.Wide(row.Row);
        }

        if (_canonical.Length < row.Row.Length * 2 + 16)
        {
            _canonical = new byte[row.Row.Length * 4];
        }

        int n = 0;
        for (int i = 0; i < row.FieldCount; i++)
        {
            var field = row.Field(i);
            if (i > 0)
            {
                _canonical[n++] = _format.Delimiter;
            }

            bool quote = field.IndexOfAny(_format.Delimiter, (byte)'\n', (byte)'\r') >= 0 || (field.Length > 0 && field[0] == (byte)'"');
            if (!quote)
            {
                field.CopyTo(_canonical.AsSpan(n));
                n += field.Length;
                continue;
            }

            _canonical[n++] = (byte)'"';
            foreach (byte b in field)
            {
                _canonical[n++] = b;
                if (b == (byte)'"')
                {
                    _canonical[n++] = b;
                }
            }

            _canonical[n++] = (byte)'"';
        }

        return RowHash.Wide(_canonical.AsSpan(0, n));
    }

    /// <summary>Empty, or what databases and data frames write for nothing.</summary>
    internal static bool IsMissing(ReadOnlySpan<byte> text) =>
        text.IsEmpty
            || (text.Length <= 4
                && (text.SequenceEqual("NULL"u8) || text.SequenceEqual("null"u8) || text.SequenceEqual("\\N"u8)
                    || text.SequenceEqual("NaN"u8)
            || text.SequenceEqual("nan"u8) || text.SequenceEqual("#N/A"u8) || text.SequenceEqual("N/A"u8)));

    internal static ReadOnlySpan<byte> Blanks(ReadOnlySpan<byte> text) =>
        text.IsEmpty || (text[0] > (byte)' ' && text[^1] > (byte)' ') ? text : text.Trim(" \t"u8);
}
