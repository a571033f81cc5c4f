// Linked into Predictive.Benchmarks too.
using System.Reflection;
using Parquet;
using Parquet.Data;
using Parquet.Schema;

namespace Predictive.History.Tests.Parquet.Conformance;

/// <summary>Parquet.Net, by its raw readers: a row group's column at a time.</summary>
internal static class ParquetNetLibrary
{
    private static readonly MethodInfo s_box = typeof(ParquetNetLibrary).GetMethod(nameof(Box),
        BindingFlags.NonPublic | BindingFlags.Static)!;

    public static IReadOnlyList<(string Column, Func<object?[]> Values)> Open(string path)
    {
        ParquetSchema schema = Sync(async () =>
        {
            await using ParquetReader reader = await ParquetReader.CreateAsync(path);
            return reader.Schema;
        });
        return [.. schema.DataFields.Where(f => f.Path.Length == 1 && f.MaxRepetitionLevel == 0).Select(f => (f.Name,
            (Func<object?[]>)(() => Values(path, f.Name))))];
    }

    /// <summary>Every value of a column, null = missing.</summary>
    public static object?[] Values(string path, string column) => Sync(async () =>
    {
        await using ParquetReader reader = await ParquetReader.CreateAsync(path);
        DataField field = reader.Schema.DataFields.Single(f => f.Path.Length == 1 && f.Name == column);
        var values = new List<object?>();
        for (int g = 0; g < reader.RowGroupCount; g++)
        {
            using ParquetRowGroupReader group = reader.OpenRowGroupReader(g);
            using RawColumnData raw = await group.ReadRawColumnDataBaseAsync(field);
            object?[] present = (object?[])s_box.MakeGenericMethod(raw.GetType().GetGenericArguments()[0]).Invoke(null, [raw])!;
            if (field.MaxDefinitionLevel == 0)
            {
                values.AddRange(present);
                continue;
            }

            int next = 0;
            foreach (int level in raw.DefinitionLevels.ToArray())
            {
                values.Add(level == field.MaxDefinitionLevel ? present[next++] : null);
            }
        }

        return values.ToArray();
    });

    private static object?[] Box<T>(RawColumnData<T> raw)
        where T : struct
    {
        var values = new object?[raw.Values.Length];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = (object)raw.Values[i] switch
            {
                sbyte v => (long)v,
                byte v => (long)v,
                short v => (long)v,
                ushort v => (long)v,
                int v => (long)v,
                uint v => (long)v,
                float v => (double)v,
                Half v => (double)v,
                BigDecimal v => decimal.Parse(v.ToString(), System.Globalization.CultureInfo.InvariantCulture),
                DateTime v => new Micros((v.Ticks - DateTime.UnixEpoch.Ticks) / 10),
                Guid v => v.ToString(),
                ReadOnlyMemory<char> v => v.ToString(),
                ReadOnlyMemory<byte> v => v.ToArray(),
                var v => v,
            };
        }

        return values;
    }

    private static T Sync<T>(Func<Task<T>> call) => Task.Run(call).GetAwaiter().GetResult();
}
