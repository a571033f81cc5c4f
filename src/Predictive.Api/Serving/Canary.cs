using System.Buffers.Binary;
using System.Globalization;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;
using Predictive.Api.Configuration;
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
