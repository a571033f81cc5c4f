using Predictive.Api.Keys;
using Predictive.History;

namespace Predictive.Api.Pages.Language;

/// <summary>What every page knows beside its own content: language, who looks, where, and what is in service.</summary>
public sealed record PageFrame
{
    /// <summary>The words.</summary>
    public required Words W { get; init; }

    /// <summary>Numbers and dates.</summary>
    public required Show S { get; init; }

    /// <summary>Path asked for, such as <c>/at-risk</c>.</summary>
    public required string Path { get; init; }

    /// <summary>The query without the language, as it came; empty or beginning with <c>?</c>.</summary>
    public required string Query { get; init; }

    /// <summary>What the viewer may do; null = nobody is signed in.</summary>
    public required KeyRole? Role { get; init; }

    /// <summary>Whether somebody signed in, and so can sign out.</summary>
    public required bool SignedIn { get; init; }

    /// <summary>Name of the hidden field against forged posts, and its value; null = nothing may be posted here.</summary>
    public required (string Name, string Value)? Token { get; init; }

    /// <summary>Model in service, such as <c>default/3</c>; null = none.</summary>
    public string? Model { get; init; }

    /// <summary>As-of of the figures; null = no data is served.</summary>
    public string? AsOf { get; init; }

    /// <summary>Currency of the amounts; null = not told.</summary>
    public string? Currency { get; init; }

    /// <summary>What dataset.json calls the columns of the customers table; null = no data is served.</summary>
    public IReadOnlyDictionary<string, AttributeNames>? Names { get; init; }

    /// <summary>What the operator must know, already without paths; null = nothing.</summary>
    public string? Fault { get; init; }

    /// <summary>Style sheet and script, with their version in the path.</summary>
    public required (string Style, string Script) Assets { get; init; }

    /// <summary>Whether the viewer may change what serves.</summary>
    public bool IsAdmin => Role == KeyRole.Admin;
}
