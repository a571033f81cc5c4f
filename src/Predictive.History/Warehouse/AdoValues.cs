using System.Data.Common;
using System.Globalization;
using System.Numerics;
using System.Text;
using Predictive.History.Parquet;

namespace Predictive.History.Warehouse;

/// <summary>Values of an ADO.NET reader as those of a batch. Not thread-safe.</summary>
internal sealed class AdoValues(IReadOnlyList<SourceColumn> columns)
{
    private static readonly long s_epoch = DateTime.UnixEpoch.Ticks;
    private byte[] _bytes = new byte[256];

    /// <summary>Takes a value of the row the reader is at.</summary>
    public void Set(DbDataReader reader, int column, LineColumn to, int line)
    {
        object value = reader.GetValue(column);
        if (value is DBNull)
        {
            to.SetMissing(line);
            return;
        }

        switch (columns[column].Kind)
        {
            case SourceKind.Text:
                to.SetText(line, Utf8(value));
                break;
            case SourceKind.Whole:
                to.SetLong(line, Convert.ToInt64(value, CultureInfo.InvariantCulture));
                break;
            case SourceKind.Number:
                to.SetDouble(line, value is decimal number ? Nearest(number) : Convert.ToDouble(value, CultureInfo.InvariantCulture));
                break;
            case SourceKind.Day:
                to.SetDay(
                    line,
                    (value is DateOnly day ? day : DateOnly.FromDateTime((DateTime)value)).DayNumber
                        - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber);
                break;
            default:
                to.SetLong(line, Micros(value));
                break;
        }
    }

    /// <summary>The nearest double of a decimal: exact to the cent, as of decimals in files.</summary>
    internal static double Nearest(decimal value)
    {
        Span<int> bits = stackalloc int[4];
        decimal.GetBits(value, bits);
        var unscaled = (BigInteger)(((UInt128)(uint)bits[2] << 64) | ((UInt128)(uint)bits[1] << 32) | (uint)bits[0]);
        return Decimals.ToDouble(bits[3] < 0 ? -unscaled : unscaled, (bits[3] >> 16) & 0xff);
    }

    // Rounded down, also before 1970.
    private static long Micros(object value)
    {
        long ticks = (value is DateTimeOffset at ? at.UtcTicks : ((DateTime)value).Ticks) - s_epoch;
        (long micros, long rest) = Math.DivRem(ticks, TimeSpan.TicksPerMicrosecond);
        return rest < 0 ? micros - 1 : micros;
    }

    private ReadOnlySpan<byte> Utf8(object value)
    {
        string text = value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture)!;
        if (_bytes.Length < text.Length * 3)
        {
            _bytes = new byte[text.Length * 3];
        }

        return _bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, _bytes));
    }
}
