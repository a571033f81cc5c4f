using System.Globalization;
using System.Numerics;
using DuckDB.NET.Data;

namespace Predictive.Segmentation.Tests.Queries;

/// <summary>A test that holds figures against DuckDB: a folder of its own, a database in memory.</summary>
public abstract class DuckTest : IDisposable
{
    private readonly DuckDBConnection _duck = new("Data Source=:memory:");

    protected DuckTest() => _duck.Open();

    /// <summary>Removed at the end.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("duck-").FullName;

    public void Dispose()
    {
        _duck.Dispose();
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>What a statement gives, row by row; none where it gives nothing.</summary>
    protected List<object?[]> Duck(string sql)
    {
        using DuckDBCommand command = _duck.CreateCommand();
        command.CommandText = sql;
        using DuckDBDataReader reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        }

        return rows;
    }

    /// <summary>A value as a number; null = there is none, or no finite one.</summary>
    protected static double? Number(object? value) => value switch
    {
        null => null,
        BigInteger whole => (double)whole,
        _ => Convert.ToDouble(value, CultureInfo.InvariantCulture) is var v && double.IsFinite(v) ? v : null,
    };
}
