// Linked into Predictive.Benchmarks too.
using DuckDB.NET.Data;

namespace Predictive.History.Tests.Parquet;

/// <summary>Writes and reads Parquet files by DuckDB, in memory, on one thread.</summary>
internal static class Duck
{
    /// <summary>Writes the rows of a query as a Parquet file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="query">A SELECT.</param>
    /// <param name="options">Options of COPY, such as <c>COMPRESSION zstd, ROW_GROUP_SIZE 2048</c>.</param>
    public static string Write(string path, string query, string options = "COMPRESSION snappy")
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        Query($"COPY ({query}) TO '{path}' (FORMAT parquet, {options})");
        return path;
    }

    /// <summary>The rows of a query; null = NULL.</summary>
    public static List<object?[]> Query(string sql, int threads = 1)
    {
        using var connection = new DuckDBConnection("Data Source=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = $"SET threads = {threads}; SET preserve_insertion_order = true";
        command.ExecuteNonQuery();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            var row = new object?[reader.FieldCount];
            for (int i = 0; i < row.Length; i++)
            {
                row[i] = reader.IsDBNull(i) ? null : reader.GetValue(i);
            }

            rows.Add(row);
        }

        return rows;
    }
}
