using Predictive.Tests;
using System.Globalization;
using ParquetSharp;
using Predictive.History;
using Predictive.History.Loading;
using Predictive.History.Tests.Parquet.Mutations;

namespace Predictive.History.Tests.Parquet;

/// <summary>Memory does not depend on the size of a row group.</summary>
public sealed class MemoryTests : TypesMatrix
{
    private const int Rows = 20_000_000;
    private const string FileVariable = "PREDICTIVE_TEST_BIG_FILE";

    [Fact]
    public void Twenty_million_rows_in_one_row_group_load_within_a_gigabyte()
    {
        string big = Path.Combine(Folder, "big.parquet");
        Write(big);
        using (ParquetFileReader reader = new(big))
        {
            Assert.Equal((1, (long)Rows), (reader.FileMetaData.NumRowGroups, reader.FileMetaData.NumRows));
        }

        using var child = ChildTest.Start(typeof(MemoryTests), nameof(Load_the_big_file), (FileVariable, big));
        Assert.True(child.WaitForExit(300_000), "no answer within five minutes");
        Assert.True(System.IO.File.Exists(big + ".answer"), $"the child ended with {child.ExitCode} and no answer");
        string[] words = System.IO.File.ReadAllText(big + ".answer").Split(' ');
        TestContext.Current.TestOutputHelper?.WriteLine(
            $"{words[0]} lines, {words[1]} customers; peak {words[3]} MB reading the times, {words[4]} MB loading");
        Assert.Equal([$"{Rows}", "1000", $"{(long)Rows * 3}"], words[..3]);
        Assert.InRange(long.Parse(words[3], CultureInfo.InvariantCulture), 1, 220);
        Assert.InRange(long.Parse(words[4], CultureInfo.InvariantCulture), 1, 1024);
    }

    [Fact(Explicit = true)]
    public void Load_the_big_file()
    {
        string file = Environment.GetEnvironmentVariable(FileVariable) ?? throw new InvalidOperationException($"Set {FileVariable}.");
        DatasetLoader.LastMicros(file); // reads the times, 150 MB compressed, and keeps nothing
        long scan = MutationBatch.PeakMB();
        TransactionHistory history = DatasetLoader.Load(file, new LoadOptions { MemoryBytes = 1L << 30 });
        System.IO.File.WriteAllText(file + ".answer",
            FormattableString.Invariant(
                $"{history.LineCount} {history.CustomerCount} {history.Columns.Amount.Sum()} {scan} {MutationBatch.PeakMB()}"));
    }

    // Values differ enough that the column chunks are large: ids of every row, times of every row, plain amounts.
    private static void Write(string path)
    {
        using var builder = new WriterPropertiesBuilder();
        builder.Compression(Compression.Snappy).MaxRowGroupLength(Rows).DisableDictionary();
        using WriterProperties properties = builder.Build();
        using var writer = new ParquetFileWriter(path, [new Column<int>("customer_id"),
            new Column<long>("ordered_at", LogicalType.Timestamp(false, TimeUnit.Micros)), new Column<float>("amount")], properties);
        using RowGroupWriter group = writer.AppendRowGroup();
        const int batch = 1_000_000;
        using (var ids = (ColumnWriter<int>)group.NextColumn())
        {
            Batches(ids, i => (int)(i * 7919 % 1000));
        }

        using (var times = (ColumnWriter<long>)group.NextColumn())
        {
            Batches(times, i => i * 1_000_003L % 63_072_000_000_000);
        }

        using (var amounts = (ColumnWriter<float>)group.NextColumn())
        {
            Batches(amounts, i => 1 + (i % 5));
        }

        group.Close();
        writer.Close();

        static void Batches<T>(ColumnWriter<T> column, Func<long, T> value)
            where T : unmanaged
        {
            var values = new T[batch];
            for (long from = 0; from < Rows; from += batch)
            {
                for (int i = 0; i < batch; i++)
                {
                    values[i] = value(from + i);
                }

                column.WriteBatch(values);
            }
        }
    }
}
