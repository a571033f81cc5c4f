using System.Data.Common;
using System.Globalization;
using System.Text;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage;

namespace Predictive.Store.Labels;

/// <summary>Which labels of customers a destination has, as far as it was told. Not by entities: a large base has a million.</summary>
/// <param name="database">The store.</param>
public sealed class LabelBook(StoreDatabase database)
{
    private const int Batch = 300;

    /// <summary>What a destination was told last, by customer; empty = nothing yet.</summary>
    /// <exception cref="StoreException">The database fails.</exception>
    public Dictionary<string, string> Read(string destination) => database.Run(context => context.SyncedLabels.AsNoTracking()
        .Where(r => r.Destination == destination).ToDictionary(r => r.CustomerId, r => r.Label, StringComparer.Ordinal));

    /// <summary>Notes what a destination was told, in one change; told twice is told once.</summary>
    /// <param name="destination">Who.</param>
    /// <param name="labels">Customer and label; null = the customer has none any more.</param>
    /// <exception cref="StoreException">The database fails; nothing was noted.</exception>
    public void Told(string destination, IEnumerable<(string Customer, string? Label)> labels)
    {
        ArgumentNullException.ThrowIfNull(labels);
        database.Change(context =>
        {
            DbConnection connection = context.Database.GetDbConnection();
            DbTransaction change = context.Database.CurrentTransaction!.GetDbTransaction();
            foreach (IGrouping<bool, (string Customer, string? Label)> kind in labels.GroupBy(l => l.Label is null))
            {
                foreach ((string Customer, string? Label)[] part in kind.Chunk(Batch))
                {
                    using DbCommand command = connection.CreateCommand();
                    command.Transaction = change;
                    Add(command, "@d", destination);
                    command.CommandText = kind.Key ? Removal(command, part) : Insertion(command, part);
                    command.ExecuteNonQuery();
                }
            }

            return 0;
        });
    }

    private static string Insertion(DbCommand command, (string Customer, string? Label)[] part)
    {
        var text = new StringBuilder("INSERT INTO synced_labels (\"Destination\", \"CustomerId\", \"Label\") VALUES ");
        for (int i = 0; i < part.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}(@d,@c{i},@l{i})");
            Add(command, string.Create(CultureInfo.InvariantCulture, $"@c{i}"), part[i].Customer);
            Add(command, string.Create(CultureInfo.InvariantCulture, $"@l{i}"), part[i].Label!);
        }

        return text.Append(" ON CONFLICT (\"Destination\", \"CustomerId\") DO UPDATE SET \"Label\" = excluded.\"Label\"").ToString();
    }

    private static string Removal(DbCommand command, (string Customer, string? Label)[] part)
    {
        var text = new StringBuilder("DELETE FROM synced_labels WHERE \"Destination\" = @d AND \"CustomerId\" IN (");
        for (int i = 0; i < part.Length; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? "," : "")}@c{i}");
            Add(command, string.Create(CultureInfo.InvariantCulture, $"@c{i}"), part[i].Customer);
        }

        return text.Append(')').ToString();
    }

    private static void Add(DbCommand command, string name, string value)
    {
        DbParameter parameter = command.CreateParameter();
        (parameter.ParameterName, parameter.Value) = (name, value);
        command.Parameters.Add(parameter);
    }
}
