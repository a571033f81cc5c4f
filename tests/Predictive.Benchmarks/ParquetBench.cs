using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using System.Text.Json;
using Parquet;
using Parquet.Data;
using Parquet.Schema;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Tests.Parquet;
using Predictive.History.Tests.Parquet.Mutations;
using Predictive.History.Text;

namespace Predictive.Benchmarks;

/// <summary>
/// <c>parquet FILE [--repeats 3] [--json]</c>: one scan by the product (its room over ParquetSharp), by Parquet.Net and by DuckDB.NET, each
/// in a process of its own, alternating, on two threads; medians. Where <c>customer_id</c> is a whole number: <c>amount</c> summed,
/// <c>customer_id</c> counted. Where it is text: customer_id and order_id hashed over their bytes, ordered_at and amount summed. Check
/// values of all three must be equal (the hashes are each library's own; ours and Parquet.Net's are one function). Seconds are from opening
/// the file to the values, without starting the process; processor seconds (all threads) hardly depend on what else the machine does; MB is
/// the peak of resident memory of the process.
/// </summary>
internal static class ParquetBench
{
    private const int Batch = 16_384, Threads = 2;

    private static readonly (string Name, Func<string, bool, Scan> Run)[] s_libraries = [("ours", Ours),
        ("Parquet.Net", (f, t) => ParquetNet(f, t).GetAwaiter().GetResult()), ("DuckDB.NET", DuckDb)];

