using System.Text.Json;
using System.Text.Json.Nodes;
using ParquetSharp;
using Predictive.History.Loading;
using Predictive.History.Parquet;
using Predictive.History.Sources;

namespace Predictive.History.Erasure;

/// <summary>Everything that the files of a dataset say of one customer, every column of every row as it stands there.</summary>
public static class CustomerRecord
{
    /// <summary>The rows by table; tables without any are empty lists, tables that are not there are left out.</summary>
    /// <param name="pathOrFolder">A dataset folder, or its single file.</param>
    /// <param name="customerId">Whose. Of an erased customer there is nothing, whatever the files still hold.</param>
    /// <param name="cancellation">Ends early.</param>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    public static JsonObject Of(string pathOrFolder, string customerId, CancellationToken cancellation)
    {
        Erasures erasures = Erasures.Of(pathOrFolder);
        bool Theirs(string id) => id == customerId && !erasures.Contains(id);
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        IdMap? map = PersonTables.MapOf(folder);
        var record = new JsonObject();
        foreach (var (name, path, columns, isMapped) in PersonTables.Of(folder))
        {
            var rows = new JsonArray();
            using SideTable table = SideTable.Open(path, columns, folder.Description, isMapped ? map : null);
            foreach ((TablePart part, bool[] own) in PersonTables.RowsOf(table, Theirs, cancellation))
            {
                Read(part, own, rows);
            }

            record[name] = rows;
        }

        return record;
    }

    /// <summary>Whether any table of a dataset names a customer.</summary>
    /// <exception cref="DatasetException">A file is damaged.</exception>
    public static bool IsKnown(string pathOrFolder, string customerId, CancellationToken cancellation)
    {
        DatasetFolder folder = DatasetFolder.Open(pathOrFolder);
        IdMap? map = PersonTables.MapOf(folder);
        foreach (var (_, path, columns, isMapped) in PersonTables.Of(folder))
        {
            using SideTable table = SideTable.Open(path, columns, folder.Description, isMapped ? map : null);
            if (PersonTables.RowsOf(table, id => id == customerId, cancellation).Count > 0)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether any table of a record names the customer.</summary>
    public static bool IsKnown(JsonObject record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record.Any(t => t.Value is JsonArray { Count: > 0 });
    }

    /// <summary>
    /// Every name under which lines of a customer may come: the id, and what the ID map's entries for it would be without the map.
    /// </summary>
    /// <exception cref="DatasetException">The map is damaged.</exception>
    public static IReadOnlyList<string> NamesOf(string pathOrFolder, string customerId) =>
        [customerId, .. PersonTables.MapOf(DatasetFolder.Open(pathOrFolder))?.OtherNamesOf(customerId) ?? []];

    private static void Read(TablePart part, bool[] own, JsonArray into)
    {
        ParquetFileReader reader = part.File.Rent();
        try
        {
            ParquetFault.Guard(part.File.Path, null, () =>
            {
                JsonObject[] rows = [.. own.Where(o => o).Select(_ => new JsonObject())];
                using RowGroupReader group = reader.RowGroup(part.RowGroup);
                foreach (StoredColumn column in part.File.Columns)
                {
                    using ColumnReader physical = group.Column(column.Index);
                    using LogicalColumnReader values = physical.LogicalReader();
                    values.Apply(new Cells(column.Name, own, rows));
                }

                foreach (JsonObject row in rows)
                {
                    foreach (var (partition, value) in part.File.Partition)
                    {
                        row[partition] = value;
                    }

                    into.Add(row);
                }

                return true;
            });
        }
        finally
        {
            part.File.Return(reader);
        }
    }

    private sealed class Cells(string column, bool[] own, JsonObject[] rows) : ILogicalColumnReaderVisitor<bool>
    {
        public bool OnLogicalColumnReader<TValue>(LogicalColumnReader<TValue> reader)
        {
            TValue[] values = reader.ReadAll(own.Length);
            for (int i = 0, row = 0; i < own.Length; i++)
            {
                if (own[i])
                {
                    rows[row++][column] = Json(values[i]);
                }
            }

            return true;
        }

        // What JSON has no number for is told in words.
        private static JsonNode? Json(object? value) => value switch
        {
            null => null,
            double d when !double.IsFinite(d) => JsonValue.Create(d.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            float f when !float.IsFinite(f) => JsonValue.Create(f.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            Date day => JsonValue.Create(day.DateTime.ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture)),
            DateTimeNanos time => JsonValue.Create(time.ToString()),
            byte[] bytes => JsonValue.Create(Convert.ToBase64String(bytes)),
            _ => JsonSerializer.SerializeToNode(value, value.GetType()),
        };
    }
}
