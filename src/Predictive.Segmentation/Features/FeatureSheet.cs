using System.Diagnostics;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using Predictive.History;
using Predictive.History.Parquet;
using Predictive.History.Sheets;
using Predictive.Learning;

namespace Predictive.Segmentation.Features;

/// <summary>Some customers of a features file.</summary>
internal sealed record FeatureBlock(string[] Ids, FeatureMatrix Features, Labels? Labels);

/// <summary>A features file being written, block by block: Parquet, Arrow or CSV.</summary>
internal abstract class FeatureSheet : IDisposable
{
    /// <summary>The endings there are.</summary>
    public static readonly string[] Endings = [".parquet", ".arrow", ".csv"];

    /// <summary>Begins one.</summary>
    /// <param name="ending">One of <see cref="Endings"/>.</param>
    /// <param name="stream">Left open.</param>
    /// <param name="names">The feature columns.</param>
    /// <param name="labels">Whether label columns follow.</param>
    /// <param name="dictionary">Goes into the metadata where the format has such.</param>
    public static FeatureSheet Begin(string ending, Stream stream, IReadOnlyList<string> names, bool labels, string dictionary)
    {
        string[] more = labels ? [.. FeatureDictionary.LabelColumns.Select(l => l.Name)] : [];
        var notes = new Dictionary<string, string> { [FeatureDictionary.MetadataKey] = dictionary };
        return ending switch
        {
            ".parquet" => new ParquetSheet(stream, names, more, notes),
            ".arrow" => new ArrowSheet(stream, names, more, notes),
            ".csv" => new TextSheet(stream, names, more),
            _ => throw new UnreachableException(ending),
        };
    }

    public abstract void Write(FeatureBlock block);

    /// <summary>Writes what stands at the end; without it the file is not whole.</summary>
    public abstract void Complete();

    public abstract void Dispose();

    private sealed class ParquetSheet(
        Stream stream, IReadOnlyList<string> names, string[] labels, IReadOnlyDictionary<string, string> notes) : FeatureSheet
    {
        private readonly ParquetWriter _writer = ParquetWriter.Create(
            stream,
            [
                .. new[] { ParquetField.String("customer_id") }.Concat(names.Select(n => ParquetField.Single(n)))
                    .Concat(labels.Length == 0 ? [] : new[]
                    {
                        ParquetField.Single(labels[0]), ParquetField.Double(labels[1]), ParquetField.Int32(labels[2]),
                        ParquetField.Single(labels[3]),
                    })
                    .Select(f => f with { HasDictionary = false }),
            ],
            notes);

        public override void Write(FeatureBlock block) => _writer.WriteRowGroup(
        [
            ColumnValues.From((ReadOnlyMemory<string?>)block.Ids),
            .. Enumerable.Range(0, block.Features.Columns)
                .Select(j => ColumnValues.From((ReadOnlyMemory<float>)block.Features.ColumnArray(j))),
            .. block.Labels is { } l
                ? new[] { ColumnValues.From((ReadOnlyMemory<float>)l.Churned), l.NetSpend, l.Orders,
                    ColumnValues.From((ReadOnlyMemory<float>)l.DaysToNextOrder) }
                : [],
        ]);

        public override void Complete() => _writer.Complete();

        public override void Dispose() => _writer.Dispose();
    }

    private sealed class ArrowSheet : FeatureSheet
    {
        private readonly Schema _schema;
        private readonly ArrowFileWriter _writer;
        private bool _begun;

        public ArrowSheet(Stream stream, IReadOnlyList<string> names, string[] labels, IReadOnlyDictionary<string, string> notes)
        {
            Field[] fields =
            [
                new Field("customer_id", StringType.Default, false), .. names.Select(n => new Field(n, FloatType.Default, false)),
                .. labels.Select((n, i) => new Field(n, i switch
                {
                    1 => DoubleType.Default,
                    2 => Int32Type.Default,
                    _ => (IArrowType)FloatType.Default,
                }, false)),
            ];
            _schema = new Schema(fields, notes);
            _writer = new ArrowFileWriter(stream, _schema, leaveOpen: true);
        }

        public override void Write(FeatureBlock block)
        {
            IArrowArray[] arrays =
            [
                new StringArray.Builder().AppendRange(block.Ids).Build(),
                .. Enumerable.Range(0, block.Features.Columns).Select(j => Floats(block.Features.ColumnArray(j))),
                .. block.Labels is { } l
                    ? new IArrowArray[]
                    {
                        Floats(l.Churned), new DoubleArray.Builder().Append(l.NetSpend.AsSpan()).Build(),
                        new Int32Array.Builder().Append(l.Orders.AsSpan()).Build(), Floats(l.DaysToNextOrder),
                    }
                    : [],
            ];
            using var batch = new RecordBatch(_schema, arrays, block.Ids.Length);
            _writer.WriteRecordBatch(batch);
            _begun = true;
        }

        public override void Complete()
        {
            if (!_begun)
            {
                _writer.WriteStart();
            }

            _writer.WriteEnd();
        }

        public override void Dispose() => _writer.Dispose();

        private static FloatArray Floats(float[] values) => new FloatArray.Builder().Append(values.AsSpan()).Build();
    }

    private sealed class TextSheet(Stream stream, IReadOnlyList<string> names, string[] labels) : FeatureSheet
    {
        private readonly CsvSheet _sheet = new(stream, ["customer_id", .. names, .. labels], raw: true);

        public override void Write(FeatureBlock block)
        {
            int width = block.Features.Columns;
            var cells = new object?[1 + width + labels.Length];
            for (int i = 0; i < block.Ids.Length; i++)
            {
                cells[0] = block.Ids[i];
                for (int j = 0; j < width; j++)
                {
                    cells[1 + j] = Known(block.Features.Column(j)[i]);
                }

                if (block.Labels is { } l)
                {
                    (cells[1 + width], cells[2 + width], cells[3 + width], cells[4 + width]) =
                        (l.Churned[i], l.NetSpend[i], l.Orders[i], Known(l.DaysToNextOrder[i]));
                }

                _sheet.Write(cells);
            }
        }

        public override void Complete()
        {
            // The last row is complete as it stands.
        }

        public override void Dispose() => _sheet.Dispose();

        private static object? Known(float value) => float.IsNaN(value) ? null : value;
    }
}
