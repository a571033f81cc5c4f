namespace Predictive.Parquet.Tests;

/// <summary>Each kind of broken input has its own message, with file, column and byte; a writer that fails leaves nothing behind.</summary>
public sealed class BrokenInputTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("broken").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_text_file_is_not_a_Parquet_file() => Assert.Contains("not a Parquet file", Refusal("customer_id,amount\n1,2.50\n"u8.ToArray()).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_cut_short_says_so()
    {
        byte[] whole = Sample();
        Assert.Contains("cut", Refusal(whole[..^20]).Message, StringComparison.Ordinal);
        Assert.Contains("too few", Refusal(whole[..5]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_page_names_its_column_and_byte()
    {
        byte[] damaged = Sample();
        damaged[60] ^= 1;
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(damaged), "x.parquet");
        ParquetFormatException e = Assert.Throws<ParquetFormatException>(() => reader.ReadInt64("id"));
        Assert.Equal(("x.parquet", "id", 4L), (e.File, e.Column, e.Offset));
        Assert.Contains("CRC", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_absent_column_is_answered_with_those_there_are()
    {
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(Sample()), "x.parquet");
        Assert.Contains("id, name", Assert.Throws<KeyNotFoundException>(() => reader.ReadInt64("nope")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_is_not_read_as_doubles()
    {
        using ParquetReader reader = ParquetReader.Open(new MemoryStream(Sample()), "x.parquet");
        Assert.Contains("cannot be read as doubles", Assert.Throws<InvalidOperationException>(() => reader.ReadDouble("name")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_writer_that_does_not_complete_leaves_the_old_file_and_no_other()
    {
        string path = Path.Combine(_folder, "x.parquet");
        File.WriteAllBytes(path, Sample());
        using (ParquetWriter writer = ParquetWriter.Create(path, [ParquetField.Int64("id")]))
        {
            writer.WriteRowGroup(new long[] { 9 });
        }

        Assert.Equal(Sample(), File.ReadAllBytes(path));
        Assert.Equal([path], Directory.GetFiles(_folder));
    }

    [Fact]
    public void A_null_in_a_required_column_is_the_callers_fault_and_named()
    {
        using ParquetWriter writer = ParquetWriter.Create(new MemoryStream(), [ParquetField.String("name"), ParquetField.Int64("id")]);
        ArgumentException e = Assert.Throws<ArgumentException>(() => writer.WriteRowGroup(new[] { "a", null }, new long[] { 1, 2 }));
        Assert.Contains("name", e.Message, StringComparison.Ordinal);
        Assert.Contains("row 1", e.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => writer.WriteRowGroup(new[] { "a" }, new long[] { 1, 2 }));
        Assert.Throws<ArgumentException>(() => writer.WriteRowGroup(new[] { 1.0 }, new long[] { 1 }));
    }

    [Fact]
    public void A_file_without_rows_reads_as_one()
    {
        var stream = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.Int64("id")]))
        {
            writer.WriteRowGroup(Array.Empty<long>());
            writer.Complete();
        }

        using ParquetReader reader = ParquetReader.Open(stream, "empty");
        Assert.Equal(0, reader.RowCount);
        Assert.Empty(reader.ReadInt64("id"));
    }

    private static ParquetFormatException Refusal(byte[] bytes) => Assert.Throws<ParquetFormatException>(() => ParquetReader.Open(new MemoryStream(bytes), "x.parquet"));

    private static byte[] Sample()
    {
        var stream = new MemoryStream();
        using ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.Int64("id"), ParquetField.String("name")], new ParquetWriterOptions { UseDictionary = false, Codec = CompressionCodec.Uncompressed });
        writer.WriteRowGroup(Enumerable.Range(0, 100).Select(i => (long)i).ToArray(), Enumerable.Range(0, 100).Select(i => $"name {i}").ToArray());
        writer.Complete();
        return stream.ToArray();
    }
}
