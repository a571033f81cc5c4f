using System.Security.Claims;
using Predictive.Segmentation.Narrative;
using Predictive.Segmentation.Queries;
using Predictive.Segmentation.Scoring;
using Predictive.Store;

namespace Predictive.Api.Mcp;

/// <summary>What an assistant asks: a base, and the version that scores it.</summary>
/// <param name="Base">The base.</param>
/// <param name="Scorer">The version; null = rules alone, nothing is predicted.</param>
/// <param name="Scores">Its scores of the base.</param>
public sealed record AssistedBase(QueryBase Base, CustomerScorer? Scorer, Func<ScoreTable> Scores);

/// <summary>Who asks.</summary>
/// <param name="Name">For the audit log.</param>
/// <param name="MaySeeBase">Whether it may ask for figures of the base, lists and segments; everybody who gets here may score a
/// customer.</param>
public sealed record McpCaller(string Name, bool MaySeeBase);

/// <summary>Where the answers of an MCP server come from: the host's snapshot, or a dataset opened by the command line.</summary>
public abstract class McpSource
{
    /// <summary>An answer as JSON, made from the base that is served now.</summary>
    /// <param name="key">What is asked, with its parameters: equal keys have equal answers.</param>
    /// <param name="make">Makes it.</param>
    /// <param name="cancellation">The caller has gone, or the answer takes too long.</param>
    public abstract Task<byte[]> Answer(string key, Func<AssistedBase, CancellationToken, byte[]> make, CancellationToken cancellation);

    /// <summary>The report that was written after the last training, where it is of what is served; null = one of the last month is
    /// made.</summary>
    public virtual NarrativeReport? LastReport() => null;

    /// <summary>The store with what campaigns brought; null where none was made yet.</summary>
    /// <exception cref="StoreException">It is there and cannot be opened.</exception>
    public abstract StoreDatabase? Store();

    /// <summary>Who asks.</summary>
    public abstract McpCaller CallerOf(ClaimsPrincipal? user);

    /// <summary>Whether a customer was erased, even where the data in service still hold it.</summary>
    public abstract bool IsErased(string customerId);

    /// <summary>Notes a call: who, what, and how it ended. Never an id of a customer.</summary>
    public abstract Task Note(McpCaller caller, string tool, object details);

    /// <summary>The refusal that a fault of this source is, for whoever asked; null = it is none, and is a fault of ours.</summary>
    public abstract string? Refusal(Exception fault);
}
