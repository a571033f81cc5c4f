using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Metadata;
using Microsoft.EntityFrameworkCore.Storage;
using Predictive.Store.Schema;

namespace Predictive.Store;

/// <summary>
/// Many new rows in few statements, within the transaction of a change: a first look at a rule tells of tens of thousands. Not by change
/// tracking, which asks the database for the number of each.
/// </summary>
internal static class BulkInsert
{
    private const int MostParameters = 900;

    /// <summary>Writes rows; numbers that the database gives are left to it.</summary>
    public static void Write<T>(StoreContext context, IReadOnlyList<T> rows)
        where T : class
    {
        IEntityType type = context.Model.FindEntityType(typeof(T))!;
        IProperty[] columns = [.. type.GetProperties().Where(p => !(p.IsPrimaryKey() && p.ValueGenerated == ValueGenerated.OnAdd))];
        int together = Math.Min(rows.Count, MostParameters / columns.Length), whole = together == 0 ? 0 : rows.Count / together * together;
        Write(0, whole, together);
        Write(whole, rows.Count, rows.Count - whole);

        void Write(int from, int to, int size)
        {
            if (from == to)
            {
                return;
            }

            // One statement, prepared once, for parts of one size.
            using DbCommand command = Insert(context, type, columns, size);
            for (int start = from; start < to; start += size)
            {
                for (int i = 0; i < size; i++)
                {
                    for (int c = 0; c < columns.Length; c++)
                    {
                        command.Parameters[(i * columns.Length) + c].Value =
                            columns[c].PropertyInfo!.GetValue(rows[start + i]) ?? DBNull.Value;
                    }
                }

                command.ExecuteNonQuery();
            }
        }
    }

    private static DbCommand Insert(StoreContext context, IEntityType type, IProperty[] columns, int rows)
    {
        ISqlGenerationHelper sql = context.GetService<ISqlGenerationHelper>();
        var table = StoreObjectIdentifier.Table(type.GetTableName()!, type.GetSchema());
        DbCommand command = context.Database.GetDbConnection().CreateCommand();
        command.Transaction = context.Database.CurrentTransaction!.GetDbTransaction();
        IEnumerable<string> values = Enumerable.Range(0, rows).Select(r =>
            $"({string.Join(",", columns.Select((_, c) => $"@p{(r * columns.Length) + c}"))})");
        command.CommandText = $"INSERT INTO {sql.DelimitIdentifier(type.GetTableName()!)} "
            + $"({string.Join(",", columns.Select(c => sql.DelimitIdentifier(c.GetColumnName(table)!)))}) "
            + $"VALUES {string.Join(",", values)}";
        for (int i = 0; i < rows * columns.Length; i++)
        {
            DbParameter parameter = command.CreateParameter();
            parameter.ParameterName = $"@p{i}";
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
