using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Predictive.Store.Schema;

namespace Predictive.Store.Privacy;

/// <summary>
/// What the store holds of single customers beside their events: campaigns, standing ones too, contacts, opt-outs, alerts, tasks, pools,
/// lists, messages. For requests to export or to erase.
/// </summary>
/// <param name="database">The store.</param>
public sealed class PersonRows(StoreDatabase database)
{
    private const int IdsAStatement = 200;

    /// <summary>Everything, by table; an empty object where nothing is held.</summary>
    /// <param name="customer">Id, exactly as in the data.</param>
    /// <exception cref="StoreException">The database fails.</exception>
    public JsonObject Of(string customer) => database.Run(context =>
    {
        var found = new JsonObject();
        Add("campaigns", context.Members.AsNoTracking().Where(r => r.CustomerId == customer).OrderBy(r => r.CampaignId));
        Add("contacts", context.Contacts.AsNoTracking().Where(r => r.CustomerId == customer).OrderBy(r => r.Id));
        Add("suppressions", context.Suppressions.AsNoTracking().Where(r => r.CustomerId == customer));
        Add("pools", context.Pools.AsNoTracking().Where(r => r.CustomerId == customer));
        Add("tasks", context.Tasks.AsNoTracking().Where(r => r.CustomerId == customer).OrderBy(r => r.Id));
        Add("alerts", context.Alerts.AsNoTracking().Where(r => r.Subject == customer).OrderBy(r => r.Id));
        Add("mutes", context.Mutes.AsNoTracking().Where(r => r.Subject == customer));
        Add("standing", context.StandingEntrants.AsNoTracking().Where(r => r.CustomerId == customer).OrderBy(r => r.CrossedDay));
        Add("standing_sends", context.StandingSends.AsNoTracking().Where(r => r.CustomerId == customer).OrderBy(r => r.Id));
        Add("labels", context.SyncedLabels.AsNoTracking().Where(r => r.CustomerId == customer));
        return found;

        void Add<T>(string table, IQueryable<T> rows)
            where T : class
        {
            JsonArray all = [.. rows.AsEnumerable().Select(r => JsonNode.Parse(StoreJson.Text(r)))];
            if (all.Count > 0)
            {
                found[table] = all;
            }
        }
    });

    /// <summary>
    /// Takes customers out, in one change: their rows go, and with them what is waiting to be told of them; in lists that were sent the id
    /// gives way to its hash. What a campaign found out of its other customers stays.
    /// </summary>
    /// <param name="isErased">Whether a customer is to go.</param>
    /// <param name="hashOf">What an id is called from now on.</param>
    /// <returns>Rows that went or changed.</returns>
    /// <exception cref="StoreException">The database fails; nothing has changed then.</exception>
    public int Erase(Func<string, bool> isErased, Func<string, string> hashOf)
    {
        ArgumentNullException.ThrowIfNull(isErased);
        ArgumentNullException.ThrowIfNull(hashOf);
        return database.Change(context =>
        {
            string[] gone =
            [
                .. context.Members.Select(r => r.CustomerId).Distinct().AsEnumerable()
                    .Concat(context.Contacts.Select(r => r.CustomerId).Distinct())
                    .Concat(context.Suppressions.Select(r => r.CustomerId).Distinct())
                    .Concat(context.Pools.Select(r => r.CustomerId).Distinct())
                    .Concat(context.Tasks.Select(r => r.CustomerId).Distinct())
                    .Concat(context.Alerts.Select(r => r.Subject).Distinct())
                    .Concat(context.RuleStates.Select(r => r.Subject).Distinct())
                    .Concat(context.Mutes.Select(r => r.Subject).Distinct())
                    .Concat(context.StandingEntrants.Select(r => r.CustomerId).Distinct())
                    .Concat(context.SyncedLabels.Select(r => r.CustomerId).Distinct())
                    .Distinct(StringComparer.Ordinal).Where(id => id.Length > 0 && isErased(id)),
            ];
            int rows = 0;
            foreach (string[] ids in gone.Chunk(IdsAStatement))
            {
                rows += context.Members.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.Contacts.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.Suppressions.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.Pools.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.Tasks.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.Alerts.Where(r => ids.Contains(r.Subject)).ExecuteDelete()
                    + context.RuleStates.Where(r => ids.Contains(r.Subject)).ExecuteDelete()
                    + context.Mutes.Where(r => ids.Contains(r.Subject)).ExecuteDelete()
                    + context.StandingEntrants.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.StandingSends.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete()
                    + context.SyncedLabels.Where(r => ids.Contains(r.CustomerId)).ExecuteDelete();
            }

            foreach (string id in gone)
            {
                string subject = "customer " + id, named = $"\"customer\":{StoreJson.Text(id)}";
                rows += context.Outbox.Where(r => r.Subject == subject || r.Body.Contains(named)).ExecuteDelete();
            }

            return rows + Lists(context, isErased, hashOf);
        });
    }

    private static int Lists(StoreContext context, Func<string, bool> isErased, Func<string, string> hashOf)
    {
        int changed = 0;
        foreach (ListSendRow row in context.ListSends.AsNoTracking().AsEnumerable().ToList())
        {
            List<string> ids = StoreJson.Value<List<string>>(row.Customers);
            if (ids.Exists(id => isErased(id)))
            {
                string without = StoreJson.Text(ids.ConvertAll(id => isErased(id) ? hashOf(id) : id));
                changed += context.ListSends.Where(r => r.Id == row.Id).ExecuteUpdate(s => s.SetProperty(r => r.Customers, without));
            }
        }

        return changed;
    }
}
