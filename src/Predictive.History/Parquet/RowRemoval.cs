using ParquetSharp;
using ParquetSharp.IO;

namespace Predictive.History.Parquet;

/// <summary>
/// Takes rows out of a Parquet file, whatever its columns: levels and physical values are copied, nothing is interpreted. Schema, notes and
/// compression stay; the file is replaced by a rename.
/// </summary>
internal static class RowRemoval
{
    private const int Batch = 16_384;

    /// <summary>Writes a file anew without some rows.</summary>
    /// <param name="path">The file.</param>
    /// <param name="gone">By row group: true per row to be taken out; null = none of it.</param>
    /// <exception cref="DatasetException">The file is damaged.</exception>
    /// <exception cref="IOException">The disk is full, or fails; the file is what it was.</exception>
    public static void Run(string path, IReadOnlyDictionary<int, bool[]> gone)
    {
        string temporary = AtomicFile.TemporaryNameFor(path);
        try
        {
            ParquetFault.Guard(path, null, () =>
            {
                Write(path, temporary, gone);
                return true;
            });
            AtomicFile.Rename(temporary, path);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private static void Write(string path, string temporary, IReadOnlyDictionary<int, bool[]> gone)
    {
        using ReaderProperties read = ReaderProperties.GetDefaultReaderProperties();
        read.EnablePageChecksumVerification();
        read.EnableBufferedStream();
        using var reader = new ParquetFileReader(path, read);
        FileMetaData footer = reader.FileMetaData;
        using var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file.SafeFileHandle, File.GetUnixFileMode(path));
        }

        using (var output = new ManagedOutputStream(file, leaveOpen: true))
        using (var builder = new WriterPropertiesBuilder())
        {
            builder.Compression(CompressionOf(reader)).EnablePageChecksum().EnableStatistics();
            builder.DictionaryPagesizeLimit(ParquetWriter.DictionaryLimit);
            using WriterProperties write = builder.Build();
            using var writer = new ParquetFileWriter(
                output, footer.Schema.GroupNode, write, FileBefore.AddTo(footer.KeyValueMetadata, path, footer.NumRows));
            for (int g = 0; g < footer.NumRowGroups; g++)
            {
                using RowGroupReader rows = reader.RowGroup(g);
                bool[] without = gone.GetValueOrDefault(g) ?? new bool[rows.MetaData.NumRows];
                if (Array.TrueForAll(without, w => w))
                {
                    continue;
                }

                using RowGroupWriter kept = writer.AppendRowGroup();
                for (int c = 0; c < footer.Schema.NumColumns; c++)
                {
                    using ColumnReader from = rows.Column(c);
                    using ColumnWriter to = kept.NextColumn();
                    from.Apply(new Copy(to, without, footer.Schema.Column(c)));
                }

                kept.Close();
            }

            writer.Close();
        }

        file.Flush(flushToDisk: true);
    }

    private static Compression CompressionOf(ParquetFileReader reader)
    {
        if (reader.FileMetaData.NumRowGroups == 0 || reader.FileMetaData.Schema.NumColumns == 0)
        {
            return Compression.Zstd;
        }

        using RowGroupReader group = reader.RowGroup(0);
        using ColumnChunkMetaData chunk = group.MetaData.GetColumnChunkMetaData(0);
        return chunk.Compression;
    }

    private sealed class Copy(ColumnWriter writer, bool[] gone, ColumnDescriptor column) : IColumnReaderVisitor<bool>
    {
        public bool OnColumnReader<TValue>(ColumnReader<TValue> reader)
            where TValue : unmanaged
        {
            var to = (ColumnWriter<TValue>)writer;
            short present = column.MaxDefinitionLevel, repeated = column.MaxRepetitionLevel;
            short[] definitions = new short[Batch], repetitions = new short[Batch];
            TValue[] values = new TValue[Batch];
            int row = -1;
            while (reader.HasNext)
            {
                // Of text the values point into the page that was read: they are written before the next read.
                int read = checked((int)reader.ReadBatch(
                    Batch, present > 0 ? definitions : [], repeated > 0 ? repetitions : [], values, out long stored));
                int levels = present > 0 ? read : (int)stored, keptLevels = 0, keptValues = 0, value = 0;
                for (int i = 0; i < levels; i++)
                {
                    row += repeated == 0 || repetitions[i] == 0 ? 1 : 0;
                    bool has = present == 0 || definitions[i] == present;
                    if (!gone[row])
                    {
                        (definitions[keptLevels], repetitions[keptLevels]) = (definitions[i], repetitions[i]);
                        keptLevels++;
                        if (has)
                        {
                            values[keptValues++] = values[value];
                        }
                    }

                    value += has ? 1 : 0;
                }

                if (keptLevels > 0)
                {
                    to.WriteBatch(
                        keptLevels, present > 0 ? definitions.AsSpan(0, keptLevels) : [],
                        repeated > 0 ? repetitions.AsSpan(0, keptLevels) : [],
                        values.AsSpan(0, keptValues));
                }
            }

            return true;
        }
    }
}
