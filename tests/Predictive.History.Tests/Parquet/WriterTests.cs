using System.Globalization;
using Parquet;
using Predictive.History.Parquet;
using Predictive.History.Tests.Parquet.Conformance;
using Predictive.History.Tests.Parquet.Mutations;
using ParquetWriter = Predictive.History.Parquet.ParquetWriter;

namespace Predictive.History.Tests.Parquet;

/// <summary>What the product writes, read back by DuckDB and by Parquet.Net.</summary>
public sealed class WriterTests : TypesMatrix
{
    private static readonly ParquetField[] Fields =
    [
        ParquetField.Int64("long", nullable: true), ParquetField.Int32("int", nullable: true),
            ParquetField.Double("double", nullable: true), ParquetField.Boolean("flag"),
        ParquetField.String("text", nullable: true), ParquetField.String("coded", nullable: true),
            ParquetField.Timestamp("local", false, nullable: true), ParquetField.Timestamp("utc", true),
            ParquetField.Date("day", nullable: true),
    ];

    // Every third value of a nullable column is missing.
    private static bool IsMissing(int i) => i % 3 == 1;

    private static string Name(int i) => (i % 5) switch { 0 => "", 1 => "🙂", 2 => "Ärger \uD83D\uDE00 \0 x", 3 => new string('y', i % 300),
        _ => $"name {i % 97}" };

    private static void Write(Stream stream, int rows, int groups = 1, bool useDictionary = true)
    {
        using ParquetWriter writer = ParquetWriter.Create(stream, [.. Fields.Select(f => f with { HasDictionary = useDictionary })]);
        string[] dictionary = [.. Enumerable.Range(0, 50).Select(Name)];
        foreach (int[] part in groups == 1 ? [Enumerable.Range(0, rows).ToArray()] : Enumerable.Range(0, rows).Chunk((rows / groups) + 1))
        {
            bool[] missing = [.. part.Select(IsMissing)];
            writer.WriteRowGroup(
                ColumnValues.From(part.Select(i => (i * 1_000_003L) - 5).ToArray(), missing),
                ColumnValues.From(part.Select(i => -i).ToArray(), missing),
                ColumnValues.From(part.Select(i => i % 7 == 0 ? double.NaN : i / 3.0).ToArray(), missing),
                part.Select(i => i % 2 == 0).ToArray(),
                part.Select(i => IsMissing(i) ? null : Name(i)).ToArray(),
                ColumnValues.From(dictionary, part.Select(i => IsMissing(i) ? -1 : i % 50).ToArray()),
                ColumnValues.From(part.Select(i => i * 3_600_000_001L).ToArray(), missing),
                part.Select(i => -i * 1_000L).ToArray(),
                ColumnValues.From(part.Select(i => i - 1000).ToArray(), missing));
        }

        writer.Complete();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(16_383, 1)]
    [InlineData(16_384, 1)]
    [InlineData(16_385, 1)]
    [InlineData(40_000, 3)]
    public void Every_type_with_nulls_is_what_two_other_readers_find(int rows, int groups)
    {
        foreach (bool useDictionary in new[] { true, false })
        {
            using (FileStream stream = System.IO.File.Create(File))
            {
                Write(stream, rows, groups, useDictionary);
            }

            int[] all = [.. Enumerable.Range(0, rows)];
            var expected = new Dictionary<string, object?[]>
            {
                ["long"] = [.. all.Select(i => IsMissing(i) ? null : (object)((i * 1_000_003L) - 5))],
                ["int"] = [.. all.Select(i => IsMissing(i) ? null : (object)(long)-i)],
                ["double"] = [.. all.Select(i => IsMissing(i) ? null : (object)(i % 7 == 0 ? double.NaN : i / 3.0))],
                ["flag"] = [.. all.Select(i => (object)(i % 2 == 0))],
                ["text"] = [.. all.Select(i => IsMissing(i) ? null : Name(i))],
                ["coded"] = [.. all.Select(i => IsMissing(i) ? null : Name(i % 50))],
                ["local"] = [.. all.Select(i => IsMissing(i) ? null : (object)new Micros(i * 3_600_000_001L))],
                ["utc"] = [.. all.Select(i => (object)new Micros(-i * 1_000L))],
                ["day"] = [.. all.Select(i => IsMissing(i) ? null : (object)new Micros((i - 1000) * 86_400_000_000))],
            };
            foreach (var (column, values) in expected)
            {
                Assert.Equal(values, ParquetNetLibrary.Values(File, column));
            }

            List<object?[]> duck =
                Duck.Query(
                    $"SELECT \"long\", \"int\"::BIGINT, \"double\", flag, \"text\", coded, epoch_us(local), epoch_us(utc), "
                        + $"epoch_us(\"day\"::TIMESTAMP) FROM '{File}'");
            Assert.Equal(rows, duck.Count);
            for (int i = 0; i < rows; i++)
            {
                Assert.Equal([.. expected.Values.Select(v => v[i] is Micros m ? m.Value : v[i])], duck[i]);
            }
        }
    }

