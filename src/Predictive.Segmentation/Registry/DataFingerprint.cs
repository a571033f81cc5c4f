using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Predictive.History;
using Predictive.Segmentation.Rules;

namespace Predictive.Segmentation.Registry;

/// <summary>
/// A SHA-256 over the lines of a history strictly before a local time: customer ids, times, amounts, and order, product, category and
/// channel codes with their names; where the dataset has them, the events before the as-of and the attributes. Equal data, however stored
/// (CSV, Parquet, one file or many), gives an equal fingerprint.
/// </summary>
public static class DataFingerprint
{
    /// <summary>The fingerprint and counts for the manifest.</summary>
    public static TrainingDataStamp Compute(TransactionHistory history, LocalTime asOf)
    {
        ArgumentNullException.ThrowIfNull(history);
        TransactionColumns columns = history.Columns;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var counts = new int[history.CustomerCount];
        int customers = 0;
        long lines = 0, first = long.MaxValue, last = long.MinValue;
        for (int c = 0; c < counts.Length; c++)
        {
            CustomerLines before = history.Lines(c).Before(asOf);
            counts[c] = before.Count;
            if (before.Count > 0)
            {
                customers++;
                lines += before.Count;
                first = Math.Min(first, before.OrderedAt[0]);
                last = Math.Max(last, before.OrderedAt[^1]);
                AppendText(hash, history.CustomerId(c));
            }
        }

        hash.AppendData(MemoryMarshal.AsBytes<int>(counts.Where(n => n > 0).ToArray()));
        AppendColumn(hash, "time", columns.OrderedAt, columns.Offsets, counts);
        AppendColumn(hash, "amount", columns.Amount, columns.Offsets, counts);
        AppendColumn(hash, "order", columns.Order, columns.Offsets, counts);
        AppendColumn(hash, "product", columns.Product, columns.Offsets, counts);
        AppendColumn(hash, "category", columns.Category, columns.Offsets, counts);
        AppendColumn(hash, "channel", columns.Channel, columns.Offsets, counts);
        foreach (string[]? names in new[] { columns.Products, columns.Categories, columns.Channels })
        {
            AppendText(hash, names is null ? "-" : "names");
            Array.ForEach(names ?? [], name => AppendText(hash, name));
        }

        AppendTables(hash, history, asOf, counts);
        return new TrainingDataStamp(Convert.ToHexStringLower(hash.GetHashAndReset()), customers, lines, Day(first), Day(last));

        string Day(long micros) =>
            lines == 0 ? "" : new LocalTime(micros).ToDateTime().ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
    }

    private static void AppendColumn<T>(IncrementalHash hash, string name, T[]? column, int[] offsets, int[] counts)
        where T : unmanaged
    {
        AppendText(hash, name);
        if (column is null)
        {
            AppendText(hash, "-");
            return;
        }

        // Runs of whole customers go in one call: usually the entire column.
        int start = 0, end = 0;
        for (int c = 0; c < counts.Length; c++)
        {
            if (offsets[c] != end)
            {
                hash.AppendData(MemoryMarshal.AsBytes(column.AsSpan(start, end - start)));
                start = offsets[c];
            }

            end = offsets[c] + counts[c];
        }

        hash.AppendData(MemoryMarshal.AsBytes(column.AsSpan(start, end - start)));
    }

    /// <summary>Nothing at all where there are no tables, so that their coming into being changed no fingerprint.</summary>
    private static void AppendTables(IncrementalHash hash, TransactionHistory history, LocalTime asOf, int[] counts)
    {
        if (history.Tables is not { } tables)
        {
            return;
        }

        int[] present = [.. Enumerable.Range(0, counts.Length).Where(c => counts[c] > 0)];
        foreach (AttributeColumn attribute in tables.Attributes)
        {
            AppendText(hash, attribute.Name);
            Array.ForEach(attribute.Categories ?? [], name => AppendText(hash, name));
            hash.AppendData(MemoryMarshal.AsBytes<float>(Array.ConvertAll(present, c => attribute.Values[c])));
        }

        if (tables.Events is { } events)
        {
            AppendText(hash, "events");
            Array.ForEach(events.Kinds, name => AppendText(hash, name));
            foreach (int c in present)
            {
                CustomerEvents before = history.Lines(c).Events.Before(asOf);
                hash.AppendData(MemoryMarshal.AsBytes(before.OccurredAt));
                hash.AppendData(MemoryMarshal.AsBytes(before.Kind));
                hash.AppendData(MemoryMarshal.AsBytes(before.Value));
            }
        }
    }

    private static void AppendText(IncrementalHash hash, string text)
    {
        // Zero-terminated: UTF-8 text never holds a zero byte of its own, bar the rare NUL character, so that "a","bc" differs from
        // "ab","c".
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData([0]);
    }
}
