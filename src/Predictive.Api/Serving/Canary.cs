using System.Buffers.Binary;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Configuration;
using Predictive.History;
using Predictive.Segmentation.Scoring;

namespace Predictive.Api.Serving;

/// <summary>
/// Whom the challenger answers instead of the version in service: a share of the customers, always the same ones, and whoever asks with one
/// key. Lists and batches are answered by the version in service, but for that key's batches.
/// </summary>
internal sealed class Canary(SnapshotKeeper keeper, ScoringHostOptions options)
{
    private const double Whole = 1L << 32;

    /// <summary>Whether a customer is among those whom a challenger answers.</summary>
    internal static bool IsAmong(string customer, double share) => share > 0
        && BinaryPrimitives.ReadUInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(customer))) < share * Whole;

    /// <summary>Who answers about a customer.</summary>
    public CustomerScorer For(ClaimsPrincipal caller, string customer, ServingSnapshot snapshot) =>
        keeper.Challenger is { } challenger && (IsKeys(caller) || IsAmong(customer, options.CanaryShare)) ? challenger : snapshot.Scorer;

    /// <summary>
    /// The same, where a challenger may hold given scores: of the share of the customers it answers whom it can; whoever asks with its key
    /// is told what it cannot.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="customer">About whom.</param>
    /// <param name="snapshot">In service.</param>
    /// <param name="asOf">As of when; null = of a history that came with the request or with events.</param>
    public CustomerScorer For(ClaimsPrincipal caller, string customer, ServingSnapshot snapshot, LocalTime? asOf)
    {
        CustomerScorer chosen = For(caller, customer, snapshot);
        return chosen == snapshot.Scorer || IsKeys(caller) || Answers(chosen, customer, asOf) ? chosen : snapshot.Scorer;
    }

    /// <summary>Whether a version has a score of a customer as of a time.</summary>
    /// <param name="scorer">The version.</param>
    /// <param name="customer">Of whom.</param>
    /// <param name="asOf">As of when; null = of a history that came with the request or with events.</param>
    internal static bool Answers(CustomerScorer scorer, string customer, LocalTime? asOf) =>
        scorer.Given is not { } given || (asOf == given.AsOf && given.Holds(customer));

    /// <summary>Who answers a batch.</summary>
    public CustomerScorer ForBatch(ClaimsPrincipal caller, ServingSnapshot snapshot) =>
        keeper.Challenger is { } challenger && IsKeys(caller) ? challenger : snapshot.Scorer;

    /// <summary>Names in the headers who answered, where it is not the snapshot's version.</summary>
    public static void Name(HttpResponse response, CustomerScorer scorer, ServingSnapshot snapshot)
    {
        if (scorer != snapshot.Scorer)
        {
            response.Headers["Predictive-Model"] = NameOf(scorer);
        }
    }

    /// <summary>Name and version.</summary>
    public static string NameOf(CustomerScorer scorer) =>
        string.Create(CultureInfo.InvariantCulture, $"{scorer.Stamp.Name}/{scorer.Stamp.Version}");

    private bool IsKeys(ClaimsPrincipal caller) => options.CanaryKey is { } key
        && (caller.FindFirstValue(ClaimTypes.NameIdentifier) == key || caller.FindFirstValue(ClaimTypes.Name) == key);
}
