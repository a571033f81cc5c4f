using Predictive.History;
using Predictive.History.Erasure;
using Predictive.History.Ingest;
using Predictive.History.Sources;
using Predictive.Store;
using Predictive.Store.Audit;
using Predictive.Store.Ingest;
using Predictive.Store.Privacy;

namespace Predictive.Api.Privacy;

/// <summary>What an erasure did.</summary>
/// <param name="Hash">Keyed hash of the id: what audit and logs call the customer from now on.</param>
/// <param name="WasErased">Whether the customer had been erased before: nothing but what was left over was done.</param>
/// <param name="Events">Revisions of events taken out of the store.</param>
/// <param name="Rows">Rows of campaigns, contacts, alerts, tasks, pools, lists and messages taken out of it, too.</param>
public sealed record ErasureReport(string Hash, bool WasErased, int Events, int Rows);

/// <summary>
/// Erases a customer on request: the one code behind <c>DELETE /v1/customers/{id}</c> and <c>predictive erase</c>.
/// </summary>
/// <remarks>
/// <code>
/// intent in the audit log ──▶ hash beside the dataset ──▶ out of the store ──▶ done in the audit log
/// </code>
/// From the second step on every load leaves the customer's lines out; <c>predictive compact</c> takes them out of the files. Whoever dies
/// on the way is settled by the next erasure, compaction or start of a host: the step that was reached decides.
/// </remarks>
/// <param name="store">Holds the audit log and the events.</param>
/// <param name="data">The dataset: a folder, or a single file.</param>
public sealed class CustomerErasure(StoreDatabase store, string data)
{
    /// <summary>What subjects in the audit log begin with.</summary>
    public const string Subjects = "customer ";

    private const string Told = "customer_erased";

    /// <summary>Called after each step; for tests that end there.</summary>
    internal Action<string>? Passed { get; init; }

    /// <summary>Erases a customer.</summary>
    /// <param name="actor">Who asks, for the audit log.</param>
    /// <param name="id">Whom, exactly as in the data.</param>
    /// <param name="evenUnknown">Whether an id that nothing knows is noted all the same, so that later deliveries are kept out.</param>
    /// <param name="cancellation">Ends early, before anything is changed.</param>
    /// <returns>Null where nothing knows the customer and that was not asked for.</returns>
    /// <exception cref="StoreException">The audit log cannot be written: nothing was done.</exception>
    /// <exception cref="DatasetException">The dataset cannot be read, or its folder cannot be written.</exception>
    public ErasureReport? Run(string actor, string id, bool evenUnknown, CancellationToken cancellation)
    {
        ArgumentException.ThrowIfNullOrEmpty(id);
        using IDisposable turn = Erasures.Turn(data);
        bool before = Erasures.Of(data).Contains(id);
        if (!before && !evenUnknown && !CustomerRecord.IsKnown(data, id, cancellation) && !Streams().Any(s => s.Of(id).Count > 0)
            && new PersonRows(store).Of(id).Count == 0)
        {
            return null;
        }

        string hash = Erasures.HashOf(data, id), subject = Subjects + hash;
        Action done = new AuditedChanges(store).Begin(
            actor, "erase", subject, subject, before ? subject : null, Told, new { dataset = IngestStream.NameOf(data), again = before });
        Passed?.Invoke("intent");
        Erasures.Add(data, CustomerRecord.NamesOf(data, id));
        Passed?.Invoke("noted");
        (int events, int rows) = Sweep(Erasures.Of(data));
        Passed?.Invoke("swept");
        done();
        Passed?.Invoke("done");
        return new ErasureReport(hash, before, events, rows);
    }

    /// <summary>Settles erasures that a process which died left half done.</summary>
    /// <returns>What was settled, in words.</returns>
    /// <exception cref="StoreException">The store fails.</exception>
    /// <exception cref="DatasetException">Who was erased cannot be read, or the folder cannot be written.</exception>
    public static IReadOnlyList<string> Settle(StoreDatabase store, string data)
    {
        if (Erasures.KeyIfThere(data) is null)
        {
            return [];
        }

        using IDisposable turn = Erasures.Turn(data);
        Erasures erasures = Erasures.Of(data);
        new CustomerErasure(store, data).Sweep(erasures);
        return new AuditedChanges(store).SettleEach(Subjects, s => erasures.HasHash(s[Subjects.Length..]));
    }

    private (int Events, int Rows) Sweep(Erasures erasures) => erasures.Count == 0 ? (0, 0) : (
        Streams().Sum(s => s.Erase(erasures.Contains)),
        new PersonRows(store).Erase(erasures.Contains, id => Erasures.HashOf(data, id)));

    private IEnumerable<EventStream> Streams() =>
        Enum.GetValues<IngestTable>().Select(t => new EventStream(store, IngestStream.Of(data, t)));
}
