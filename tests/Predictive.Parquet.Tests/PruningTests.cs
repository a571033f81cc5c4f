namespace Predictive.Parquet.Tests;

/// <summary>Statistics, page index, hive partitions: what can be passed over is, and nothing else.</summary>
public sealed class PruningTests
{
    [Fact]
    public void Row_groups_and_pages_are_bounded_by_their_values()
    {
        using ParquetReader reader = ParquetReader.Open(Sample(), "memory");
        ParquetColumn id = reader.Schema["id"], name = reader.Schema["name"];
        Assert.Equal((0L, 999L), (reader.RowGroups[0].Columns[0].Statistics!.Min, reader.RowGroups[0].Columns[0].Statistics!.Max));
        Assert.Equal(("n1000", "n1999"), (reader.RowGroups[1].Columns[1].Statistics!.Min, reader.RowGroups[1].Columns[1].Statistics!.Max));
        Assert.Equal(143, reader.RowGroups[0].Columns[1].Statistics!.NullCount);

        IReadOnlyList<PageInfo> pages = reader.ReadPageIndex(1, id)!;
        Assert.Equal([0, 300, 600, 900], pages.Select(p => p.FirstRow));
        Assert.Equal([300, 300, 300, 100], pages.Select(p => p.RowCount));
        PageInfo only = Assert.Single(pages, p => p.Statistics!.MayOverlap(1350L, 1360L));
        Assert.Equal(300, only.FirstRow);
        Assert.Equal(4, reader.ReadPageIndex(0, name)!.Count(p => p.Statistics!.MayOverlap("n", "o")));
        Assert.DoesNotContain(reader.ReadPageIndex(0, name)!, p => p.Statistics!.MayOverlap("o", "p"));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(299, 2)]
    [InlineData(300, 300)]
    [InlineData(555, 445)]
    [InlineData(999, 1)]
    [InlineData(700, 0)]
    public void Rows_opened_through_the_page_index_are_the_rows_asked_for(int first, int count)
    {
        foreach (bool index in new[] { true, false })
        {
            using ParquetReader reader = ParquetReader.Open(Sample(index), "memory");
            using ColumnReader ids = reader.OpenColumn(1, reader.Schema["id"], first, count);
            using ColumnReader names = reader.OpenColumn(1, reader.Schema["name"], first, count);
            using ColumnReader codes = reader.OpenColumn(1, reader.Schema["name"], first, count);
            long[] values = new long[count + 5];
            string?[] texts = new string?[count + 5];
            int[] coded = new int[count + 5];
            Assert.Equal(count, ids.ReadInt64(values));
            Assert.Equal(Enumerable.Range(1000 + first, count).Select(i => (long)i), values[..count]);
            Assert.Equal(count, names.ReadString(texts));
            Assert.Equal(Enumerable.Range(1000 + first, count).Select(Name), texts[..count]);
            Assert.Equal(Enumerable.Range(1000 + first, count).Count(i => Name(i) is null), names.NullsRead);
            Assert.Equal(count, codes.ReadCodes(coded));
            string[] dictionary = codes.StringDictionary.ToArray();
            Assert.Equal(texts[..count], coded[..count].Select(c => c < 0 ? null : dictionary[c]));
        }
    }

    [Fact]
    public void Bounds_leave_NaN_out_and_keep_both_zeros()
    {
        var stream = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.Double("d")]))
        {
            writer.WriteRowGroup(new[] { double.NaN, 0.0, 5 });
            writer.WriteRowGroup(new[] { double.NaN, double.NaN });
            writer.Complete();
        }

        using ParquetReader reader = ParquetReader.Open(stream, "memory");
        ColumnStatistics some = reader.RowGroups[0].Columns[0].Statistics!, none = reader.RowGroups[1].Columns[0].Statistics!;
        Assert.True(double.IsNegative((double)some.Min!));
        Assert.Equal(5.0, some.Max);
        Assert.Null(none.Min);
        Assert.True(none.MayOverlap(1.0, 2.0));
        Assert.False(some.MayOverlap(5.5, 6.0));
    }

    [Fact]
    public void Long_text_has_short_bounds_that_still_bound()
    {
        string low = new('a', 200), high = new('z', 200);
        var stream = new MemoryStream();
        using (ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.String("s")]))
        {
            writer.WriteRowGroup(new[] { low, high });
            writer.Complete();
        }

        using ParquetReader reader = ParquetReader.Open(stream, "memory");
        ColumnStatistics s = reader.RowGroups[0].Columns[0].Statistics!;
        Assert.True(((string)s.Min!).Length <= 64 && ((string)s.Max!).Length <= 64);
        Assert.True(string.CompareOrdinal((string)s.Min!, low) <= 0 && string.CompareOrdinal((string)s.Max!, high) >= 0);
        Assert.False(s.IsMinExact || s.IsMaxExact);
    }

    [Fact]
    public void Hive_partitions_are_pruned_by_name_without_opening_the_files()
    {
        string folder = Directory.CreateTempSubdirectory("hive").FullName;
        try
        {
            foreach ((string path, long value) in new[] { ("year=2023/month=12/a.parquet", 1L), ("year=2024/month=01/a.parquet", 2), ("year=2024/month=01/b.parquet", 3), ("year=__HIVE_DEFAULT_PARTITION__/month=a%2Fb/a.parquet", 4) })
            {
                string full = Path.Combine(folder, path);
                Directory.CreateDirectory(Path.GetDirectoryName(full)!);
                using ParquetWriter writer = ParquetWriter.Create(full, [ParquetField.Int64("v")]);
                writer.WriteRowGroup(new[] { value });
                writer.Complete();
            }

            // Not data; and damaged, so that opening it would fail.
            File.WriteAllText(Path.Combine(folder, "_metadata.parquet"), "x");
            File.WriteAllText(Path.Combine(folder, "year=2023", "month=12", "broken.parquet"), "x");

            using ParquetDataset kept = ParquetDataset.Open(folder, p => p["year"] == "2024" || p["year"] is null);
            Assert.Equal(["year", "month"], kept.PartitionColumns);
            Assert.Equal(["2024/01", "2024/01", "/a/b"], kept.Files.Select(f => $"{f.Partition["year"]}/{f.Partition["month"]}"));
            Assert.Equal([2L, 3L, 4L], kept.Files.SelectMany(f => f.Reader.ReadInt64("v")));
            Assert.Equal([0L, 1L, 2L], kept.Parts.Select(p => p.FirstRow));
            Assert.Throws<ParquetFormatException>(() => ParquetDataset.Open(folder));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static string? Name(int i) => i % 7 == 0 ? null : $"n{i:0000}";

    private static MemoryStream Sample(bool index = true)
    {
        var stream = new MemoryStream();
        using ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.Int64("id"), ParquetField.String("name", nullable: true)], new ParquetWriterOptions { RowsPerPage = 300, WritePageIndex = index });
        for (int group = 0; group < 2; group++)
        {
            int[] rows = [.. Enumerable.Range(group * 1000, 1000)];
            writer.WriteRowGroup(rows.Select(i => (long)i).ToArray(), rows.Select(Name).ToArray());
        }

        writer.Complete();
        return stream;
    }
}