    [Fact]
    public void Zstandard_statistics_and_the_types_it_says()
    {
        using (FileStream stream = System.IO.File.Create(File))
        {
            Write(stream, 3_000, 3);
        }

        List<object?[]> chunks = Duck.Query(
            $"SELECT compression, path_in_schema, stats_null_count, stats_min_value, stats_max_value FROM parquet_metadata('{File}')");
        Assert.All(chunks, c => Assert.Equal("ZSTD", c[0]));
        Assert.All(chunks, c => Assert.NotNull(c[2]));
        Assert.All(chunks.Where(c => c[1] is not "double"), c => Assert.True(c[3] is string && c[4] is string, string.Join(" ", c)));
        Assert.Equal(
            ["BIGINT", "INTEGER", "DOUBLE", "BOOLEAN", "VARCHAR", "VARCHAR", "TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "DATE"],
            Duck.Query($"DESCRIBE SELECT * FROM '{File}'").Select(r => (string)r[1]!));
    }

    [Fact]
    public void A_filter_leaves_out_row_groups_by_their_statistics()
    {
        // Only the first row group can hold what is asked for; the others are damaged, so whoever reads them fails.
        using (ParquetWriter writer = ParquetWriter.Create(File, [ParquetField.Int64("a"), ParquetField.String("b")]))
        {
            foreach (int from in new[] { 0, 1000, 2000 })
            {
                writer.WriteRowGroup(Enumerable.Range(from, 1000).Select(i => (long)i).ToArray(),
                    Enumerable.Range(from, 1000).Select(i => (string?)$"{i:0000}").ToArray());
            }

            writer.Complete();
        }

        byte[] bytes = System.IO.File.ReadAllBytes(File);
        foreach (Range header in SeedFiles.PageHeaders(File).Skip(4))
        {
            bytes.AsSpan(header).Fill(0xFF);
        }

        System.IO.File.WriteAllBytes(File, bytes);
        Assert.Equal(500L, Duck.Query($"SELECT count(*) FROM '{File}' WHERE a < 500")[0][0]);
        Assert.Equal(500L, Duck.Query($"SELECT count(*) FROM '{File}' WHERE b < '0500'")[0][0]);
        Assert.ThrowsAny<Exception>(() => Duck.Query($"SELECT count(*) FROM '{File}' WHERE a > 500"));
    }

    [Fact]
    public void A_flipped_byte_anywhere_in_a_page_is_found()
    {
        using (FileStream stream = System.IO.File.Create(File))
        {
            Write(stream, 300, 2);
        }

        byte[] sound = System.IO.File.ReadAllBytes(File);
        var random = new Random(5);
        foreach (Range header in SeedFiles.PageHeaders(File))
        {
            Assert.True(new CompactThrift(sound, header.Start.Value).Walk().Fields.ContainsKey(4), "no checksum");
            byte[] bytes = [.. sound];
            long size = new CompactThrift(sound, header.Start.Value).Walk().Fields[3];
            bytes[header.End.Value + random.Next((int)size)] ^= (byte)(1 << random.Next(8));
            System.IO.File.WriteAllBytes(File, bytes);
            Assert.Throws<Predictive.History.DatasetException>(() =>
            {
                foreach (var (_, values) in RoomLibrary.Open(File))
                {
                    values();
                }
            });
        }
    }

    [Fact]
    public async Task The_same_bytes_on_one_thread_and_on_many_and_twice()
    {
        byte[] Once(bool oneThread)
        {
            var stream = new MemoryStream();
            if (oneThread)
            {
                using var only = new OneThread();
                Task.Factory.StartNew(() => Write(stream, 40_000, 3), CancellationToken.None, TaskCreationOptions.None,
                    only).GetAwaiter().GetResult();
            }
            else
            {
                Write(stream, 40_000, 3);
            }

            return stream.ToArray();
        }

        // What is written lies in managed memory: moving it about must change nothing. A pause after each, or nothing else would run.
        Task moving = Task.Run(async () =>
        {
            for (int i = 0; i < 30; i++)
            {
                GC.Collect(2, GCCollectionMode.Forced, blocking: true, compacting: true);
                await Task.Delay(5);
            }
        });
        byte[] first = Once(oneThread: false);
        for (int i = 0; i < 5; i++)
        {
            Assert.True(first.AsSpan().SequenceEqual(Once(oneThread: false)));
        }

        await moving;
        Assert.True(first.AsSpan().SequenceEqual(Once(oneThread: false)));
        Assert.True(first.AsSpan().SequenceEqual(Once(oneThread: true)));
    }

    [Fact]
    public void Long_text_and_lone_surrogates()
    {
        string[] texts = ["", new string('z', 100_000), "\uD83D", "a\uDE00b", "🙂", "\uD83D\uDE00"];
        using (ParquetWriter writer = ParquetWriter.Create(File, [ParquetField.String("text"), ParquetField.String("coded")]))
        {
            writer.WriteRowGroup(texts, ColumnValues.From(texts, Enumerable.Range(0, texts.Length).ToArray()));
            writer.Complete();
        }

        // Half a surrogate pair is no character: U+FFFD stands for it.
        string[] expected = ["", new string('z', 100_000), "\uFFFD", "a\uFFFDb", "🙂", "😀"];
        Assert.All(Duck.Query($"SELECT text, coded FROM '{File}'").Select((r, i) => (r, i)),
            x => Assert.Equal([expected[x.i], expected[x.i]], x.r));
        Assert.Equal(expected, ParquetNetLibrary.Values(File, "text"));
    }

    [Fact]
    public void Notes_come_into_the_footer_with_and_without_rows()
    {
        var notes = new Dictionary<string, string> { ["stream"] = "shop/events", ["last"] = "17" };
        foreach (long[] rows in (long[][])[[1, 2], []])
        {
            using (ParquetWriter writer = ParquetWriter.Create(File, [ParquetField.Int64("a"), ParquetField.String("b")], notes))
            {
                writer.WriteRowGroup(rows, rows.Select(r => (string?)$"{r}").ToArray());
                writer.Complete();
            }

            Dictionary<object, object> found = Duck.Query($"SELECT decode(key), decode(value) FROM parquet_kv_metadata('{File}')")
                .ToDictionary(r => r[0]!, r => r[1]!);
            Assert.Equal(("shop/events", "17"), ((string)found["stream"], (string)found["last"]));
        }
    }

    [Fact]
    public void Nothing_is_left_of_a_file_that_was_not_completed()
    {
        using (ParquetWriter writer = ParquetWriter.Create(File, [ParquetField.Int64("a")]))
        {
            writer.WriteRowGroup(new[] { 1L });
        }

        Assert.Empty(Directory.GetFiles(Folder));
    }

    /// <summary>One thread at a time, whatever asks for more.</summary>
    private sealed class OneThread : TaskScheduler, IDisposable
    {
        private readonly System.Collections.Concurrent.BlockingCollection<Task> _tasks = [];
        private readonly Thread _thread;

        public OneThread()
        {
            _thread = new Thread(() =>
            {
                foreach (Task task in _tasks.GetConsumingEnumerable())
                {
                    TryExecuteTask(task);
                }
            });
            _thread.Start();
        }

        public override int MaximumConcurrencyLevel => 1;

        public void Dispose()
        {
            _tasks.CompleteAdding();
            _thread.Join();
            _tasks.Dispose();
        }

        protected override IEnumerable<Task> GetScheduledTasks() => _tasks;

        protected override void QueueTask(Task task) => _tasks.Add(task);

        protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => Thread.CurrentThread == _thread
            && TryExecuteTask(task);
    }
}
