using Predictive.Parquet.Tests.Conformance;
using Predictive.Tests;

namespace Predictive.Parquet.Tests;

/// <summary>
/// Seeded mutations of small files: the one exception type or values, never a crash, a hang or memory the file cannot justify.
/// The share run here keeps the suite quick; <c>-- fuzz 200000</c> in the benches runs them all.
/// </summary>
public sealed class FuzzTests
{
    private const int Mutations = 6_000;

    [Fact]
    public void Mutated_files_are_refused_or_read()
    {
        string collection = SharedData.Path("parquet-testing");
        FuzzReport report = FuzzRun.Run(FuzzRun.SmallFiles(collection), Mutations, seed: 20_111_209, out string? failure);
        Assert.True(failure is null, failure);
        Assert.Equal(Mutations, report.Refused + report.Read);
        Assert.InRange(report.Refused, Mutations / 4, Mutations - Mutations / 20);
    }

    [Fact]
    public void Mutations_of_files_written_here_are_refused_or_read()
    {
        // The page CRC would hide the decoders from the mutations, so it is not written.
        var options = new ParquetWriterOptions { WriteChecksums = false, RowsPerPage = 50 };
        var files = new List<byte[]>();
        foreach (CompressionCodec codec in new[] { CompressionCodec.Uncompressed, CompressionCodec.Snappy })
        {
            var stream = new MemoryStream();
            using ParquetWriter writer = ParquetWriter.Create(stream, [ParquetField.Int64("i", nullable: true), ParquetField.String("s"), ParquetField.Double("d"), ParquetField.Boolean("b")], options with { Codec = codec });
            bool[] isNull = [.. Enumerable.Range(0, 200).Select(i => i % 3 == 0)];
            writer.WriteRowGroup(
                ColumnValues.From(Enumerable.Range(0, 200).Select(i => (long)i % 11).ToArray(), isNull),
                Enumerable.Range(0, 200).Select(i => $"text {i % 30}").ToArray(),
                Enumerable.Range(0, 200).Select(i => i * 0.37).ToArray(),
                isNull);
            writer.Complete();
            files.Add(stream.ToArray());
        }

        FuzzReport report = FuzzRun.Run(files, Mutations, seed: 7, out string? failure);
        Assert.True(failure is null, failure);
        Assert.True(report.Refused > 0 && report.Read > 0);
    }
}
