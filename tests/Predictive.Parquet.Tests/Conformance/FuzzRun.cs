// Linked into Predictive.Benchmarks too, which runs more of the same.
namespace Predictive.Parquet.Tests.Conformance;

/// <summary>Counts and extremes of a fuzz run.</summary>
internal sealed record FuzzReport(int Refused, int Read, double SlowestSeconds, long MostBytes);

/// <summary>Mutates files and reads them whole: flips, overwrites, cuts, insertions, each from a printed seed.</summary>
internal static class FuzzRun
{
    private const int MaxFileBytes = 6_000;
    private const int FileCount = 20;
    private const double MaxSeconds = 10;
    private const long MaxBytes = 1L << 30;

    /// <summary>Twenty small readable files of a copy of the parquet-testing collection, spread over its encodings and codecs.</summary>
    public static List<byte[]> SmallFiles(string collection)
    {
        FileInfo[] small = [.. new DirectoryInfo(Path.Combine(collection, "data")).EnumerateFiles("*.parquet")
            .Where(f => f.Length <= MaxFileBytes).OrderBy(f => f.Name, StringComparer.Ordinal)];
        return [.. Enumerable.Range(0, FileCount).Select(i => File.ReadAllBytes(small[i * small.Length / FileCount].FullName))];
    }

    /// <summary>Reads <paramref name="count"/> mutations. <paramref name="failure"/>: the first mutation that broke a promise, with how to repeat it.</summary>
    public static FuzzReport Run(List<byte[]> files, int count, int seed, out string? failure)
    {
        failure = null;
        int refused = 0, read = 0;
        double slowest = 0;
        long most = 0;
        for (int i = 0; i < count; i++)
        {
            // Each mutation has its own seed, so that any one can be repeated alone.
            var random = new Random(HashCode(seed, i));
            byte[] mutated = Mutate(files[i % files.Count], random);
            long before = GC.GetAllocatedBytesForCurrentThread();
            long start = Environment.TickCount64;
            try
            {
                // A CRC would refuse most mutations before a decoder sees them.
                using ParquetReader reader = ParquetReader.Open(new MemoryStream(mutated), $"mutation {i}", new ParquetReaderOptions { VerifyChecksums = random.Next(4) == 0 });
                ReadWhole(reader);
                read++;
            }
            catch (ParquetFormatException)
            {
                refused++;
            }
            catch (Exception e)
            {
                failure = $"mutation {i} of seed {seed}, file {i % files.Count}: {e}";
                break;
            }

            double seconds = (Environment.TickCount64 - start) / 1000.0;
            long bytes = GC.GetAllocatedBytesForCurrentThread() - before;
            (slowest, most) = (Math.Max(slowest, seconds), Math.Max(most, bytes));
            if (seconds > MaxSeconds || bytes > MaxBytes)
            {
                failure = $"mutation {i} of seed {seed}, file {i % files.Count}: {seconds} s and {bytes} bytes for a file of {mutated.Length}";
                break;
            }
        }

        return new FuzzReport(refused, read, slowest, most);
    }

    // Assembled, and every flat column as text as well: two paths through the decoders.
    private static void ReadWhole(ParquetReader reader)
    {
        ConformanceRun.ReadAll(reader);
        var buffer = new string?[256];
        foreach (RowGroup group in reader.RowGroups)
        {
            foreach (ParquetColumn column in reader.Schema.Columns.Where(c => c.IsFlat))
            {
                using ColumnReader values = reader.OpenColumn(group.Index, column);
                while (values.ReadString(buffer) > 0)
                {
                }
            }
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        byte[] bytes = [.. original];
        int edits = 1 + random.Next(3);
        for (int e = 0; e < edits; e++)
        {
            // Half of the edits go to the footer, whose numbers steer everything else.
            int footer = BitConverter.ToInt32(original, original.Length - 8);
            int at = random.Next(2) == 0 ? random.Next(bytes.Length) : Math.Max(0, bytes.Length - 8 - random.Next(footer + 8));
            switch (random.Next(8))
            {
                case 0:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 1:
                    bytes[at] = random.Next(2) == 0 ? (byte)0xFF : (byte)0;
                    break;
                case 2:
                    bytes[at]++;
                    break;
                case 3:
                    random.NextBytes(bytes.AsSpan(at, Math.Min(bytes.Length - at, 1 + random.Next(8))));
                    break;
                case 4:
                    bytes = [.. bytes[..at], .. bytes[Math.Min(bytes.Length, at + 1 + random.Next(4))..]];
                    break;
                case 5:
                    bytes = [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                    break;
                default:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
            }

            if (bytes.Length < 16)
            {
                break;
            }
        }

        return bytes;
    }

    private static int HashCode(int seed, int i) => unchecked((int)((uint)seed * 2_654_435_761u + (uint)i * 40_503u));
}