    public static int Run(string[] args)
    {
        if (args is ["--child", var library, var file, var text])
        {
            Child(s_libraries.Single(l => l.Name == library).Run, file, bool.Parse(text));
            return 0;
        }

        if (args.Length == 0 || !File.Exists(args[0]))
        {
            Console.Error.WriteLine("Usage: parquet FILE [--repeats 3] [--json]");
            return 2;
        }

        using ParquetTable table = ParquetTable.Open(args[0]);
        bool isText = table.Find("customer_id") is { IsInteger: false };
        var runs = s_libraries.ToDictionary(l => l.Name, _ => new List<Measured>());
        for (int repeat = BenchProcess.Option(args, "--repeats", 3); repeat > 0; repeat--)
        {
            foreach (var (name, _) in s_libraries)
            {
                using Process child = BenchProcess.Start("parquet", "--child", name, args[0], isText.ToString());
                string line = child.StandardOutput.ReadToEnd();
                child.WaitForExit();
                Measured measured = JsonSerializer.Deserialize<Measured>(line)!;
                runs[name].Add(measured);
                Console.Error.WriteLine(
                    $"{name}: {measured.Seconds:F3} s, {measured.ProcessorSeconds:F3} s of the processor, {measured.PeakMB} MB");
            }
        }

        Scan[] scans = [.. runs.Values.SelectMany(r => r.Select(m => m.Scan))];
        bool equal = scans.All(s => s.Agrees(scans[0]))
            && runs["ours"].Concat(runs["Parquet.Net"]).All(m => m.Scan.Hashes == scans[0].Hashes);
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            file = Path.GetFileName(args[0]),
            rows = table.RowCount,
            scan = isText ? "two text ids hashed, time and amount summed" : "amount summed, customer_id counted",
            libraries = runs.ToDictionary(r => r.Key, r => new { seconds = Math.Round(Median(r.Value.Select(m => m.Seconds)), 3),
                processorSeconds = Math.Round(Median(r.Value.Select(m => m.ProcessorSeconds)), 3),
                peakMB = Median(r.Value.Select(m => (double)m.PeakMB)) }),
            equal,
            check = new { scans[0].Rows, scans[0].Amount, scans[0].Whole },
        }));
        return equal ? 0 : 1;
    }

    /// <summary>What a scan found.</summary>
    /// <param name="Rows">Rows with a customer.</param>
    /// <param name="Amount">Sum of the amounts.</param>
    /// <param name="Whole">Of whole numbers: exclusive or of the customer ids. Of text: sum of the times, µs.</param>
    /// <param name="Hashes">Sum of the hashes of both ids, in the library's own hash.</param>
    internal sealed record Scan(long Rows, double Amount, string Whole, ulong Hashes)
    {
        public static Scan Of(IEnumerable<(long Rows, double Amount, Int128 Whole, ulong Hashes)> parts)
        {
            var all = parts.ToList();
            return new Scan(all.Sum(p => p.Rows), all.Sum(p => p.Amount),
                all.Aggregate((Int128)0, (s, p) => s + p.Whole).ToString(CultureInfo.InvariantCulture),
                all.Aggregate(0UL, (s, p) => s + p.Hashes));
        }

        public bool Agrees(Scan other) => Rows == other.Rows && Whole == other.Whole
            && Math.Abs(Amount - other.Amount) <= 1e-9 * Math.Abs(Amount);
    }

    internal sealed record Measured(double Seconds, double ProcessorSeconds, long PeakMB, Scan Scan);

    private static void Child(Func<string, bool, Scan> run, string file, bool isText)
    {
        long start = Stopwatch.GetTimestamp();
        TimeSpan processor = Environment.CpuUsage.TotalTime;
        Scan scan = run(file, isText);
        Console.WriteLine(JsonSerializer.Serialize(new Measured(Stopwatch.GetElapsedTime(start).TotalSeconds,
            (Environment.CpuUsage.TotalTime - processor).TotalSeconds, MutationBatch.PeakMB(), scan)));
    }

    private static Scan Ours(string file, bool isText)
    {
        using ParquetTable table = ParquetTable.Open(file);
        TableColumn customer = table.Find("customer_id")!, amount = table.Find("amount")!;
        return OverGroups(table.Parts.Count, g =>
        {
            long rows = 0;
            double sum = 0;
            Int128 whole = 0;
            ulong hashes = 0;
            using PartReader part = table.Parts[g].Open();
            ColumnBatches amounts = part.Column(amount), customers = part.Column(customer);
            ColumnBatches? times = isText ? part.Column(table.Find("ordered_at")!) : null, orders = isText
                ? part.Column(table.Find("order_id")!) : null;
            double[] money = new double[Batch];
            long[] longs = new long[Batch];
            ulong[] ids = new ulong[Batch];
            bool[] missing = new bool[Batch];
            var clock = new LocalClock(TimeZoneInfo.Utc);
            for (int left = table.Parts[g].Rows; left > 0;)
            {
                int n = Math.Min(Batch, left);
                left -= n;
                amounts.ReadNumbers(money.AsSpan(0, n));
                sum += Sum(money.AsSpan(0, n));
                if (isText)
                {
                    times!.ReadTimes(longs.AsSpan(0, n), clock);
                    whole += SumOf(longs.AsSpan(0, n));
                    orders!.ReadNameHashes(ids.AsSpan(0, n));
                    hashes += Sum(ids.AsSpan(0, n));
                    customers.ReadNameHashes(ids.AsSpan(0, n));
                    hashes += Sum(ids.AsSpan(0, n));
                    rows += n - ids.AsSpan(0, n).Count(0UL);
                }
                else
                {
                    customers.ReadIntegers(longs.AsSpan(0, n), missing.AsSpan(0, n));
                    whole = (long)whole ^ Xor(longs.AsSpan(0, n));
                    rows += n - missing.AsSpan(0, n).Count(true);
                }
            }

            return (rows, sum, whole, hashes);
        }, isText);
    }

    private static async Task<Scan> ParquetNet(string file, bool isText)
    {
        int groups;
        await using (ParquetReader first = await ParquetReader.CreateAsync(file))
        {
            groups = first.RowGroupCount;
        }

        // A reader of its own for each thread, as Parquet.Net asks for.
        using var readers = new ThreadLocal<ParquetReader>(() => ParquetReader.CreateAsync(file).GetAwaiter().GetResult());
        return OverGroups(groups, g => ParquetNetGroup(readers.Value!, g, isText).GetAwaiter().GetResult(), isText);
    }

    private static async Task<(long Rows, double Amount, Int128 Whole, ulong Hashes)> ParquetNetGroup(ParquetReader reader, int g,
        bool isText)
    {
        DataField Field(string name) => reader.Schema.DataFields.Single(f => f.Name == name);
        using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
        double sum;
        using (RawColumnData amounts = await group.ReadRawColumnDataBaseAsync(Field("amount")))
        {
            sum = Sum(((RawColumnData<double>)amounts).Values);
        }

        if (!isText)
        {
            using RawColumnData customers = await group.ReadRawColumnDataBaseAsync(Field("customer_id"));
            return customers is RawColumnData<long> longs ? (longs.Values.Length, sum, Xor<long>(longs.Values), 0UL)
                : Counted(((RawColumnData<int>)customers).Values, sum);
        }

        Int128 whole = 0;
        using (RawColumnData times = await group.ReadRawColumnDataBaseAsync(Field("ordered_at")))
        {
            foreach (DateTime time in ((RawColumnData<DateTime>)times).Values)
            {
                whole += (time.Ticks - DateTime.UnixEpoch.Ticks) / 10;
            }
        }

        (long rows, ulong hashes) = await Hashes(group, Field("customer_id"));
        return (rows, sum, whole, hashes + (await Hashes(group, Field("order_id"))).Hashes);
    }

    private static (long Rows, double Amount, Int128 Whole, ulong Hashes) Counted(ReadOnlySpan<int> values, double sum) =>
        (values.Length, sum, Xor(values), 0UL);

    private static async Task<(long Rows, ulong Hashes)> Hashes(ParquetRowGroupReader group, DataField field)
    {
        using RawColumnData ids = await group.ReadRawColumnDataBaseAsync(field);
        ulong hashes = 0;
        if (ids is RawColumnData<ReadOnlyMemory<byte>> bytes)
        {
            foreach (ReadOnlyMemory<byte> id in bytes.Values)
            {
                hashes += NameHash.Of(id.Span);
            }

            return (bytes.Values.Length, hashes);
        }

        // Text comes as UTF-16; the hash is of its bytes.
        ReadOnlySpan<ReadOnlyMemory<char>> texts = ((RawColumnData<ReadOnlyMemory<char>>)ids).Values;
        byte[] buffer = new byte[1024];
        foreach (ReadOnlyMemory<char> id in texts)
        {
            hashes += NameHash.Of(buffer.AsSpan(0, System.Text.Encoding.UTF8.GetBytes(id.Span, buffer)));
        }

        return (texts.Length, hashes);
    }

    private static Scan DuckDb(string file, bool isText)
    {
        object?[] row = Duck.Query(
            isText
                ? $"SELECT count(customer_id), sum(amount), sum(epoch_us(ordered_at)), bit_xor(hash(customer_id)) + "
                    + $"bit_xor(hash(order_id)) FROM '{file}'"
                : $"SELECT count(customer_id), sum(amount), bit_xor(customer_id::BIGINT), 0 FROM '{file}'",
            Threads)[0];
        string Text(object? v) => Convert.ToString(v, CultureInfo.InvariantCulture)!;
        return new Scan(Convert.ToInt64(row[0], CultureInfo.InvariantCulture), Convert.ToDouble(row[1], CultureInfo.InvariantCulture),
            Text(row[2]), 0);
    }

    // Row groups are taken by whoever is free; their values are put together in file order.
    private static Scan OverGroups(int groups, Func<int, (long Rows, double Amount, Int128 Whole, ulong Hashes)> scan, bool isText)
    {
        var parts = new (long Rows, double Amount, Int128 Whole, ulong Hashes)[groups];
        Parallel.For(0, groups, new ParallelOptions { MaxDegreeOfParallelism = Threads }, g => parts[g] = scan(g));
        Int128 whole = parts.Aggregate((Int128)0, (s, p) => isText ? s + p.Whole : (long)s ^ (long)p.Whole);
        return Scan.Of(parts.Select((p, i) => p with { Whole = i == 0 ? whole : 0 }));
    }

    private static double Sum(ReadOnlySpan<double> values) => System.Numerics.Tensors.TensorPrimitives.Sum(values);

    private static ulong Sum(ReadOnlySpan<ulong> values) => System.Numerics.Tensors.TensorPrimitives.Sum(values);

    private static Int128 SumOf(ReadOnlySpan<long> values)
    {
        Int128 sum = 0;
        foreach (long value in values)
        {
            sum += value;
        }

        return sum;
    }

    private static long Xor<T>(ReadOnlySpan<T> values)
        where T : unmanaged, IBinaryInteger<T>
    {
        T xor = T.Zero;
        foreach (T value in values)
        {
            xor ^= value;
        }

        return long.CreateTruncating(xor);
    }

    private static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return sorted[sorted.Length / 2];
    }
}
