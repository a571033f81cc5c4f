using System.Diagnostics;
using System.Globalization;
using Predictive.Store;
using Predictive.Store.Jobs;
using Predictive.Store.Leases;

namespace Predictive.Worker;

/// <summary>One training of a model's name at a time, over all processes and hosts of a store.</summary>
public static class TrainTurn
{
    /// <summary>Kind of the jobs, and of the lease.</summary>
    public const string Kind = "train";

    // A training that was killed holds its lease to the end.
    private static readonly TimeSpan s_patience = LeaseBook.Standard + TimeSpan.FromSeconds(5);

    /// <summary>This process, for people.</summary>
    public static string Holder { get; } =
        string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}, process {Environment.ProcessId}");

    /// <summary>Takes the turn if nobody has it.</summary>
    /// <exception cref="StoreException">The store fails.</exception>
    public static Lease? TryTake(StoreDatabase store, string name) => new LeaseBook(store).TryTake(JobBook.LeaseOf(Kind, name), Holder);

    /// <summary>Takes the turn; waits as long as one that was killed could still hold it.</summary>
    /// <exception cref="IOException">Another training is running.</exception>
    /// <exception cref="StoreException">The store fails.</exception>
    public static Lease Take(StoreDatabase store, string name, Action<string> note, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(note);
        long start = Stopwatch.GetTimestamp();
        bool told = false;
        while (true)
        {
            if (TryTake(store, name) is { } lease)
            {
                return lease;
            }

            string other = new LeaseBook(store).Read(JobBook.LeaseOf(Kind, name))?.Holder ?? "somebody";
            if (Stopwatch.GetElapsedTime(start) > s_patience)
            {
                throw new IOException(
                    $"Another training of the model '{name}' is running ({other}); expected one at a time. Wait for its end, or use "
                        + "another --name.");
            }

            if (!told)
            {
                note(
                    $"another training of '{name}' is running ({other}), or was killed just now: waiting up to "
                        + $"{s_patience.TotalSeconds:0} s");
                told = true;
            }

            cancellation.WaitHandle.WaitOne(TimeSpan.FromMilliseconds(500));
            cancellation.ThrowIfCancellationRequested();
        }
    }
}
